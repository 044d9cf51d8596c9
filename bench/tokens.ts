import { type Server, serve } from '../test/workerd/serve.ts'
import { build } from './build.ts'
import type { Ends } from './ends.ts'
import type { Amount, Place } from './measure.ts'
import type { Comparison, Spread } from './spread.ts'
import { measureTokenCpu, measureVerify } from './token-cpu.ts'
import { floodFetches, type Gateway, outageFailures, steadyFetches, warmGateway } from './token-fetches.ts'
import { startTokenIssuer, type TokenIssuer } from './token-issuer.ts'

/** What tokens cost the gateway, and their issuer. */
export interface TokenFigures {
  /** CPU of a request to the route without authentication, in microseconds. */
  readonly token_public_us: Spread | null
  /** What a caller adds to that who is known without a token, in microseconds. */
  readonly token_caller_us: Comparison | null
  /** What a token adds that was seen before, over a caller who is known without, in microseconds. */
  readonly token_cached_us: Comparison | null
  /** The same with a token that nobody has seen, RS256. */
  readonly token_cold_rs256_us: Comparison | null
  /** And ES256. */
  readonly token_cold_es256_us: Comparison | null
  /** CPU of verifying one token in a loop, RS256, in microseconds. */
  readonly token_verify_rs256_us: Spread | null
  /** And ES256. */
  readonly token_verify_es256_us: Spread | null
  /** Key sets fetched by one isolate for 1,000 requests of good callers. */
  readonly key_set_fetches_per_1000: number | null
  /** Key sets fetched by one isolate in a cooldown (30 seconds) while half of all requests name key ids that nobody has. */
  readonly key_set_fetches_per_cooldown: number | null
  /** Requests of a warm isolate that were not answered with 200 while the issuer was down, up to the age at which keys are not trusted any more. */
  readonly outage_failures: number | null
}

/** The names of these parts, for `--only`. */
export const TOKEN_PARTS = ['token_cpu', 'token_fetches'] as const

/** One of {@link TOKEN_PARTS}. */
export type TokenPart = (typeof TOKEN_PARTS)[number]

/** Measures the parts that are wanted, each with a gateway of its own that has every route. */
export async function measureTokens(
  parts: readonly TokenPart[],
  amount: Amount,
  ends: Ends,
  place: Place,
  progress: (text: string) => void,
): Promise<TokenFigures> {
  const issuer = parts.length === 0 ? undefined : await startTokenIssuer()
  try {
    const isTimed = issuer !== undefined && parts.includes('token_cpu')
    const cpu = isTimed ? await withGateway(issuer, ends, place, (server) => measureTokenCpu(server, issuer, amount, ends, progress)) : undefined
    const [cached = null, rs256 = null, es256 = null] = cpu?.added ?? []
    const isWatched = issuer !== undefined && parts.includes('token_fetches')
    const watch = async (name: string, work: (gateway: Gateway) => Promise<number>) => {
      if (!isWatched) return null
      progress(`tokens: ${name}`)
      return await withGateway(issuer, ends, place, async (server) => work(await warmGateway(server, issuer)))
    }
    return {
      token_public_us: cpu?.base ?? null,
      token_caller_us: cpu?.caller ?? null,
      token_cached_us: cached,
      token_cold_rs256_us: rs256,
      token_cold_es256_us: es256,
      token_verify_rs256_us: isTimed ? await measureVerify('RS256', issuer, amount.rounds, place) : null,
      token_verify_es256_us: isTimed ? await measureVerify('ES256', issuer, amount.rounds, place) : null,
      key_set_fetches_per_1000: await watch('good callers', steadyFetches),
      key_set_fetches_per_cooldown: await watch('a flood of key ids', floodFetches),
      outage_failures: await watch('the issuer is down', outageFailures),
    }
  } finally {
    issuer?.stop()
  }
}

async function withGateway<T>(issuer: TokenIssuer, ends: Ends, { cpu, storage }: Place, work: (server: Server) => Promise<T>): Promise<T> {
  const { main } = await build({ entry: 'token-routes.ts', of: 'ours' })
  const server = await serve({
    worker: {
      bundle: main,
      vars: { PSEUDONYM_KEY: 'the-benchmark-hides-nothing-from-anybody' },
      objects: { LEDGER: 'Ledger' },
      services: { ISSUER: { address: issuer.address } },
      datasets: ['DECISIONS'],
      globalOutbound: { address: ends.origin },
    },
    storage: `${storage}-tokens`,
    ...(cpu !== undefined && { cpu }),
  })
  try {
    return await work(server)
  } finally {
    await server.stop()
  }
}
