import { Buffer } from 'node:buffer'
import type { AuditCheckpoint, AuditPublicKey } from '../core/audit.ts'
import { type Head, sha256 } from './entry.ts'

/** A key that signs checkpoints. */
export interface SigningKey {
  readonly publicKey: AuditPublicKey
  sign(head: Head, atMs: number): Promise<AuditCheckpoint>
}

/** The first characters of a thumbprint that make a key's id. */
const ID_CHARACTERS = 16
const PEM = /^\s*-----BEGIN PRIVATE KEY-----\s*([A-Za-z0-9+/=\s]+?)\s*-----END PRIVATE KEY-----\s*$/

/** @returns the public key of these bytes, with its id: the first 16 characters of its thumbprint (RFC 7638). */
export function publicKeyOf(x: string): AuditPublicKey {
  return { kty: 'OKP', crv: 'Ed25519', x, kid: sha256(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x })).slice(0, ID_CHARACTERS) }
}

/**
 * Reads a signing key out of a secret: an Ed25519 private key as a JWK or as PKCS#8 in PEM.
 * @throws {TypeError} for anything else; nothing of the secret stands in the error.
 */
export async function readSigningKey(secret: string): Promise<SigningKey> {
  try {
    return await imported(secret)
  } catch {
    throw new TypeError('that is no Ed25519 private key, neither a JWK nor PKCS#8 in PEM')
  }
}

async function imported(secret: string): Promise<SigningKey> {
  const { d, x } = PEM.test(secret) ? await fromPem(secret) : (JSON.parse(secret) as JsonWebKey)
  if (d === undefined || x === undefined) throw new TypeError('half a key')
  const privateKey = await crypto.subtle.importKey('jwk', { kty: 'OKP', crv: 'Ed25519', d, x }, 'Ed25519', false, ['sign'])
  const publicKey = publicKeyOf(x)
  const sign = async ({ seq, hash }: Head, atMs: number): Promise<AuditCheckpoint> => {
    const unsigned = { seq, hash, atMs, keyId: publicKey.kid }
    const signature = await crypto.subtle.sign('Ed25519', privateKey, checkpointBytes(unsigned))
    return { ...unsigned, signature: Buffer.from(signature).toString('base64url') }
  }
  // A JWK may carry another key's public half: then nobody could verify what it signs.
  if (!(await isSignedBy(publicKey, await sign({ seq: 0, hash: '' }, 0)))) throw new TypeError('two halves of two keys')
  return { publicKey, sign }
}

async function fromPem(secret: string): Promise<JsonWebKey> {
  const der = Buffer.from(PEM.exec(secret)?.[1] ?? '', 'base64')
  const key = await crypto.subtle.importKey('pkcs8', der, 'Ed25519', true, ['sign'])
  return (await crypto.subtle.exportKey('jwk', key)) as JsonWebKey
}

/** @returns whether a checkpoint bears this key's signature, in its one form. */
export async function isSignedBy(key: AuditPublicKey, checkpoint: AuditCheckpoint): Promise<boolean> {
  const signature = Buffer.from(checkpoint.signature, 'base64url')
  if (signature.length !== 64 || signature.toString('base64url') !== checkpoint.signature) return false
  const publicKey = await crypto.subtle.importKey('jwk', { kty: key.kty, crv: key.crv, x: key.x }, 'Ed25519', false, ['verify'])
  return crypto.subtle.verify('Ed25519', publicKey, signature, checkpointBytes(checkpoint))
}

function checkpointBytes({ seq, hash, atMs, keyId }: Omit<AuditCheckpoint, 'signature'>): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(['portcullis-audit-checkpoint-1', seq, hash, atMs, keyId]))
}
