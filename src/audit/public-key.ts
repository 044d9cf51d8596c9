import { Buffer } from 'node:buffer'
import type { AuditPublicKey } from '../core/audit.ts'
import { publicKeyOf } from './signing-key.ts'

const PEM = /^-----BEGIN PUBLIC KEY-----\s*([A-Za-z0-9+/=\s]+?)\s*-----END PUBLIC KEY-----$/
/** What stands before the 32 bytes of an Ed25519 key in SubjectPublicKeyInfo (RFC 8410 §4). */
const SPKI = '302a300506032b6570032100'
const X = /^[A-Za-z0-9_-]{43}$/

/**
 * Reads the public keys that somebody trusts: a JWK, a JWK Set, a key line of a trail, or one key in PEM.
 * @throws {TypeError} for anything else, and for a private key: it has no business with those who verify.
 */
export function readPublicKeys(text: string): readonly AuditPublicKey[] {
  const given = text.trim()
  if (given.startsWith('-----')) return [publicKeyOf(fromPem(given))]
  let parsed: unknown
  try {
    parsed = JSON.parse(given)
  } catch {
    throw new TypeError('that is no public key, neither a JWK nor PEM')
  }
  const { keys, key } = (parsed ?? {}) as { readonly keys?: unknown; readonly key?: unknown }
  const found = Array.isArray(keys) ? keys : [key ?? parsed]
  if (found.length === 0) throw new TypeError('that is a set without a key')
  return found.map((each) => publicKeyOf(fromJwk(each)))
}

function fromPem(text: string): string {
  if (text.includes('PRIVATE KEY')) throw new TypeError('that is a private key: name the public one')
  const der = Buffer.from(PEM.exec(text)?.[1] ?? '', 'base64')
  if (der.length !== 44 || der.subarray(0, 12).toString('hex') !== SPKI) throw new TypeError('that is no Ed25519 public key in PEM')
  return der.subarray(12).toString('base64url')
}

function fromJwk(given: unknown): string {
  const { kty, crv, x, d } = (given ?? {}) as Readonly<Record<string, unknown>>
  if (d !== undefined) throw new TypeError('that is a private key: name the public one')
  if (kty !== 'OKP' || crv !== 'Ed25519' || typeof x !== 'string' || !X.test(x) || Buffer.from(x, 'base64url').toString('base64url') !== x) {
    throw new TypeError('that is no Ed25519 public key (RFC 8037)')
  }
  return x
}
