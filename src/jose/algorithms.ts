/** The signature algorithms of issuers that publish their keys: asymmetric all of them, so that a public key can never serve as a secret. */
export const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'] as const

/** One of {@link ALGORITHMS}. */
export type Algorithm = (typeof ALGORITHMS)[number]

/** The algorithms of a secret that issuer and gateway share. They never stand beside others: see {@link ALGORITHMS}. */
export const HMAC_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const

/** One of {@link HMAC_ALGORITHMS}. */
export type HmacAlgorithm = (typeof HMAC_ALGORITHMS)[number]

/** Whether the algorithm is one of {@link HMAC_ALGORITHMS}. */
export function isHmac(algorithm: Algorithm | HmacAlgorithm): algorithm is HmacAlgorithm {
  return HMAC_ALGORITHMS.some((hmac) => hmac === algorithm)
}

/** Whether the algorithm is one of {@link ALGORITHMS}. */
export function isAsymmetric(algorithm: Algorithm | HmacAlgorithm): algorithm is Algorithm {
  return !isHmac(algorithm)
}

/** What a key must be to serve an algorithm: JWK `kty`, and `crv` where there are curves. */
export const KEY_KIND: Readonly<Record<Algorithm, { readonly kty: string; readonly crv?: string }>> = {
  RS256: { kty: 'RSA' },
  RS384: { kty: 'RSA' },
  RS512: { kty: 'RSA' },
  PS256: { kty: 'RSA' },
  PS384: { kty: 'RSA' },
  PS512: { kty: 'RSA' },
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  ES512: { kty: 'EC', crv: 'P-521' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
  Ed25519: { kty: 'OKP', crv: 'Ed25519' },
}

/** How Web Crypto verifies an algorithm's signatures (RFC 7518 §3, RFC 8037 §3.1, RFC 9864 §2.2). The hash of RSA and HMAC belongs to the imported key. `bytes`: the length of a signature, where there is but one. */
export const SIGNATURE: Readonly<
  Record<Algorithm | HmacAlgorithm, { readonly name: string; readonly hash?: string; readonly saltLength?: number; readonly bytes?: number }>
> = {
  HS256: { name: 'HMAC' },
  HS384: { name: 'HMAC' },
  HS512: { name: 'HMAC' },
  RS256: { name: 'RSASSA-PKCS1-v1_5' },
  RS384: { name: 'RSASSA-PKCS1-v1_5' },
  RS512: { name: 'RSASSA-PKCS1-v1_5' },
  PS256: { name: 'RSA-PSS', saltLength: 32 },
  PS384: { name: 'RSA-PSS', saltLength: 48 },
  PS512: { name: 'RSA-PSS', saltLength: 64 },
  ES256: { name: 'ECDSA', hash: 'SHA-256', bytes: 64 },
  ES384: { name: 'ECDSA', hash: 'SHA-384', bytes: 96 },
  ES512: { name: 'ECDSA', hash: 'SHA-512', bytes: 132 },
  EdDSA: { name: 'Ed25519', bytes: 64 },
  Ed25519: { name: 'Ed25519', bytes: 64 },
}
