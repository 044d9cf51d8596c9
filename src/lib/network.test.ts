import { describe, expect, it } from 'vitest'
import { parseIp } from './ip.ts'
import { networkText, parseNetwork } from './network.ts'

describe('parseNetwork', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1', 4, 32],
    ['192.0.2.1/32', '192.0.2.1', 4, 32],
    ['192.0.2.0/24', '192.0.2.0/24', 4, 24],
    ['0.0.0.0/0', '0.0.0.0/0', 4, 0],
    ['::ffff:192.0.2.0/120', '192.0.2.0/24', 4, 24],
    ['::ffff:c000:201', '192.0.2.1', 4, 32],
    ['2001:0DB8:0::/32', '2001:db8::/32', 6, 32],
    ['2001:db8::1', '2001:db8::1', 6, 128],
    ['2001:db8::1/128', '2001:db8::1', 6, 128],
    ['2001:db8:0:0:8000::/65', '2001:db8:0:0:8000::/65', 6, 65],
    ['::/0', '::/0', 6, 0],
  ] as const)('%s', (written, text, family, prefixBits) => expect(parseNetwork(written)).toEqual({ text, family, prefixBits }))

  it.each([
    ['10.0.0.1/8', 'host-bits'],
    ['10.0.0.0/33', 'not-a-prefix'],
    ['10.0.0.0/08', 'not-a-prefix'],
    ['010.0.0.1', 'not-an-address'],
    ['10.0.0.0/8 ', 'not-a-prefix'],
    ['', 'not-an-address'],
  ])('%s', (written, fault) => expect(parseNetwork(written)).toBe(fault))

  it('names the networks of an address as it names them when they are given', () => {
    const ip = parseIp('2001:db8:ffff::1')
    if (ip === undefined) throw new Error('no address')
    for (let bits = 0; bits <= 128; bits++) expect(parseNetwork(networkText(ip, bits))).toMatchObject({ text: networkText(ip, bits), prefixBits: bits })
  })
})
