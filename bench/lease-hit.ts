import type { LimitRequest } from '../src/core/limit.ts'
import type { Background, Clock } from '../src/core/ports.ts'
import { durableLimiter } from '../src/platform/durable-limiter.ts'
import type { RateLimiter } from '../src/platform/rate-limiter.ts'
import { LEASED_KEYS, LIMIT_PER_MINUTE } from './scenario.ts'

export { RateLimiter } from '../src/platform/rate-limiter.ts'

interface Env {
  readonly RATE_LIMITER: DurableObjectNamespace<RateLimiter>
}

let limiter: ReturnType<typeof durableLimiter> | undefined

/** Takes one token after another, of many keys in turn, as often as the request's path says. Says how many of them had to ask an object. */
export default {
  async fetch({ url }: Request, { RATE_LIMITER }: Env, background: Background): Promise<Response> {
    limiter ??= durableLimiter(RATE_LIMITER, {}, standing(Date.now()))
    const count = Number(url.slice(url.indexOf('/', 8) + 1))
    const caller = { meter: { objectCalls: 0 }, background }
    let misses = 0
    for (let i = 0; i < count; i++) {
      const verdicts = limiter.take(requestOf(i % LEASED_KEYS), caller)
      if (verdicts instanceof Promise) {
        misses++
        await verdicts
      }
    }
    return Response.json({ misses, objectCalls: caller.meter.objectCalls })
  },
}

/** A clock that stands still, so that no lease expires for being measured slowly. */
function standing(atMs: number): Clock {
  return { now: () => atMs }
}

function requestOf(n: number): LimitRequest {
  const ip = `198.51.${n >>> 8}.${n & 255}`
  const id = `3:api6:per-ipc2:ip${ip.length}:${ip}`
  return { owner: 'api|shard|7', cells: [{ id, tokens: LIMIT_PER_MINUTE, periodMs: 60_000, burst: LIMIT_PER_MINUTE / 10 }], cost: 1 }
}
