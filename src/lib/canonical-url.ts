import { canonicalHost } from './canonical-host.ts'
import { canonicalPath } from './canonical-path.ts'
import { canonicalSearch } from './canonical-search.ts'
import type { UrlFault } from './url-fault.ts'

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

/**
 * Reads a URL as the client sent it, by slicing: a parser would repair what must be refused.
 * Whatever two parsers, or a parser and an origin, might read differently gets a `fault`; see {@link canonicalHost}, {@link canonicalPath}
 * and {@link canonicalSearch} for what is refused and what is only rewritten.
 */
export function canonicalUrl(raw: string): CanonicalUrl {
  const scheme = raw.startsWith('https://') ? 'https' : 'http'
  if (scheme === 'http' && !raw.startsWith('http://')) return refused(scheme, '', 'not-http')
  const start = scheme.length + 3
  const pathStart = endOfAuthority(raw, start)
  const host = canonicalHost(raw.slice(start, pathStart), scheme)
  if (typeof host !== 'string') return refused(scheme, '', host.fault)
  if (raw.includes('#', pathStart)) return refused(scheme, host, 'fragment')
  const question = raw.indexOf('?', pathStart)
  const pathEnd = question < 0 ? raw.length : question
  const path = canonicalPath(raw.slice(pathStart, pathEnd))
  if (typeof path !== 'string') return refused(scheme, host, path.fault)
  const search = canonicalSearch(raw.slice(pathEnd))
  if (typeof search !== 'string') return refused(scheme, host, search.fault)
  return { scheme, host, path, search }
}

function refused(scheme: 'http' | 'https', host: string, fault: UrlFault): CanonicalUrl {
  return { scheme, host, path: '', search: '', fault }
}

/** Where path, query or fragment begins. A backslash ends the authority for a WHATWG parser and for nobody else: it is refused as part of the path. */
function endOfAuthority(raw: string, start: number): number {
  for (let i = start; i < raw.length; i++) {
    const c = raw.charCodeAt(i)
    if (c === 0x2f || c === 0x3f || c === 0x23 || c === 0x5c) return i
  }
  return raw.length
}
