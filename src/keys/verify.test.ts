import { timingSafeEqual } from 'node:crypto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { KeptSecret } from '../core/api-key.ts'
import { type Pepper, pepperOf } from './pepper.ts'
import { minted, NOW, OTHER_PEPPER, PEPPER } from './test-keyring.ts'
import { verifyKey } from './verify.ts'

const [first, second, foreign] = [minted(1), minted(2), minted(3, OTHER_PEPPER)]
const pepper = pepperOf('KEY_PEPPER', PEPPER)
const other = pepperOf('OLD_PEPPER', OTHER_PEPPER)
const digest = vi.spyOn(pepper, 'digest')

beforeEach(() => {
  isSame.mockClear()
  digest.mockClear()
})

const isSame = vi.fn(timingSafeEqual)
/** The sizes of what was compared. */
const lengths = () => isSame.mock.calls.map(([a, b]) => [a.byteLength, b.byteLength])
const verify = (text: string, secrets: readonly KeptSecret[], peppers: readonly Pepper[]) => verifyKey(text, secrets, peppers, NOW, isSame)

describe('a key’s text', () => {
  it.each<[string, readonly KeptSecret[]]>([
    ['the only secret', [first.secret]],
    ['the newer of two', [first.secret, { ...second.secret, untilMs: NOW + 1 }]],
    ['the older of two, while both work', [second.secret, { ...first.secret, untilMs: NOW + 1 }]],
  ])('is good by %s', (_what, secrets) => {
    expect(verify(first.text, secrets, [pepper])).toMatchObject({ kind: 'verified', secret: { hash: first.secret.hash } })
  })

  it('is good under either of two peppers, and says under which', () => {
    expect(verify(foreign.text, [foreign.secret], [pepper, other])).toMatchObject({ kind: 'verified', pepper: { id: other.id } })
    expect(verify(first.text, [first.secret], [other, pepper])).toMatchObject({ kind: 'verified', pepper: { id: pepper.id } })
  })

  it.each<[string, readonly KeptSecret[], 'secret' | 'pepper']>([
    ['no key at all', [], 'secret'],
    ['another secret', [second.secret], 'secret'],
    ['two others', [second.secret, { ...minted(4).secret, untilMs: NOW + 1 }], 'secret'],
    ['its own, replaced and over', [second.secret, { ...first.secret, untilMs: NOW }], 'secret'],
    ['its own hash under the name of another pepper', [{ ...first.secret, pepper: other.id }], 'pepper'],
    ['a pepper that is not set', [foreign.secret], 'pepper'],
    ['a hash that is too short', [{ ...first.secret, hash: first.secret.hash.slice(0, 20) }], 'secret'],
    ['no hash', [{ ...first.secret, hash: '' }], 'secret'],
  ])('is refused by %s, after as much work as any', (_what, secrets, why) => {
    expect(verify(first.text, secrets, [pepper])).toEqual({ kind: 'refused', why })
    expect(digest).toHaveBeenCalledTimes(1)
    expect(lengths()).toEqual([
      [32, 32],
      [32, 32],
    ])
  })

  it('that is good costs the same comparisons', () => {
    verify(first.text, [first.secret], [pepper])
    expect(lengths()).toEqual([
      [32, 32],
      [32, 32],
    ])
  })

  it('is good or bad by that comparison and nothing else', () => {
    expect(verifyKey(first.text, [first.secret], [pepper], NOW, () => false)).toMatchObject({ kind: 'refused' })
    expect(verifyKey(first.text, [second.secret], [pepper], NOW, () => true)).toMatchObject({ kind: 'verified' })
    expect(verifyKey(first.text, [], [pepper], NOW, () => true)).toMatchObject({ kind: 'refused' })
  })
})
