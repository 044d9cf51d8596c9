import { compactDecrypt } from 'jose'
import { isStrictBase64url } from '../../jose/base64url.ts'
import { decodeText, MAX_TOKEN_BYTES, readObject } from '../../jose/compact-jws.ts'
import { MAX_KID_LENGTH } from '../../jose/jwk.ts'
import type { JsonObject } from '../../lib/json-object.ts'
import { partsOf } from '../../lib/token-parts.ts'
import type { DecryptionAlgorithms, DecryptionKey } from './decryption-keys.ts'
import { fault, type JwtFault } from './fault.ts'

/** Finds the key for an encrypted token, at once or after importing it. */
export type FindDecryptionKey = (kid: string | undefined, alg: string) => DecryptionKey | undefined | Promise<DecryptionKey | undefined>

/** Whether the credential has the five parts of a JWE in compact form. */
export function isJweShaped(credential: string): boolean {
  return partsOf(credential) === 5
}

/**
 * Opens an encrypted token (RFC 7516 §5.2) that holds a signed one (RFC 7519 §5.2); whether it does is for whoever reads it to see.
 * Whatever goes wrong has one reason.
 */
export async function decryptToken(compact: string, find: FindDecryptionKey, algorithms: DecryptionAlgorithms): Promise<string | JwtFault> {
  if (compact.length > MAX_TOKEN_BYTES) return fault('jwt.too-large', `longer than ${MAX_TOKEN_BYTES} bytes`)
  const parts = compact.split('.')
  const header = readObject(parts[0] ?? '')
  if (header === undefined || !parts.every(isStrictBase64url)) return failed('not five parts of strict base64url')
  const refused = headerFault(header, algorithms)
  if (refused !== undefined) return failed(refused)
  const { kid, alg } = header as { readonly kid?: string; readonly alg: string }
  const found = find(kid, alg)
  const key = found instanceof Promise ? await found : found
  if (key === undefined) return failed('no key, or more than one, for kid and alg')
  const plaintext = await decryptContent(compact, key, algorithms)
  if (plaintext === undefined) return failed('the key does not open it')
  return decodeText(plaintext) ?? failed('what it holds is no text')
}

/**
 * Decrypts a compact JWE with a key, by the key's own algorithm alone. Nothing is ever decompressed.
 * @returns `undefined` for whatever goes wrong: beside the imported key all of it is the sender's.
 */
export async function decryptContent(compact: string, key: DecryptionKey, { contentEncryption }: DecryptionAlgorithms): Promise<Uint8Array | undefined> {
  const options = { keyManagementAlgorithms: [key.alg], contentEncryptionAlgorithms: [...contentEncryption], maxDecompressedLength: 0 }
  try {
    return (await compactDecrypt(compact, key.key, options)).plaintext
  } catch {
    return undefined
  }
}

function failed(detail: string): JwtFault {
  return fault('jwt.decryption', detail)
}

function headerFault(header: JsonObject, { keyManagement, contentEncryption }: DecryptionAlgorithms): string | undefined {
  const { alg, enc, kid, cty } = header
  if (Object.hasOwn(header, 'crit')) return 'an extension that must be understood (crit)'
  if (Object.hasOwn(header, 'zip')) return 'compressed (zip)'
  if (!keyManagement.some((one) => one === alg)) return 'alg is none of the configured algorithms'
  if (!contentEncryption.some((one) => one === enc)) return 'enc is none of the configured encryptions'
  if (typeof cty !== 'string' || cty.toUpperCase() !== 'JWT') return 'cty does not say that it holds a JWT'
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > MAX_KID_LENGTH)) return 'kid is not a text of sensible length'
  return undefined
}
