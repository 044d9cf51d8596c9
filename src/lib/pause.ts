/** A moment of `ms` milliseconds. A request that waits for another's work looks again and again, with timers of its own: no promise may be awaited across requests. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
