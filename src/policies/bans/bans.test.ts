import { beforeEach, describe, expect, it } from 'vitest'
import { deferred, exchange, type Wanted } from '../../../test/exchange.ts'
import type { Decision } from '../../core/decision.ts'
import { Problems } from '../../core/problems.ts'
import type { ListRule } from '../../core/runtime-rule.ts'
import { banOf, LedgerWorld } from '../../ledger/test-ledger.ts'
import { bans } from './bans.ts'

const JA4 = 't13d1516h2_8daaf6152771_e5627efa2ab1'
const CLIENT: Wanted = {
  caller: { kind: 'client', ip: '192.0.2.1' },
  edge: { asn: 64496, country: 'SE', botManagement: { ja4: JA4 } },
  headers: { 'user-agent': 'BadBot/1.0', 'cf-connecting-ip': '192.0.2.1' },
}

let world: LedgerWorld
beforeEach(() => {
  world = new LedgerWorld()
})

async function judge(wanted: Wanted = CLIENT): Promise<Decision> {
  const x = exchange({ ...wanted, ports: { runtime: world.isolate().runtime, clock: { now: () => world.time } } })
  const decision = await bans({}).compile().request?.(x)
  await Promise.all(deferred(x))
  return decision as Decision
}

describe('bans', () => {
  it.each<[ListRule['target'], string]>([
    ['asn', '64496'],
    ['country', 'se'],
    ['ja4', JA4],
    ['user-agent', 'BadBot/*'],
  ])('by %s refuses, and the operator learns by which rule', async (target, value) => {
    const [rule] = world.rule(banOf(target, value))
    expect(await judge()).toEqual({ kind: 'deny', status: 403, reason: `bans.${target}`, detail: { by: target, rule } })
  })

  it('by address refuses, and nothing that is written down can be traced to it', async () => {
    const [rule = ''] = world.rule(banOf('ip', '192.0.2.0/24'))
    const decision = await judge()
    expect(decision).toEqual({ kind: 'deny', status: 403, reason: 'bans.ip', detail: { by: 'ip', rule: `pseudonym-of-${rule.length}` } })
    expect(JSON.stringify(decision)).not.toContain(rule)
  })

  it.each<[string, Wanted, string]>([
    // A client that sends CF-Worker is taken for a Worker elsewhere; its address is still Cloudflare's word.
    ['who looks like a Worker', { ...CLIENT, caller: { kind: 'worker', zone: '' } }, 'bans.ip'],
    ['who is nobody in particular', { ...CLIENT, caller: { kind: 'unknown' } }, 'bans.ip'],
  ])('concern a client %s', async (_what, wanted, reason) => {
    world.rule(banOf('ip', '192.0.2.1'))
    expect(await judge(wanted)).toMatchObject({ reason })
  })

  it.each<[string, Wanted]>([
    ['nothing at all', { caller: { kind: 'unknown' } }],
    ['a country that is none', { edge: { country: null, asn: null, botManagement: { ja4: null } } }],
    ['an address that is none', { caller: { kind: 'unknown' }, headers: { 'cf-connecting-ip': '192.0.2.1, 192.0.2.2' } }],
  ])('match nothing of %s', async (_what, wanted) => {
    world.rule(banOf('ip', '192.0.2.0/24'), banOf('asn', '64496'), banOf('country', 'SE'), banOf('ja4', JA4), banOf('user-agent', 'BadBot*'))
    expect(await judge({ caller: { kind: 'client', ip: '198.51.100.1' }, ...wanted })).toEqual({ kind: 'pass' })
  })

  it('read no header that clients write their address in', async () => {
    world.rule(banOf('ip', '192.0.2.0/24'), { ...banOf('ip', '203.0.113.5'), kind: 'allow' })
    const headers = { ...CLIENT.headers, 'x-forwarded-for': '203.0.113.5', 'true-client-ip': '203.0.113.5', 'x-real-ip': '203.0.113.5' }
    expect(await judge({ ...CLIENT, headers })).toMatchObject({ reason: 'bans.ip' })
  })

  it('fail where nobody can know whether there are any', async () => {
    world.outage = () => Promise.reject(new Error('broken'))
    await expect(judge()).rejects.toThrow('nobody can know')
  })
})

describe('settings', () => {
  it.each<[Parameters<typeof bans>[0], readonly string[]]>([
    [{}, []],
    [{ maxStalenessSeconds: 60, failAfterSeconds: 60, onError: 'pass' }, []],
    [{ maxStalenessSeconds: 0, failAfterSeconds: 1 }, ['here.failAfterSeconds']],
    [{ ips: [] } as never, ['here.ips']],
  ])('%j', (settings, expected) => {
    const problems = new Problems()
    bans(settings).check(['here'], problems)
    expect(problems.all.map(({ path }) => path)).toEqual(expected)
  })
})
