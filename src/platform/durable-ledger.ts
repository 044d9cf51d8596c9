import type { Clock, LocationCache } from '../core/ports.ts'
import { IsolateLedger } from '../ledger/isolate.ts'
import type { Ledger } from './ledger.ts'
import { objectsOf, placedIn, type StateSettings } from './placement.ts'

/** The one object that knows what is revoked, and which rules there are. */
const NAME = 'ledger'

/** @returns the id of the ledger: no other environment or jurisdiction has it, and no Worker that does not bind this very ledger. */
export function ledgerId(namespace: DurableObjectNamespace<Ledger>, placement: StateSettings = {}): string {
  return placedIn(namespace, placement).idFromName(NAME).toString()
}

/** The revocations and rules of production: one isolate's copy, over the location's, over the object. */
export function durableLedger(
  namespace: DurableObjectNamespace<Ledger>,
  location: LocationCache,
  placement: StateSettings = {},
  clock: Clock = { now: () => Date.now() },
): IsolateLedger {
  const objectOf = objectsOf(namespace, placement)
  return new IsolateLedger({
    clock,
    location,
    name: NAME,
    notice: (detail) => console.warn(JSON.stringify({ reason: 'revocation.ledger', detail })),
    owner: () => objectOf(NAME),
  })
}
