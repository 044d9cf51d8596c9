import type { Background, Ports } from '../core/ports.ts'
import type { Algorithm } from './algorithms.ts'
import { importKeys, type KeyLookup, type KeyRing } from './key-ring.ts'

/** What a key set needs of the request in whose name it works; an exchange has it. */
export interface KeySetAccess {
  readonly ports: Pick<Ports, 'clock' | 'network' | 'service' | 'notice' | 'location'>
  readonly background: Background
}

/** An issuer's keys, as this isolate knows them. Requests share its data and never its promises. */
export interface KeySet {
  /** @returns the keys that may be used now without waiting; refreshes old ones behind the request. */
  current(access: KeySetAccess): KeyRing | undefined
  /**
   * Finds a key, and asks the issuer where that can help. A known key never waits.
   * @throws {KeySetUnavailable} when the issuer is out of reach and the answer depends on it.
   */
  find(kid: string | undefined, alg: string, access: KeySetAccess): KeyLookup | Promise<KeyLookup>
}

/** The issuer's keys are out of reach: an outage, never the token's fault. */
export class KeySetUnavailable extends Error {
  override readonly name = 'KeySetUnavailable'
}

/** A key set that stands in the configuration. It is imported in the first request: at start there is no asynchronous work. */
export function inlineKeySet(jwks: unknown, algorithms: readonly Algorithm[]): KeySet {
  let ring: KeyRing | undefined
  return {
    current: () => ring,
    find: (kid, alg) => {
      if (ring !== undefined) return ring.find(kid, alg)
      return importKeys(jwks, algorithms).then((imported) => {
        if (imported.unfit.length > 0) throw new KeySetUnavailable(imported.unfit.join('; '))
        ring = imported
        return ring.find(kid, alg)
      })
    },
  }
}
