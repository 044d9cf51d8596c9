import type { CalendarUnit } from './calendar.ts'

/** So many tokens come back in so long a time. */
export interface Rate {
  readonly tokens: number
  /** Absent where it differs: a month, a year. */
  readonly periodMs?: number
  /** The calendar window that the period is, if it is one. */
  readonly unit?: CalendarUnit
}

/** The most tokens that a rate may name. */
export const MAX_RATE_TOKENS = 10_000_000
/** The longest period that a rate may name. */
export const MAX_RATE_PERIOD_MS = 31 * 86_400_000

interface Unit {
  readonly ms?: number
  readonly calendar?: CalendarUnit
}

const UNITS: ReadonlyMap<string, Unit> = new Map<string, Unit>([
  ['s', { ms: 1000 }],
  ['min', { ms: 60_000, calendar: 'minute' }],
  ['hour', { ms: 3_600_000, calendar: 'hour' }],
  ['day', { ms: 86_400_000, calendar: 'day' }],
  ['week', { ms: 7 * 86_400_000, calendar: 'week' }],
  ['month', { calendar: 'month' }],
  ['year', { calendar: 'year' }],
])

const FORM = /^(\d+)\/(\d*)([A-Za-z]+)$/
const WHOLE = /^[1-9]\d{0,8}$/

/** Reads `600/min`, `10/s`, `1000/hour`, `5/10s`, `10000/month`. @returns the rate, or in one sentence what is wrong with the text. */
export function parseRate(text: string): Rate | { readonly fault: string } {
  const [, count, periods, name] = FORM.exec(text) ?? []
  if (count === undefined || periods === undefined || name === undefined) {
    return { fault: 'Expected a count, a slash and a period, without spaces: 600/min, 10/s, 1000/hour or 5/10s' }
  }
  const unit = UNITS.get(name)
  if (unit === undefined) return { fault: `Unknown unit ${JSON.stringify(name)}: expected s, min, hour, day, week, month or year` }
  if (!WHOLE.test(count) || Number(count) > MAX_RATE_TOKENS) return { fault: `The count must be a whole number from 1 to ${MAX_RATE_TOKENS}` }
  const tokens = Number(count)
  if (unit.ms === undefined) {
    return periods === '' && unit.calendar !== undefined
      ? { tokens, unit: unit.calendar }
      : { fault: `Only one ${name} can be counted by, as in ${count}/${name}` }
  }
  const periodMs = periods === '' ? unit.ms : WHOLE.test(periods) ? Number(periods) * unit.ms : 0
  if (periodMs < 1000 || periodMs > MAX_RATE_PERIOD_MS) return { fault: 'The period must be from 1 second to 31 days' }
  return { tokens, periodMs, ...(periodMs === unit.ms && unit.calendar !== undefined && { unit: unit.calendar }) }
}

/** The longest time that {@link parseDuration} reads. */
export const MAX_DURATION_MS = 366 * 86_400_000

/** Reads `30s`, `10min`, `1hour`, `7day`. @returns milliseconds, or in one sentence what is wrong with the text. */
export function parseDuration(text: string): number | { readonly fault: string } {
  const [, count = '', name = ''] = /^(\d+)([A-Za-z]+)$/.exec(text) ?? []
  const unitMs = UNITS.get(name)?.ms
  if (unitMs === undefined || !WHOLE.test(count)) return { fault: 'Expected a whole number and a unit, without a space: 30s, 10min, 1hour, 7day or 2week' }
  const ms = Number(count) * unitMs
  return ms <= MAX_DURATION_MS ? ms : { fault: 'The time must be at most 366 days' }
}

/** What may come at once when nothing else is said: a tenth of the rate's tokens, at least one. */
export function defaultBurst({ tokens }: Pick<Rate, 'tokens'>): number {
  return Math.max(1, Math.floor(tokens / 10))
}
