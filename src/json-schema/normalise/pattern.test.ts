import { describe, expect, it } from 'vitest'
import { unicodePattern } from './pattern.ts'

describe('patterns for the u flag', () => {
  it.each<[string, string | undefined]>([
    ['^[a-z]+$', '^[a-z]+$'],
    ['\\p{L}', '\\p{L}'],
    ['^\\d{3}\\-\\d{2}$', '^\\d{3}-\\d{2}$'],
    ['[\\-\\_a]', '[\\-_a]'],
    ['[\\w-.]+', '[\\w\\-.]+'],
    ['[.-\\w]', '[.\\-\\w]'],
    ['a\\@b\\:c\\"', 'a@b:c"'],
    ['^{id}$', '^\\{id\\}$'],
    ['a{2,3}b{2}c{1,}', 'a{2,3}b{2}c{1,}'],
    ['x{2}\\@{,3}', 'x{2}@\\{,3\\}'],
    ['a]', 'a\\]'],
    ['\\/a\\.b', '\\/a\\.b'],
    ['[[:alpha:]]\\-', undefined],
    ['\\Aabc\\Z', undefined],
    ['(?i)abc', undefined],
    ['(?P<name>a)', undefined],
    ['\\pL', undefined],
    ['\\x{41}', undefined],
    ['[a', undefined],
    ['*', undefined],
  ])('%s → %s', (pattern, rewritten) => expect(unicodePattern(pattern)).toBe(rewritten))

  it('rewrites without a change of meaning', () => {
    for (const pattern of ['^\\d{3}\\-\\d{2}$', '[\\-\\_a]', '[\\w-.]+', '^{id}$', 'a\\@b', 'a]', '[.-\\w]']) {
      const rewritten = new RegExp(unicodePattern(pattern) as string, 'u')
      for (const text of ['123-45', '_', '-', 'a', '{id}', 'a@b', 'a]', '.', '\\', 'z', ''])
        expect(rewritten.test(text), `${pattern} ${text}`).toBe(new RegExp(pattern).test(text))
    }
  })
})
