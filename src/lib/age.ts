/** How far the clocks of a location may differ: knowledge from further in the future is not believed. */
export const MAX_SKEW_MS = 1000

/** @returns how old what was known at `asOfMs` is. What is from the future is by a clock that was set back: nobody knows how old it is, so it is as old as can be. */
export function ageAt(asOfMs: number, nowMs: number): number {
  const ageMs = nowMs - asOfMs
  return ageMs < -MAX_SKEW_MS ? Number.POSITIVE_INFINITY : ageMs
}

/** @returns whether now is less than `ms` after some moment. A clock that was set back makes nothing last longer. */
export function isWithin(sinceMs: number, nowMs: number, ms: number): boolean {
  return nowMs >= sinceMs && nowMs - sinceMs < ms
}
