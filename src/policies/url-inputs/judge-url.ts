import { canonicalHost } from '../../lib/canonical-host.ts'
import { isPublicAddress } from '../../lib/public-address.ts'
import { isInternalName } from './internal-name.ts'
import type { UrlInputsSettings } from './settings.ts'

/** Why a URL is refused. */
export type UrlInputFault = 'type' | 'too-long' | 'syntax' | 'scheme' | 'credentials' | 'host-syntax' | 'port' | 'internal' | 'host' | 'fragment'

/**
 * An absolute URL whose parts every parser cuts alike (RFC 3986 §3): a scheme in lower case, two slashes, a host that is not empty, and a slash before any query or fragment.
 * The characters are RFC 3986's own: no space, control character, backslash, quote, brace, and nothing outside ASCII.
 */
const CUT = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]+)(?:(\/[^?#]*)(\?[^#]*)?(#[^#]*)?)?$/
const CHARACTERS = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]*$/
/** A `%` without its digits, and what clients have decoded into the request that they send: NUL, line ends, other control characters. */
const BAD_TRIPLET = /%(?![0-9A-Fa-f]{2})|%[01][0-9A-Fa-f]|%7[Ff]/
const AUTHORITY = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::([1-9]\d{0,4}))?$/
const DEFAULT_PORTS: Readonly<Record<string, number>> = { https: 443, wss: 443, http: 80, ws: 80 }

/** Compiles what a URL may be. The function says what is wrong with a value that should be one; undefined where nothing is. */
export function compileUrlRules({ schemes, hosts, ports, fragments, maxCharacters }: UrlInputsSettings): (value: unknown) => UrlInputFault | undefined {
  const isListed = hosts === undefined ? undefined : compileHosts(hosts)
  return (value) => {
    if (typeof value !== 'string') return 'type'
    if (value.length > maxCharacters) return 'too-long'
    const cut = CHARACTERS.test(value) && !BAD_TRIPLET.test(value) ? CUT.exec(value) : null
    if (cut === null) return 'syntax'
    const [, scheme = '', authority = '', , , fragment] = cut
    if (!schemes.some((allowed) => allowed === scheme)) return 'scheme'
    if (authority.includes('@')) return 'credentials'
    const [, name = '', given] = AUTHORITY.exec(authority) ?? []
    const host = canonicalHost(name, 'https')
    if (typeof host !== 'string') return 'host-syntax'
    const port = given === undefined ? DEFAULT_PORTS[scheme] : Number(given)
    if (port === undefined || port > 65_535) return 'host-syntax'
    // The parser of the platform itself has the last word on which host that is.
    if (URL.parse(value)?.hostname !== host) return 'host-syntax'
    if (!(ports?.includes(port) ?? port === DEFAULT_PORTS[scheme])) return 'port'
    if (!isPublicHost(host)) return 'internal'
    if (isListed !== undefined && !isListed(host)) return 'host'
    return fragment !== undefined && !fragments ? 'fragment' : undefined
  }
}

/** Of a host in its one form: brackets are an IPv6 address, a last label that is a number an IPv4 address. */
function isPublicHost(host: string): boolean {
  if (host.startsWith('[')) return isPublicAddress(host.slice(1, -1))
  return /(?:^|\.)\d+$/.test(host) ? isPublicAddress(host) : !isInternalName(host)
}

function compileHosts(hosts: readonly string[]): (host: string) => boolean {
  const exact = new Set(hosts.filter((host) => !host.startsWith('*')))
  const below = hosts.filter((host) => host.startsWith('*')).map((host) => host.slice(1))
  return (host) => exact.has(host) || below.some((end) => host.endsWith(end) && host.length > end.length)
}
