import { beforeEach, describe, expect, it } from 'vitest'
import { ruleId } from '../core/rule-id.ts'
import type { KeptRule, OverrideRule, RuntimeRule } from '../core/runtime-rule.ts'
import { RevocationOwner } from './owner.ts'
import { banOf, DAY_MS, MemoryStore, NOW, revocationOf, stopOf } from './test-ledger.ts'

let owner: RevocationOwner
beforeEach(() => {
  owner = new RevocationOwner(new MemoryStore(), Math.random, undefined, 10)
})

const add = (rules: readonly RuntimeRule[], at = NOW) => owner.addRules({ v: 1, rules: [...rules] }, at)
const snapshot = (version?: number, at = NOW) => {
  const { epoch } = owner.snapshot({ v: 1, rules: false }, at)
  return owner.snapshot(version === undefined ? { v: 1, rules: false } : { v: 1, rules: true, known: { epoch, version } }, at)
}
const listed = (at = NOW) => owner.listRules({ v: 1, after: '', limit: 100 }, at).rules

const OVERRIDE: OverrideRule = {
  kind: 'override',
  zone: 'api',
  limit: 'one',
  whose: 'ada',
  owner: 'o',
  cell: 'c',
  figures: { limit: 1 },
  untilMs: NOW + DAY_MS,
  reason: 'a test',
  by: 'tests',
}

describe('the rules of a ledger', () => {
  it('change its one version, and are sent whole to whoever lacks them', () => {
    const { version: before } = snapshot()
    add([banOf('ip', '192.0.2.1')])
    const after = snapshot(before)
    expect(after).toMatchObject({ kind: 'changes', entries: [], rules: [{ kind: 'ban', value: '192.0.2.1' }] })
    expect(after.version).toBeGreaterThan(before)
    expect(snapshot(after.version)).toEqual({ v: 1, epoch: after.epoch, version: after.version, kind: 'same' })
  })

  it('are not sent again because something was revoked, nor a revocation because of them', () => {
    add([banOf('ip', '192.0.2.1')])
    const { version } = snapshot()
    owner.revoke({ v: 1, revocations: [revocationOf('subject', 'ada')] }, NOW + 1)
    expect(snapshot(version, NOW + 1)).toMatchObject({ kind: 'changes', rules: 'same', entries: [[expect.anything(), expect.anything(), expect.anything()]] })
    const { version: later } = snapshot(version, NOW + 1)
    add([stopOf()], NOW + 2)
    expect(snapshot(later, NOW + 2)).toMatchObject({ kind: 'changes', entries: [], rules: [{ kind: 'ban' }, { kind: 'stop' }] })
  })

  it('stand beside a filter too', () => {
    const long = new RevocationOwner(new MemoryStore(), Math.random, 1)
    long.revoke({ v: 1, revocations: [revocationOf('subject', 'a'), revocationOf('subject', 'b')] }, NOW)
    long.addRules({ v: 1, rules: [stopOf()] }, NOW)
    expect(long.snapshot({ v: 1, rules: false }, NOW)).toMatchObject({ kind: 'filter', rules: [{ kind: 'stop' }] })
  })

  it('leave reason, author and overrides at home: nobody judges by them', () => {
    add([banOf('ip', '192.0.2.1', { reason: 'seen at night', by: 'grace@example.com' }), OVERRIDE])
    const { rules } = snapshot()
    expect(rules).toHaveLength(1)
    expect(JSON.stringify(rules)).not.toMatch(/seen at night|grace|override/)
    expect(listed()).toHaveLength(2)
  })

  it('replace what concerns the same', () => {
    const [first] = add([banOf('ip', '192.0.2.1')]).rules
    const [second] = add([banOf('ip', '::ffff:192.0.2.1', { untilMs: NOW + 2 * DAY_MS, reason: 'again' })], NOW + 1).rules
    expect(second).toMatchObject({ id: first?.id, value: '192.0.2.1', untilMs: NOW + 2 * DAY_MS, reason: 'again', atMs: NOW + 1 })
    expect(listed()).toEqual([second])
  })

  it('do not change by being said again, word for word', () => {
    const { rules } = add([banOf('ip', '192.0.2.1')])
    const { version } = snapshot()
    expect(add([banOf('ip', '192.0.2.1')], NOW + 1000).rules).toEqual(rules)
    expect(snapshot(version, NOW + 1000).kind).toBe('same')
  })

  it('have a bound, and one more is refused together with all that came with it', () => {
    add(Array.from({ length: 9 }, (_, i) => banOf('asn', `${i + 1}`)))
    expect(add([banOf('asn', '1', { reason: 'another' }), banOf('asn', '10'), banOf('asn', '11')])).toEqual({ v: 1, rules: [], isFull: true })
    expect(listed()).toHaveLength(9)
    expect(listed().every(({ reason }) => reason === 'a test')).toBe(true)
    expect(add([banOf('asn', '10'), banOf('asn', '10')]).rules).toHaveLength(1)
    // Those that are there may still be changed, and those that are over count no more.
    expect(add([banOf('asn', '1', { reason: 'another' })]).isFull).toBeUndefined()
    expect(add([banOf('asn', '11', { untilMs: NOW + 2 * DAY_MS })], NOW + DAY_MS).isFull).toBeUndefined()
  })

  it('that are over already are refused', () => {
    expect(() => add([stopOf(), stopOf({ zone: 'api', untilMs: NOW })])).toThrow('rules.1.untilMs')
    expect(listed()).toEqual([])
  })

  it('end when they are removed, and are told to who removes them', () => {
    const { rules } = add([banOf('asn', '1'), banOf('asn', '2')])
    const { version } = snapshot()
    const ids = rules.map(({ id }) => id)
    expect(owner.removeRules([ids[0] as string, 'nothing', ids[0] as string], NOW + 1).rules).toEqual([rules[0]])
    expect(snapshot(version, NOW + 1)).toMatchObject({ rules: [{ value: '2' }] })
    const { version: later } = snapshot(version, NOW + 1)
    expect(owner.removeRules(['nothing'], NOW + 2).rules).toEqual([])
    expect(snapshot(later, NOW + 2).kind).toBe('same')
    expect(owner.removeRules(ids, NOW + 2 * DAY_MS).rules, 'what is over is not there').toEqual([])
  })

  it('end by themselves, and are swept', () => {
    add([banOf('asn', '1', { untilMs: NOW + 10 }), banOf('asn', '2')])
    expect(listed(NOW + 10)).toMatchObject([{ value: '2' }])
    expect(snapshot(undefined, NOW + 10).rules).toMatchObject([{ value: '2' }])
    expect([owner.sweep(NOW + 10, 1), owner.sweep(NOW + 10, 1)]).toEqual([true, false])
  })

  it('that begin later are known before', () => {
    add([stopOf({ fromMs: NOW + DAY_MS / 2 })])
    expect([snapshot().rules, listed()]).toMatchObject([[{ fromMs: NOW + DAY_MS / 2 }], [{ fromMs: NOW + DAY_MS / 2 }]])
  })

  it('are listed by kind, a page at a time', () => {
    add([...Array.from({ length: 5 }, (_, i) => banOf('asn', `${i + 1}`)), stopOf(), OVERRIDE])
    const pages: KeptRule[] = []
    for (let after = ''; ; ) {
      const { rules } = owner.listRules({ v: 1, after, limit: 2, kind: 'ban' }, NOW)
      if (rules.length === 0) break
      pages.push(...rules)
      after = rules.at(-1)?.id ?? ''
    }
    expect(pages.map((rule) => 'value' in rule && rule.value).toSorted()).toEqual(['1', '2', '3', '4', '5'])
  })

  it('are sent whole to whoever knows a version that this ledger has not given', () => {
    add([stopOf()])
    const { epoch, version } = snapshot()
    expect(owner.snapshot({ v: 1, rules: true, known: { epoch, version: version + 1 } }, NOW)).toMatchObject({ kind: 'list', rules: [{ kind: 'stop' }] })
    expect(owner.snapshot({ v: 1, rules: true, known: { epoch: 'another', version } }, NOW)).toMatchObject({ kind: 'list', rules: [{ kind: 'stop' }] })
  })
})

describe('many who ask at once', () => {
  it('are given the same copy of one version, read from the rows once', () => {
    let read = 0
    class Counted extends MemoryStore {
      override copiedRules(nowMs: number) {
        read++
        return super.copiedRules(nowMs)
      }
    }
    const ledger = new RevocationOwner(new Counted())
    const ask = (nowMs = NOW) => ledger.snapshot({ v: 1, rules: false }, nowMs).rules
    const change = (...rules: RuntimeRule[]) => ledger.addRules({ v: 1, rules }, NOW)
    const short = stopOf({ zone: 'short', untilMs: NOW + 10 })
    change(stopOf(), short)
    for (let i = 0; i < 100; i++) expect(ask()).toHaveLength(2)
    expect(read).toBe(1)
    change(stopOf({ zone: 'api' }))
    expect([ask(), ask(), read]).toMatchObject([{ length: 3 }, { length: 3 }, 2])
    ledger.removeRules([ruleId(stopOf())], NOW)
    expect(ask(NOW + 20), 'what is over goes with the next change').toHaveLength(1)
    expect(ask(NOW), 'and is in force again by a clock that was set back').toHaveLength(2)
  })
})

describe('a Worker of the former version', () => {
  it('hears of no rules, and of the same version as everybody', () => {
    add([stopOf()])
    const first = owner.snapshot({ v: 1 }, NOW)
    expect(first).not.toHaveProperty('rules')
    const known = { epoch: first.epoch, version: first.version }
    expect(owner.snapshot({ v: 1, known }, NOW)).toEqual({ v: 1, ...known, kind: 'same' })
    add([stopOf({ zone: 'api' })], NOW + 1)
    const second = owner.snapshot({ v: 1, known }, NOW + 1)
    expect(second).toMatchObject({ kind: 'changes', entries: [] })
    expect(second).not.toHaveProperty('rules')
  })
})
