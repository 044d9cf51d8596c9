/** Whether less than `ms` have passed since a moment. A clock that was set back makes nothing last longer. */
export function isWithin(sinceMs: number, now: number, ms: number): boolean {
  return now >= sinceMs && now - sinceMs < ms
}
