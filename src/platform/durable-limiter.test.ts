import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { exchange } from '../../test/exchange.ts'
import type { Cell, LimitRequest } from '../core/limit.ts'
import { LimiterTimeout, LimiterUnavailable } from '../limiter/outages.ts'
import { durableLimiter } from './durable-limiter.ts'
import type { RateLimiter } from './rate-limiter.ts'

const cell: Cell = { id: 'a', tokens: 1, periodMs: 86_400_000, burst: 8 }
const request = (owner: string, ...cells: Cell[]): LimitRequest => ({ owner, cells, cost: 1 })

/** Records how objects are asked for; the objects themselves are real. */
function watched(): { readonly asked: string[]; readonly namespace: DurableObjectNamespace<RateLimiter> } {
  const asked: string[] = []
  const of = (jurisdiction: string): DurableObjectNamespace<RateLimiter> =>
    new Proxy(env.RATE_LIMITER, {
      get(target, property) {
        // Local runs have no jurisdictions.
        if (property === 'jurisdiction') return (name: string) => of(name)
        if (property !== 'getByName') throw new Error(`unexpected ${String(property)}`)
        return (name: string, options?: DurableObjectNamespaceGetDurableObjectOptions) => {
          asked.push(`${jurisdiction} ${name} ${options?.locationHint ?? '-'}`)
          return target.getByName(name)
        }
      },
    })
  return { asked, namespace: of('-') }
}

describe('durableLimiter', () => {
  it('asks the owner once for all cells, counts the call and passes the verdicts on', async () => {
    const limiter = durableLimiter(env.RATE_LIMITER)
    const x = exchange()
    const verdicts = limiter.take(request('test|limiter|one call', cell, { ...cell, id: 'b', burst: 2 }), x)
    expect(verdicts).toBeInstanceOf(Promise)
    expect(await verdicts).toMatchObject([
      { admitted: true, remaining: 7, retryAfterMs: 0, resetMs: 86_400_000 },
      { admitted: true, remaining: 1, retryAfterMs: 0, resetMs: 86_400_000 },
    ])
    expect(x.meter.objectCalls).toBe(1)
  })

  it('admits exactly the burst to 64 requests at once', async () => {
    const limiter = durableLimiter(env.RATE_LIMITER)
    const x = exchange()
    const taken = await Promise.all(Array.from({ length: 64 }, async () => limiter.take(request('test|limiter|64', cell), x)))
    expect(taken.filter(([verdict]) => verdict?.admitted)).toHaveLength(8)
    expect(x.meter.objectCalls).toBe(64)
  })

  it('owners share nothing', async () => {
    const limiter = durableLimiter(env.RATE_LIMITER)
    const only = { ...cell, burst: 1 }
    for (const owner of ['test|limiter|p', 'test|limiter|q']) expect((await limiter.take(request(owner, only), exchange()))[0]?.admitted).toBe(true)
    expect((await limiter.take(request('test|limiter|p', only), exchange()))[0]?.admitted).toBe(false)
  })

  it.each([
    ['no settings', {}, '- test|limiter|home -'],
    ['a home', { home: 'weur' }, '- test|limiter|home weur'],
    ['a jurisdiction', { jurisdiction: 'eu' }, 'eu test|limiter|home -'],
    ['both', { home: 'weur', jurisdiction: 'eu' }, 'eu test|limiter|home weur'],
  ] as const)('every object is asked for with %s', async (_, state, asked) => {
    const watch = watched()
    const limiter = durableLimiter(watch.namespace, state)
    const roomy = { ...cell, burst: 100 }
    await limiter.take(request('test|limiter|home', roomy), exchange())
    await limiter.take(request('test|limiter|home', roomy), exchange())
    expect(watch.asked).toEqual([asked, asked])
  })

  it('throws what the object throws, counts the call, and asks with a new stub next time', async () => {
    const watch = watched()
    const limiter = durableLimiter(watch.namespace)
    const x = exchange()
    await expect(limiter.take(request('test|limiter|bad', { ...cell, burst: 0 }), x)).rejects.toThrow('must be whole numbers')
    expect((await limiter.take(request('test|limiter|bad', cell), x))[0]?.admitted).toBe(true)
    expect(watch.asked).toHaveLength(2)
    expect(x.meter.objectCalls).toBe(2)
  })

  it('throws when the object breaks off', async () => {
    const stub = env.RATE_LIMITER.getByName('test|limiter|broken')
    await runInDurableObject(stub, (object: RateLimiter) => {
      object.clock = {
        now: () => {
          throw new Error('broken')
        },
      }
    })
    await expect(durableLimiter(env.RATE_LIMITER).take(request('test|limiter|broken', cell), exchange())).rejects.toThrow('broken')
  })

  it('throws when the object takes longer than the request may wait, and at once when it has just done so', async () => {
    const namespace = new Proxy(env.RATE_LIMITER, { get: () => () => ({ take: () => new Promise(() => {}) }) })
    const limiter = durableLimiter(namespace)
    const asked = { ...request('test|limiter|slow', cell), budgetMs: 1 }
    await expect(limiter.take(asked, exchange())).rejects.toThrow(LimiterTimeout)
    expect(() => limiter.take(asked, exchange())).toThrow(LimiterUnavailable)
  })

  it('asks no object that says that it is overloaded', async () => {
    const overloaded = Object.assign(new Error('Durable Object is overloaded.'), { overloaded: true })
    const namespace = new Proxy(env.RATE_LIMITER, { get: () => () => ({ take: () => Promise.reject(overloaded) }) })
    const limiter = durableLimiter(namespace)
    const asked = request('test|limiter|overloaded', cell)
    await expect(limiter.take(asked, exchange())).rejects.toBe(overloaded)
    expect(() => limiter.take(asked, exchange())).toThrow(LimiterUnavailable)
  })

  it('throws on an answer that is none', async () => {
    const namespace = new Proxy(env.RATE_LIMITER, { get: () => () => ({ take: () => Promise.resolve({ v: 3, verdicts: [] }) }) })
    await expect(durableLimiter(namespace).take(request('test|limiter|other', cell), exchange())).rejects.toThrow('a reply of version 3 is not understood here')
  })
})
