import type { LimitRequest } from '../src/core/limit.ts'
import type { Background, Limiter } from '../src/core/ports.ts'
import { shardOf } from '../src/lib/shard.ts'
import { IsolateLimiter, type Owner } from '../src/limiter/isolate.ts'
import type { TakeMessage, TakeReply } from '../src/limiter/message.ts'
import { durableLimiter } from '../src/platform/durable-limiter.ts'
import type { RateLimiter } from '../src/platform/rate-limiter.ts'
import { KEYS_AT_ONCE } from './scenario.ts'

export { RateLimiter } from '../src/platform/rate-limiter.ts'

interface Env {
  /** Absent where the isolate alone is weighed: objects live elsewhere. */
  readonly RATE_LIMITER?: DurableObjectNamespace<RateLimiter>
}

let limiter: Limiter | undefined

/** Asks the limiter of production once for each of many addresses that nobody had before: the request's path says from which number on, and how many. */
export default {
  async fetch({ url }: Request, { RATE_LIMITER }: Env, background: Background): Promise<Response> {
    limiter ??= RATE_LIMITER === undefined ? alone() : durableLimiter(RATE_LIMITER)
    const [from = 0, count = 0] = url
      .slice(url.indexOf('/', 8) + 1)
      .split('/')
      .map(Number)
    for (let first = from; first < from + count; first += KEYS_AT_ONCE) {
      const asked = Array.from({ length: Math.min(KEYS_AT_ONCE, from + count - first) }, (_, i) =>
        limiter?.take(requestOf(first + i), { meter: { objectCalls: 0 }, background }),
      )
      for (const verdicts of await Promise.all(asked)) if (verdicts?.[0]?.admitted !== true) throw new Error('the first request of a key was refused')
    }
    return new Response()
  },
}

/** An isolate's limiter whose objects answer from nowhere, as they answer a key that they have not seen. */
function alone(): Limiter {
  const owner: Owner = {
    take: async ({ v, cells, want }: TakeMessage): Promise<TakeReply> => ({
      v,
      verdicts: cells.map(() => ({ admitted: true, remaining: 59, retryAfterMs: 0, resetMs: 1000, chargedMs: Date.now() })),
      ...(want !== undefined && { granted: want }),
    }),
    giveBack: async () => {},
    release: async () => {},
  }
  return new IsolateLimiter({
    clock: { now: () => Date.now() },
    timer(ms, run) {
      const id = setTimeout(run, ms)
      return () => clearTimeout(id)
    },
    random: Math.random,
    name: () => 'bench',
    owner: () => owner,
  })
}

/** What the policy asks for an address: the same names, the same figures as a limit of 60 a minute. */
function requestOf(n: number): LimitRequest {
  const ip = `10.${n >>> 16}.${(n >>> 8) & 255}.${n & 255}`
  const id = `3:api6:per-ipc2:ip${ip.length}:${ip}`
  return { owner: `api|shard|${shardOf(id)}`, cells: [{ id, tokens: 60, periodMs: 60_000, burst: 60 }], cost: 1 }
}
