import { describe, expect, it } from 'vitest'
import { kindOf, shown } from './shown.ts'

describe('what is shown of a value', () => {
  const endless: Record<string, unknown> = {}
  endless.self = endless
  it.each<[unknown, string]>([
    ['text', '"text"'],
    [0, '0'],
    [Number.NaN, 'NaN'],
    [null, 'null'],
    [undefined, 'nothing'],
    [() => 1, 'a function'],
    [5n, '5'],
    [[], '[]'],
    [{}, '{}'],
    [{ discovery: true }, '{"discovery":true}'],
    [[1, [2, [3]]], '[1,[2,[…]]]'],
    [endless, '{"self":{"self":{…}}}'],
    [[1, 2, 3, 4, 5, 6, 7], '[1,2,3,4,5,6,…]'],
    [new Date(0), 'an object of the class Date'],
    [{ clientSecret: 'a', password: 'b', api_key: 'c', d: 'd' }, '{"clientSecret":…,"password":…,"api_key":…,"d":…}'],
    ['-----BEGIN PRIVATE KEY-----', 'a text that looks like a key or a token'],
    ['eyJhbGciOiJub25lIn0.e30.', 'a text that looks like a key or a token'],
    ['{"kty":"oct","k":"AAAA"}', 'a text that looks like a key or a token'],
    ['https://u:p@a.example/?token=x&a=1', '"https://…@a.example/?token=…&a=1"'],
    ['https://token@a.example', '"https://…@a.example"'],
  ])('%o', (value, text) => expect(shown(value)).toBe(text))

  it.each([['x'.repeat(1_000_000)], [Array(1_000_000).fill('x'.repeat(1000))], [{ a: 'x'.repeat(1000), b: 'y'.repeat(1000) }], [`"${'\n'.repeat(500)}`]])(
    'is short (%#)',
    (value) => {
      expect(shown(value).length).toBeLessThanOrEqual(80)
      expect(shown(value)).toContain('…')
    },
  )
})

it.each<[unknown, string]>([
  ['secret', 'a text'],
  [1, 'a number'],
  [true, 'a boolean'],
  [['secret'], 'a list'],
  [null, 'nothing'],
  [{ kty: 'oct', k: 'secret' }, 'an object of kty, k'],
  [{ 's3cr3t!': 1 }, 'an object'],
])('the kind of %o tells nothing of it', (value, kind) => expect(kindOf(value)).toBe(kind))
