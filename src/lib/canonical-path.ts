import { faultOfEncoding, percentEncoded } from './percent-encoding.ts'
import type { Faulty, UrlFault } from './url-fault.ts'

/** Canonical as it stands: no percent sign, no empty or dot segment, and of RFC 3986's path characters only. `;` begins no segment. */
const PLAIN = /^(?:\/\.?[A-Za-z0-9\-_~!$&'()*+,=:@][A-Za-z0-9\-._~!$&'()*+,;=:@]*)*\/?$/
const ENCODED_SEPARATOR = /%(?:2F|5C)/i
const ENCODED_DOT = /%2E/i
const ENCODED_CONTROL = /%(?:[01][0-9A-F]|7F|C2%[89])/i
/** A triplet, or a character that RFC 3986 allows in no path. */
const TO_RECODE = /%[0-9A-Fa-f]{2}|["<>[\]^`{|}]/g
/** Decoded, they mean what they mean encoded. `;`, `=`, `,` (RFC 3986 §3.3) and `+` do not everywhere: they stay as sent. */
const DECODED = /[A-Za-z0-9\-_~!$&'()*:@]/
/** Looked for after recoding, which brings it to light in `%25%34%31`. With the `%uXXXX` of old decoders. */
const DOUBLE_ENCODING = /%25(?:[0-9A-Fa-f]{2}|[Uu][0-9A-Fa-f]{4})/
/** Dots alone, or with what some servers strip before they resolve: path parameters (`/..;x/`) and spaces (`/..%20/`). */
const DOT_SEGMENT = /\/(?:%20)*\.(?:%20|\.)*(?:;|%3B|\/|$)/
/** Empty, or only path parameters: `/;x/admin` is `//admin` to who strips them. */
const EMPTY_SEGMENT = /\/(?:\/|;|%3B)/

/**
 * Brings a path into the one form that is matched and forwarded: percent-encoding only where it must be, hex digits in upper case
 * (RFC 3986 §6.2.2), and encoded what may not stand there. What has two readings is refused.
 * @param raw begins with `/`, or is empty.
 */
export function canonicalPath(raw: string): string | Faulty {
  if (raw === '') return '/'
  if (PLAIN.test(raw)) return raw
  const fault = faultAsSent(raw)
  if (fault !== undefined) return { fault }
  const path = raw.replace(TO_RECODE, recode)
  if (DOUBLE_ENCODING.test(path)) return { fault: 'double-encoding' }
  if (DOT_SEGMENT.test(path)) return { fault: 'dot-segment' }
  if (EMPTY_SEGMENT.test(path)) return { fault: 'empty-segment' }
  return path
}

function faultAsSent(raw: string): UrlFault | undefined {
  if (raw.includes('\\')) return 'backslash'
  const fault = faultOfEncoding(raw)
  if (fault !== undefined) return fault
  if (ENCODED_SEPARATOR.test(raw)) return 'encoded-separator'
  if (ENCODED_DOT.test(raw)) return 'encoded-dot'
  if (ENCODED_CONTROL.test(raw)) return 'encoded-control-character'
  return undefined
}

function recode(found: string): string {
  if (found.length === 1) return percentEncoded(found)
  const char = String.fromCharCode(Number.parseInt(found.slice(1), 16))
  return DECODED.test(char) ? char : found.toUpperCase()
}
