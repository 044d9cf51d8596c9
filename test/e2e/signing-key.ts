import { exportJWK, generateKeyPair, type JWK } from 'jose'

/** A private key of the issuer. */
export interface SigningKey {
  readonly jwk: JWK
}

let made = 0

/** @returns a new key with a `kid` that no other has. */
export async function makeKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { jwk: { ...(await exportJWK(privateKey)), kid: `key-${++made}`, alg: 'ES256', use: 'sig' } }
}
