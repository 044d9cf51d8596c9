import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, type ClientRequest, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DecisionRecord, TraceEntry } from '../../src/core/record.ts'
import { bundle, CF_HEADER, PROTO_HEADER, type Server, serve } from '../workerd/serve.ts'
import { AUDIENCE, CLIENT_SECRET, type Client, type Issuer, startIssuer } from './issuer.ts'
import { type Outside, startOutside } from './outside.ts'

const BACKEND = `
export default {
  fetch: async (request) => Response.json({ answeredBy: 'backend', method: request.method, url: request.url, headers: [...request.headers] }, { headers: { 'x-powered-by': 'a Worker' } }),
}`

/** Nobody listens there: port 1 needs rights that no test has. */
const CLOSED_ADDRESS = '127.0.0.1:1'

/** How long anything in these tests may take before it counts as never. */
const PATIENCE_MS = 15_000

/** How a client asks. What the edge would add is added. */
export interface Ask {
  readonly method?: string
  /** Default `api.example.com`. */
  readonly host?: string
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** A whole answer. */
export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly requestId: string
}

/** A decision as the gateway recorded it. */
export interface Decided {
  readonly id: number
  readonly record: DecisionRecord
  readonly trace: readonly TraceEntry[]
}

/** A client, the built gateway in workerd, an OpenID provider and an origin, all of them real and all on loopback. */
export interface World {
  readonly issuer: Issuer
  readonly outside: Outside
  readonly server: Server
  /** The ids of all requests that {@link World.ask} sent. */
  readonly asked: readonly string[]
  /** Sends a request and reads the whole answer. */
  ask(target: string, ask?: Ask): Promise<Answered>
  /** Opens a request and leaves the rest to the test. */
  open(target: string, ask?: Ask): ClientRequest
  /** Gets an access token by client credentials. */
  token(client: Client, options?: { readonly scope?: string; readonly resource?: string }): Promise<string>
  /** Withdraws a token in its client's name (RFC 7009). */
  revoke(client: Client, token: string): Promise<void>
  /** @returns what was recorded of one request, once it is. */
  decision(requestId: string): Promise<Decided>
  /** @returns everything recorded so far. */
  decisions(): Promise<readonly Decided[]>
  /** Sets the Worker's clock forward. It stays ahead, across restarts too. */
  forward(ms: number): Promise<void>
  /** Starts another workerd with the same storage, in place of one that was killed. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Starts it all. The Durable Objects' data lie on disk until the world stops. */
export async function startWorld(): Promise<World> {
  const storage = await mkdtemp(join(tmpdir(), 'portcullis-e2e-'))
  const issuer = await startIssuer()
  const outside = await startOutside({
    'issuer.test': (request, response) => issuer.answer(request, response),
    'broken-origin.example.com': (request) => request.socket.destroy(),
  })
  const main = await bundle('test/e2e/wrangler.toml')
  const start = () =>
    serve({
      worker: {
        bundle: main,
        vars: { PSEUDONYM_KEY: 'a key for these tests, and for nothing else', INTROSPECTION_SECRET: CLIENT_SECRET },
        objects: { RATE_LIMITER: 'RateLimiter', DECISION_LOG: 'DecisionLog', LEDGER: 'Ledger' },
        services: { BACKEND: { worker: 'backend' }, CLOSED: { address: CLOSED_ADDRESS } },
        datasets: ['DECISIONS'],
        globalOutbound: { address: outside.address },
      },
      workers: { backend: { source: BACKEND } },
      storage,
    })
  const agent = new Agent({ keepAlive: true })
  let server = await start().catch(async (error: unknown) => {
    await outside.stop()
    throw error
  })

  const open: World['open'] = (target, { method = 'GET', host = 'api.example.com', token, headers = {} } = {}) =>
    httpRequest({
      host: '127.0.0.1',
      port: server.port,
      agent,
      method,
      path: target,
      timeout: PATIENCE_MS,
      headers: {
        host,
        'cf-connecting-ip': '192.0.2.1',
        [PROTO_HEADER]: 'https',
        [CF_HEADER]: '{"tlsVersion":"TLSv1.3","country":"SE","asn":64496,"colo":"ARN"}',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      },
    })

  const askIssuer = async (client: Client, path: string, form: Readonly<Record<string, string>>): Promise<Answered> => {
    const authorization = `Basic ${Buffer.from(`${client}:${encodeURIComponent(CLIENT_SECRET)}`).toString('base64')}`
    const headers = { host: 'issuer.test', authorization, 'content-type': 'application/x-www-form-urlencoded' }
    const request = httpRequest({ host: '127.0.0.1', port: outside.port, agent, method: 'POST', path, headers })
    const answer = await exchange(request, new URLSearchParams(form).toString())
    if (answer.status !== 200) throw new Error(`the issuer refused ${path}: ${answer.status} ${answer.body}`)
    return answer
  }

  const control = async (target: string): Promise<unknown> => {
    const { status, body } = await exchange(httpRequest({ host: '127.0.0.1', port: server.port, agent, path: target, headers: { host: 'control.test' } }))
    if (status !== 200) throw new Error(`the Worker failed at ${target}: ${body}\n${server.log()}`)
    return JSON.parse(body.toString())
  }

  const decisions = async () => {
    const all: Decided[] = []
    for (;;) {
      const page = (await control(`/decisions?after=${all.at(-1)?.id ?? 0}`)) as readonly Decided[]
      if (page.length === 0) return all
      all.push(...page)
    }
  }

  const asked: string[] = []
  let aheadMs = 0
  return {
    issuer,
    outside,
    asked,
    get server() {
      return server
    },
    async ask(target, ask = {}) {
      const answered = await exchange(open(target, ask), ask.body)
      asked.push(answered.requestId)
      return answered
    },
    open,
    async token(client, { scope = 'users:read notes:write', resource = AUDIENCE } = {}) {
      const answer = await askIssuer(client, '/token', { grant_type: 'client_credentials', scope, resource })
      return (JSON.parse(answer.body.toString()) as { access_token: string }).access_token
    },
    async revoke(client, token) {
      await askIssuer(client, '/token/revocation', { token })
    },
    async decision(requestId) {
      return await eventually(async () => {
        const found = (await decisions()).filter(({ record }) => record.requestId === requestId)
        if (found.length > 1) throw new Error(`${found.length} decisions on one request`)
        return found[0]
      })
    },
    decisions,
    async forward(ms) {
      aheadMs += ms
      await control(`/clock?forwardMs=${ms}`)
    },
    async restart() {
      server = await start()
      await control(`/clock?forwardMs=${aheadMs}`)
    },
    async stop() {
      agent.destroy()
      await server.stop()
      await outside.stop()
      await rm(storage, { recursive: true, force: true })
    },
  }
}

/** Asks again until there is an answer. */
export async function eventually<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    const found = await ask()
    if (found !== undefined) return found
    if (Date.now() > end) throw new Error('it never came')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** @returns the response's head; its body is for the caller to read. */
export function head(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((answered, failed) => {
    request.on('response', answered)
    request.on('error', failed)
    request.on('timeout', () => request.destroy(new Error('no answer in time')))
  })
}

/** Sends the rest of a request and reads the whole response. */
export async function exchange(request: ClientRequest, body?: string | Buffer): Promise<Answered> {
  const answered = head(request)
  request.end(body)
  const response = await answered
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks), requestId: String(response.headers['x-request-id'] ?? '') }
}
