import type { UrlFault } from './url-fault.ts'

const NOT_VISIBLE_ASCII = /[^!-~]/
const NO_TRIPLET = /%(?![0-9A-Fa-f]{2})/
const HIGH_BYTE = /%[89A-Fa-f]/

/**
 * Finds what makes a path or a query mean different things to different decoders: raw characters outside visible ASCII (RFC 3986 §2 has none),
 * a `%` without its two hex digits, bytes that are not UTF-8 (overlong forms and surrogates included).
 */
export function faultOfEncoding(raw: string): UrlFault | undefined {
  const odd = NOT_VISIBLE_ASCII.exec(raw)
  if (odd !== null) return odd[0] > '\x7f' ? 'not-ascii' : 'control-character'
  if (NO_TRIPLET.test(raw)) return 'bad-percent-encoding'
  if (HIGH_BYTE.test(raw) && !decodes(raw)) return 'invalid-utf8'
  return undefined
}

/** The one way in which the canonical URL writes an ASCII character that may not stand there. */
export function percentEncoded(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}

function decodes(percentEncodedText: string): boolean {
  try {
    decodeURIComponent(percentEncodedText)
    return true
  } catch {
    return false
  }
}
