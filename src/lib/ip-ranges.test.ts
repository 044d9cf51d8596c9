import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { describe, expect, it } from 'vitest'
import { type IpRanges, ipRanges } from './ip-ranges.ts'

const rangesOf = (...networks: string[]): IpRanges =>
  ipRanges(networks, (index, fault) => {
    throw new Error(`${networks[index]}: ${fault}`)
  })

describe('IpRanges', () => {
  it.each<[string, string[], string, boolean | undefined]>([
    ['nothing', [], '192.0.2.1', false],
    ['the address itself', ['192.0.2.1'], '192.0.2.1', true],
    ['the address before', ['192.0.2.1'], '192.0.2.0', false],
    ['the address after', ['192.0.2.1'], '192.0.2.2', false],
    ['the first of a network', ['192.0.2.0/24'], '192.0.2.0', true],
    ['the last of a network', ['192.0.2.0/24'], '192.0.2.255', true],
    ['the one after a network', ['192.0.2.0/24'], '192.0.3.0', false],
    ['above 128.0.0.0', ['200.0.0.0/8'], '200.255.255.255', true],
    ['every IPv4 address', ['0.0.0.0/0'], '255.255.255.255', true],
    ['every IPv4 address, and one IPv6', ['0.0.0.0/0'], '2001:db8::1', false],
    ['every IPv6 address', ['::/0'], 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', true],
    ['every IPv6 address, and one IPv4', ['::/0'], '192.0.2.1', false],
    ['a network within a network', ['10.0.0.0/8', '10.1.0.0/16'], '10.2.0.1', true],
    ['a network within a network, the other way', ['10.1.0.0/16', '10.0.0.0/8'], '10.2.0.1', true],
    ['two that begin alike', ['10.0.0.0/8', '10.0.0.0/24', '10.0.0.0'], '10.200.0.0', true],
    ['the same twice', ['10.0.0.1', '10.0.0.1'], '10.0.0.1', true],
    ['IPv4-mapped client', ['192.0.2.0/24'], '::ffff:192.0.2.9', true],
    ['IPv4-mapped network', ['::ffff:192.0.2.0/120'], '192.0.2.9', true],
    ['IPv4-mapped network, in hexadecimal', ['::ffff:c000:200/120'], '192.0.2.9', true],
    ['all IPv4-mapped', ['::ffff:0:0/96'], '192.0.2.9', true],
    ['IPv4-compatible is IPv6', ['192.0.2.1'], '::192.0.2.1', false],
    ['a /64, its last', ['2001:db8:0:1::/64'], '2001:db8:0:1:ffff:ffff:ffff:ffff', true],
    ['a /64, the next', ['2001:db8:0:1::/64'], '2001:db8:0:2::', false],
    ['a /33', ['2001:db8:8000::/33'], '2001:db8:ffff::', true],
    ['another spelling', ['2001:DB8:0:0::1'], '2001:db8::1', true],
    ['no address', ['0.0.0.0/0', '::/0'], 'unknown', undefined],
    ['two addresses', ['0.0.0.0/0', '::/0'], '192.0.2.1, 192.0.2.2', undefined],
  ])('%s', (_name, networks, ip, expected) => {
    expect(rangesOf(...networks).has(ip)).toBe(expected)
  })

  it.each([
    ['10.0.0.1/8', 'host-bits'],
    ['2001:db8::1/64', 'host-bits'],
    ['2001:db8:1::/32', 'host-bits'],
    ['::ffff:10.0.0.1/104', 'host-bits'],
    ['10.0.0.0/33', 'not-a-prefix'],
    ['10.0.0.0/', 'not-a-prefix'],
    ['10.0.0.0/08', 'not-a-prefix'],
    ['10.0.0.0/-1', 'not-a-prefix'],
    ['10.0.0.0/+8', 'not-a-prefix'],
    ['10.0.0.0/8/8', 'not-a-prefix'],
    ['10.0.0.0/255.0.0.0', 'not-a-prefix'],
    ['2001:db8::/129', 'not-a-prefix'],
    ['2001:db8::/1000', 'not-a-prefix'],
    ['::ffff:10.0.0.0/8', 'not-a-prefix'],
    ['::ffff:10.0.0.0/129', 'not-a-prefix'],
    ['10.0.0/24', 'not-an-address'],
    ['010.0.0.0/8', 'not-an-address'],
    ['0x0a.0.0.0/8', 'not-an-address'],
    ['10.*', 'not-an-address'],
    ['10.0.0.1-10.0.0.9', 'not-an-address'],
    ['fe80::%eth0/10', 'not-an-address'],
    ['/8', 'not-an-address'],
    ['', 'not-an-address'],
  ])('%j is refused: %s', (network, expected) => {
    const refused: unknown[] = []
    const ranges = ipRanges(['192.0.2.1', network], (index, fault) => refused.push([index, fault]))
    expect(refused).toEqual([[1, expected]])
    expect(ranges.size).toBe(1)
  })

  it('keeps overlapping ranges once', () => {
    expect(rangesOf('10.0.0.0/8', '10.1.0.0/16', '10.0.0.0', '2001:db8::/32', '2001:db8:1::/48', '192.0.2.1').size).toBe(3)
  })

  it('agrees with a linear search by ipaddr.js, near the edges of the networks too', () => {
    // Few distinct bytes, so that networks nest, repeat and touch.
    const byte = fc.constantFrom(0, 1, 2, 127, 128, 254, 255)
    const bytes = fc.oneof(fc.array(byte, { minLength: 4, maxLength: 4 }), fc.array(byte, { minLength: 16, maxLength: 16 }))
    const address = bytes.map((list) => ipaddr.fromByteArray(list))
    const network = fc.tuple(address, fc.nat(128)).map(([ip, wanted]) => {
      const bits = Math.min(wanted, ip.toByteArray().length * 8)
      const first = ip.toByteArray().map((value, i) => value & (0xff << Math.max(0, Math.min(8, 8 * (i + 1) - bits))))
      return [ipaddr.fromByteArray(first), bits] as const
    })
    fc.assert(
      fc.property(fc.array(network, { maxLength: 40 }), fc.array(address, { maxLength: 20 }), (networks, addresses) => {
        const ranges = rangesOf(...networks.map(([ip, bits]) => `${ip.toString()}/${bits}`))
        for (const ip of [...addresses, ...networks.flatMap(([first]) => neighbours(first.toByteArray()))]) {
          const expected = networks.some(([first, bits]) => first.kind() === ip.kind() && ip.match(first, bits))
          expect(ranges.has(ip.toString()), ip.toString()).toBe(expected)
        }
      }),
      { numRuns: 300 },
    )
  })
})

/** The address itself, the one before and the one after. */
const neighbours = (bytes: number[]): (ipaddr.IPv4 | ipaddr.IPv6)[] => {
  const size = BigInt(bytes.length * 8)
  const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  return [value, value - 1n, value + 1n].map((neighbour) => {
    const wrapped = BigInt.asUintN(Number(size), neighbour)
    return ipaddr.fromByteArray(bytes.map((_, i) => Number((wrapped >> (size - 8n * BigInt(i + 1))) & 255n)))
  })
}
