/** Why a URL is not one thing to everybody who will parse it. */
export type UrlFault =
  | 'not-http'
  | 'userinfo'
  | 'odd-port'
  | 'bad-host'
  | 'backslash'
  | 'control-character'
  | 'not-ascii'
  | 'bad-percent-encoding'
  | 'encoded-separator'
  | 'encoded-dot'
  | 'encoded-control-character'
  | 'double-encoding'
  | 'invalid-utf8'
  | 'dot-segment'
  | 'empty-segment'

/** A request's URL in the one form that is decided on and forwarded: a fixed point of the WHATWG URL parser. */
export interface CanonicalUrl {
  readonly scheme: 'http' | 'https'
  /** Lower case, with a port only if it is not the scheme's own. Empty when it could not be read. */
  readonly host: string
  /** Begins with `/`; empty when {@link fault} is set, so that it matches nothing. */
  readonly path: string
  /** Begins with `?`, or is empty. */
  readonly search: string
  /** Set when the URL is ambiguous: the request must be refused. */
  readonly fault?: UrlFault
}

/** A path or query of these characters alone is canonical as it stands. */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9\-_~!$&'()*+,;=:@|][A-Za-z0-9\-._~!$&'()*+,;=:@|]*)+\/?$|^\/$/
const PLAIN_SEARCH = /^[A-Za-z0-9\-._~!$&()*+,;=:@|/?]*$/
const HOST = /^(?:[a-z0-9](?:[a-z0-9\-_.]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/

/**
 * Reads a URL as the client sent it, by slicing: a parser would repair what must be refused.
 * Host in lower case, the scheme's own port dropped, percent-encoded unreserved characters decoded, hex digits in upper case (RFC 3986 §6.2.2),
 * and what the WHATWG parser would encode, encoded. Whatever has two readings gets a `fault`.
 */
export function canonicalUrl(raw: string): CanonicalUrl {
  const scheme = raw.startsWith('https://') ? 'https' : 'http'
  const start = scheme.length + 3
  if (scheme === 'http' && !raw.startsWith('http://')) return { scheme, host: '', path: '', search: '', fault: 'not-http' }
  const slash = endOfAuthority(raw, start)
  const authority = raw.slice(start, slash).toLowerCase()
  const hash = raw.indexOf('#', slash)
  const end = hash < 0 ? raw.length : hash
  const question = raw.indexOf('?', slash)
  const pathEnd = question < 0 || question > end ? end : question
  const host = withoutDefaultPort(authority, scheme)
  const rawPath = raw.slice(slash, pathEnd)
  const rawSearch = raw.slice(pathEnd, end)
  const authorityFault = faultOfAuthority(authority, host)
  if (authorityFault !== undefined) return { scheme, host: '', path: '', search: '', fault: authorityFault }
  const path = rawPath === '' ? '/' : PLAIN_PATH.test(rawPath) ? rawPath : canonicalPath(rawPath)
  if (typeof path !== 'string') return { scheme, host, path: '', search: '', fault: path.fault }
  const search = PLAIN_SEARCH.test(rawSearch) ? rawSearch : canonicalSearch(rawSearch)
  if (typeof search !== 'string') return { scheme, host, path: '', search: '', fault: search.fault }
  return { scheme, host, path, search: search === '?' ? '' : search }
}

interface Fault {
  readonly fault: UrlFault
}

/** Where path, query or fragment begins. A backslash ends the authority for a WHATWG parser and for nobody else: it is refused later, as part of the path. */
function endOfAuthority(raw: string, start: number): number {
  for (let i = start; i < raw.length; i++) {
    const c = raw.charCodeAt(i)
    if (c === 0x2f || c === 0x3f || c === 0x23 || c === 0x5c) return i
  }
  return raw.length
}

function withoutDefaultPort(authority: string, scheme: 'http' | 'https'): string {
  const port = scheme === 'https' ? ':443' : ':80'
  return authority.endsWith(port) ? authority.slice(0, -port.length) : authority
}

function faultOfAuthority(authority: string, host: string): UrlFault | undefined {
  if (authority.includes('@')) return 'userinfo'
  if (!HOST.test(host) || host.includes('..')) return 'bad-host'
  return undefined
}

const HEX = /^[0-9a-fA-F]{2}$/
const UNRESERVED = /[A-Za-z0-9\-._~]/
/** Looked for after decoding, which can bring one about: `%25%34%31`. */
const DOUBLE_ENCODING = /%25[0-9A-Fa-f]{2}/
/** With path parameters too: servers that drop them read `/..;x/` as `/../`. */
const DOT_SEGMENT = /\/\.{1,2}(?:;|%3B|\/|$)/
/** What the WHATWG parser encodes in a path, beyond controls and non-ASCII. */
const PATH_ENCODED = new Set(['"', '<', '>', '`', '{', '}', '^', ' '])
/** What the WHATWG parser encodes in the query of a special scheme. */
const SEARCH_ENCODED = new Set(['"', '<', '>', "'", ' '])

function canonicalPath(raw: string): string | Fault {
  const encoded = recode(raw, PATH_ENCODED, true)
  if (typeof encoded !== 'string') return encoded
  if (DOUBLE_ENCODING.test(encoded)) return { fault: 'double-encoding' }
  if (DOT_SEGMENT.test(encoded)) return { fault: 'dot-segment' }
  if (encoded.includes('//')) return { fault: 'empty-segment' }
  return encoded
}

function canonicalSearch(raw: string): string | Fault {
  return recode(raw, SEARCH_ENCODED, false)
}

/** Brings percent-encoding into its one form, and refuses what has none. */
function recode(raw: string, encodedByParser: ReadonlySet<string>, isPath: boolean): string | Fault {
  let out = ''
  let hasHighBytes = false
  for (let i = 0; i < raw.length; i++) {
    const char = raw[i] as string
    const code = raw.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return { fault: 'control-character' }
    if (code > 0x7f) return { fault: 'not-ascii' }
    if (char === '\\' && isPath) return { fault: 'backslash' }
    if (char !== '%') {
      out += encodedByParser.has(char) ? `%${code.toString(16).toUpperCase()}` : char
      continue
    }
    const hex = raw.slice(i + 1, i + 3)
    if (!HEX.test(hex)) return { fault: 'bad-percent-encoding' }
    const byte = Number.parseInt(hex, 16)
    const decoded = String.fromCharCode(byte)
    if (byte > 0x7f) hasHighBytes = true
    if (isPath) {
      if (byte < 0x20 || byte === 0x7f) return { fault: 'encoded-control-character' }
      if (decoded === '/' || decoded === '\\') return { fault: 'encoded-separator' }
      if (decoded === '.') return { fault: 'encoded-dot' }
    } else if (byte === 0) return { fault: 'encoded-control-character' }
    out += byte < 0x80 && UNRESERVED.test(decoded) ? decoded : `%${hex.toUpperCase()}`
    i += 2
  }
  if (hasHighBytes && !isUtf8(out)) return { fault: 'invalid-utf8' }
  return out
}

function isUtf8(percentEncoded: string): boolean {
  try {
    decodeURIComponent(percentEncoded)
    return true
  } catch {
    return false
  }
}
