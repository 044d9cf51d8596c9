import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packJson, UnpackedJson } from './packed-json.ts'

const unpackedFrom = (values: readonly unknown[]) => {
  const packed = packJson(values.map((value) => JSON.stringify(value)))
  const unpacked = new UnpackedJson(packed)
  return { packed, values: Array.from({ length: unpacked.size }, (_, i) => unpacked.at(i)) }
}

describe('packed JSON', () => {
  it('holds whatever values repeat, the shorthands themselves among them', () =>
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.string({ unit: fc.constantFrom('~', '^', '0', 'a', "'", '"', '\\', 'é', '😀', '\ud800') }), (given, odd) => {
        const repeated = { [odd]: [odd, { given, [`${odd}~0`]: '^00'.repeat(4) }] }
        const values = [{ head: odd }, ...given, repeated, [repeated, repeated], { again: repeated }, odd, `${odd}~0`]
        const { packed, values: found } = unpackedFrom(values)
        expect(found).toEqual(JSON.parse(JSON.stringify(values)))
        expect(packed.text).toMatch(/^[\x20-\x7e]*$/)
      }),
    ))

  it('keeps the keys that objects have only in JSON', () => {
    const text = '{"__proto__":{"constructor":{"a long enough text":1}}}'
    const unpacked = new UnpackedJson(packJson(['0', ...Array.from({ length: 9 }, () => text)]))
    expect(JSON.stringify(unpacked.at(5))).toBe(text)
  })

  it('is short where much is said again', () => {
    const parameter = { name: 'owner', in: 'path', from: { param: 'owner' }, required: true, style: 'simple', schema: 12 }
    const { packed } = unpackedFrom([
      0,
      ...Array.from({ length: 5000 }, (_, id) => ({ id, parameters: [parameter], ['a name of its own'.repeat(id % 7)]: id % 50 })),
    ])
    expect(packed.text.length).toBeLessThan(120_000)
  })

  it.each([-1, 2, 0.5, Number.NaN])('has no value %j of two', (index) => {
    expect(() => new UnpackedJson(packJson(['1', '2'])).at(index)).toThrow(RangeError)
  })

  it('is plain JSON where nothing says that there are shorthands', () => {
    expect(new UnpackedJson({ text: '"~0"["^00"]', lengths: [4, 7] }).at(1)).toEqual(['^00'])
  })
})
