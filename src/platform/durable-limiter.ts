import type { Clock, Limiter } from '../core/ports.ts'
import { IsolateLimiter } from '../limiter/isolate.ts'
import type { RateLimiter } from './rate-limiter.ts'

/** Where objects live. Both take effect when an object is first asked for and never after, so they are set once, before the first deployment. */
export interface StateSettings {
  /** The region in which objects are created, at best effort; without it, near whoever asks first. */
  readonly home?: DurableObjectLocationHint
  /** The jurisdiction that objects never leave. */
  readonly jurisdiction?: DurableObjectJurisdiction
}

/** The limiter of production: one isolate's, over the objects of a namespace. */
export function durableLimiter(
  namespace: DurableObjectNamespace<RateLimiter>,
  { home, jurisdiction }: StateSettings = {},
  clock: Clock = { now: () => Date.now() },
): Limiter {
  const objects = () => (jurisdiction === undefined ? namespace : namespace.jurisdiction(jurisdiction))
  const options = home === undefined ? undefined : { locationHint: home }
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
    // A stub belongs to the request that made it and is of no use after an error: each call makes its own.
    owner: (owner) => objects().getByName(owner, options),
  })
}
