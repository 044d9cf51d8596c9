import { isIpv6 } from './format-host.ts'

const PLAIN = String.raw`A-Za-z0-9\-._~!$&'()*+,;=`
/** RFC 3987 §2.2 `ucschar`, without the two last code points of each plane. */
const WIDE = String.raw`\u{A0}-\u{D7FF}\u{F900}-\u{FDCF}\u{FDF0}-\u{FFEF}\u{10000}-\u{EFFFD}`
/** RFC 3987 §2.2 `iprivate`. */
const PRIVATE = String.raw`\u{E000}-\u{F8FF}\u{F0000}-\u{FFFFD}\u{100000}-\u{10FFFD}`
/** RFC 3986 appendix B; it takes every text apart. */
const PARTS = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*$/
const BAD_PERCENT = /%(?![0-9A-Fa-f]{2})/
const FUTURE_ADDRESS = new RegExp(String.raw`^[vV][0-9A-Fa-f]+\.[${PLAIN}:]+$`)

/** What a URI's parts may be made of, percent-encoding apart. */
interface Alphabet {
  readonly user: RegExp
  readonly host: RegExp
  readonly path: RegExp
  readonly query: RegExp
  readonly fragment: RegExp
}

const only = (characters: string) => new RegExp(`^[%${characters}]*$`, 'u')

function alphabet(wide: string, inQuery: string): Alphabet {
  const all = PLAIN + wide
  return { user: only(`${all}:`), host: only(all), path: only(`${all}:@/`), query: only(`${all}:@/?${inQuery}`), fragment: only(`${all}:@/?`) }
}

const ASCII = alphabet('', '')
const UNICODE = alphabet(WIDE, PRIVATE)

/** RFC 3986 §3: a URI, with a scheme. */
export const isUri = (text: string): boolean => isReference(text, ASCII, true)

/** RFC 3986 §4.1: a URI or a relative reference. */
export const isUriReference = (text: string): boolean => isReference(text, ASCII, false)

/** RFC 3987 §2.2. */
export const isIri = (text: string): boolean => isReference(text, UNICODE, true)

/** RFC 3987 §2.2. */
export const isIriReference = (text: string): boolean => isReference(text, UNICODE, false)

function isReference(text: string, allowed: Alphabet, needsScheme: boolean): boolean {
  const parts = PARTS.exec(text)
  if (parts === null || BAD_PERCENT.test(text)) return false
  const [, scheme, authority, path = '', query = '', fragment = ''] = parts
  if (scheme === undefined ? needsScheme || path.startsWith(':') : !SCHEME.test(scheme)) return false
  if (authority !== undefined && !isAuthority(authority, allowed)) return false
  return allowed.path.test(path) && allowed.query.test(query) && allowed.fragment.test(fragment)
}

function isAuthority(text: string, allowed: Alphabet): boolean {
  const at = text.indexOf('@')
  if (at >= 0 && !allowed.user.test(text.slice(0, at))) return false
  const rest = text.slice(at + 1)
  const bracket = rest.startsWith('[') ? rest.indexOf(']') : -1
  if (bracket > 0) return isLiteral(rest.slice(1, bracket)) && /^(?::\d*)?$/.test(rest.slice(bracket + 1))
  const colon = rest.indexOf(':')
  return colon < 0 ? allowed.host.test(rest) : allowed.host.test(rest.slice(0, colon)) && /^\d*$/.test(rest.slice(colon + 1))
}

function isLiteral(text: string): boolean {
  return isIpv6(text) || FUTURE_ADDRESS.test(text)
}

/** RFC 6570 §2.1, the apostrophe included. */
const LITERAL = /^[^\p{Cc} "<>\\^`{|}]*$/u
/** A variable's name, and how much of it (RFC 6570 §2.3 and §2.4). */
const VARIABLE = /^(?!\.)(?:\.?(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2}))+(?:\*|:[1-9]\d{0,3})?$/

/** RFC 6570 §2. */
export function isUriTemplate(text: string): boolean {
  const [first = '', ...rest] = text.split('{')
  return isTemplateLiteral(first) && rest.every(isExpressionAndLiteral)
}

function isExpressionAndLiteral(text: string): boolean {
  const end = text.indexOf('}')
  if (end < 0 || !isTemplateLiteral(text.slice(end + 1))) return false
  const list = /^[+#./;?&=,!@|]/.test(text) ? text.slice(1, end) : text.slice(0, end)
  return list.split(',').every((variable) => VARIABLE.test(variable))
}

function isTemplateLiteral(text: string): boolean {
  return LITERAL.test(text) && !BAD_PERCENT.test(text)
}
