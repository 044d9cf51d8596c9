import { importJWK } from 'jose'
import { decodeStrict } from '../../jose/base64url.ts'
import { MAX_KID_LENGTH, rsaFault } from '../../jose/jwk.ts'
import { isJsonObject, type JsonObject } from '../../lib/json-object.ts'
import { type ContentEncryption, type KeyManagement, servesKeyManagement } from './encryption.ts'
import { importedOnce } from './imported-once.ts'
import { type SecretAccess, SecretUnfit } from './secret-keys.ts'

/** A private or secret key, imported for one algorithm of key management. */
export interface DecryptionKey {
  readonly kid: string
  readonly alg: KeyManagement
  readonly key: CryptoKey | Uint8Array
}

/** What keys are imported for. */
export interface DecryptionAlgorithms {
  readonly keyManagement: readonly KeyManagement[]
  readonly contentEncryption: readonly ContentEncryption[]
}

/** Keys that open encrypted tokens: secrets of the Worker, each one private JWK. */
export interface DecryptionKeys {
  /**
   * @returns the one key of that id for the algorithm; without an id the only one that fits. `undefined` where there is none, or more than one.
   * @throws {SecretUnfit} when a secret is missing or holds no key that fits.
   */
  find(kid: string | undefined, alg: string, access: SecretAccess): DecryptionKey | undefined | Promise<DecryptionKey | undefined>
}

/** Keys from secrets. They are imported in the first request of the isolate that needs them, and again when a secret has become another. */
export function decryptionKeys(names: readonly string[], algorithms: DecryptionAlgorithms): DecryptionKeys {
  const imported = importedOnce(names, (texts) => importAll(names, texts, algorithms))
  const fitting = (kid: string | undefined, alg: string, keys: readonly DecryptionKey[]) => {
    const fit = keys.filter((key) => key.alg === alg && (kid === undefined || key.kid === kid))
    return fit.length === 1 ? fit[0] : undefined
  }
  return {
    find: (kid, alg, { ports }) => {
      const known = imported.known(ports)
      return known === undefined ? imported.make(ports).then((keys) => fitting(kid, alg, keys)) : fitting(kid, alg, known)
    },
  }
}

async function importAll(
  names: readonly string[],
  texts: readonly (string | undefined)[],
  algorithms: DecryptionAlgorithms,
): Promise<readonly DecryptionKey[]> {
  // Two names of one secret are one key: so it is while the new one is copied to where the old one stands.
  const different = names.filter((_, i) => texts.indexOf(texts[i]) === i)
  const imported = await Promise.all(different.map((name) => importDecryptionKey(name, texts[names.indexOf(name)], algorithms)))
  const kids = new Set(imported.map(([first]) => first?.kid))
  if (kids.size < different.length) throw new SecretUnfit(`the secrets ${names.join(' and ')} hold keys of one kid`)
  return imported.flat()
}

/**
 * Imports the private JWK that a secret holds, once for each algorithm that it may serve.
 * @throws {SecretUnfit} with the secret's name and what is wrong, and nothing of what it holds.
 */
export async function importDecryptionKey(name: string, secret: string | undefined, algorithms: DecryptionAlgorithms): Promise<readonly DecryptionKey[]> {
  const { kid, able, material } = readPrivateJwk(name, secret, algorithms)
  return await Promise.all(
    able.map(async (alg) => {
      try {
        return { kid, alg, key: await importJWK(material, alg, { extractable: false }) }
      } catch {
        throw new SecretUnfit(`the secret ${name} holds a key that cannot be imported`)
      }
    }),
  )
}

function readPrivateJwk(name: string, secret: string | undefined, { keyManagement, contentEncryption }: DecryptionAlgorithms) {
  const unfit = (what: string) => new SecretUnfit(`the secret ${name} ${what}`)
  if (secret === undefined) throw unfit('is not set')
  const jwk = parse(secret)
  if (jwk === undefined) throw unfit('is not a JWK in JSON')
  const { kid, kty, crv, alg, use } = jwk
  if (typeof kid !== 'string' || kid === '' || kid.length > MAX_KID_LENGTH) throw unfit('holds a key without a kid')
  if (use !== undefined && use !== 'enc') throw unfit('holds a key that is not for encryption (use)')
  const material = materialOf(jwk)
  if (material === undefined) throw unfit('holds no private RSA, EC, OKP or oct key in strict base64url')
  const weak = kty === 'RSA' ? rsaFault(String(material.n), String(material.e)) : undefined
  if (weak !== undefined) throw unfit(`holds a key that ${weak}`)
  const bytes = typeof material.k === 'string' ? (decodeStrict(material.k)?.byteLength ?? 0) : 0
  const declares = (algorithm: KeyManagement) => alg === undefined || alg === algorithm || (algorithm === 'dir' && contentEncryption.some((enc) => enc === alg))
  const able = keyManagement.filter((algorithm) => declares(algorithm) && servesKeyManagement(algorithm, { kty, crv, bytes }, contentEncryption))
  if (able.length === 0) throw unfit(`holds a key that serves none of ${keyManagement.join(', ')}`)
  return { kid, able, material }
}

/** What a JSON error says would hold a part of the secret. */
function parse(secret: string): JsonObject | undefined {
  try {
    const jwk: unknown = JSON.parse(secret)
    return isJsonObject(jwk) ? jwk : undefined
  } catch {
    return undefined
  }
}

const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  RSA: ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'],
  EC: ['x', 'y', 'd'],
  OKP: ['x', 'd'],
  oct: ['k'],
}

/** The key itself, and nothing that could change how it is imported. */
function materialOf(jwk: JsonObject): Record<string, string> | undefined {
  const members = typeof jwk.kty === 'string' && Object.hasOwn(MEMBERS, jwk.kty) ? MEMBERS[jwk.kty] : undefined
  if (members === undefined) return undefined
  const material: Record<string, string> = { kty: String(jwk.kty), ...(typeof jwk.crv === 'string' && { crv: jwk.crv }) }
  for (const member of members) {
    const value = jwk[member]
    if (typeof value !== 'string' || value === '' || decodeStrict(value) === undefined) return undefined
    material[member] = value
  }
  return material
}
