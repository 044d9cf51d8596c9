import type { Clock, Limiter } from '../core/ports.ts'
import { IsolateLimiter } from '../limiter/isolate.ts'
import { objectsOf, type StateSettings } from './placement.ts'
import type { RateLimiter } from './rate-limiter.ts'

/** The limiter of production: one isolate's, over the objects of a namespace. */
export function durableLimiter(
  namespace: DurableObjectNamespace<RateLimiter>,
  placement: StateSettings = {},
  clock: Clock = { now: () => Date.now() },
): Limiter {
  let name: string | undefined
  return new IsolateLimiter({
    clock,
    timer(ms, run) {
      const id = setTimeout(run, ms)
      return () => clearTimeout(id)
    },
    random: Math.random,
    // At the first request: an isolate has no random numbers while it starts.
    name() {
      name ??= crypto.randomUUID()
      return name
    },
    owner: objectsOf(namespace, placement),
  })
}
