import type { Clock, LocationCache } from '../core/ports.ts'
import { IsolateLedger } from '../ledger/isolate.ts'
import type { StateSettings } from './durable-limiter.ts'
import type { Ledger } from './ledger.ts'

/** The one object that knows what is revoked, and which rules there are. */
const NAME = 'ledger'

/** @returns the id of the ledger: no other environment or jurisdiction has it, and no Worker that does not bind this very ledger. */
export function ledgerId(namespace: DurableObjectNamespace<Ledger>, placement: StateSettings = {}): string {
  return objectsOf(namespace, placement).idFromName(NAME).toString()
}

/** The revocations and rules of production: one isolate's copy, over the location's, over the object. */
export function durableLedger(
  namespace: DurableObjectNamespace<Ledger>,
  location: LocationCache,
  placement: StateSettings = {},
  clock: Clock = { now: () => Date.now() },
): IsolateLedger {
  const options = placement.home === undefined ? undefined : { locationHint: placement.home }
  return new IsolateLedger({
    clock,
    location,
    name: NAME,
    notice: (detail) => console.warn(JSON.stringify({ reason: 'revocation.ledger', detail })),
    // A stub belongs to the request that made it and is of no use after an error: each call makes its own.
    owner: () => objectsOf(namespace, placement).getByName(NAME, options),
  })
}

function objectsOf(namespace: DurableObjectNamespace<Ledger>, { jurisdiction }: StateSettings): DurableObjectNamespace<Ledger> {
  return jurisdiction === undefined ? namespace : namespace.jurisdiction(jurisdiction)
}
