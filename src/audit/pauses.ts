/** A sink that fails is tried again after so long, then after twice as long each time, up to the other. So is a key that does not sign. */
export const FIRST_PAUSE_MS = 10_000
export const LONGEST_PAUSE_MS = 900_000

/** @returns how long to wait after so many failures in a row. */
export function pauseAfter(failures: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 20), LONGEST_PAUSE_MS)
}

/** Whether there is still to be waited until then. No pause is longer than the longest: what is further away is by a clock that was set back. */
export function isPaused(untilMs: number, nowMs: number): boolean {
  return nowMs < untilMs && untilMs - nowMs <= LONGEST_PAUSE_MS
}
