import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { defineGateway } from '../../src/gateway/define.ts'
import { portsOf } from '../../src/platform/ports.ts'
import { counterOf } from '../../src/policies/rate-limit/counter-of.ts'
import { type RateLimitOptions, rateLimit } from '../../src/policies/rate-limit/rate-limit.ts'
import { type Surroundings, underTest } from './under-test.ts'

/** A gateway with one public route and these limits. */
function limitedBy(policies: readonly RateLimitOptions<string>[], surroundings: Surroundings = {}) {
  const gateway = defineGateway({
    zones: {
      api: {
        hosts: ['api.example.com'],
        origin: 'https://origin.example.com',
        policies: policies.map((settings) => rateLimit(settings as RateLimitOptions<never>)),
        routes: { 'GET /x': { public: 'a test' } },
      },
    },
  })
  const run = underTest(gateway, surroundings)
  return (ip = '192.0.2.1') => run('https://api.example.com/x', { ip })
}

describe("the platform's limit as a first shield", () => {
  it('refuses at its own figures, and the object is not asked', async () => {
    const ask = limitedBy([{ name: 'edged', by: 'ip', limit: '1000/day', burst: 1000, edge: 'EDGE', onError: 'deny' }])
    const results = []
    for (let i = 0; i < 5; i++) results.push(await ask('192.0.2.71'))
    expect(results.map(({ record }) => record.reason)).toEqual([...Array(3).fill('origin.answered'), 'rate-limit.edge', 'rate-limit.edge'])
    expect(results.at(-1)?.record.objectCalls).toBe(0)
    expect((await ask('192.0.2.72')).record.reason).toBe('origin.answered')
  })

  it('is needed by name: without it nothing passes', async () => {
    const ask = limitedBy([{ name: 'unbound', by: 'ip', limit: '10/day', burst: 10, edge: 'NOT_BOUND', onError: 'deny' }])
    expect((await ask()).record.reason).toBe('rate-limit.error')
  })
})

describe("an operator's override", () => {
  const settings: RateLimitOptions<string> = { name: 'overridden', by: 'ip', limit: '2/day', burst: 2, onError: 'deny' }

  it('holds at once at the object, is told to callers and in the trace, and ends when told', async () => {
    const ask = limitedBy([settings])
    const { limitOperator } = portsOf(env as unknown as Record<string, unknown>)
    const counter = counterOf(settings, 'api', { ip: '192.0.2.81' })
    if ('missing' in counter) throw new Error(counter.missing.join(', '))
    await limitOperator.override(counter.owner, counter.cell, { limit: 5, burst: 5, untilMs: Date.now() + 3_600_000, reason: 'a launch' })
    const results = []
    for (let i = 0; i < 6; i++) results.push(await ask('192.0.2.81'))
    expect(results.map(({ response }) => response.status)).toEqual([200, 200, 200, 200, 200, 429])
    expect(results[0]?.response.headers.get('ratelimit-policy')).toContain('"overridden";q=5;w=86400')
    const traced = results.map(({ trace }) => trace.find(({ policy }) => policy === 'rate-limit:overridden'))
    expect(traced[0]).toMatchObject({ outcome: 'pass', reason: 'rate-limit.overridden', detail: { limit: 'overridden' } })
    expect(traced[5]).toMatchObject({ outcome: 'deny', reason: 'rate-limit.exceeded', detail: { overridden: true } })
    const others = []
    for (let i = 0; i < 3; i++) others.push(await ask('192.0.2.82'))
    expect(
      others.map(({ response }) => response.status),
      'nobody else has it',
    ).toEqual([200, 200, 429])
    expect(JSON.stringify(others.map(({ trace }) => trace))).not.toMatch(/rate-limit\.overridden|"overridden":true/)
    await limitOperator.override(counter.owner, counter.cell, undefined)
    expect((await ask('192.0.2.81')).response.status, 'five are more than two').toBe(429)
  })

  it('lifts a ban of a key', async () => {
    const banning: RateLimitOptions<string> = { name: 'banning', by: 'ip', limit: '1/day', burst: 1, ban: { after: 1, for: '1hour' }, onError: 'deny' }
    const { limitOperator } = portsOf(env as unknown as Record<string, unknown>)
    const counter = counterOf(banning, 'api', { ip: '192.0.2.83' })
    if ('missing' in counter) throw new Error(counter.missing.join(', '))
    const reasons = async (count: number) => {
      const found = []
      for (let i = 0; i < count; i++) found.push((await limitedBy([banning])('192.0.2.83')).record.reason)
      return found
    }
    expect(await reasons(3)).toEqual(['origin.answered', 'rate-limit.banned', 'rate-limit.banned'])
    await limitOperator.override(counter.owner, counter.cell, { limit: 5, burst: 5, untilMs: Date.now() + 3_600_000, reason: 'a launch' })
    expect(await reasons(1), 'other figures free nobody').toEqual(['rate-limit.banned'])
    await limitOperator.liftBan(counter.owner, counter.cell)
    expect(await reasons(1)).toEqual(['origin.answered'])
  })
})

describe('a limiter out of reach', () => {
  const broken: Surroundings = {
    limiter: {
      take: () => Promise.reject(new Error('overloaded')),
      giveBack() {},
      release() {},
    },
  }

  it('in the shield: each isolate counts its part, and every such decision is recorded', async () => {
    const ask = limitedBy([{ name: 'shield', by: 'ip', limit: '600/min', burst: 60, assumedIsolates: 20 }], broken)
    const results = []
    for (let i = 0; i < 5; i++) results.push(await ask('192.0.2.91'))
    expect(results.map(({ response }) => response.status)).toEqual([200, 200, 200, 503, 503])
    expect(new Set(results.map(({ record }) => record.reported))).toEqual(new Set(['rate-limit:shield:rate-limit.fallback']))
    expect(results[3]?.record.reason).toBe('rate-limit.fallback')
    expect(JSON.parse(results[3]?.body ?? '')).toMatchObject({
      type: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity',
      'violated-policies': ['shield'],
    })
    expect(results[0]?.trace.find(({ policy }) => policy === 'rate-limit:shield')).toMatchObject({
      outcome: 'error',
      detail: 'Error: overloaded',
      instead: { outcome: 'pass' },
    })
  })

  it('elsewhere, or where it is to deny: nothing passes', async () => {
    const ask = limitedBy([{ name: 'closed', by: 'ip', limit: '600/min', onError: 'deny' }], broken)
    expect(await ask('192.0.2.92')).toMatchObject({ record: { reason: 'rate-limit.error', reported: '' } })
  })
})

describe('report mode', () => {
  it('counts in counters of its own: trying a limit spends nothing of the real one', async () => {
    const settings = { by: 'ip', limit: '2/day', burst: 2, onError: 'deny' } as const
    const trying = limitedBy([{ ...settings, name: 'tried', mode: 'report' }])
    const reported = []
    for (let i = 0; i < 4; i++) reported.push((await trying('192.0.2.95')).record.reported)
    expect(reported).toEqual(['', '', 'rate-limit:tried:rate-limit.exceeded', 'rate-limit:tried:rate-limit.exceeded'])
    const enforced = limitedBy([{ ...settings, name: 'tried' }])
    const statuses = []
    for (let i = 0; i < 3; i++) statuses.push((await enforced('192.0.2.95')).response.status)
    expect(statuses).toEqual([200, 200, 429])
  })
})
