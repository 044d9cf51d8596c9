import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { pseudonyms } from './pseudonym.ts'

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
