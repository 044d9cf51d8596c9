/** So many tokens come back in so long a time. */
export interface Rate {
  readonly tokens: number
  readonly periodMs: number
}

/** The most tokens that a rate may name. */
export const MAX_RATE_TOKENS = 10_000_000
/** The longest period that a rate may name. */
export const MAX_RATE_PERIOD_MS = 31 * 86_400_000

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['s', 1000],
  ['min', 60_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
])

const FORM = /^(\d+)\/(\d*)([A-Za-z]+)$/
const WHOLE = /^[1-9]\d{0,8}$/

/** Reads `600/min`, `10/s`, `1000/hour`, `5/10s`. @returns the rate, or in one sentence what is wrong with the text. */
export function parseRate(text: string): Rate | { readonly fault: string } {
  const [, count, periods, unit] = FORM.exec(text) ?? []
  if (count === undefined || periods === undefined || unit === undefined) {
    return { fault: 'Expected a count, a slash and a period, without spaces: 600/min, 10/s, 1000/hour or 5/10s' }
  }
  const unitMs = UNIT_MS.get(unit)
  if (unitMs === undefined) return { fault: `Unknown unit ${JSON.stringify(unit)}: expected s, min, hour or day` }
  if (!WHOLE.test(count) || Number(count) > MAX_RATE_TOKENS) return { fault: `The count must be a whole number from 1 to ${MAX_RATE_TOKENS}` }
  const periodMs = periods === '' ? unitMs : WHOLE.test(periods) ? Number(periods) * unitMs : 0
  if (periodMs < 1000 || periodMs > MAX_RATE_PERIOD_MS) return { fault: 'The period must be from 1 second to 31 days' }
  return { tokens: Number(count), periodMs }
}

/** What may come at once when nothing else is said: a tenth of the rate's tokens, at least one. */
export function defaultBurst(rate: Rate): number {
  return Math.max(1, Math.floor(rate.tokens / 10))
}
