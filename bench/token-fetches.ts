import { randomBytes } from 'node:crypto'
import { Agent, request as httpRequest } from 'node:http'
import { MAX_STALE_MS } from '../src/jose/key-copy.ts'
import { COOLDOWN_MS } from '../src/jose/remote-key-set.ts'
import { crowd } from '../test/e2e/crowd.ts'
import { rawRequest } from '../test/workerd/raw.ts'
import { PROTO_HEADER, type Server } from '../test/workerd/serve.ts'
import { CLIENTS, CLOCK_HOST, HOST } from './scenario.ts'
import type { TokenIssuer } from './token-issuer.ts'

/** Minutes of the gateway's clock that good callers and floods are watched. */
const WATCHED_MINUTES = 10
/** Requests a second of that clock. */
export const REQUESTS_A_SECOND = 100
/** Minutes of an outage: a minute later no key is trusted. */
export const OUTAGE_MINUTES = MAX_STALE_MS / 60_000 - 1
/** Requests in an outage, as many in each minute. */
export const OUTAGE_REQUESTS = 200 * OUTAGE_MINUTES

const STEP_MS = 10_000

/** A gateway that has fetched its keys, and clients that count. */
export interface Gateway {
  readonly issuer: TokenIssuer
  /** Sends so many requests with tokens made for each. @returns how many were not answered with the status. */
  failures(count: number, status: number, token: (n: number) => string): Promise<number>
  readonly good: (n: number) => string
  readonly unknown: (n: number) => string
  forward(ms: number): Promise<void>
}

/** Lets the gateway fetch its keys. */
export async function warmGateway(server: Server, issuer: TokenIssuer): Promise<Gateway> {
  const tokens = await issuer.tokens('RS256', CLIENTS.length)
  const agent = new Agent({ keepAlive: true })
  const ask = (token: string) =>
    new Promise<{ readonly status: number }>((answered, failed) => {
      const headers = { host: HOST, [PROTO_HEADER]: 'https', 'cf-connecting-ip': CLIENTS[0], authorization: `Bearer ${token}` }
      const sent = httpRequest({ host: '127.0.0.1', port: server.port, agent, path: '/v1/rs256', headers }, (response) => {
        response.resume().on('end', () => answered({ status: response.statusCode ?? 0 }))
      })
      sent.on('error', failed).end()
    })
  const good = (n: number) => tokens[n % tokens.length] as string
  const { status } = await ask(good(0))
  if (status !== 200) throw new Error(`a good token is answered ${status}: ${server.log()}`)
  return {
    issuer,
    good,
    unknown: (n) => withUnknownKey(good(n)),
    failures: async (count, wanted, token) => count - ((await crowd(count, (n) => ask(token(n)), 16))[wanted] ?? 0),
    forward: async (ms) => void (await rawRequest(server.port, `GET /?forwardMs=${ms} HTTP/1.1\r\nHost: ${CLOCK_HOST}\r\n\r\n`)),
  }
}

/** A token of a good caller, but for its key, which nobody has, and its signature. */
function withUnknownKey(token: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'RS256', typ: 'at+jwt', kid: randomBytes(16).toString('hex') })).toString('base64url')
  return [header, token.split('.')[1], randomBytes(256).toString('base64url')].join('.')
}

/** Runs minutes of the gateway's clock, so many requests a second. @returns how often the issuer was asked. */
async function watchedFetches({ issuer, forward }: Gateway, send: (count: number) => Promise<number>): Promise<number> {
  issuer.fetches = 0
  for (let ms = 0; ms < WATCHED_MINUTES * 60_000; ms += STEP_MS) {
    const failed = await send((REQUESTS_A_SECOND * STEP_MS) / 1000)
    if (failed > 0) throw new Error(`${failed} requests were answered otherwise than they should`)
    await forward(STEP_MS)
  }
  return issuer.fetches
}

/** @returns key sets fetched for 1,000 requests of good callers. */
export async function steadyFetches(gateway: Gateway): Promise<number> {
  const fetches = await watchedFetches(gateway, (count) => gateway.failures(count, 200, gateway.good))
  return fetches / ((WATCHED_MINUTES * 60 * REQUESTS_A_SECOND) / 1000)
}

/** @returns key sets fetched in a cooldown while half of the requests name keys that nobody has. */
export async function floodFetches(gateway: Gateway): Promise<number> {
  const fetches = await watchedFetches(gateway, async (count) => {
    const failed = await Promise.all([gateway.failures(count / 2, 401, gateway.unknown), gateway.failures(count / 2, 200, gateway.good)])
    return failed[0] + failed[1]
  })
  return fetches / ((WATCHED_MINUTES * 60_000) / COOLDOWN_MS)
}

/** @returns how many requests failed while the issuer was down, in the time that keys are trusted without it. */
export async function outageFailures({ issuer, failures, good, forward }: Gateway): Promise<number> {
  issuer.isDown = true
  try {
    let failed = 0
    for (let minute = 0; minute < OUTAGE_MINUTES; minute++) {
      await forward(60_000)
      failed += await failures(OUTAGE_REQUESTS / OUTAGE_MINUTES, 200, good)
    }
    return failed
  } finally {
    issuer.isDown = false
  }
}
