import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, type ClientRequest, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DecisionRecord, TraceEntry } from '../../src/core/record.ts'
import type { Revocation } from '../../src/core/revocation.ts'
import { OBJECTS, PRODUCT_SECRETS } from '../workerd/product.ts'
import { type SecretsStore, startSecretsStore } from '../workerd/secrets-store.ts'
import { bundle, CF_HEADER, PROTO_HEADER, type Server, serve, type WorkerSpec } from '../workerd/serve.ts'
import { ELSEWHERE } from './broken-issuer.ts'
import { type AskIssuer, type Browser, form, openBrowser } from './browser.ts'
import { type Door, openDoor } from './door.ts'
import { type Answered, type Ask, exchange, type Isolate, PATIENCE_MS } from './exchange.ts'
import { type Issuer, startIssuer } from './issuer.ts'
import { type Outside, startOutside } from './outside.ts'
import { AUDIENCE, CLIENT_SECRET, type Client } from './provider.ts'
import { LISTS_HOST, type StatusHost, startStatusHost } from './status-host.ts'

export { type Answered, type Ask, exchange, head } from './exchange.ts'

const BACKEND = `
export default {
  fetch: async (request) => Response.json({ answeredBy: 'backend', method: request.method, url: request.url, headers: [...request.headers] }, { headers: { 'x-powered-by': 'a Worker' } }),
}`

/** Nobody listens there: port 1 needs rights that no test has. */
const CLOSED_ADDRESS = '127.0.0.1:1'

/** Every secret that the gateway of these tests needs. */
export const SECRETS = {
  ...PRODUCT_SECRETS,
  INTROSPECTION_SECRET: CLIENT_SECRET,
  SHARED_SECRET: Buffer.alloc(32, 1).toString('base64url'),
  OLD_SHARED_SECRET: Buffer.alloc(32, 2).toString('base64url'),
} as const

/** A decision as the gateway recorded it. */
export interface Decided {
  readonly id: number
  readonly record: DecisionRecord
  readonly trace: readonly TraceEntry[]
}

/** A client, the built gateway in workerd, an OpenID provider and an origin, all of them real and all on loopback. */
export interface World {
  readonly issuer: Issuer
  /** Where the binding `ISSUER` leads: to the same issuer, by a port of its own. */
  readonly issuerDoor: Door
  readonly outside: Outside
  /** Where status lists are published. */
  readonly statusHost: StatusHost
  /** Where those secrets stand that {@link WorldOptions.stored} names. */
  readonly secretsStore: SecretsStore
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
  /** Revokes at the gateway's ledger, whatever the issuer thinks. */
  revokeHere(...revocations: readonly Revocation[]): Promise<void>
  /** Sends the issuer a request that is no business of the gateway's. */
  askIssuer: AskIssuer
  /** Opens a browser in which a user can log in at the issuer. */
  browser(): Browser
  /** @returns what was recorded of one request, once it is. */
  decision(requestId: string): Promise<Decided>
  /** @returns everything recorded so far. */
  decisions(): Promise<readonly Decided[]>
  /** Sets the clock of both isolates forward, and with it that of the objects. It stays ahead, across restarts too. */
  forward(ms: number): Promise<void>
  /** Starts another workerd with the same storage, in place of one that was killed. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** What a test may want of its world. */
export interface WorldOptions {
  /** Secrets that stand in a Secrets Store; the others are the Worker's own. Default none. */
  readonly stored?: readonly (keyof typeof SECRETS)[]
}

/** Starts it all. The Durable Objects' data lie on disk until the world stops. */
export async function startWorld({ stored = [] }: WorldOptions = {}): Promise<World> {
  const storage = await mkdtemp(join(tmpdir(), 'portcullis-e2e-'))
  const issuer = await startIssuer()
  const statusHost = startStatusHost()
  const outside = await startOutside({
    [LISTS_HOST]: (request, response) => statusHost.answer(request, response),
    'issuer.test': (request, response) => issuer.answer(request, response),
    [ELSEWHERE]: (request, response) => issuer.answer(request, response),
    'broken-origin.example.com': (request) => request.socket.destroy(),
  })
  const issuerDoor = await openDoor((request, response) => issuer.answer(request, response))
  const secretsStore = await startSecretsStore(Object.fromEntries(stored.map((name) => [name, SECRETS[name]])))
  const own = Object.fromEntries(Object.entries(SECRETS).filter(([name]) => !secretsStore.values.has(name)))
  const main = await bundle('test/e2e/wrangler.toml')
  /** @param owner the Worker whose objects it has; default its own. */
  const gateway = (owner?: string): WorkerSpec => {
    const of = (className: string) => ({ className, ...(owner !== undefined && { worker: owner }) })
    const objects = Object.fromEntries(Object.entries(OBJECTS).map(([binding, className]) => [binding, of(className)]))
    return {
      bundle: main,
      vars: own,
      stored: { secrets: stored, store: secretsStore.address },
      objects,
      services: { BACKEND: { worker: 'backend' }, CLOSED: { address: CLOSED_ADDRESS }, ISSUER: { address: issuerDoor.address } },
      datasets: ['DECISIONS'],
      globalOutbound: { address: outside.address },
    }
  }
  const start = () =>
    serve({
      worker: gateway(),
      workers: { backend: { source: BACKEND }, other: gateway('main') },
      alsoListening: ['other'],
      storage,
    })
  const agent = new Agent({ keepAlive: true })
  let server = await start().catch(async (error: unknown) => {
    await Promise.all([outside.stop(), issuerDoor.kill(), secretsStore.stop()])
    throw error
  })

  const open: World['open'] = (target, { method = 'GET', host = 'api.example.com', isolate = 'main', token, headers = {} } = {}) =>
    httpRequest({
      host: '127.0.0.1',
      port: server.portOf(isolate),
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

  const control = async (target: string, body?: string, isolate: Isolate = 'main'): Promise<unknown> => {
    const port = server.portOf(isolate)
    const method = body === undefined ? 'GET' : 'POST'
    const answer = await exchange(httpRequest({ host: '127.0.0.1', port, agent, method, path: target, headers: { host: 'control.test' } }), body)
    return answerOf(target, answer)
  }
  const answerOf = (target: string, { status, body }: Answered): unknown => {
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

  const askIssuer: AskIssuer = (target, { method = 'GET', headers = {}, body } = {}) =>
    exchange(httpRequest({ host: '127.0.0.1', port: outside.port, agent, method, path: target, headers: { host: 'issuer.test', ...headers } }), body)

  const setClocks = async (forwardMs: number): Promise<void> => {
    for (const isolate of ['main', 'other'] as const) await control(`/clock?forwardMs=${forwardMs}`, undefined, isolate)
  }

  const asked: string[] = []
  let aheadMs = 0
  return {
    issuer,
    issuerDoor,
    outside,
    statusHost,
    secretsStore,
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
      const answer = await askIssuer('/token', form(client, { grant_type: 'client_credentials', scope, resource }))
      if (answer.status !== 200) throw new Error(`the issuer gave no token: ${answer.status} ${answer.body}`)
      return (JSON.parse(answer.body.toString()) as { access_token: string }).access_token
    },
    async revoke(client, token) {
      const answer = await askIssuer('/token/revocation', form(client, { token }))
      if (answer.status !== 200) throw new Error(`the issuer did not withdraw the token: ${answer.status} ${answer.body}`)
    },
    async revokeHere(...revocations) {
      await control('/revoke', JSON.stringify(revocations))
    },
    askIssuer,
    browser: () => openBrowser(askIssuer),
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
      await setClocks(ms)
    },
    async restart() {
      server = await start()
      await setClocks(aheadMs)
    },
    async stop() {
      agent.destroy()
      await server.stop()
      await Promise.all([outside.stop(), issuerDoor.kill(), secretsStore.stop()])
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
