import { beforeEach, describe, expect, it } from 'vitest'
import { deferred, exchange, type Wanted } from '../../../test/exchange.ts'
import type { Decision } from '../../core/decision.ts'
import { Problems } from '../../core/problems.ts'
import type { StopRule } from '../../core/runtime-rule.ts'
import { DAY_MS, LedgerWorld, NOW, stopOf } from '../../ledger/test-ledger.ts'
import { killSwitch } from './kill-switch.ts'

let world: LedgerWorld
beforeEach(() => {
  world = new LedgerWorld()
})

async function judge(wanted: Wanted = {}, settings: Parameters<typeof killSwitch>[0] = {}, isolate = world.isolate()): Promise<Decision> {
  const x = exchange({ ...wanted, ports: { runtime: isolate.runtime, clock: { now: () => world.time } } })
  const decision = await killSwitch(settings).compile().request?.(x)
  await Promise.all(deferred(x))
  return decision as Decision
}

describe('kill-switch', () => {
  it.each<[string, Partial<StopRule>, string, string]>([
    ['of the gateway', {}, 'kill-switch.gateway', '3600'],
    ['of the zone', { zone: 'api' }, 'kill-switch.zone', '3600'],
    ['of the route', { zone: 'api', route: 'GET /' }, 'kill-switch.route', '3600'],
    ['that ends before an hour has passed', { untilMs: NOW + 61_001 }, 'kill-switch.gateway', '62'],
    ['that says when to come again', { retryAfterSeconds: 7200 }, 'kill-switch.gateway', '7200'],
    ['that was planned', { zone: 'api', fromMs: NOW }, 'kill-switch.maintenance', '3600'],
  ])('%s answers 503, and says when to come again', async (_what, more, reason, retryAfter) => {
    const [rule] = world.rule(stopOf(more))
    const untilMs = more.untilMs ?? NOW + DAY_MS
    expect(await judge()).toEqual({ kind: 'deny', status: 503, reason, detail: { rule, untilMs }, headers: { 'retry-after': retryAfter } })
  })

  it.each<[string, Partial<StopRule>, Wanted]>([
    ['of another zone', { zone: 'web' }, {}],
    ['of another route', { zone: 'api', route: 'POST /' }, {}],
    ['that is yet to begin', { fromMs: NOW + 1 }, {}],
  ])('%s lets pass', async (_what, more, wanted) => {
    world.rule(stopOf(more))
    expect(await judge(wanted)).toEqual({ kind: 'pass' })
  })

  it('knows nothing of no ledger, and throws', async () => {
    world.outage = () => Promise.reject(new Error('broken'))
    await expect(judge()).rejects.toThrow('nobody can know')
  })

  it('is over when its time is, whatever is known', async () => {
    const isolate = world.isolate()
    world.rule(stopOf({ untilMs: NOW + 1000 }))
    expect((await judge({}, {}, isolate)).kind).toBe('deny')
    world.pass(1000)
    expect((await judge({}, {}, isolate)).kind).toBe('pass')
  })

  it('answers at once where what is known is young enough', async () => {
    const isolate = world.isolate()
    await judge({}, {}, isolate)
    const x = exchange({ ports: { runtime: isolate.runtime } })
    expect(killSwitch({}).compile().request?.(x)).toEqual({ kind: 'pass' })
    expect(x.meter.objectCalls).toBe(0)
  })
})

describe('settings', () => {
  const problemsOf = (settings: Parameters<typeof killSwitch>[0]) => {
    const problems = new Problems()
    killSwitch(settings).check(['here'], problems)
    return problems.all.map(({ path }) => path)
  }

  it.each<[Parameters<typeof killSwitch>[0], readonly string[]]>([
    [{}, []],
    [{ maxStalenessSeconds: 0 }, []],
    [{ onError: 'pass' }, []],
    [{ maxStalenessSeconds: 10, failAfterSeconds: 9 }, ['here.failAfterSeconds']],
    [{ maxStalenessSeconds: 0.5 }, ['here.maxStalenessSeconds']],
    [{ retryAfter: 5 } as never, ['here.retryAfter']],
  ])('%j', (settings, expected) => expect(problemsOf(settings)).toEqual(expected))

  it('needs the ledger', () => expect(killSwitch({}).bindings).toEqual(['LEDGER']))
})
