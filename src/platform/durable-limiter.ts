import type { Limiter } from '../core/ports.ts'
import { MESSAGE_VERSION, readTakeReply } from '../limiter/message.ts'
import type { RateLimiter } from './rate-limiter.ts'

/** Where objects live. Both take effect when an object is first asked for and never after, so they are set once, before the first deployment. */
export interface StateSettings {
  /** The region in which objects are created, at best effort; without it, near whoever asks first. */
  readonly home?: DurableObjectLocationHint
  /** The jurisdiction that objects never leave. */
  readonly jurisdiction?: DurableObjectJurisdiction
}

/**
 * The limiter of production: asks the object that owns the cells, once for all of them.
 * A call of which the outcome is not known throws: it may have been charged, and is not tried again.
 */
export function durableLimiter(namespace: DurableObjectNamespace<RateLimiter>, { home, jurisdiction }: StateSettings = {}): Limiter {
  const options = home === undefined ? undefined : { locationHint: home }
  return {
    async take({ owner, cells, cost }, { meter }) {
      meter.objectCalls++
      const objects = jurisdiction === undefined ? namespace : namespace.jurisdiction(jurisdiction)
      // A stub belongs to the request that made it and is of no use after an error: each call makes its own.
      const reply = await objects.getByName(owner, options).take({ v: MESSAGE_VERSION, cost, cells })
      return readTakeReply(reply, cells.length)
    },
  }
}
