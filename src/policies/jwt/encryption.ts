/**
 * How the key of an encrypted token may come (RFC 7518 §4). RSA1_5 (padding oracles) and PBES2 (passwords, and work of the sender's choice) do not exist here,
 * nor does AES-192, which browsers' engines lack.
 */
export const KEY_MANAGEMENT = [
  'RSA-OAEP',
  'RSA-OAEP-256',
  'RSA-OAEP-384',
  'RSA-OAEP-512',
  'ECDH-ES',
  'ECDH-ES+A128KW',
  'ECDH-ES+A256KW',
  'A128KW',
  'A256KW',
  'A128GCMKW',
  'A256GCMKW',
  'dir',
] as const

/** One of {@link KEY_MANAGEMENT}. */
export type KeyManagement = (typeof KEY_MANAGEMENT)[number]

/** How the content of an encrypted token may be encrypted (RFC 7518 §5): authenticated all of them. */
export const CONTENT_ENCRYPTION = ['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A256CBC-HS512'] as const

/** One of {@link CONTENT_ENCRYPTION}. */
export type ContentEncryption = (typeof CONTENT_ENCRYPTION)[number]

/** The bytes of a content encryption's key. */
export const CONTENT_KEY_BYTES: Readonly<Record<ContentEncryption, number>> = { A128GCM: 16, A256GCM: 32, 'A128CBC-HS256': 32, 'A256CBC-HS512': 64 }

const CURVES: ReadonlySet<unknown> = new Set(['P-256', 'P-384', 'P-521'])

/** Whether a private key of this kind and size may serve the algorithm. `bytes`: of a secret key. */
export function servesKeyManagement(
  algorithm: KeyManagement,
  { kty, crv, bytes }: { readonly kty: unknown; readonly crv?: unknown; readonly bytes: number },
  encryptions: readonly ContentEncryption[],
): boolean {
  if (algorithm.startsWith('RSA')) return kty === 'RSA'
  if (algorithm.startsWith('ECDH')) return (kty === 'EC' && CURVES.has(crv)) || (kty === 'OKP' && crv === 'X25519')
  if (kty !== 'oct') return false
  return algorithm === 'dir' ? encryptions.some((enc) => CONTENT_KEY_BYTES[enc] === bytes) : bytes === (algorithm.startsWith('A128') ? 16 : 32)
}
