import type { Clock, LocationCache, Revocations } from '../core/ports.ts'
import { IsolateLedger } from '../ledger/isolate.ts'
import type { StateSettings } from './durable-limiter.ts'
import type { Ledger } from './ledger.ts'

/** The one object that knows what is revoked. */
const NAME = 'ledger'

/** The revocations of production: one isolate's copy, over the location's, over the object. */
export function durableLedger(
  namespace: DurableObjectNamespace<Ledger>,
  location: LocationCache,
  { home, jurisdiction }: StateSettings = {},
  clock: Clock = { now: () => Date.now() },
): Revocations {
  const options = home === undefined ? undefined : { locationHint: home }
  return new IsolateLedger({
    clock,
    location,
    name: NAME,
    notice: (detail) => console.warn(JSON.stringify({ reason: 'revocation.ledger', detail })),
    // A stub belongs to the request that made it and is of no use after an error: each call makes its own.
    owner: () => (jurisdiction === undefined ? namespace : namespace.jurisdiction(jurisdiction)).getByName(NAME, options),
  })
}
