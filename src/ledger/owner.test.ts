import { beforeEach, describe, expect, it } from 'vitest'
import { ALL_ISSUED_MS, REVOCATION_KINDS, revocationName } from '../core/revocation.ts'
import { GRACE_MS, REMEMBER_LIFTED_MS, RevocationOwner } from './owner.ts'
import { credential, DAY_MS, ISSUER, MemoryStore, NOW, revocationOf } from './test-ledger.ts'

let store: MemoryStore
let owner: RevocationOwner

beforeEach(() => {
  store = new MemoryStore()
  owner = new RevocationOwner(store)
})

const revoke = (...revocations: Parameters<typeof revocationOf>[]) => owner.revoke({ v: 1, revocations: revocations.map((one) => revocationOf(...one)) }, NOW)
const find = (revocable: ReturnType<typeof credential>, now = NOW) => owner.find({ v: 1, names: [...revocable.names], issuedAtMs: revocable.issuedAtMs }, now)
const snapshot = (known?: { epoch: string; version: number; isFilter?: true }, now = NOW) =>
  owner.snapshot({ v: 1, ...(known !== undefined && { known }) }, now)

describe('a revocation', () => {
  it.each(REVOCATION_KINDS)('by %s concerns its own and nobody else', (kind) => {
    revoke([kind, 'a'])
    expect(find(credential([kind, 'a'], ['subject', 'other']))).toBe(revocationName({ kind, issuer: ISSUER, value: 'a' }))
    expect(find(credential([kind, 'b']))).toBe(undefined)
    expect(find({ ...credential([kind, 'a']), names: [revocationName({ kind, issuer: `${ISSUER}/`, value: 'a' })] })).toBe(undefined)
    for (const other of REVOCATION_KINDS) if (other !== kind) expect(find(credential([other, 'a']))).toBe(undefined)
  })

  it('concerns what was issued before its time, where it names one', () => {
    revoke(['issuer', '', { beforeMs: NOW - 1000 }])
    const issued = (issuedAtMs: number) => find({ ...credential(['issuer', '']), issuedAtMs }) !== undefined
    expect([issued(0), issued(NOW - 1001), issued(NOW - 1000), issued(NOW)]).toEqual([true, true, false, false])
  })

  it('concerns all that was and will be issued, where it names none', () => {
    revoke(['subject', 'ada'])
    expect(find({ ...credential(['subject', 'ada']), issuedAtMs: NOW + 1_000_000 })).toBeDefined()
  })

  it('ends a little after its until, when no control accepts the credential any more', () => {
    revoke(['token', 'a', { untilMs: NOW + 1000 }])
    const end = NOW + 1000 + GRACE_MS
    expect([find(credential(['token', 'a']), end - 1) !== undefined, find(credential(['token', 'a']), end) !== undefined]).toEqual([true, false])
  })

  it('is not weakened by a later, weaker one; in whatever order they come', () => {
    for (const order of [
      [
        { beforeMs: NOW, untilMs: NOW + 10 },
        { beforeMs: NOW - 5, untilMs: NOW + 20 },
      ],
      [
        { beforeMs: NOW - 5, untilMs: NOW + 20 },
        { beforeMs: NOW, untilMs: NOW + 10 },
      ],
    ]) {
      store = new MemoryStore()
      owner = new RevocationOwner(store)
      for (const more of order) revoke(['subject', 'ada', more])
      expect([...store.rows.values()]).toMatchObject([{ beforeMs: NOW, untilMs: NOW + 20 + GRACE_MS }])
    }
  })

  it('given again changes nothing, and no version', () => {
    revoke(['subject', 'ada'])
    const before = snapshot()
    revoke(['subject', 'ada'])
    expect(snapshot()).toEqual(before)
  })

  it('that was over does not add to a new one', () => {
    revoke(['subject', 'ada', { untilMs: NOW + 1 }])
    const later = NOW + 1 + GRACE_MS
    owner.revoke({ v: 1, revocations: [revocationOf('subject', 'ada', { beforeMs: NOW - DAY_MS })] }, later)
    expect([...store.rows.values()]).toMatchObject([{ beforeMs: NOW - DAY_MS }])
  })

  it.each([
    ['is over already', NOW],
    ['is in seconds', Math.floor((NOW + DAY_MS) / 1000)],
  ])('whose until %s is refused: it would never be in force', (_what, untilMs) => {
    expect(() => revoke(['subject', 'ada'], ['token', 'a', { untilMs }])).toThrow('ledger: revocations.1.untilMs')
    expect(store.rows.size).toBe(0)
  })

  it('can be lifted, and given again', () => {
    revoke(['subject', 'ada'])
    owner.lift([{ kind: 'subject', issuer: ISSUER, value: 'ada' }], NOW)
    expect(find(credential(['subject', 'ada']))).toBe(undefined)
    revoke(['subject', 'ada'])
    expect(find(credential(['subject', 'ada']))).toBeDefined()
  })

  it('lifting what is not there changes nothing', () => {
    const before = snapshot()
    owner.lift([{ kind: 'subject', issuer: ISSUER, value: 'nobody' }], NOW)
    expect(snapshot()).toEqual(before)
  })
})

describe('a snapshot', () => {
  it('is the whole list for who knows nothing', () => {
    revoke(['token', 'a'], ['subject', 'b', { beforeMs: NOW }])
    expect(snapshot()).toMatchObject({
      kind: 'list',
      entries: [
        [revocationName({ kind: 'token', issuer: ISSUER, value: 'a' }), ALL_ISSUED_MS, NOW + DAY_MS + GRACE_MS],
        [revocationName({ kind: 'subject', issuer: ISSUER, value: 'b' }), NOW, NOW + DAY_MS + GRACE_MS],
      ],
    })
  })

  it('is "the same" for who knows it', () => {
    revoke(['token', 'a'])
    const { epoch, version } = snapshot()
    expect(snapshot({ epoch, version })).toEqual({ v: 1, epoch, version, kind: 'same' })
  })

  it('is what has changed for who knows an older one, liftings among it', () => {
    revoke(['token', 'a'], ['token', 'b'])
    const { epoch, version } = snapshot()
    revoke(['token', 'c'])
    owner.lift([{ kind: 'token', issuer: ISSUER, value: 'a' }], NOW)
    const changes = snapshot({ epoch, version })
    expect(changes).toMatchObject({ kind: 'changes' })
    expect(changes.kind === 'changes' && changes.entries.map(([name, beforeMs]) => [name.at(-1), beforeMs])).toEqual([
      ['c', ALL_ISSUED_MS],
      ['a', 0],
    ])
  })

  it.each([
    ['another epoch', (epoch: string, version: number) => ({ epoch: `${epoch}x`, version })],
    ['a version that never was', (epoch: string, version: number) => ({ epoch, version: version + 5 })],
  ])('is the whole list for who knows %s', (_name, known) => {
    revoke(['token', 'a'])
    const { epoch, version } = snapshot()
    expect(snapshot(known(epoch, version)).kind).toBe('list')
  })

  it('is the whole list for who was away while a lifting was forgotten', () => {
    revoke(['token', 'a'], ['token', 'b'])
    const old = snapshot()
    owner.lift([{ kind: 'token', issuer: ISSUER, value: 'a' }], NOW)
    expect(snapshot(old).kind).toBe('changes')
    const later = NOW + REMEMBER_LIFTED_MS
    revoke(['token', 'c', { untilMs: later + DAY_MS }])
    owner.sweep(later, 1000)
    expect(snapshot(old, later).kind).toBe('list')
  })

  it('leaves out what is over', () => {
    revoke(['token', 'a', { untilMs: NOW + 1 }], ['token', 'b'])
    expect(snapshot(undefined, NOW + 1 + GRACE_MS)).toMatchObject({ entries: [[expect.stringContaining('1:b'), ALL_ISSUED_MS, NOW + DAY_MS + GRACE_MS]] })
  })

  it('is never changes of a list for who has a filter, nor a filter for who has a list that is short enough', () => {
    owner = new RevocationOwner(store, Math.random, 10)
    for (let i = 0; i <= 10; i++) revoke(['token', `t${i}`, { untilMs: NOW + 1 }])
    const { epoch, version } = snapshot()
    const known = { epoch, version, isFilter: true } as const
    expect([snapshot(known).kind, snapshot({ epoch, version }).kind]).toEqual(['same', 'filter'])
    const later = NOW + 1 + GRACE_MS
    owner.sweep(later, 1000)
    expect([snapshot(known, later).kind, snapshot({ epoch, version }, later).kind]).toEqual(['list', 'same'])
    revoke(['token', 'new'])
    expect([snapshot(known, later).kind, snapshot({ epoch, version }, later).kind]).toEqual(['list', 'changes'])
  })

  it('of a ledger that was restored is never "the same" as what came after the backup', () => {
    revoke(['token', 'a'])
    const backup = { rows: new Map(store.rows), state: store.readState() }
    owner.revoke({ v: 1, revocations: [revocationOf('token', 'b')] }, NOW + 1000)
    const lost = owner.snapshot({ v: 1 }, NOW + 1000)
    store = new MemoryStore()
    for (const row of backup.rows.values()) store.write(row)
    if (backup.state !== undefined) store.writeState(backup.state)
    owner = new RevocationOwner(store)
    expect(snapshot(lost, NOW + 2000).kind).toBe('list')
    owner.revoke({ v: 1, revocations: [revocationOf('token', 'c')] }, NOW + 3000)
    expect(owner.snapshot({ v: 1, known: lost }, NOW + 3000).version).toBeGreaterThan(lost.version)
  })

  it('is a filter where the list would be too long, and a list again when it is not', () => {
    owner = new RevocationOwner(store, Math.random, 10)
    for (let i = 0; i <= 10; i++) revoke(['token', `t${i}`, { untilMs: NOW + 1 + i }])
    expect(snapshot().kind).toBe('filter')
    owner.sweep(NOW + 5 + GRACE_MS, 1000)
    expect(snapshot(undefined, NOW + 5 + GRACE_MS).kind).toBe('list')
  })
})

describe('sweeping', () => {
  it('deletes what is over, so many at a time', () => {
    for (let i = 0; i < 25; i++) revoke(['token', `t${i}`, { untilMs: NOW + 1 }])
    revoke(['token', 'stays'])
    const later = NOW + 1 + GRACE_MS
    expect([owner.sweep(later, 10), owner.sweep(later, 10), owner.sweep(later, 10)]).toEqual([true, true, false])
    expect(owner.list({ v: 1, limit: 100 }, later).map(({ value }) => value)).toEqual(['stays'])
  })
})

describe('listing', () => {
  it('goes page by page through what is in force', () => {
    revoke(['token', 'a'], ['token', 'b'], ['token', 'c'], ['subject', 'd'], ['token', 'over', { untilMs: NOW + 1 }])
    const later = NOW + 1 + GRACE_MS
    const first = owner.list({ v: 1, limit: 3 }, later)
    const last = first.at(-1)
    const rest = owner.list({ v: 1, limit: 3, ...(last !== undefined && { after: last }) }, later)
    expect([...first, ...rest].map(({ kind, value }) => `${kind} ${value}`)).toEqual(['subject d', 'token a', 'token b', 'token c'])
    expect(first[0]).toEqual({ ...revocationOf('subject', 'd'), beforeMs: ALL_ISSUED_MS, untilMs: NOW + DAY_MS + GRACE_MS, atMs: NOW })
  })
})
