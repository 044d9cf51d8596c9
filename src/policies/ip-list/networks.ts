import * as v from 'valibot'
import type { CidrFault } from '../../lib/cidr.ts'
import { firstOf, formatIp, parseIp } from '../../lib/ip.ts'
import { type IpRanges, ipRanges } from '../../lib/ip-ranges.ts'
import { isPacked, unpackRanges } from '../../lib/packed-ranges.ts'

/** At 32 bytes a range, what two lists of an isolate can hold and leave it room to work. */
const MAX_NETWORKS = 250_000

/** The schema of a list of networks as it is written. Not a `v.array`: that costs as much at start as reading the networks does. */
export const networkList = v.custom<readonly string[] | string>(
  (input) => Array.isArray(input) || (typeof input === 'string' && isPacked(input)),
  'write a list of addresses and networks, or import one that `npm run pack-networks` wrote',
)

/** Refuses a list that nobody is in: it would refuse everybody, which nobody means. */
export const notEmpty = v.check<readonly string[] | string, string>(
  (list) => list.length > 0,
  'list at least one network, or leave allow out: with none in it nobody would pass',
)

/** Reads the networks once; every bad entry is an issue of its own. */
export const toRanges = v.rawTransform<readonly string[] | string, IpRanges>(({ dataset, addIssue, NEVER }) => {
  if (typeof dataset.value === 'string') {
    const ranges = unpackRanges(dataset.value)
    if (ranges !== undefined && ranges.size <= MAX_NETWORKS) return ranges
    addIssue({
      received: ranges === undefined ? 'a damaged packed list' : `${ranges.size} ranges`,
      expected: `a list exactly as it was packed, of at most ${MAX_NETWORKS} ranges`,
      message: 'pack it again with `npm run pack-networks`',
    })
    return NEVER
  }
  const list: readonly unknown[] = dataset.value
  if (list.length > MAX_NETWORKS) {
    addIssue({
      received: `${list.length} entries`,
      expected: `at most ${MAX_NETWORKS}`,
      message: 'join neighbouring networks, and leave out those within others',
    })
    return NEVER
  }
  return ipRanges(
    list.map((entry) => (typeof entry === 'string' ? entry : '')),
    (index, fault) => {
      const value = list[index]
      addIssue({
        received: JSON.stringify(value) ?? String(value),
        expected: EXPECTED[fault],
        message: fixOf(value, fault),
        path: [{ type: 'array', origin: 'value', input: [...list], key: index, value }],
      })
    },
  )
})

const EXPECTED: Record<CidrFault, string> = {
  'not-an-address': 'an IPv4 or IPv6 address, or a network in CIDR notation',
  'not-a-prefix': 'a prefix length: 0 to 32 for IPv4, 0 to 128 for IPv6, 96 to 128 for IPv4-mapped IPv6',
  'host-bits': 'a network whose address has no bits set beyond its prefix',
}

function fixOf(value: unknown, fault: CidrFault): string {
  const [address = '', prefix] = typeof value === 'string' ? value.split('/') : []
  const ip = parseIp(address)
  if (ip === undefined) return 'write it like 192.0.2.1, 192.0.2.0/24, 2001:db8::1 or 2001:db8::/32, without port, zone, range or leading zeros'
  if (fault !== 'host-bits') return `write ${formatIp(ip)} for the one address, or a valid prefix length after the slash`
  const prefixBits = ip.family === 4 && address.includes(':') ? Number(prefix) - 96 : Number(prefix)
  return `write ${formatIp(firstOf(ip, prefixBits))}/${prefixBits} for the network, or ${formatIp(ip)} for the one address`
}
