import { describe, expect, it } from 'vitest'
import { ageOf, Copies, type Copy, MAX_COPIES, MAX_COPY_BYTES, MAX_UNKNOWN } from './copies.ts'
import { keptKey, minted, NOW } from './test-keyring.ts'

const key = minted()
const idOf = (n: number) => `${n}`.padStart(16, '0')
const learn = (copies: Copies, id = key.id, version = 1, asOfMs = NOW, nowMs = asOfMs, more = {}) =>
  copies.learn({ version, key: keptKey({ ...key, id }, more) }, asOfMs, nowMs)

describe('copies', () => {
  it('are bounded by their number: the one that was used longest ago goes', () => {
    const copies = new Copies()
    learn(copies)
    for (let n = 0; n < MAX_COPIES - 1; n++) learn(copies, idOf(n))
    expect(copies.get(key.id)).toBeDefined()
    learn(copies, idOf(MAX_COPIES))
    expect([copies.get(key.id) !== undefined, copies.get(idOf(0))]).toEqual([true, undefined])
  })

  it('are bounded by their size', () => {
    const copies = new Copies()
    const large = { metadata: Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`m${n}`, 'x'.repeat(256)])) }
    const { bytes } = learn(copies, idOf(0), 1, NOW, NOW, large)
    const fit = Math.floor(MAX_COPY_BYTES / bytes)
    expect(fit).toBeLessThan(MAX_COPIES)
    for (let n = 1; n <= fit; n++) learn(copies, idOf(n), 1, NOW, NOW, large)
    expect([copies.get(idOf(0)), copies.get(idOf(fit)) !== undefined]).toEqual([undefined, true])
  })

  it('are pushed out by no number of ids that are no keys, which are bounded by themselves', () => {
    const copies = new Copies()
    learn(copies)
    for (let n = 0; n <= MAX_UNKNOWN; n++) copies.learnNone(idOf(n), NOW)
    expect([copies.get(key.id) !== undefined, copies.isUnknown(idOf(0), NOW, 30_000), copies.isUnknown(idOf(MAX_UNKNOWN), NOW, 30_000)]).toEqual([
      true,
      false,
      true,
    ])
  })
})

describe('of two answers', () => {
  it.each<[string, (copies: Copies) => Copy | undefined, number]>([
    ['the newer version holds', (copies) => learn(copies, key.id, 3, NOW + 1), 3],
    ['the newer version holds, even if it was asked for before', (copies) => learn(copies, key.id, 3, NOW - 5, NOW + 9), 3],
    ['an older version that was asked for before the newer was heard does not', (copies) => learn(copies, key.id, 1, NOW + 10, NOW + 20), 2],
    ['an older version that was asked for after the newer was heard does: the owner was restored', (copies) => learn(copies, key.id, 1, NOW + 11, NOW + 20), 1],
    ['that there is none, asked for before the key was heard, does not', (copies) => copies.learnNone(key.id, NOW + 10), 2],
    ['that there is none, asked for after it was heard, does', (copies) => copies.learnNone(key.id, NOW + 11), 0],
    ['the location’s newer version holds', (copies) => copies.learnNear({ version: 3, key: keptKey(key), asOfMs: NOW + 1 }), 3],
    ['the location’s older version does not, however young', (copies) => copies.learnNear({ version: 1, key: keptKey(key), asOfMs: NOW + 1000 }), 2],
    ['the location’s newer version does not, if it is older knowledge', (copies) => copies.learnNear({ version: 3, key: keptKey(key), asOfMs: NOW }), 2],
  ])('%s', (_what, happens, version) => {
    const copies = new Copies()
    learn(copies, key.id, 2, NOW, NOW + 10)
    happens(copies)
    expect(copies.get(key.id)?.version ?? 0).toBe(version)
  })

  it('that say the same, the age counts from the later question', () => {
    const copies = new Copies()
    const first = learn(copies, key.id, 2, NOW)
    const second = learn(copies, key.id, 2, NOW + 500)
    expect([second.key === first.key, ageOf(second, NOW + 600), ageOf(learn(copies, key.id, 2, NOW + 100, NOW + 700), NOW + 700)]).toEqual([true, 100, 200])
  })
})
