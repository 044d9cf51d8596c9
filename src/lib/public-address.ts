import { parseIp } from './ip.ts'
import { ipRanges } from './ip-ranges.ts'

/** IPv4 networks that are not for everybody to reach (IANA's registry of special-purpose addresses, RFC 6890), and what answers questions about a machine to that machine. */
const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // The platform of Azure, at an address that is otherwise like any.
  '168.63.129.16',
] as const

/** Global unicast is 2000::/3 (RFC 4291 §2.4); what is special within it carries or hides other addresses, or is for documentation. */
const SPECIAL_IPV6 = ['::/3', '4000::/2', '8000::/1', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'] as const

const SPECIAL = ipRanges([...SPECIAL_IPV4, ...SPECIAL_IPV6], (index) => {
  throw new TypeError(`entry ${index} is no network`)
})

/**
 * Whether an address, in a form that `parseIp` reads, is one that anybody on the Internet could have: not private, loopback, link-local, shared, multicast, reserved or for documentation.
 * IPv6 text that stands for an IPv4 address is not, whichever it stands for: not everybody reads it so.
 */
export function isPublicAddress(text: string): boolean {
  const ip = parseIp(text)
  if (ip === undefined || (ip.family === 4 && text.includes(':'))) return false
  return SPECIAL.has(text) === false
}
