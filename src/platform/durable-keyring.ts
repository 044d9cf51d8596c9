import type { Clock, Keys, LocationCache } from '../core/ports.ts'
import { IsolateKeys } from '../keys/isolate.ts'
import type { KeyringShard } from '../keys/shards.ts'
import type { Keyring } from './keyring.ts'
import { objectsOf, type StateSettings } from './placement.ts'

/** The API keys of production: one isolate's copies, over the location's, over 64 objects `keys|0` to `keys|63`. */
export function durableKeyring(
  namespace: DurableObjectNamespace<Keyring>,
  location: LocationCache,
  placement: StateSettings = {},
  clock: Clock = { now: () => Date.now() },
): Keys {
  const objectOf = objectsOf(namespace, placement)
  return new IsolateKeys({
    clock,
    location,
    notice: (detail) => console.warn(JSON.stringify({ reason: 'api-key.keyring', detail })),
    shard: (number): KeyringShard => objectOf(`keys|${number}`),
  })
}
