import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { describe, expect, it } from 'vitest'
import { firstOf, formatIp, networkOf, parseIp } from './ip.ts'

const canonical = (text: string): string | undefined => {
  const ip = parseIp(text)
  return ip && formatIp(ip)
}

describe('parseIp', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['0:0:1:0:0:0:1:0', '0:0:1::1:0'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['::192.0.2.1', '::c000:201'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:0:0', '0.0.0.0'],
  ])('%s is %s', (text, expected) => {
    expect(canonical(text)).toBe(expected)
  })

  it.each([
    '',
    ' 192.0.2.1',
    '192.0.2.1 ',
    '192.0.2.1\n',
    '192.0.2.1, 198.51.100.1',
    '192.0.2.1,198.51.100.1',
    '192.0.2.01',
    '0300.0.2.1',
    '0xc0.0.2.1',
    '3221225985',
    '127.1',
    '192.0.2',
    '192.0.2.',
    '.192.0.2.1',
    '192..2.1',
    '192.0.2.1.1',
    '192.0.2.256',
    '192.0.2.1000',
    '192.0.2.-1',
    '192.0.2.1e0',
    '１92.0.2.1',
    '192.0.2.1:443',
    '192.0.2.1/32',
    '[2001:db8::1]',
    '2001:db8::1%eth0',
    '2001:db8::1/64',
    ':',
    ':::',
    '::1::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    ':1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7:',
    '::00001',
    '::g',
    '::ffff:192.0.2',
    '::ffff:192.0.2.01',
    '::ffff:192.0.2.1:1',
    '::192.0.2.1:1',
    '1:2:3:4:5:6:7:192.0.2.1',
    '192.0.2.1::',
    '::ffff:192.0.2.1'.padStart(60, '0'),
    'unknown',
    'localhost',
  ])('%j is no address', (text) => {
    expect(parseIp(text)).toBeUndefined()
  })

  it('reads and writes every IPv4 address as ipaddr.js does', () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        expect(canonical(text)).toBe(ipaddr.IPv4.parse(text).toString())
      }),
    )
  })

  it('reads and writes every IPv6 address as ipaddr.js does', () => {
    const sparse = fc.array(fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(0xffff) }), { minLength: 8, maxLength: 8 })
    const text = fc.oneof(
      fc.ipV6().filter((address) => !IPV4_COMPATIBLE.test(address)),
      sparse.map((parts) => new ipaddr.IPv6(parts).toNormalizedString()),
      sparse.map((parts) => new ipaddr.IPv6(parts).toString()),
    )
    fc.assert(
      fc.property(text, (address) => {
        expect(canonical(address)).toBe(byLibrary(address))
      }),
    )
  })

  it('takes nothing that ipaddr.js refuses, and its own text again', () => {
    const soup = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom('0', '1', 'f', 'ffff', '255', '256', ':', '::', '.', '%', '/', ' '), { maxLength: 20 }).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(soup, (text) => {
        const read = canonical(text)
        if (read === undefined || IPV4_COMPATIBLE.test(text)) return
        expect(ipaddr.isValid(text)).toBe(true)
        expect(read).toBe(byLibrary(text))
        expect(canonical(read)).toBe(read)
      }),
      { numRuns: 2_000 },
    )
  })
})

/** RFC 4291 §2.5.5.1: not the IPv4-mapped form, though ipaddr.js takes it for that. */
const IPV4_COMPATIBLE = /^::[0-9.]+$/

const byLibrary = (text: string): string => {
  const ip = ipaddr.process(text)
  return ip instanceof ipaddr.IPv6 ? ip.toRFC5952String() : ip.toString()
}

describe('networkOf', () => {
  it.each<[string, number, number, string | undefined]>([
    ['192.0.2.1', 32, 64, '192.0.2.1'],
    ['192.0.2.129', 25, 64, '192.0.2.128/25'],
    ['192.0.2.1', 24, 64, '192.0.2.0/24'],
    ['192.0.2.1', 0, 0, '0.0.0.0/0'],
    ['::ffff:192.0.2.1', 32, 64, '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', 32, 64, '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', 32, 64, '2001:db8:1:2::/64'],
    ['2001:db8:1:2:3:4:5:6', 32, 48, '2001:db8:1::/48'],
    ['2001:db8:1:2:3:4:5:6', 32, 128, '2001:db8:1:2:3:4:5:6'],
    ['2001:db8:1:2:3:4:5:6', 32, 127, '2001:db8:1:2:3:4:5:6/127'],
    ['2001:db8:1:2:3:4:5:6', 32, 0, '::/0'],
    ['192.0.2.01', 32, 64, undefined],
    ['', 32, 64, undefined],
  ])('%s, /%i or /%i: %s', (ip, v4Bits, v6Bits, expected) => {
    expect(networkOf(ip, v4Bits, v6Bits)).toBe(expected)
  })
})

describe('firstOf', () => {
  it('agrees with ipaddr.js', () => {
    fc.assert(
      fc.property(fc.ipV6(), fc.integer({ min: 0, max: 128 }), (text, bits) => {
        const ip = parseIp(text)
        if (ip?.family !== 6) return
        expect(formatIp(firstOf(ip, bits))).toBe(ipaddr.IPv6.networkAddressFromCIDR(`${formatIp(ip)}/${bits}`).toRFC5952String())
      }),
    )
  })
})
