import { describe, expect, it } from 'vitest'
import { decodeFormText, readPairs } from './form-pairs.ts'

describe('readPairs', () => {
  it.each<[string, readonly (readonly [name: string, raw: string])[]]>([
    ['', []],
    ['a=1', [['a', '1']]],
    ['a', [['a', '']]],
    ['a=', [['a', '']]],
    ['a==b', [['a', '=b']]],
    [
      'a=1&a=2',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    ['%61+b=%31+2', [['a b', '%31+2']]],
    [
      'a%5B0%5D=x&b',
      [
        ['a[0]', 'x'],
        ['b', ''],
      ],
    ],
    ['a%3Db=1', [['a=b', '1']]],
  ])('%j', (text, expected) => {
    expect(readPairs(text, 10).pairs?.map(({ name, raw }) => [name, raw])).toEqual(expected)
    expect(
      readPairs(text, 10)
        .pairs?.map((pair) => pair.text)
        .join('&'),
    ).toBe(text)
  })

  it.each([
    ['a=1;b=2', 'separator'],
    ['a=1&', 'empty-parameter'],
    ['&a=1', 'empty-parameter'],
    ['a=1&&b=2', 'empty-parameter'],
    ['=1', 'empty-parameter'],
    ['%=1', 'encoding'],
    ['%C0%AF=1', 'encoding'],
    ['a=%00', 'nul'],
    ['__proto__=1', 'forbidden-name'],
    ['%5F_proto__=1', 'forbidden-name'],
    ['a&b&c&d', 'too-many'],
  ])('%j: %s', (text, fault) => {
    expect(readPairs(text, 3)).toEqual({ fault })
  })
})

describe('decodeFormText', () => {
  it.each([
    ['a+b', 'a b'],
    ['a%2Bb', 'a+b'],
    ['%252B', '%2B'],
    ['%F0%9F%98%80', '😀'],
    ['%ED%A0%80', undefined],
    ['%F', undefined],
    ['%80', undefined],
  ])('%j is %j', (raw, text) => {
    expect(decodeFormText(raw)).toBe(text)
  })
})
