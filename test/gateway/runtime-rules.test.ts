import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { LocationCache } from '../../src/core/ports.ts'
import type { RuntimeRule } from '../../src/core/runtime-rule.ts'
import { bans, defineGateway, killSwitch } from '../../src/index.ts'
import { durableLedger } from '../../src/platform/durable-ledger.ts'
import { underTest } from './under-test.ts'

const NOWHERE: LocationCache = { get: () => Promise.resolve(undefined), put: () => Promise.resolve() }
const MAX_STALENESS_MS = 5000

/** Two isolates of one gateway, each with its copy of the real ledger, and one clock. */
function twoIsolates(policies: Parameters<typeof gatewayOf>[0] = []) {
  const world = { time: Date.now() }
  const clock = { now: () => world.time }
  const gateway = gatewayOf(policies)
  const ledgers = [durableLedger(env.LEDGER, NOWHERE, {}, clock), durableLedger(env.LEDGER, NOWHERE, {}, clock)] as const
  const [one, other] = ledgers.map(({ runtime }) => underTest(gateway, { clock, ports: { runtime } })) as [
    ReturnType<typeof underTest>,
    ReturnType<typeof underTest>,
  ]
  return { world, operator: ledgers[0].runtime, one, other }
}

const gatewayOf = (policies: readonly (ReturnType<typeof bans> | ReturnType<typeof killSwitch>)[]) =>
  defineGateway({
    zones: {
      rules: { hosts: ['rules.example.com'], origin: 'https://origin.example.com', policies, routes: { 'GET /health': { public: 'liveness' } } },
    },
  })

const BASE = { reason: 'a test', by: 'tests', zone: 'rules' }
const HEALTH = 'https://rules.example.com/health'

it.each<[string, (untilMs: number) => RuntimeRule, string]>([
  ['a ban', (untilMs) => ({ kind: 'ban', target: 'ip', value: '192.0.2.0/24', untilMs, ...BASE }), 'bans.ip'],
  ['a kill switch', (untilMs) => ({ kind: 'stop', untilMs, ...BASE }), 'kill-switch.zone'],
])('%s that one isolate adds holds there at once, and in another no later than five seconds after', async (_what, rule, reason) => {
  const { world, operator, one, other } = twoIsolates()
  const reasons = async () => [(await one(HEALTH)).record.reason, (await other(HEALTH)).record.reason]
  expect(await reasons()).toEqual(['origin.answered', 'origin.answered'])
  const [kept] = await operator.add([rule(world.time + 86_400_000)])
  expect(await reasons()).toEqual([reason, 'origin.answered'])
  world.time += MAX_STALENESS_MS + 1
  expect(await reasons()).toEqual([reason, reason])
  await operator.remove([kept?.id ?? ''])
  world.time += MAX_STALENESS_MS + 1
  expect(await reasons()).toEqual(['origin.answered', 'origin.answered'])
})

it('what only reports is told, beside what always holds', async () => {
  const { world, operator, one } = twoIsolates([bans({ mode: 'report' }), killSwitch({ mode: 'report' })])
  const [kept] = await operator.add([{ kind: 'ban', target: 'ip', value: '192.0.2.1', untilMs: world.time + 86_400_000, ...BASE }])
  const { record, trace, received } = await one(HEALTH)
  expect([record.reason, received]).toEqual(['bans.ip', undefined])
  expect(trace.map(({ policy, mode }) => `${policy} ${mode}`)).toEqual(['transport enforce', 'kill-switch enforce', 'bans enforce'])
  await operator.remove([kept?.id ?? ''])
})

it('a request makes no call while what is known is young, and none waits while it is refreshed behind', async () => {
  const { world, one } = twoIsolates()
  expect((await one(HEALTH)).record.objectCalls).toBe(1)
  world.time += MAX_STALENESS_MS / 2
  expect((await one(HEALTH)).record.objectCalls).toBe(0)
  world.time += 1
  const { trace } = await one(HEALTH)
  expect(trace.filter(({ waitedMs }) => waitedMs !== undefined)).toEqual([])
})
