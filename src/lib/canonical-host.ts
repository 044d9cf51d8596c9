import type { Faulty, UrlFault } from './url-fault.ts'

const DEFAULT_PORT = { http: '80', https: '443' } as const
const MAX_NAME_LENGTH = 253
/** Lower-case labels of 1–63 characters, no trailing dot; the last one begins with a letter, none is an A-label: nothing here that a parser rewrites. */
const PLAIN_NAME = /^(?:(?!xn--)[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*(?!xn--)[a-z](?:[a-z0-9_-]{0,61}[a-z0-9])?$/
const PLAIN_IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/
const LABELS = /^(?:[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.(?!$)|$))+$/
const IPV6 = /^\[[0-9a-f:.]{2,45}\]$/
const NAME_AND_PORT = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([1-9]\d{0,4}))?$/

/**
 * Reads a URL's authority: lower case, with a port only if it is not the scheme's own.
 * Refused: user information, a trailing dot (another name for the same host), a port with leading zeros or none after its colon,
 * and every number, IPv6 address or A-label that the WHATWG parser would write differently (`127.1`, `0x7f.1`, `[0:0::1]`).
 */
export function canonicalHost(authority: string, scheme: 'http' | 'https'): string | Faulty {
  if (PLAIN_NAME.test(authority) && authority.length <= MAX_NAME_LENGTH) return authority
  if (authority.includes('@')) return BAD.userinfo
  const match = NAME_AND_PORT.exec(authority)
  const name = match?.[1]?.toLowerCase()
  if (name === undefined || name.length > MAX_NAME_LENGTH || !isCanonicalName(name)) return BAD.host
  const port = match?.[2]
  if (port === undefined || port === DEFAULT_PORT[scheme]) return name
  return Number(port) > 65535 ? BAD.host : `${name}:${port}`
}

const BAD = { userinfo: { fault: 'userinfo' satisfies UrlFault }, host: { fault: 'bad-host' satisfies UrlFault } } as const

function isCanonicalName(name: string): boolean {
  if (PLAIN_NAME.test(name) || PLAIN_IPV4.test(name)) return true
  return (LABELS.test(name) || IPV6.test(name)) && parsesToItself(name)
}

/** Rare names only: the parser itself says what it would make of them. */
function parsesToItself(name: string): boolean {
  const url = `https://${name}/`
  return URL.canParse(url) && new URL(url).host === name
}
