import type { Ports } from '../../core/ports.ts'
import type { HmacAlgorithm } from '../../jose/algorithms.ts'
import { decodeStrict } from '../../jose/base64url.ts'
import { KeyRing, type VerificationKey } from '../../jose/key-ring.ts'
import { importedOnce } from './imported-once.ts'

/** The shortest secret for an algorithm, in bytes: the size of its hash (RFC 7518 §3.2). */
export const MIN_SECRET_BYTES: Readonly<Record<HmacAlgorithm, number>> = { HS256: 32, HS384: 48, HS512: 64 }

/** A secret of the Worker is no key. The message names the secret and holds nothing of it. */
export class SecretUnfit extends Error {
  override readonly name = 'SecretUnfit'
}

/** What finding a secret needs of the request in whose name it works; an exchange has it. */
export interface SecretAccess {
  readonly ports: Pick<Ports, 'secret'>
}

/** Keys that are secrets of the Worker: for HMAC alone, and never made of what an issuer publishes. */
export interface SecretKeys {
  /** @returns the keys that the secrets are now, once they are imported. */
  current(access: SecretAccess): KeyRing | undefined
  /**
   * @returns every key for the algorithm: a secret has no id, and two of them serve while one replaces the other.
   * @throws {SecretUnfit} when a secret is missing, too short or malformed.
   */
  find(kid: string | undefined, alg: string, access: SecretAccess): readonly VerificationKey[] | Promise<readonly VerificationKey[]>
}

/** Keys from secrets in strict base64url without padding. They are imported in the first request of the isolate, and again when a secret has become another. */
export function secretKeys(names: readonly string[], algorithms: readonly HmacAlgorithm[]): SecretKeys {
  const imported = importedOnce(names, async (texts) => {
    const keys = await importSecrets(names, texts, algorithms)
    return { keys, ring: new KeyRing(keys, [], []) }
  })
  const serving = (alg: string, keys: readonly VerificationKey[]) => keys.filter((key) => key.alg === alg)
  return {
    current: ({ ports }) => imported.known(ports)?.ring,
    find: (_kid, alg, { ports }) => {
      const known = imported.known(ports)
      return known === undefined ? imported.make(ports).then(({ keys }) => serving(alg, keys)) : serving(alg, known.keys)
    },
  }
}

async function importSecrets(
  names: readonly string[],
  texts: readonly (string | undefined)[],
  algorithms: readonly HmacAlgorithm[],
): Promise<readonly VerificationKey[]> {
  const secrets = names.map((name, i) => ({ name, bytes: bytesOf(name, texts[i], algorithms) }))
  const keys = secrets.flatMap(({ name, bytes }) =>
    algorithms.map(async (alg): Promise<VerificationKey> => {
      const hash = `SHA-${alg.slice(2)}`
      const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash }, false, ['verify'])
      return { kid: undefined, alg, fingerprint: JSON.stringify([name, alg]), key }
    }),
  )
  return await Promise.all(keys)
}

function bytesOf(name: string, text: string | undefined, algorithms: readonly HmacAlgorithm[]): Uint8Array<ArrayBuffer> {
  if (text === undefined) throw new SecretUnfit(`the secret ${name} is not set`)
  const bytes = decodeStrict(text)
  const least = Math.max(...algorithms.map((alg) => MIN_SECRET_BYTES[alg]))
  if (bytes === undefined || bytes.byteLength < least) throw new SecretUnfit(`the secret ${name} is not at least ${least} bytes in base64url without padding`)
  return Uint8Array.from(bytes)
}
