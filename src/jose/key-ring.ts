import { importJWK } from 'jose'
import { isJsonObject } from '../lib/json-object.ts'
import type { Algorithm, HmacAlgorithm } from './algorithms.ts'
import { type KeyMaterial, readJwk } from './jwk.ts'

/** A public key or a secret, imported for one algorithm. */
export interface VerificationKey {
  readonly kid: string | undefined
  readonly alg: Algorithm | HmacAlgorithm
  /** Equal for equal keys. */
  readonly fingerprint: string
  readonly key: CryptoKey
}

/**
 * What a search for a key found. `unknown`: no key of that id, a newer set may have it. `unfit`: the id is known, but not with a key
 * that may serve the algorithm. `ambiguous`: more than one key fits.
 */
export type KeyLookup = VerificationKey | 'unknown' | 'unfit' | 'ambiguous'

/** A larger set is not believed. */
export const MAX_KEYS = 100

/** One version of an issuer's key set. It never changes: a newer version is another ring. */
export class KeyRing {
  readonly #keys: ReadonlySet<VerificationKey>
  readonly #kids: ReadonlySet<string>
  /** Why keys of the set were left out, for the operator. */
  readonly unfit: readonly string[]

  /** @param kids every key id that the issuer publishes, those of unfit keys too. */
  constructor(keys: Iterable<VerificationKey>, kids: Iterable<string>, unfit: readonly string[]) {
    this.#keys = new Set(keys)
    this.#kids = new Set(kids)
    this.unfit = unfit
  }

  /** Whether no key of the set can verify anything. */
  get isEmpty(): boolean {
    return this.#keys.size === 0
  }

  /** Whether the key is still one of the issuer's. */
  has(key: VerificationKey): boolean {
    return this.#keys.has(key)
  }

  /** @returns the same key as in `fingerprint`, so that a refreshed set keeps what did not change. */
  same(fingerprint: string): VerificationKey | undefined {
    for (const key of this.#keys) if (key.fingerprint === fingerprint) return key
    return undefined
  }

  /** Finds the one key for a token's `kid` and `alg`. Without a `kid` there must be exactly one key for the algorithm. */
  find(kid: string | undefined, alg: string): KeyLookup {
    let found: VerificationKey | undefined
    for (const key of this.#keys) {
      if (key.alg !== alg || (kid !== undefined && key.kid !== kid)) continue
      if (found !== undefined) return 'ambiguous'
      found = key
    }
    if (found !== undefined) return found
    return kid === undefined || this.#kids.has(kid) ? 'unfit' : 'unknown'
  }
}

/**
 * Imports a JWK Set (RFC 7517 §5). Keys that may not verify are left out and named in `unfit`.
 * @param previous keys that it holds already are taken over as they are.
 * @throws when the document is no JWK Set, or has more than {@link MAX_KEYS} keys.
 */
export async function importKeys(document: unknown, algorithms: readonly Algorithm[], previous?: KeyRing): Promise<KeyRing> {
  if (!isJsonObject(document) || !Array.isArray(document.keys)) throw new Error('not a JWK Set')
  const entries: readonly unknown[] = document.keys
  if (entries.length > MAX_KEYS) throw new Error(`a key set of more than ${MAX_KEYS} keys`)
  const keys = new Map<string, VerificationKey>()
  const kids: string[] = []
  const unfit: string[] = []
  for (const [index, entry] of entries.entries()) {
    const jwk = readJwk(entry, algorithms)
    if (jwk.kid !== undefined) kids.push(jwk.kid)
    if ('unfit' in jwk) {
      unfit.push(`key ${index} ${jwk.unfit}`)
      continue
    }
    for (const alg of jwk.algorithms) {
      const fingerprint = JSON.stringify([jwk.kid ?? null, alg, jwk.material])
      const key = previous?.same(fingerprint)?.key ?? (await importKey(jwk.material, alg))
      if (key === undefined) unfit.push(`key ${index} could not be imported`)
      else keys.set(fingerprint, previous?.same(fingerprint) ?? { kid: jwk.kid, alg, fingerprint, key })
    }
  }
  return new KeyRing(keys.values(), kids, unfit)
}

async function importKey(material: KeyMaterial, alg: Algorithm): Promise<CryptoKey | undefined> {
  try {
    const key = await importJWK({ ...material }, alg, { extractable: false })
    return key instanceof Uint8Array ? undefined : key
  } catch {
    return undefined
  }
}
