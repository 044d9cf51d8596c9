import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type JsonReading, readJson } from './json-body.ts'

const LIMITS = { maxDepth: 8, largeNumbers: 'deny' } as const
const read = (text: string) => readJson(new TextEncoder().encode(text), LIMITS)

describe('readJson', () => {
  it.each<[string, string, JsonReading]>([
    ['an object', '{"a":[1,"é"]}', { value: { a: [1, 'é'] } }],
    ['null', ' null ', { value: null }],
    ['nothing', '', { fault: 'syntax' }],
    ['a byte order mark', '\u{feff}{}', { fault: 'encoding' }],
    ['a key twice', '{"a":1,"a":1}', { fault: 'duplicate-key' }],
    ['a key twice, once escaped', String.raw`{"a":1,"\u0061":2}`, { fault: 'duplicate-key' }],
    ['a key twice, deep', '[{"b":{"a":1,"c":2,"a":3}}]', { fault: 'duplicate-key' }],
    ['a key twice, in a value that a later one replaces', '{"a":{"b":1},"a":2}', { fault: 'duplicate-key' }],
    ['the prototype twice', '{"__proto__":1,"__proto__":2}', { fault: 'duplicate-key' }],
    ['the prototype', '{"__proto__":{"admin":true}}', { fault: 'forbidden-key' }],
    ['the constructor', '{"constructor":1}', { fault: 'forbidden-key' }],
    ['deeper than allowed', '[[[[[[[[[]]]]]]]]]', { fault: 'depth' }],
    ['as deep as allowed', '[[[[[[[[]]]]]]]]', { value: [[[[[[[[]]]]]]]] }],
    ['an integer that parsing rounds', '{"id":9007199254740993}', { fault: 'number-precision' }],
    ['a number that no double holds', '[1e400]', { fault: 'number-precision' }],
    ['a comment', '{}//', { fault: 'syntax' }],
    ['a trailing comma', '{"a":1,}', { fault: 'syntax' }],
    ['two values', '{}{}', { fault: 'syntax' }],
    ['a colon too many', '{"a"::1}', { fault: 'syntax' }],
  ])('%s', (_name, text, expected) => {
    expect(read(text)).toEqual(expected)
  })

  it.each<[string, readonly number[]]>([
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['a surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a lone continuation byte', [0x22, 0x80, 0x22]],
    ['a cut sequence', [0x22, 0xe2, 0x82, 0x22]],
    ['UTF-16', [0xff, 0xfe, 0x5b, 0x00, 0x5d, 0x00]],
  ])('refuses %s, and reads well afterwards', (_name, bytes) => {
    expect(readJson(new Uint8Array(bytes), LIMITS)).toEqual({ fault: 'encoding' })
    expect(read('["é"]')).toEqual({ value: ['é'] })
  })

  it('takes large numbers as they round, where that is wanted', () => {
    const bytes = new TextEncoder().encode('[9007199254740993,1e400]')
    expect(readJson(bytes, { ...LIMITS, largeNumbers: 'round' })).toEqual({ value: [9007199254740992, Number.POSITIVE_INFINITY] })
  })

  it.each<[string, string, JsonReading['fault']]>([
    ['keys', '{"a":1,"b":{"c":1}}', undefined],
    ['a key too many', '{"a":1,"b":{"c":1,"d":1}}', 'too-many-keys'],
    ['a key too many, before the text is parsed', '{"a":1,"b":{"c":1,"d":1}', 'too-many-keys'],
    ['a key twice among too many', '{"a":1,"a":1,"a":1,"a":1}', 'too-many-keys'],
    ['items', '[[1,2,3],[1,2,3]]', undefined],
    ['an item too many', '[[1,2,3,4]]', 'too-many-items'],
    ['a text', '["12345678"]', undefined],
    ['a text, escaped', String.raw`["\u0061\u0061345678"]`, undefined],
    ['a text that is too long', '["123456789"]', 'string-length'],
    ['a text that is too long, behind escaped quotes', String.raw`["\"\"\"\"\"\"\"\"\""]`, 'string-length'],
    ['a key', '{"12345":1}', undefined],
    ['a key that is too long', '[{"123456":1}]', 'key-length'],
    ['a number', '[-12345.5e2]', undefined],
    ['a number that is too long', '[1.000000000]', 'number-length'],
    ['a number that is too long, for its exponent', '[1e-000000000]', 'number-length'],
    ['digits in a text', '["12345678",1]', undefined],
  ])('limits: %s', (_name, text, fault) => {
    const limits = { ...LIMITS, maxKeys: 3, maxItems: 3, maxStringLength: 8, maxKeyLength: 5, maxNumberLength: 9 }
    expect(readJson(new TextEncoder().encode(text), limits).fault).toBe(fault)
  })

  it('finds a repeated key wherever a naive search does, and nowhere else', () => {
    fc.assert(
      fc.property(document, ({ text, repeats }) => {
        expect(read(text).fault).toBe(repeats ? 'duplicate-key' : undefined)
      }),
      { numRuns: 2000 },
    )
  })
})

/** A JSON text, and whether some object in it has a key twice: known from how it was written. */
interface Written {
  readonly text: string
  readonly repeats: boolean
}

const KEYS = ['a', 'b', '"', '\\', '\\"', ':', '{', 'é', '', '__proto', '"a":1', '\\u0061', '\u{1f600}']
/** Any way to write a string: each character as it is, or escaped. */
const written = (text: string) =>
  fc.array(fc.boolean(), { minLength: text.length, maxLength: text.length }).map((escapes) => {
    const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))
    const surrogates = units.some((unit) => unit >= 0xd800 && unit <= 0xdfff)
    const escaped = (unit: number) => `\\u${unit.toString(16).padStart(4, '0')}`
    return `"${units.map((unit, i) => (escapes[i] || surrogates ? escaped(unit) : JSON.stringify(String.fromCharCode(unit)).slice(1, -1))).join('')}"`
  })
const string = fc.constantFrom(...KEYS).chain((key) => fc.record({ key: fc.constant(key), text: written(key) }))
const space = fc.constantFrom('', ' ', '\n', '\t')

const { document } = fc.letrec<{ document: Written; list: Written; object: Written; leaf: Written }>((tie) => ({
  document: fc.oneof({ maxDepth: 4, withCrossShrink: true }, tie('leaf'), tie('list'), tie('object')),
  leaf: fc.oneof(
    fc.constantFrom('1', '-0.5e3', 'true', 'null').map((text) => ({ text, repeats: false })),
    string.map(({ text }) => ({ text, repeats: false })),
  ),
  list: fc.array(tie('document'), { maxLength: 3 }).map((items) => ({
    text: `[${items.map(({ text }) => text).join(',')}]`,
    repeats: items.some(({ repeats }) => repeats),
  })),
  object: fc.array(fc.tuple(string, tie('document'), space), { maxLength: 4 }).map((members) => ({
    text: `{${members.map(([{ text }, value, gap]) => `${text}${gap}:${gap}${value.text}`).join(',')}}`,
    repeats: new Set(members.map(([{ key }]) => key)).size < members.length || members.some(([, { repeats }]) => repeats),
  })),
}))
