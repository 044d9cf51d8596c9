import { isIpv6 } from './format-host.ts'

/** Where in a URI a character may stand: one bit each. */
const USER = 1
const HOST = 2
const PATH = 4
const QUERY = 8
const FRAGMENT = 16

/** What each ASCII character may be part of; `%` is looked at apart. */
const ASCII = new Uint8Array(128)
allow("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=%", USER | HOST | PATH | QUERY | FRAGMENT)
allow(':', USER | PATH | QUERY | FRAGMENT)
allow('@/', PATH | QUERY | FRAGMENT)
allow('?', QUERY | FRAGMENT)

function allow(characters: string, places: number): void {
  for (const character of characters) ASCII[character.charCodeAt(0)] = places
}

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*$/
const BAD_PERCENT = /%(?![0-9A-Fa-f]{2})/
const FUTURE_ADDRESS = /^[vV][0-9A-Fa-f]+\.[A-Za-z0-9\-._~!$&'()*+,;=:]+$/

/** RFC 3986 §3: a URI, with a scheme. */
export const isUri = (text: string): boolean => isReference(text, false, true)

/** RFC 3986 §4.1: a URI or a relative reference. */
export const isUriReference = (text: string): boolean => isReference(text, false, false)

/** RFC 3987 §2.2. */
export const isIri = (text: string): boolean => isReference(text, true, true)

/** RFC 3987 §2.2. */
export const isIriReference = (text: string): boolean => isReference(text, true, false)

/** Takes a text apart as RFC 3986 appendix B does. */
function isReference(text: string, isWide: boolean, needsScheme: boolean): boolean {
  if (text.includes('%') && BAD_PERCENT.test(text)) return false
  const hash = text.indexOf('#')
  const fragmentAt = hash < 0 ? text.length : hash
  const mark = text.indexOf('?')
  const queryAt = mark < 0 || mark > fragmentAt ? fragmentAt : mark
  let pathAt = 0
  const colon = text.indexOf(':')
  const slash = text.indexOf('/')
  if (colon >= 0 && colon < queryAt && (slash < 0 || colon < slash)) {
    if (!SCHEME.test(text.slice(0, colon))) return false
    pathAt = colon + 1
  } else if (needsScheme) return false
  if (text.startsWith('//', pathAt)) {
    const end = text.indexOf('/', pathAt + 2)
    const authorityEnd = end < 0 || end > queryAt ? queryAt : end
    if (!isAuthority(text.slice(pathAt + 2, authorityEnd), isWide)) return false
    pathAt = authorityEnd
  }
  return (
    consistsOf(text, pathAt, queryAt, PATH, isWide) &&
    consistsOf(text, queryAt + 1, fragmentAt, QUERY, isWide) &&
    consistsOf(text, fragmentAt + 1, text.length, FRAGMENT, isWide)
  )
}

function consistsOf(text: string, start: number, end: number, place: number, isWide: boolean): boolean {
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code < 128) {
      if (((ASCII[code] as number) & place) === 0) return false
    } else {
      const point = text.codePointAt(i) as number
      if (!isWide || !isWideCharacter(point, place)) return false
      if (point > 0xffff) i++
    }
  }
  return true
}

/** RFC 3987 §2.2 `ucschar`, and in a query `iprivate`. */
function isWideCharacter(point: number, place: number): boolean {
  if (point < 0xa0 || (point >= 0xd800 && point < 0xe000)) return false
  const isPrivate = (point >= 0xe000 && point <= 0xf8ff) || point >= 0xf0000
  const isNoCharacter = (point & 0xfffe) === 0xfffe || (point >= 0xfdd0 && point <= 0xfdef) || (point >= 0xfff0 && point <= 0xffff)
  return !isNoCharacter && (!isPrivate || place === QUERY)
}

function isAuthority(text: string, isWide: boolean): boolean {
  const at = text.indexOf('@')
  if (at >= 0 && !consistsOf(text, 0, at, USER, isWide)) return false
  const rest = text.slice(at + 1)
  const bracket = rest.startsWith('[') ? rest.indexOf(']') : -1
  if (bracket > 0) return isLiteral(rest.slice(1, bracket)) && /^(?::\d*)?$/.test(rest.slice(bracket + 1))
  const colon = rest.indexOf(':')
  if (colon < 0) return consistsOf(rest, 0, rest.length, HOST, isWide)
  return consistsOf(rest, 0, colon, HOST, isWide) && /^\d*$/.test(rest.slice(colon + 1))
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
