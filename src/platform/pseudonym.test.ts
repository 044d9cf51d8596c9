import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { pseudonymPorts, pseudonyms } from './pseudonym.ts'

describe('a pseudonym', () => {
  const of = pseudonyms('the key of this test')
  it('is an HMAC-SHA-256 under the key, shortened to 132 bits', () => {
    expect(of('192.0.2.1')).toBe(createHmac('sha256', 'the key of this test').update('192.0.2.1').digest('base64url').slice(0, 22))
  })
  it('is the same for the same value, remembered or not', () => {
    const before = of('ada')
    for (let i = 0; i < 10_001; i++) of(`somebody ${i}`)
    expect(of('ada')).toBe(before)
  })
  it('differs by key and by value', () => {
    expect(new Set([of('ada'), of('eve'), pseudonyms('another key')('ada')]).size).toBe(3)
  })
  it('is as short for a value that a client made long', () => expect(of('a'.repeat(100_000))).toHaveLength(22))
})

describe('pseudonyms under keys that change', () => {
  const made = (names: readonly string[], keys: Record<string, string>) => pseudonymPorts(names, (name) => keys[name])
  const NAMES = ['NEW', 'OLD']

  it('are made with the present key, and found under both', () => {
    const { pseudonym, pseudonyms: all } = made(NAMES, { NEW: 'the new key', OLD: 'the old key' })
    expect(pseudonym('ada')).toBe(pseudonyms('the new key')('ada'))
    expect(all('ada')).toEqual([pseudonyms('the new key')('ada'), pseudonyms('the old key')('ada')])
  })

  it('are made with another key as soon as it is another, remembered or not', () => {
    const keys: Record<string, string> = { NEW: 'the first', OLD: 'the old key' }
    const { pseudonym } = made(NAMES, keys)
    for (const key of ['the first', 'the second', 'the first']) {
      keys.NEW = key
      expect([pseudonym('ada'), pseudonym('ada')]).toEqual(Array(2).fill(pseudonyms(key)('ada')))
    }
  })

  it('are one where both keys are', () => {
    expect(made(NAMES, { NEW: 'a key', OLD: 'a key' }).pseudonyms('ada')).toEqual([pseudonyms('a key')('ada')])
  })

  it('are none without a key: nothing is hashed with nothing', () => {
    expect([made(NAMES, {}).pseudonym('ada'), made(NAMES, {}).pseudonyms('ada')]).toEqual(['', []])
  })
})
