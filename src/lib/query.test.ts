import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isForbiddenKey } from './json-keys.ts'
import { parseQuery } from './query.ts'

const RULES = { repeatable: new Set(['tag']), maxParameters: 4 }

describe('parseQuery', () => {
  it.each<[string, string, Record<string, string | string[]>]>([
    ['nothing', '', {}],
    ['a question mark', '?', {}],
    ['one', '?a=1', { a: '1' }],
    ['a name without a value', '?a', { a: '' }],
    ['an equals sign in a value', '?a=b=c', { a: 'b=c' }],
    ['plus is a space, %2B is a plus', '?a+b=c+d%2Be', { 'a b': 'c d+e' }],
    ['UTF-8', '?n=%C3%BC', { n: 'ü' }],
    ['an encoded ampersand is a value', '?a=1%26b=2', { a: '1&b=2' }],
    ['an encoded semicolon is a value', '?a=1%3Bb', { a: '1;b' }],
    ['a repeatable one, once', '?tag=a', { tag: ['a'] }],
    ['a repeatable one, twice', '?tag=a&x=1&tag=a', { tag: ['a', 'a'], x: '1' }],
    ['names of inherited properties', '?toString=1&valueOf=2', { toString: '1', valueOf: '2' }],
    ['brackets are part of a name', '?a[]=1&a[b]=2', { 'a[]': '1', 'a[b]': '2' }],
  ])('%s', (_name, search, parameters) => {
    const reading = parseQuery(search, RULES)
    expect({ ...reading.parameters }).toEqual(parameters)
    expect(reading.fault).toBe(undefined)
  })

  it.each<[string, string, string]>([
    ['twice', '?a=1&a=2', 'duplicate'],
    ['twice with the same value', '?a=1&a=1', 'duplicate'],
    ['twice, once encoded', '?a=1&%61=2', 'duplicate'],
    ['twice, once as a space', '?a+b=1&a%20b=2', 'duplicate'],
    ['twice, first without a value', '?a&a=2', 'duplicate'],
    ['a semicolon as separator', '?a=1;b=2', 'separator'],
    ['invalid percent-encoding', '?a=%zz', 'encoding'],
    ['a cut percent-encoding', '?a=%4', 'encoding'],
    ['invalid UTF-8', '?a=%ff', 'encoding'],
    ['overlong UTF-8', '?a=%C0%AF', 'encoding'],
    ['an encoded surrogate', '?a=%ED%A0%80', 'encoding'],
    ['NUL in a value', '?a=1%00', 'nul'],
    ['NUL in a name', '?a%00=1', 'nul'],
    ['an empty parameter', '?a=1&&b=2', 'empty-parameter'],
    ['a last ampersand', '?a=1&', 'empty-parameter'],
    ['an empty name', '?=1', 'empty-parameter'],
    ['the prototype', '?__proto__=1', 'forbidden-name'],
    ['the prototype, encoded', '?%5F_proto__=1', 'forbidden-name'],
    ['the constructor', '?constructor=1', 'forbidden-name'],
    ['too many', '?a&b&c&d&e', 'too-many'],
    ['too many of a repeatable one', '?tag&tag&tag&tag&tag', 'too-many'],
  ])('refuses %s', (_name, search, fault) => {
    expect(parseQuery(search, RULES)).toEqual({ fault })
  })

  it('reads what URLSearchParams writes, but for names that reach prototypes', () => {
    const text = fc.string({ minLength: 1, maxLength: 12, unit: 'binary' }).filter((string) => !string.includes('\0') && !RULES.repeatable.has(string))
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(text, text), { maxLength: 4, selector: ([name]) => name }), (pairs) => {
        const reading = parseQuery(`?${new URLSearchParams(pairs)}`, RULES)
        if (pairs.some(([name]) => isForbiddenKey(name))) expect(reading).toEqual({ fault: 'forbidden-name' })
        else expect(new Map(Object.entries(reading.parameters ?? {}))).toEqual(new Map(pairs))
      }),
      { examples: [[[['__proto__', 'x']]], [[['constructor', 'x']]], [[['a', '&=+%;#']]]] },
    )
  })
})
