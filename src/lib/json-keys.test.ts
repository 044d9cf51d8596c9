import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isForbiddenKey, scanJson, tallyValue } from './json-keys.ts'

const scan = (text: string, maxDepth: number) => scanJson(new TextEncoder().encode(text), maxDepth)

describe('scanJson', () => {
  it.each<[string, string, number]>([
    ['no object', '[1,"a:b",null]', 0],
    ['a colon in a key', '{"a:b":1}', 1],
    ['an escaped quote before a colon', String.raw`{"a\":":1}`, 1],
    ['a backslash that is itself escaped ends the string', String.raw`{"a\\":1,"b":2}`, 2],
    ['three backslashes and a quote', String.raw`{"a\\\":":":"}`, 1],
    ['nested', '{"a":{"b":[{"c":1},{"c":2}]}}', 4],
    ['brackets in strings', '{"a":"{[[[["}', 1],
    ['a colon behind a long string', `{"${'a'.repeat(500)}":1,"b":1}`, 2],
    ['colons in a long string behind escapes', `{"${'a'.repeat(100)}${'\\\\'.repeat(100)}${':\\"'.repeat(100)}":1,"b":1}`, 2],
    ['characters of several bytes', '{"é:€":"\u{1f600}:"}', 1],
  ])('members: %s', (_name, text, members) => {
    expect(scan(text, 4)).toMatchObject({ members, tooDeep: false, unsafeInteger: false })
  })

  it.each<[string, number, boolean]>([
    ['[]', 1, false],
    ['[[]]', 1, true],
    ['[[],[],{}]', 2, false],
    ['[{"a":[]}]', 2, true],
    ['["[[[["]', 1, false],
    ['['.repeat(1_000_000), 32, true],
    ['"'.padEnd(1_000_000, '\\'), 32, false],
  ])('depth: %.20s within %d', (text, maxDepth, tooDeep) => {
    expect(scan(text, maxDepth).tooDeep).toBe(tooDeep)
  })

  it.each<[string, boolean]>([
    ['9007199254740991', false],
    ['9007199254740992', true],
    ['-9007199254740993', true],
    ['[1,12345678901234567890]', true],
    ['9007199254740993.0', true],
    ['9007199254740993e0', true],
    ['0.12345678901234567890', false],
    ['1.5e-0000000000000000012', false],
    ['1E+22', false],
    ['6.02214076e23', false],
    ['9.007199254740993e15', true],
    ['[-9.007199254740993E+15]', true],
    ['0.9007199254740993e16', true],
    ['900719925474099.3e1', true],
    ['9.007199254740991e15', false],
    ['9.007199254740993e14', false],
    ['0.00000000000000000001e22', false],
    ['1e00000000000000000022', false],
    ['-73.98765432101234567', false],
    [`1.${'1'.repeat(300_000)}e20`, true],
    ['"12345678901234567890"', false],
    ['{"12345678901234567890":1}', false],
  ])('integers beyond 2^53 - 1: %.40s', (text, unsafe) => {
    expect(scan(text, 4).unsafeInteger).toBe(unsafe)
  })

  it('counts as many members as the value has keys, whatever the value', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(scan(text, 64).members).toBe(tallyValue(JSON.parse(text)).keys)
      }),
    )
  })
})

describe('tallyValue', () => {
  it.each<[string, boolean, boolean]>([
    ['{"a":[{"b":1}]}', false, false],
    ['{"__proto__":1}', true, false],
    [String.raw`{"a":[{"\u005f_proto__":1}]}`, true, false],
    ['{"constructor":{"prototype":1}}', true, false],
    ['["__proto__"]', false, false],
    ['[1e999]', false, true],
    ['{"a":-1e999}', false, true],
  ])('%s', (text, forbidden, infinite) => {
    expect(tallyValue(JSON.parse(text))).toMatchObject({ forbidden, infinite })
  })

  it('forbids no other name', () => {
    expect(['proto', '__proto', 'Constructor', 'toString', ''].map(isForbiddenKey)).toEqual([false, false, false, false, false])
  })
})
