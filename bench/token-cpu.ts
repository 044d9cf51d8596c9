import { MAX_CACHED_TOKENS } from '../src/policies/jwt/token-cache.ts'
import { type Server, serve } from '../test/workerd/serve.ts'
import { build } from './build.ts'
import { request } from './clients.ts'
import type { Ends } from './ends.ts'
import { type Amount, cpuMicrosecondsOf, type Place } from './measure.ts'
import { CLIENTS } from './scenario.ts'
import { type Comparison, compare, type Spread, spread } from './spread.ts'
import type { MeasuredAlgorithm, TokenIssuer } from './token-issuer.ts'

/** Microseconds of CPU for a request. */
export interface TokenCpu {
  /** On the public route. */
  readonly base: Spread
  /** What a caller adds to that who is known without a token: headers to the origin, private caching, a look at what was revoked. */
  readonly caller: Comparison
  /** What cached tokens, new RS256 and new ES256 ones add to both. */
  readonly added: readonly Comparison[]
}

/** Routes take turns after this many requests, and the cheapest turn of a round counts: a few microseconds are looked for, and whatever else the machine does only adds. */
const BLOCK = 250

/** Verified in one request. */
const LOOPED_TOKENS = 2000

/** Sent in turn, this many tokens never find themselves in the cache. */
const FRESH_TOKENS = MAX_CACHED_TOKENS + 1500

/** Measures the same gateway's routes in turn, round by round. */
export async function measureTokenCpu(server: Server, issuer: TokenIssuer, amount: Amount, ends: Ends, progress: (text: string) => void): Promise<TokenCpu> {
  progress(`tokens: sign ${2 * FRESH_TOKENS}`)
  const [rs256, es256] = await Promise.all([issuer.tokens('RS256', FRESH_TOKENS), issuer.tokens('ES256', FRESH_TOKENS)])
  const few = rs256.slice(0, CLIENTS.length)
  const routes = [
    inTurn('/v1/public', few),
    inTurn('/v1/given', few),
    inTurn('/v1/rs256', few),
    inTurn('/v1/rs256', rs256.slice(few.length)),
    inTurn('/v1/es256', es256),
  ]
  const send = (next: Next, count: number) => ends.load({ port: server.port, requests: next(count), count, connections: amount.connections, status: 200 })
  for (const next of routes) await send(next, amount.warmup)
  const cpuUs = routes.map((): number[] => [])
  const blocks = Math.ceil(amount.requests / BLOCK)
  for (let round = 1; round <= amount.rounds; round++) {
    progress(`tokens: round ${round} of ${amount.rounds}`)
    const least = routes.map(() => Number.POSITIVE_INFINITY)
    for (let n = 0; n < blocks * routes.length; n++) {
      const at = (round + n) % routes.length
      const { cpuUs: spent = Number.NaN } = await cpuMicrosecondsOf(server.pid, () => send(routes[at] as Next, BLOCK))
      least[at] = Math.min(least[at] as number, spent / BLOCK)
    }
    for (const [at, one] of least.entries()) cpuUs[at]?.push(one)
  }
  const [base = [], given = [], ...others] = cpuUs
  const over = (each: readonly number[], than: readonly number[]) => compare(each, than, (x, y) => x - y, 0)
  return { base: spread(base), caller: over(given, base), added: others.map((each) => over(each, given)) }
}

/** Verifies tokens in a loop, so that nothing of a request is in it. @returns the CPU of one, in microseconds. */
export async function measureVerify(alg: MeasuredAlgorithm, issuer: TokenIssuer, rounds: number, { cpu }: Place): Promise<Spread> {
  const { main } = await build({ entry: 'token-verify.ts', of: 'ours' })
  const server = await serve({ worker: { bundle: main }, ...(cpu !== undefined && { cpu }) })
  try {
    const tokens = await issuer.tokens(alg, LOOPED_TOKENS)
    await ask(server, JSON.stringify({ keySet: issuer.keySet, tokens }))
    const us: number[] = []
    for (let round = -2; round < rounds; round++) {
      const { cpuUs = Number.NaN } = await cpuMicrosecondsOf(server.pid, () => ask(server))
      if (round >= 0) us.push(cpuUs / tokens.length)
    }
    return spread(us)
  } finally {
    await server.stop()
  }
}

async function ask({ url }: Server, body?: string): Promise<void> {
  const response = await fetch(url, body === undefined ? {} : { method: 'POST', body })
  if (!response.ok) throw new Error(`a token does not verify: ${await response.text()}`)
}

/** Hands out so many requests, and goes on next time where it stopped. */
type Next = (count: number) => readonly string[]

function inTurn(path: string, tokens: readonly string[]): Next {
  const requests = tokens.map((token, n) => request(CLIENTS[n % CLIENTS.length] ?? '', { Authorization: `Bearer ${token}` }, path))
  let sent = 0
  return (count) => {
    const from = sent
    sent += count
    return Array.from({ length: Math.min(count, requests.length) }, (_, n) => requests[(from + n) % requests.length] as string)
  }
}
