import { describe, expect, it } from 'vitest'
import { BASE62 } from './key-text.ts'
import { mintKey, mintSecret } from './mint.ts'
import { PepperUnfit, pepperOf } from './pepper.ts'
import { minted, OTHER_PEPPER, PEPPER, seedOf } from './test-keyring.ts'

const parts = { prefix: 'acme', environment: 'live', seed: seedOf(0), pepper: PEPPER }

describe('a minted key', () => {
  it('is the same for the same seed: a retry makes no second key', () => expect(mintKey(parts)).toEqual(mintKey(parts)))

  it.each<[string, Partial<typeof parts>]>([
    ['seed', { seed: seedOf(1) }],
    ['pepper', { pepper: OTHER_PEPPER }],
    ['prefix', { prefix: 'acne' }],
    ['environment', { environment: 'test' }],
  ])('is another for another %s', (_what, more) => {
    const [one, other] = [mintKey(parts), mintKey({ ...parts, ...more })]
    expect(other.id).not.toBe(one.id)
    expect(other.text.slice(-49)).not.toBe(one.text.slice(-49))
  })

  it('gets another secret, and keeps its id', () => {
    const one = mintKey(parts)
    const next = mintSecret({ ...parts, seed: seedOf(1), id: one.id })
    expect([next.id, next.text.slice(0, 27), next.text === one.text]).toEqual([one.id, one.text.slice(0, 27), false])
  })

  it('leaves a keyed hash, and nothing of itself', () => {
    const { text, secret } = mintKey(parts)
    expect(secret).toEqual({ hash: expect.stringMatching(/^[\w-]{43}$/), pepper: expect.stringMatching(/^[\w-]{8}$/) })
    expect(secret.hash).not.toContain(text.slice(-10))
    expect(secret.hash).not.toBe(mintKey({ ...parts, pepper: OTHER_PEPPER }).secret.hash)
  })

  it('has every digit about equally often: none comes of two more bytes than another', () => {
    const counts = new Map<string, number>()
    const keys = 4000
    for (let n = 0; n < keys; n++) for (const digit of minted(n).text.slice(27, 70)) counts.set(digit, (counts.get(digit) ?? 0) + 1)
    const expected = (keys * 43) / 62
    // Chi-squared with 61 degrees of freedom: below 120 in all but one of some hundred thousand fair runs, and this run is always the same. A plain modulo of a byte would be above 600.
    const chi = [...BASE62].reduce((sum, digit) => sum + ((counts.get(digit) ?? 0) - expected) ** 2 / expected, 0)
    expect(chi).toBeLessThan(120)
  })

  it('is not made of a seed that could be guessed', () => expect(() => mintKey({ ...parts, seed: 'short' })).toThrow(RangeError))
})

describe('a pepper', () => {
  it('has an id that is its own, whatever it is named', () => {
    expect(pepperOf('ONE', PEPPER).id).toBe(pepperOf('TWO', PEPPER).id)
    expect(pepperOf('ONE', PEPPER).id).not.toBe(pepperOf('ONE', OTHER_PEPPER).id)
  })

  it.each<[string, string | undefined, string]>([
    ['missing', undefined, 'the secret KEY_PEPPER is not set'],
    ['too short', 'x'.repeat(31), 'the secret KEY_PEPPER has fewer than 32 characters'],
  ])('that is %s is none, and the operator is told which', (_what, secret, message) => {
    expect(() => pepperOf('KEY_PEPPER', secret)).toThrow(new PepperUnfit(message))
  })

  it('that is too short makes no key', () => expect(() => mintKey({ ...parts, pepper: 'x'.repeat(31) })).toThrow(PepperUnfit))
})
