/** The figures of a token bucket: `tokens` come back in `periodMs`, and at most `burst` are there at once. */
export interface BucketFigures {
  readonly tokens: number
  readonly periodMs: number
  readonly burst: number
}

/**
 * A token bucket in whole numbers. A token is a number of ticks, and so is a millisecond: with the fraction `periodMs / tokens` in lowest terms both are
 * integers, so nothing is ever rounded and a bound that is stated holds to the last token, after however many requests.
 */
export interface Bucket {
  readonly ticksPerToken: number
  readonly ticksPerMs: number
  /** All tokens of a full bucket. */
  readonly capacityTicks: number
}

/** The longest time that an empty bucket may need to fill. */
export const MAX_FILL_MS = 366 * 86_400_000

/** Sums of two such numbers are still exact. */
const MAX_TICKS = 2 ** 52

/** @returns the bucket, or in one sentence why there is none of these figures. */
export function bucketOf(figures: BucketFigures): Bucket | { readonly fault: string } {
  const { tokens, periodMs, burst } = figures
  if (!isCount(tokens) || !isCount(periodMs) || !isCount(burst)) return { fault: 'tokens, period and burst must be whole numbers from 1' }
  const divisor = greatestCommonDivisor(tokens, periodMs)
  const ticksPerToken = periodMs / divisor
  const ticksPerMs = tokens / divisor
  const capacityTicks = burst * ticksPerToken
  if (capacityTicks > MAX_TICKS || ticksPerMs > MAX_TICKS) return { fault: 'the figures are too large to count exactly' }
  if (capacityTicks / ticksPerMs > MAX_FILL_MS) return { fault: 'an empty bucket would need more than 366 days to fill' }
  return { ticksPerToken, ticksPerMs, capacityTicks }
}

/** @returns these figures, or the nearest that can be counted: a rate rounded down, or a burst that fills in time, at least `leastBurst`, with a higher rate if it must be. */
export function countable(figures: BucketFigures, leastBurst: number): BucketFigures {
  if (!('fault' in bucketOf(figures))) return figures
  const msPerToken = figures.periodMs / figures.tokens
  const [tokens, periodMs] =
    msPerToken < 1 ? [Math.floor(1 / msPerToken), 1] : [1, Math.min(Math.ceil(msPerToken), Math.max(1, Math.floor(MAX_FILL_MS / leastBurst)))]
  return { tokens, periodMs, burst: Math.max(leastBurst, Math.min(figures.burst, Math.floor((MAX_FILL_MS * tokens) / periodMs))) }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b]
  return a
}
