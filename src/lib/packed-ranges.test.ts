import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ipRanges } from './ip-ranges.ts'
import { packRanges, unpackRanges } from './packed-ranges.ts'

const rangesOf = (...networks: string[]) =>
  ipRanges(networks, (index, fault) => {
    throw new Error(`${index}: ${fault}`)
  })

const packed = packRanges(rangesOf('192.0.2.0/24', '198.51.100.7', '2001:db8::/32', '2001:db8:8000::1'))
describe('packed ranges', () => {
  it('say what the list said', () => {
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV6().filter((ip) => !ip.includes('.')),
    )
    fc.assert(
      fc.property(fc.uniqueArray(address, { maxLength: 40 }), fc.array(address), (networks, others) => {
        const ranges = rangesOf(...networks)
        const again = unpackRanges(packRanges(ranges))
        for (const ip of [...networks, ...others]) expect(again?.has(ip)).toBe(ranges.has(ip))
      }),
      { numRuns: 200 },
    )
  })

  it('may be empty', () => expect(unpackRanges(packRanges(rangesOf()))?.size).toBe(0))

  it.each([
    ['nothing', ''],
    ['a network', '192.0.2.0/24'],
    ['another layout', packed.replace('networks-1:', 'networks-2:')],
    ['no digest', packed.replace(/:[0-9a-f]{64}/, '')],
    ['another list’s digest', packed.replace(/[0-9a-f]{64}/, packRanges(rangesOf('192.0.2.1')).split(':')[1] ?? '')],
    ['one family only', packed.slice(0, packed.indexOf('.'))],
    ['a third part', `${packed}.`],
    ['a character too few', packed.slice(0, -1)],
    ['a character too many', `${packed}A`],
    ['a character changed', packed.replace(/A(?=[^A]*$)/, 'B')],
    ['a line break within', `${packed.slice(0, -8)}\n${packed.slice(-8)}`],
  ])('are refused whole: %s', (_what, text) => {
    expect(text).not.toBe(packed)
    expect(unpackRanges(text)).toBeUndefined()
  })
})
