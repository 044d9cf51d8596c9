import { beforeEach, describe, expect, it } from 'vitest'
import { exchange } from '../../test/exchange.ts'
import { ruleId } from '../core/rule-id.ts'
import type { RuntimeRule } from '../core/runtime-rule.ts'
import type { IsolateLedger } from './isolate.ts'
import { asked, banOf, credential, isStopped, LedgerWorld, NOW, revocationOf, stopOf } from './test-ledger.ts'

let world: LedgerWorld
let isolate: IsolateLedger
beforeEach(() => {
  world = new LedgerWorld()
  isolate = world.isolate()
})

const stopped = (one: IsolateLedger = isolate, staleness = {}) => isStopped(one, 'GET /a', world.time, staleness)
const outcome = (one: IsolateLedger = isolate, staleness = {}) =>
  stopped(one, staleness).then(
    (is) => (is ? 'stopped' : 'passes'),
    () => 'unavailable',
  )

describe('rules in isolates', () => {
  it('come with the revocations: one question for both', async () => {
    world.rule(stopOf())
    world.revoke(revocationOf('subject', 'ada'))
    expect(await stopped()).toBe(true)
    expect((await asked(isolate, credential(['subject', 'ada']))).objectCalls).toBe(0)
    expect(world.calls).toEqual(['snapshot list'])
  })

  it('hold in the isolate that adds them at once, and everywhere within the staleness', async () => {
    const other = world.isolate()
    expect([await stopped(), await stopped(other)]).toEqual([false, false])
    world.pass(1)
    await isolate.runtime.add([stopOf()])
    expect([await stopped(), await stopped(other)]).toEqual([true, false])
    world.pass(5000)
    expect(await stopped(other)).toBe(true)
  })

  it('end in the isolate that removes them at once, and everywhere within the staleness', async () => {
    const [kept] = await isolate.runtime.add([stopOf()])
    const other = world.isolate()
    expect(await stopped(other)).toBe(true)
    world.pass(1)
    expect(await isolate.runtime.remove([kept?.id ?? ''])).toEqual([kept])
    expect(await stopped()).toBe(false)
    world.pass(5001)
    expect(await stopped(other)).toBe(false)
  })

  it('begin and end by the clock, without a question to anybody', async () => {
    world.rule(stopOf({ fromMs: NOW + 1000, untilMs: NOW + 2000 }))
    const seen = []
    for (let i = 0; i < 3; i++) {
      seen.push(await stopped(isolate, { maxStalenessMs: 60_000 }))
      world.pass(1000)
    }
    expect([seen, world.calls]).toEqual([[false, true, false], ['snapshot list']])
  })

  it('go through the location', async () => {
    world.rule(stopOf())
    await stopped()
    expect(await stopped(world.isolate())).toBe(true)
    expect(world.calls).toHaveLength(1)
  })

  it('are one copy for as long as they do not change, however much is revoked', async () => {
    world.rule(stopOf())
    const x = exchange()
    const before = await isolate.runtime.current({ maxStalenessMs: 5000, failAfterMs: 5000 }, x)
    world.revoke(revocationOf('subject', 'ada'))
    world.pass(5001)
    expect(await isolate.runtime.current({ maxStalenessMs: 5000, failAfterMs: 5000 }, x)).toBe(before)
  })

  it('are asked for each time where nothing older is borne', async () => {
    const staleness = { maxStalenessMs: 0, failAfterMs: 0 }
    expect(await stopped(isolate, staleness)).toBe(false)
    world.rule(stopOf())
    expect(await stopped(isolate, staleness)).toBe(true)
    expect(world.calls).toEqual(['snapshot list', 'snapshot changes'])
    world.outage = () => Promise.reject(new Error('broken'))
    expect([await outcome(isolate, staleness), await outcome(isolate, staleness)]).toEqual(['unavailable', 'unavailable'])
  })

  it('serve during an outage until failAfter; of nothing known nobody can say that nothing is stopped', async () => {
    world.rule(stopOf())
    await stopped()
    world.outage = () => Promise.reject(new Error('broken'))
    world.pass(300_000)
    expect(await outcome()).toBe('stopped')
    world.pass(1)
    expect(await outcome()).toBe('unavailable')
    world.location.clear()
    expect(await outcome(world.isolate())).toBe('unavailable')
  })

  it.each<[string, object]>([
    ['host bits', banOf('ip', '10.0.0.1/8')],
    ['another field', { ...stopOf(), routes: 'GET /a' }],
    ['no end', { ...stopOf(), untilMs: Number.POSITIVE_INFINITY }],
  ])('with %s are refused where they are added, in words that say where', async (_what, rule) => {
    await expect(isolate.runtime.add([rule as RuntimeRule])).rejects.toThrow(RangeError)
    expect(world.calls).toEqual([])
  })
})

describe('a ledger of the former version', () => {
  it('knows no rules, and is asked again for them as soon as it is a newer one', async () => {
    world.rule(stopOf())
    world.isFormer = true
    expect(await stopped()).toBe(false)
    world.isFormer = false
    world.pass(5001)
    expect(await stopped()).toBe(true)
    expect(world.calls).toEqual(['snapshot list', 'snapshot changes'])
  })

  it('leaves nothing in the location that says there were none', async () => {
    world.rule(stopOf())
    world.isFormer = true
    await stopped()
    world.isFormer = false
    expect(await stopped(world.isolate())).toBe(true)
    // And whoever asked the former one learns it from the neighbour, at the same version.
    world.pass(2600)
    await stopped(world.isolate({ near: true }))
    await stopped()
    expect(await stopped()).toBe(true)
  })

  it('takes no rules away of a version that is known', async () => {
    world.rule(stopOf())
    await stopped()
    world.isFormer = true
    world.pass(5001)
    expect(await stopped()).toBe(true)
  })

  it('takes none away by an answer that comes late', async () => {
    world.rule(stopOf())
    const gate = Promise.withResolvers<void>()
    world.isFormer = true
    world.hold = gate.promise
    const behind = stopped()
    await new Promise((resolve) => setTimeout(resolve))
    world.isFormer = false
    world.hold = undefined
    await isolate.runtime.remove(['nothing'])
    expect(await stopped()).toBe(true)
    gate.resolve()
    await behind
    expect(await stopped()).toBe(true)
  })
})

describe('a ledger that was restored from a backup', () => {
  it('is believed at the next question, though its version is an older one', async () => {
    world.rule(stopOf({ zone: 'other' }))
    const backup = world.store.readState()
    world.pass(1)
    const [id = ''] = world.rule(stopOf())
    expect(await stopped()).toBe(true)
    if (backup !== undefined) world.store.writeState(backup)
    world.store.deleteRule(id)
    world.store.writeRulesVersion(backup?.version ?? 0)
    world.location.clear()
    world.pass(5001)
    expect(await stopped()).toBe(false)
  })
})

describe('a ledger that goes back to the former version', () => {
  it('takes no rules away by telling of something else that has changed: it cannot have changed them', async () => {
    world.rule(stopOf())
    await stopped()
    world.isFormer = true
    world.revoke(revocationOf('subject', 'ada'))
    world.pass(5001)
    expect(await stopped()).toBe(true)
    world.isFormer = false
    world.owner.removeRules([ruleId(stopOf())], world.time)
    world.pass(5001)
    expect(await stopped()).toBe(false)
  })

  it('of which another isolate changed the rules meanwhile is believed again about them', async () => {
    await stopped()
    world.rule(stopOf())
    world.isFormer = true
    world.pass(1)
    world.revoke(revocationOf('subject', 'ada'))
    world.pass(5001)
    await stopped()
    world.isFormer = false
    world.pass(5001)
    expect(await stopped()).toBe(true)
  })
})

describe('a Worker of the former version in the same location', () => {
  it('leaves copies without rules, which nobody takes for copies without any', async () => {
    world.rule(stopOf())
    const { epoch, version } = world.owner.snapshot({ v: 1 }, world.time)
    world.location.set('test/head', JSON.stringify({ v: 1, epoch, version, asOfMs: world.time }))
    world.location.set(`test/${epoch}/${version}`, JSON.stringify({ v: 1, entries: [] }))
    expect(await stopped()).toBe(true)
  })

  it('does not write over copies that have rules', async () => {
    world.rule(stopOf())
    await stopped()
    const { epoch, version } = world.owner.snapshot({ v: 1 }, world.time)
    world.location.set(`test/${epoch}/${version}`, JSON.stringify({ v: 1, entries: [] }))
    expect(await stopped(world.isolate())).toBe(true)
    expect(world.calls).toHaveLength(1)
  })

  it.each<[string, unknown]>([
    ['none', undefined],
    ['no list', 7],
    ['what is no rule', [{ id: 'x', kind: 'stop' }]],
    ['a rule with a time that is none', [{ id: 'x', kind: 'stop', untilMs: '9' }]],
  ])('a body whose rules are %s is left alone', async (_what, rules) => {
    world.rule(stopOf())
    await stopped()
    for (const [key, text] of world.location) if (!key.endsWith('head')) world.location.set(key, JSON.stringify({ ...JSON.parse(text), rules }))
    expect(await stopped(world.isolate())).toBe(true)
    expect(world.calls).toHaveLength(2)
  })
})
