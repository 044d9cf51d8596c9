import { describe, expect, it } from 'vitest'
import type { Wanted } from '../../../test/exchange.ts'
import { claim, eq } from '../../core/condition.ts'
import type { Principal } from '../../core/principal.ts'
import { rateLimit } from './rate-limit.ts'
import { limited, MemoryLimiter, PARTITION, reasonOf, type Settings, START, someone } from './test-limit.ts'

const SECOND = 1000
const HOUR = 3_600_000
const DAY = 24 * HOUR

function fields(sent: { fields(): Record<string, string> }): readonly string[] {
  const { ratelimit = '', 'ratelimit-policy': policy = '' } = sent.fields()
  return [ratelimit, policy].map((text) => text.replace(`;${PARTITION}`, '').replace(/^"n"/, ''))
}

/** Sends requests at these times after the start. @returns P or D for each. */
function sendAt(settings: Settings, times: readonly number[], wanted: Wanted = {}): string {
  const limiter = new MemoryLimiter()
  const send = limited(settings, limiter)
  return times
    .map((ms) => {
      limiter.now = START + ms
      return reasonOf(send(wanted).decision) === 'pass' ? 'P' : 'D'
    })
    .join('')
}

describe('rate-limit: algorithms', () => {
  it.each<[string, Partial<Settings>, readonly number[], string]>([
    ['a token bucket: a burst, then one by one', { limit: '60/min', burst: 2 }, [0, 0, 0, 999, SECOND, SECOND, 2 * SECOND], 'PPDDPDP'],
    [
      'a sliding window: never more than the limit in any window',
      { algorithm: 'sliding-window', limit: '2/min' },
      [30_000, 59_000, 61_000, 89_999, 92_000, 92_000, 120_000],
      'PPDDPDP',
    ],
    [
      'a fixed window: anew with the calendar',
      { algorithm: 'fixed-window', limit: '2/hour', timeZone: 'UTC' },
      [HOUR - 1, HOUR - 1, HOUR - 1, HOUR, HOUR, HOUR],
      'PPDPPD',
    ],
    [
      'a day begins where its people are',
      { algorithm: 'fixed-window', limit: '1/day', timeZone: 'Europe/Berlin' },
      [23 * HOUR - 1, 23 * HOUR - 1, 23 * HOUR, DAY],
      'PDPD',
    ],
    ['a month has its own length', { algorithm: 'fixed-window', limit: '1/month', timeZone: 'UTC' }, [0, 31 * DAY - 1, 31 * DAY, 58 * DAY, 59 * DAY], 'PDPDP'],
  ])('%s', (_, settings, times, expected) => {
    expect(sendAt({ name: 'n', by: 'ip', limit: '1/s', ...settings }, times)).toBe(expected)
  })

  it('concurrency: as many as are under way, until they end or have lived too long', () => {
    const limiter = new MemoryLimiter()
    const send = limited({ name: 'n', by: 'ip', limit: 2, algorithm: 'concurrency', maxSeconds: 30 }, limiter)
    const [first, second, third] = [send(), send(), send()]
    expect([first, second, third].map(({ decision }) => reasonOf(decision))).toEqual(['pass', 'pass', '429 rate-limit.exceeded'])
    expect(third.decision).toMatchObject({ headers: { 'retry-after': '30' } })
    expect(new Set(limiter.asked.map(({ slot }) => slot)).size).toBe(3)
    third.end()
    expect(limiter.released, 'who got none ends none').toEqual([])
    first.end()
    first.end()
    expect(limiter.released).toEqual([limiter.asked[0]?.slot])
    expect(reasonOf(send().decision)).toBe('pass')
    expect(reasonOf(send().decision)).toBe('429 rate-limit.exceeded')
    limiter.now += 30 * SECOND
    expect([send(), send(), send()].map(({ decision }) => reasonOf(decision))).toEqual(['pass', 'pass', '429 rate-limit.exceeded'])
  })

  it('a slot whose answer never came is released all the same: it may have been taken', async () => {
    const released: (string | undefined)[] = []
    const limiter = { take: () => Promise.reject(new Error('lost')), release: ({ slot }: { readonly slot?: string }) => void released.push(slot) }
    const sent = limited({ name: 'n', by: 'ip', limit: 2, algorithm: 'concurrency', maxSeconds: 30 }, limiter)()
    await expect(sent.decision).rejects.toThrow('lost')
    sent.end()
    expect(released).toEqual([expect.any(String)])
  })

  it.each<[string, Partial<Settings>, string, string]>([
    ['a token bucket', { limit: '60/min', burst: 10 }, ';r=9;t=9', ';q=10;w=10'],
    ['a sliding window', { algorithm: 'sliding-window', limit: '100/min' }, ';r=99;t=61', ';q=100;w=60'],
    ['a day', { algorithm: 'fixed-window', limit: '1000/day', timeZone: 'UTC' }, ';r=999;t=86400', ';q=1000;w=86400'],
    ['a month', { algorithm: 'fixed-window', limit: '1000/month', timeZone: 'UTC' }, ';r=999;t=2678400', ';q=1000;w=2678400'],
    ['concurrency', { algorithm: 'concurrency', limit: 20, maxSeconds: 60 }, ';r=19', ';q=20;qu="concurrent-requests"'],
  ])('%s is told in the words of the draft', (_, settings, ratelimit, policy) => {
    expect(fields(limited({ name: 'n', by: 'ip', limit: '1/s', ...settings }, new MemoryLimiter())())).toEqual([ratelimit, policy])
  })

  it('a change of the algorithm begins a new counter: rows of one say nothing to another', () => {
    const limiter = new MemoryLimiter()
    for (const settings of [{}, { algorithm: 'sliding-window' }, { algorithm: 'fixed-window', timeZone: 'UTC' }] as const) {
      limited({ name: 'n', by: 'ip', limit: '1/day', ...settings }, limiter)()
    }
    expect(new Set(limiter.asked.flatMap(({ cells }) => cells.map(({ id }) => id))).size).toBe(3)
  })

  it('a change of the figures keeps the counter', () => {
    const limiter = new MemoryLimiter()
    const send = (limit: `${number}/day`) => reasonOf(limited({ name: 'n', by: 'ip', limit, algorithm: 'fixed-window', timeZone: 'UTC' }, limiter)().decision)
    expect([send('2/day'), send('2/day'), send('2/day'), send('3/day'), send('3/day'), send('1/day')]).toEqual([
      'pass',
      'pass',
      '429 rate-limit.exceeded',
      'pass',
      '429 rate-limit.exceeded',
      '429 rate-limit.exceeded',
    ])
  })
})

describe('rate-limit: plans', () => {
  const limits = { free: { limit: '1/day', burst: 1 }, pro: { limit: '3/day', burst: 3 } }
  const settings = (by: NonNullable<Settings['plans']>['by']): Settings => ({ name: 'n', by: 'principal', limit: '2/day', burst: 2, plans: { by, limits } })
  it.each<[string, NonNullable<Settings['plans']>['by'], Partial<Principal>, number]>([
    ['a level', 'level', { level: 'pro' }, 3],
    ['another level', 'level', { level: 'free' }, 1],
    ['a level that is no plan', 'level', { level: 'constructor' }, 2],
    ['no level', 'level', {}, 2],
    ['a role', 'role', { roles: new Set(['x', 'pro']) }, 3],
    ['several roles: the one listed first', 'role', { roles: new Set(['pro', 'free']) }, 1],
    ['a claim', { claim: 'plan' }, { claims: { plan: 'pro' } }, 3],
    ['a claim of another type', { claim: 'plan' }, { claims: { plan: ['pro'] } }, 2],
  ])('%s has its figures', (_, by, who, admitted) => {
    expect(sendAt(settings(by), [0, 0, 0, 0], someone(who))).toBe('P'.repeat(admitted) + 'D'.repeat(4 - admitted))
  })

  it('a caller that goes from plan to plan has each of them once, and none anew', () => {
    const limiter = new MemoryLimiter()
    const send = limited(settings('level'), limiter)
    const levels = ['pro', 'free', 'none', 'pro', 'free', 'none', 'pro', 'free', 'none', 'pro', 'free', 'none']
    const passed = levels.filter((level) => reasonOf(send(someone({ level })).decision) === 'pass')
    expect(passed.toSorted()).toEqual(['free', 'none', 'none', 'pro', 'pro', 'pro'])
  })

  it('runs once the caller is known', () => {
    expect(rateLimit(settings('level')).stage).toBe('limit')
  })
})

describe('rate-limit: exemptions', () => {
  const settings: Settings = { name: 'n', by: 'principal', limit: '1/day', exempt: [{ when: eq(claim('sub'), claim('monitor')), reason: 'our own probe' }] }

  it('are not counted, and the trace says why', () => {
    const limiter = new MemoryLimiter()
    const send = limited(settings, limiter)
    const decisions = Array.from({ length: 3 }, () => send(someone({ claims: { sub: 'a', monitor: 'a' } })))
    expect(decisions.map(({ decision }) => reasonOf(decision))).toEqual(Array(3).fill('pass rate-limit.exempt'))
    expect(decisions[0]?.decision).toMatchObject({ detail: { limit: 'n', because: 'our own probe' } })
    expect(decisions[0]?.fields()).toEqual({})
    expect(limiter.asked).toEqual([])
  })

  it.each([{}, { sub: 'a' }, { sub: 'a', monitor: 'b' }])('what is not known to hold exempts nobody: %o', (claims) => {
    const limiter = new MemoryLimiter()
    expect(reasonOf(limited(settings, limiter)(someone({ claims })).decision)).toBe('pass')
    expect(limiter.asked).toHaveLength(1)
  })

  it('by an identity are judged once it is known', () => {
    expect(rateLimit({ ...settings, by: 'ip' }).stage).toBe('limit')
  })
})
