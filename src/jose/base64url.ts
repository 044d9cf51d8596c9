import { base64url } from 'jose'

const ALPHABET = /^[A-Za-z0-9_-]*$/
/** The last characters whose unused bits are zero, by length modulo 4. */
const LAST_OF_TWO = 'AQgw'
const LAST_OF_THREE = 'AEIMQUYcgkosw048'

/**
 * Whether the text is base64url in its one form (RFC 7515 §2): no padding, no white space, no unused bits set.
 * Runtimes decode more than that, and then two texts are one token.
 */
export function isStrictBase64url(text: string): boolean {
  if (!ALPHABET.test(text)) return false
  const last = text.at(-1) ?? ''
  const rest = text.length % 4
  return rest === 0 || (rest === 2 && LAST_OF_TWO.includes(last)) || (rest === 3 && LAST_OF_THREE.includes(last))
}

/** @returns the bytes, or `undefined` for anything that is not strict base64url. */
export function decodeStrict(text: string): Uint8Array | undefined {
  return isStrictBase64url(text) ? base64url.decode(text) : undefined
}
