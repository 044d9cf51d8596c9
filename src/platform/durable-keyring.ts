import type { Clock, Keys, LocationCache } from '../core/ports.ts'
import { IsolateKeys, type KeyringShard } from '../keys/isolate.ts'
import type { StateSettings } from './durable-limiter.ts'
import type { Keyring } from './keyring.ts'

/** The API keys of production: one isolate's copies, over the location's, over 64 objects `keys|0` to `keys|63`. */
export function durableKeyring(
  namespace: DurableObjectNamespace<Keyring>,
  location: LocationCache,
  { home, jurisdiction }: StateSettings = {},
  clock: Clock = { now: () => Date.now() },
): Keys {
  const options = home === undefined ? undefined : { locationHint: home }
  const objects = () => (jurisdiction === undefined ? namespace : namespace.jurisdiction(jurisdiction))
  return new IsolateKeys({
    clock,
    location,
    notice: (detail) => console.warn(JSON.stringify({ reason: 'api-key.keyring', detail })),
    // A stub belongs to the request that made it and is of no use after an error: each call makes its own.
    shard: (number): KeyringShard => objects().getByName(`keys|${number}`, options),
  })
}
