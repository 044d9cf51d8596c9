import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ChangeReply } from './message.ts'
import { KeyOwner, MAX_OVERLAP_MS, MAX_REVOKED_AT_ONCE } from './owner.ts'
import { MemoryKeyStore, minted, NOW, newKey, OTHER_PEPPER, secretOf } from './test-keyring.ts'
import { isSecretInForce } from './verify.ts'

const DAY_MS = 86_400_000
const one = minted()
let store: MemoryKeyStore
let owner: KeyOwner

const create = (key = one, more = {}, nowMs = NOW) => owner.create({ v: 1, key: newKey(key, more) as never }, nowMs)
const rotate = (n: number, overlapUntilMs = NOW + DAY_MS, nowMs = NOW) => owner.rotate({ v: 1, id: one.id, secret: secretOf(n), overlapUntilMs }, nowMs)
const revoke = (id = one.id, by = 'grace', nowMs = NOW) => owner.revoke({ v: 1, id, by, reason: 'leaked' }, nowMs)
const keyOf = ({ found }: ChangeReply) => found?.key
/** What works at that moment, by the number of the secret; -1: the one of the beginning. */
const working = (nowMs = NOW) =>
  owner
    .find(one.id)
    .found?.key.secrets.filter((kept) => isSecretInForce(kept, nowMs))
    .map(({ hash }) => (hash === one.secret.hash ? -1 : Number(hash.replaceAll('h', ''))))

beforeEach(() => {
  store = new MemoryKeyStore()
  owner = new KeyOwner(store)
})

describe('creating', () => {
  it('keeps a key, and its secret’s hash alone', () => {
    expect(keyOf(create())).toMatchObject({ id: one.id, owner: 'ada', secrets: [one.secret], createdMs: NOW })
    expect(JSON.stringify([...store.rows])).not.toContain(one.text.slice(-49))
  })

  it('the same again changes nothing, whenever the answer was lost', () => {
    const first = create()
    expect(create(one, {}, NOW + 5000)).toEqual(first)
    rotate(1)
    revoke()
    expect(keyOf(create())).toMatchObject({ revoked: { reason: 'leaked' }, secrets: [{ hash: secretOf(1).hash }, {}] })
  })

  it.each<[string, Parameters<typeof create>]>([
    ['of another secret', [{ ...one, secret: minted(1).secret }]],
    ['of another owner', [one, { owner: 'eve' }]],
  ])('an id that is taken by a key %s is a conflict', (_what, args) => {
    create()
    expect(create(...args)).toEqual({ v: 1, conflict: 'there is another key of this id' })
    expect(working()).toEqual([-1])
  })
})

describe('rotating', () => {
  beforeEach(() => void create())

  it('lets both work until the overlap is over', () => {
    rotate(1)
    expect([working(NOW), working(NOW + DAY_MS - 1), working(NOW + DAY_MS)]).toEqual([[1, -1], [1, -1], [1]])
  })

  it('without an overlap ends the old one at once', () => {
    rotate(1, NOW)
    expect(working()).toEqual([1])
  })

  it('the same again changes nothing, even with another end of the overlap', () => {
    const first = rotate(1)
    expect(rotate(1, NOW + 2 * DAY_MS, NOW + 1000)).toEqual(first)
  })

  it('a second one in an overlap is a conflict, and changes nothing', () => {
    rotate(1)
    expect(rotate(2)).toEqual({ v: 1, conflict: 'two secrets work already' })
    expect(working()).toEqual([1, -1])
  })

  it('one at once ends all secrets before it, in an overlap too: what leaked does not work for as long as was agreed before', () => {
    rotate(1)
    const atOnce = () => owner.rotate({ v: 1, id: one.id, secret: secretOf(2), overlapUntilMs: NOW, atOnce: true }, NOW)
    expect(keyOf(atOnce())?.secrets).toEqual([secretOf(2)])
    expect(keyOf(atOnce())?.secrets).toEqual([secretOf(2)])
    expect(rotate(1)).toEqual({ v: 1, conflict: 'this secret was replaced since' })
    expect(working()).toEqual([2])
  })

  it('a second one is possible when the overlap is over', () => {
    rotate(1)
    rotate(2, NOW + 2 * DAY_MS, NOW + DAY_MS)
    expect(working(NOW + DAY_MS)).toEqual([2, 1])
  })

  it('that comes again late brings nothing back that was replaced', () => {
    rotate(1, NOW)
    rotate(2, NOW + DAY_MS)
    expect(keyOf(rotate(1))?.secrets[0]?.hash).toBe(secretOf(2).hash)
    rotate(3, NOW + DAY_MS, NOW + DAY_MS)
    expect(rotate(1, NOW + 2 * DAY_MS, NOW + DAY_MS)).toEqual({ v: 1, conflict: 'this secret was replaced since' })
    expect(rotate(2, NOW + 2 * DAY_MS, NOW + 3 * DAY_MS)).toEqual({ v: 1, conflict: 'this secret was replaced since' })
    expect(working(NOW + 3 * DAY_MS)).toEqual([3])
  })

  it('a revoked key is a conflict; one that was rotated before it was revoked is the same operation', () => {
    rotate(1)
    revoke()
    expect(keyOf(rotate(1))).toMatchObject({ revoked: { by: 'grace' } })
    expect(rotate(2, NOW + 2 * DAY_MS, NOW + DAY_MS)).toEqual({ v: 1, conflict: 'the key is revoked' })
  })

  it('a key that is not there is not there', () => {
    expect(owner.rotate({ v: 1, id: '0'.repeat(16), secret: secretOf(1), overlapUntilMs: NOW }, NOW)).toEqual({ v: 1 })
  })

  it('no overlap is longer than 30 days', () => expect(() => rotate(1, NOW + MAX_OVERLAP_MS + DAY_MS)).toThrow(RangeError))
})

describe('revoking', () => {
  beforeEach(() => void create())

  it('is for good, and remembers who was first', () => {
    const first = revoke()
    expect(revoke(one.id, 'eve', NOW + 1000)).toEqual(first)
    expect(keyOf(first)?.revoked).toEqual({ atMs: NOW, by: 'grace', reason: 'leaked' })
    expect(revoke('0'.repeat(16))).toEqual({ v: 1 })
  })

  it('all keys of an owner, a bounded number at a time, and each once', () => {
    for (let n = 1; n <= MAX_REVOKED_AT_ONCE + 20; n++) create(minted(n))
    create(minted(1000), { owner: 'grace' })
    revoke()
    const message = { v: 1, owner: 'ada', by: 'grace', reason: 'left' } as const
    const replies = [1, 2, 3].map(() => owner.revokeOwner(message, NOW))
    expect(replies.map(({ revoked, isMore }) => [revoked.length, isMore])).toEqual([
      [MAX_REVOKED_AT_ONCE, true],
      [20, false],
      [0, false],
    ])
    expect(owner.find(minted(1000).id).found?.key.revoked).toBe(undefined)
    expect(owner.find(one.id).found?.key.revoked?.reason).toBe('leaked')
  })
})

describe('what changes a key', () => {
  beforeEach(() => void create())
  const version = () => owner.find(one.id).found?.version ?? 0

  it('goes up in its version, with time too: a keyring that was restored gives none again', () => {
    expect(version()).toBe(NOW)
    rotate(1, NOW)
    expect(version()).toBe(NOW + 1)
    revoke(one.id, 'grace', NOW + 5000)
    expect(version()).toBe(NOW + 5000)
  })

  it('is not that it was used', () => {
    owner.used({ v: 1, id: one.id, atMs: NOW + 3_700_000 }, NOW + 3_700_000)
    expect(owner.find(one.id).found).toMatchObject({ version: NOW, key: { lastUsedMs: NOW + 3_600_000 } })
  })

  it('counts no use twice, and none of a time that is yet to come', () => {
    owner.used({ v: 1, id: one.id, atMs: NOW + 3_600_000 }, NOW + 3_600_000)
    owner.used({ v: 1, id: one.id, atMs: NOW }, NOW + 3_600_000)
    owner.used({ v: 1, id: one.id, atMs: NOW + 30 * DAY_MS }, NOW + 3_600_000)
    expect(owner.find(one.id).found?.key.lastUsedMs).toBe(NOW + 3_600_000)
  })

  it('moves a secret to another pepper, once, and never another secret', () => {
    const after = minted(0, OTHER_PEPPER).secret
    const rehash = () => owner.rehash({ v: 1, id: one.id, before: one.secret, after }, NOW)
    expect(keyOf(rehash())?.secrets).toEqual([after])
    const then = version()
    rehash()
    expect(version()).toBe(then)
    rotate(1, NOW)
    owner.rehash({ v: 1, id: one.id, before: one.secret, after }, NOW)
    expect(working()).toEqual([1])
  })

  it('moves a secret in its overlap, and the overlap stays', () => {
    rotate(1)
    const after = secretOf(9, 'pepper99')
    owner.rehash({ v: 1, id: one.id, before: one.secret, after }, NOW)
    expect(owner.find(one.id).found?.key.secrets[1]).toEqual({ ...after, untilMs: NOW + DAY_MS })
  })

  it('is written as a whole or not at all, when the disk is full', () => {
    store.isFull = true
    const before = structuredClone(store.rows)
    for (const change of [() => rotate(1), () => revoke(), () => create(minted(1))]) expect(change).toThrow('SQLITE_FULL')
    expect(store.rows).toEqual(before)
    store.isFull = false
    expect(keyOf(rotate(1))?.secrets).toHaveLength(2)
  })
})

/** What operators do at once, of which each may be sent again because its answer was lost. */
const STEP = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('rotate' as const), n: fc.nat(7), overlapMs: fc.constantFrom(0, 1000, 60_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('revoke' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rehash' as const), n: fc.nat(7) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('full' as const), isFull: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(70_000) }) },
)

it('however rotations interleave and come again: at most two secrets, none comes back, and nobody un-revokes', () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 60 }), fc.integer({ min: -30_000, max: 30_000 }), (steps, skewMs) => {
      store = new MemoryKeyStore()
      owner = new KeyOwner(store)
      create()
      let now = NOW
      let version = 0
      const over = new Set<number>()
      let isRevoked = false
      for (const step of steps) {
        const before = working(now) ?? []
        store.isFull = step.kind === 'full' ? step.isFull : store.isFull
        try {
          if (step.kind === 'pass') now += step.ms
          // The overlap's end is by the clock of a Worker, which is not the object's.
          else if (step.kind === 'rotate') rotate(step.n, now + skewMs + step.overlapMs, now)
          else if (step.kind === 'rehash') owner.rehash({ v: 1, id: one.id, before: secretOf(step.n), after: secretOf(step.n, 'pepper99') }, now)
          else if (step.kind === 'revoke') {
            revoke(one.id, 'grace', now)
            isRevoked = true
          }
        } catch {
          expect(store.isFull).toBe(true)
        }
        const found = owner.find(one.id).found
        const after = working(now) ?? []
        for (const n of before) if (!after.includes(n)) over.add(n)
        expect(after.length).toBeGreaterThanOrEqual(1)
        expect(after.length).toBeLessThanOrEqual(2)
        expect(new Set(after).size).toBe(after.length)
        expect(after.filter((n) => over.has(n))).toEqual([])
        expect(found?.version).toBeGreaterThanOrEqual(version)
        expect(found?.key.revoked !== undefined).toBe(isRevoked)
        version = found?.version ?? 0
      }
    }),
    { numRuns: 500 },
  )
})
