import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeStrict } from '../../jose/base64url.ts'
import { inflate } from '../../lib/inflate.ts'
import { isStatusBits, type StatusBits, Statuses } from './statuses.ts'
import { deflate, pack } from './test-lists.ts'
import { VECTORS } from './test-vectors.ts'

const unpack = async (lst: string) => await inflate(decodeStrict(lst) as Uint8Array, 4 * 1024 * 1024)

describe('the vectors of the draft', () => {
  it.each(VECTORS)('of $bits bits', async ({ bits, lst, statuses }) => {
    const list = new Statuses(await unpack(lst), bits)
    expect(list.size).toBe(2 ** 20)
    const expected = new Map(statuses)
    const differing: number[] = []
    for (let index = 0; index < list.size; index++) if (list.at(index) !== (expected.get(index) ?? 0)) differing.push(index)
    expect(differing).toEqual([])
  })

  it.each<[StatusBits, string, readonly number[]]>([
    [1, 'eNrbuRgAAhcBXQ', [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]],
    [2, 'eNo76fITAAPfAgc', [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]],
  ])('its example of %i bits', async (bits, lst, statuses) => {
    const list = new Statuses(await unpack(lst), bits)
    expect(Array.from({ length: list.size }, (_, index) => list.at(index))).toEqual(statuses)
  })
})

describe('statuses', () => {
  const lists = fc
    .constantFrom<StatusBits>(1, 2, 4, 8)
    .chain((bits) => fc.record({ bits: fc.constant(bits), statuses: fc.array(fc.nat(2 ** bits - 1), { minLength: 1, maxLength: 300 }) }))

  it('say what was packed, at every place, and nothing beyond their end', async () => {
    await fc.assert(
      fc.asyncProperty(lists, async ({ bits, statuses }) => {
        const list = new Statuses(await inflate(await deflate(pack(statuses, bits)), 1024), bits)
        expect(statuses.map((_, index) => list.at(index))).toEqual(statuses)
        expect(list.size).toBe(Math.ceil((statuses.length * bits) / 8) * (8 / bits))
        for (const beyond of [list.size, list.size + 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) expect(list.at(beyond)).toBe(undefined)
      }),
    )
  })

  it('of nobody say nothing', () => expect(new Statuses(new Uint8Array(0), 1).at(0)).toBe(undefined))

  it.each([
    [1, true],
    [2, true],
    [4, true],
    [8, true],
    [0, false],
    [3, false],
    [16, false],
    [-1, false],
    [1.5, false],
    ['1', false],
    [null, false],
    [undefined, false],
  ])('of %j bits: %j', (bits, expected) => expect(isStatusBits(bits)).toBe(expected))
})
