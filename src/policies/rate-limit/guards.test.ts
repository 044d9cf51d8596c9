import { describe, expect, it } from 'vitest'
import type { EdgeLimiter } from '../../core/ports.ts'
import { rateLimit } from './rate-limit.ts'
import { exchangeOf, limited, MemoryLimiter, PARTITION, reasonOf, type Settings, START } from './test-limit.ts'

const MINUTE = 60_000
const OUT_OF_REACH = { take: () => Promise.reject(new Error('out of reach')) }

describe('rate-limit: bans', () => {
  const settings: Settings = { name: 'n', by: 'ip', limit: '60/min', burst: 1, ban: { after: 2, within: '1hour', for: '10min', max: '30min' } }

  it('shut out a key that goes on, for longer each time, and say so', () => {
    const limiter = new MemoryLimiter()
    const send = limited(settings, limiter)
    /** Tries again and again. @returns for how many minutes it is then shut out. */
    const exhaust = (): number => {
      for (let tries = 0; tries < 100; tries++) {
        const { decision } = send()
        if (reasonOf(decision) === '429 rate-limit.banned') {
          const { retryAfterMs } = (decision as { readonly detail: { readonly retryAfterMs: number } }).detail
          return Math.round(retryAfterMs / MINUTE)
        }
        if (reasonOf(decision) !== 'pass') limiter.now += 1000
      }
      return 0
    }
    expect(exhaust()).toBe(10)
    const banned = send()
    expect(banned.decision).toMatchObject({
      status: 429,
      problem: { type: 'https://iana.org/assignments/http-problem-types#abnormal-usage-detected', violatedPolicies: ['n'] },
    })
    expect(banned.fields()['ratelimit-policy']).toBe(`"n";q=1;w=1;${PARTITION}`)
    limiter.now += 10 * MINUTE - 2000
    expect(reasonOf(send().decision)).toBe('429 rate-limit.banned')
    limiter.now += 2000
    expect(exhaust()).toBe(20)
    limiter.now += 20 * MINUTE
    expect(exhaust()).toBe(30)
  })

  it('are for who is refused again and again, not for who is refused once', () => {
    const limiter = new MemoryLimiter()
    const send = limited(settings, limiter)
    send()
    for (let i = 0; i < 500; i++) expect(reasonOf(send().decision)).toBe('429 rate-limit.exceeded')
  })
})

describe("rate-limit: the platform's own limit first", () => {
  const settings: Settings = { name: 'n', by: 'ip', limit: '60/min', burst: 60, edge: 'EDGE' }
  const edge = (limit: EdgeLimiter['limit']) => ({ edgeLimiter: (name: string) => (name === 'EDGE' ? { limit } : undefined) })

  it('a refusal of it spares the exact counter', async () => {
    const limiter = new MemoryLimiter()
    const keys: string[] = []
    const sent = limited(
      settings,
      limiter,
      edge(({ key }) => {
        keys.push(key)
        return Promise.resolve({ success: false })
      }),
    )()
    expect(reasonOf(await sent.decision)).toBe('429 rate-limit.edge')
    expect(limiter.asked).toEqual([])
    expect(sent.fields()).toEqual({})
    expect(keys, 'a pseudonym, no address').toEqual(['AAAAAAAAAAAAAAAAAAAAAA'])
  })

  it('what it lets pass is counted exactly', async () => {
    const limiter = new MemoryLimiter()
    const sent = limited(
      settings,
      limiter,
      edge(() => Promise.resolve({ success: true })),
    )()
    expect(reasonOf(await sent.decision)).toBe('pass')
    expect(limiter.asked).toHaveLength(1)
  })

  it.each<[string, EdgeLimiter['limit'], string]>([
    ['one that fails', () => Promise.reject(new Error('edge down')), 'edge down'],
    ['one that does not say', async () => ({}) as { success: boolean }, ''],
  ])('%s admits nobody', async (_, limit, message) => {
    const limiter = new MemoryLimiter()
    const decision = limited(settings, limiter, edge(limit))().decision as Promise<never>
    if (message === '') expect(reasonOf(await decision)).toBe('429 rate-limit.edge')
    else await expect(decision).rejects.toThrow(message)
    expect(limiter.asked).toEqual([])
  })

  it('is needed by name, and its absence is a failure', async () => {
    expect(rateLimit({ ...settings, onError: 'deny' }).bindings).toEqual(['RATE_LIMITER', 'EDGE'])
    await expect(limited(settings, new MemoryLimiter())().decision).rejects.toThrow('no ratelimits binding EDGE')
  })
})

describe('rate-limit: while its counter is out of reach', () => {
  const settings: Settings = { name: 'n', by: 'ip', limit: '6000/min', burst: 60, onError: 'local', assumedIsolates: 20 }

  it('is local in the shield, and denies where it needs an identity, unless it says otherwise', () => {
    expect(rateLimit({ name: 'n', by: 'ip', limit: '1/s', assumedIsolates: 2 }).onError).toBe('local')
    expect(rateLimit({ name: 'n', by: 'principal', limit: '1/s' }).onError).toBe('deny')
    expect(rateLimit({ name: 'n', by: ['ip', { body: '/user' }], limit: '1/s' }).onError).toBe('deny')
    expect(rateLimit({ name: 'n', by: 'principal', limit: '1/s', onError: 'local', assumedIsolates: 2 }).onError).toBe('local')
  })

  it('admits its part of the figures, and says that it has less to give', () => {
    const handlers = rateLimit(settings).compile()
    const send = () => {
      const x = exchangeOf(OUT_OF_REACH)
      return { x, decision: handlers.local?.(x) }
    }
    const sent = Array.from({ length: 5 }, send)
    expect(sent.map(({ decision }) => reasonOf(decision))).toEqual(['pass', 'pass', 'pass', '503 rate-limit.fallback', '503 rate-limit.fallback'])
    const last = sent.at(-1)
    expect(last?.decision).toMatchObject({
      problem: { type: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity', violatedPolicies: ['n'] },
      headers: { 'retry-after': '1' },
      detail: { limit: 'n', retryAfterMs: 200 },
    })
  })

  it('gives back locally what was counted locally', () => {
    const handlers = rateLimit({ ...settings, burst: 20, outcome: { statuses: [401] } }).compile()
    for (let i = 0; i < 5; i++) {
      const x = exchangeOf(OUT_OF_REACH)
      expect(reasonOf(handlers.local?.(x))).toBe('pass')
      void handlers.settle?.({ status: 200, reason: 'origin.answered', reachedOrigin: true, origin: { status: 200, headers: new Headers() } }, x)
    }
  })

  it('ends local slots locally', () => {
    const handlers = rateLimit({ ...defined(settings), limit: 20, algorithm: 'concurrency', maxSeconds: 60 }).compile()
    for (let i = 0; i < 5; i++) {
      const x = exchangeOf(OUT_OF_REACH)
      expect(reasonOf(handlers.local?.(x))).toBe('pass')
      expect(reasonOf(handlers.local?.(exchangeOf(OUT_OF_REACH)))).toBe('503 rate-limit.fallback')
      handlers.ended?.(x)
    }
  })

  it('a slot whose answer was lost is released where it may have been taken', async () => {
    const released: unknown[] = []
    const handlers = rateLimit({ ...defined(settings), limit: 20, algorithm: 'concurrency', maxSeconds: 60 }).compile()
    const x = exchangeOf({ ...OUT_OF_REACH, release: ({ slot }) => void released.push(slot) })
    await expect(handlers.request?.(x)).rejects.toThrow('out of reach')
    expect(reasonOf(handlers.local?.(x))).toBe('pass')
    expect(released).toEqual([expect.any(String)])
  })

  it('a caller that is exempt stays so', () => {
    const exempt = [{ when: { op: 'eq', left: { from: 'country' }, right: { from: 'value', value: 'SE' } }, reason: 'a test' }] as const
    const handlers = rateLimit({ ...settings, exempt }).compile()
    for (let i = 0; i < 9; i++) expect(reasonOf(handlers.local?.(exchangeOf(OUT_OF_REACH, { edge: { country: 'SE' } })))).toBe('pass rate-limit.exempt')
  })

  it('waits no longer than its budget says', () => {
    const limiter = new MemoryLimiter()
    limited({ name: 'n', by: 'ip', limit: '1/s', budgetMs: 50 }, limiter)()
    limited({ name: 'm', by: 'ip', limit: '1/s' }, limiter)()
    expect(limiter.asked.map(({ budgetMs }) => budgetMs)).toEqual([50, 1000])
    expect(START).toBe(limiter.now)
  })
})

function defined({ burst: _, ...settings }: Settings): Settings {
  return settings
}
