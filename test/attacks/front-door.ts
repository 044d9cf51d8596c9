import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Keys } from '../../src/core/ports.ts'
import type { DecisionRecord, TraceEntry } from '../../src/core/record.ts'
import type { Revocation, RevocationSubject } from '../../src/core/revocation.ts'
import type { RuntimeRule } from '../../src/core/runtime-rule.ts'
import { TestIssuer } from '../../src/jose/test-issuer.ts'
import { type Origin, type Received, startOrigin, values } from '../workerd/origin.ts'
import { OBJECTS, PRODUCT_SECRETS } from '../workerd/product.ts'
import { type RawResponse, rawRequest, rawText } from '../workerd/raw.ts'
import { bundle, type Server, serve, type WorkerSpec } from '../workerd/serve.ts'

/** What came of one attack. */
export interface Outcome {
  /** Status and private reason, `401 jwt.expired`; without a reason where the runtime itself answered and the gateway never saw the request. */
  readonly said: string
  readonly response: RawResponse
  readonly decision: DecisionRecord | undefined
  readonly trace: readonly TraceEntry[]
  /** What origins received meanwhile; what issuers received is not counted. */
  readonly received: readonly Received[]
}

/** A connection that a test may read slowly, or break off. */
export interface Line {
  readonly socket: Socket
  /** Everything that came so far, one character a byte. */
  heard(): string
  /** Breaks it off without a word, by RST: workerd takes a FIN for a client that has said all and still listens. @returns when it is closed. */
  hangUp(): Promise<void>
}

/** Claims of a token, beside those that every good one has; `undefined` leaves one out. */
export type Claims = Readonly<Record<string, unknown>>

/** The deployed gateway, and everything around it that an attacker could see or play. */
export interface FrontDoor {
  readonly server: Server
  readonly origin: Origin
  /** The issuer of zone `api`: RS256. */
  readonly one: TestIssuer
  /** The issuer of zone `partners`: ES256. */
  readonly two: TestIssuer
  /** Sends bytes as they are. */
  send(bytes: string): Promise<Outcome>
  /** Sends `GET /path` with the headers of an honest client, but for those given. */
  ask(line: string, headers?: Readonly<Record<string, string>>, body?: string): Promise<Outcome>
  /** Opens a connection, sends bytes on it as they are, and leaves the rest to the test. */
  dial(bytes: string): Line
  /** Answers for origins from now on; without an argument 200 and `{"ok":true}`. */
  answer(next?: (received: Received, response: ServerResponse) => void): void
  /** Both issuers answer with this status from now on; 200 again brings their keys. */
  answerKeys(status: number): void
  /** Revokes, lifts, adds or removes rules, or takes the ledger out of reach. @returns the ids of the rules that were added. */
  operate(order: {
    readonly revoke?: readonly Revocation[]
    readonly lift?: readonly RevocationSubject[]
    readonly add?: readonly RuntimeRule[]
    readonly remove?: readonly string[]
    readonly isOut?: boolean
  }): Promise<readonly string[]>
  /** Creates, rotates and revokes API keys, from another isolate; or takes the keyring out of reach. */
  operateKeys(order: KeyOrder): Promise<void>
  /** Answers questions about opaque tokens from now on; without an argument none is active. */
  answerTokens(next?: (received: Received, response: ServerResponse) => void): void
  /** What the issuer of opaque tokens was asked so far, oldest first. */
  tokenQuestions(): readonly Received[]
  /** How often an issuer was asked for its keys. */
  keySetRequests(): number
  /** Answers for hosts of status lists from now on; without an argument none has any. */
  answerLists(next?: (received: Received, response: ServerResponse) => void): void
  /** What hosts of status lists were asked so far, oldest first, as addresses. */
  listRequests(): readonly string[]
  /** Every decision so far, oldest first. */
  decisions(): Promise<readonly DecisionRecord[]>
  stop(): Promise<void>
}

/** What an operator does to API keys: the arguments of the port. */
export interface KeyOrder {
  readonly create?: Parameters<Keys['create']>
  readonly rotate?: Parameters<Keys['rotate']>
  readonly revoke?: Parameters<Keys['revoke']>
  readonly isOut?: boolean
}

const ISSUERS = { one: 'https://issuer-one.test', two: 'https://issuer-two.test' } as const

/** Claims that zone `api` accepts from issuer one. */
export function goodClaims(): Claims {
  const now = Math.floor(Date.now() / 1000)
  return { iss: ISSUERS.one, aud: 'https://api.example.com', sub: 'ada', iat: now, exp: now + 300, jti: crypto.randomUUID(), scope: 'users:read' }
}

/** @returns a token of issuer one for zone `api`, with what the test changes. */
export function tokenOfOne(door: FrontDoor, claims: Claims = {}, header: Claims = {}): Promise<string> {
  return door.one.token({ ...goodClaims(), ...claims }, header)
}

/** @returns a token of issuer two for zone `partners`, with what the test changes. */
export function tokenOfTwo(door: FrontDoor, claims: Claims = {}, header: Claims = {}): Promise<string> {
  return door.two.token({ ...goodClaims(), iss: ISSUERS.two, aud: 'https://partners.example.org', ...claims }, header)
}

/** What an outcome must match when an attack is refused for this very reason, and no origin has heard of it. */
export function refused(said: string): { readonly said: string; readonly received: readonly [] } {
  return { said, received: [] }
}

/** @returns the one request that reached an origin. */
export function forwarded({ said, received }: Outcome): Received {
  const [one, ...more] = received
  if (one === undefined || more.length > 0) throw new Error(`${said}: origins were asked ${received.length} times, not once`)
  return one
}

/** @returns the header that carries a token. */
export function bearer(token: string): { readonly Authorization: string } {
  return { Authorization: `Bearer ${token}` }
}

/** Where the gateway asks about opaque tokens. */
const TOKEN_HOST = 'issuer-opaque.test'

/** Secrets of zone `tokens`, for HMAC, and the private JWK that opens encrypted tokens; and the peppers of zone `keyed`. */
export const SECRETS = {
  TOKEN_SECRET: Buffer.alloc(32, 1).toString('base64url'),
  OLD_TOKEN_SECRET: Buffer.alloc(32, 2).toString('base64url'),
  KEY_PEPPER: Buffer.alloc(32, 3).toString('base64url'),
  OLD_KEY_PEPPER: Buffer.alloc(32, 4).toString('base64url'),
  DECRYPTION_KEY: JSON.stringify({ ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), kid: 'enc-one', use: 'enc' }),
} as const

/** The bindings of the Worker under attack. */
export const BINDINGS = {
  vars: { ...PRODUCT_SECRETS, INTROSPECTION_SECRET: 'known to the issuer: and to nobody else', ...SECRETS },
  objects: OBJECTS,
  datasets: ['DECISIONS'],
} as const satisfies WorkerSpec

/** Starts the bundled gateway in `workerd serve`, with one loopback server that is every origin and every issuer. */
export async function openFrontDoor(bindings: WorkerSpec = BINDINGS, config = 'test/attacks/wrangler.toml'): Promise<FrontDoor> {
  const main = await bundle(config)
  const [one, two] = await Promise.all([TestIssuer.create('RS256', 'key-one'), TestIssuer.create('ES256', 'key-two')])
  const plain = (_: Received, response: ServerResponse) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
  let current: (received: Received, response: ServerResponse) => void = plain
  const noneActive = (_: Received, response: ServerResponse) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"active":false}')
  let tokens: (received: Received, response: ServerResponse) => void = noneActive
  let keysStatus = 200
  const noLists = (_: Received, response: ServerResponse) => void response.writeHead(404).end()
  let lists: (received: Received, response: ServerResponse) => void = noLists
  const origin = await startOrigin((received, response) => {
    if (isTokenQuestion(received)) return tokens(received, response)
    if (isListRequest(received)) return lists(received, response)
    const keys = { 'issuer-one.test': one.jwk, 'issuer-two.test': two.jwk }[values(received, 'host')[0] ?? '']
    if (keys === undefined) current(received, response)
    else response.writeHead(keysStatus, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [keys] }))
  })
  // SQLite objects need a disk.
  const storage = mkdtempSync(join(tmpdir(), 'portcullis-attacks-'))
  const server = await serve({ worker: { bundle: main, ...bindings, globalOutbound: { address: origin.address } }, storage })

  const log = async () => {
    const { body } = await rawRequest(server.port, rawText('GET', '/', { Host: 'decisions.test' }))
    const rows = JSON.parse(body) as readonly { record: string; trace: string }[]
    return rows.map(({ record, trace }) => ({ record: JSON.parse(record) as DecisionRecord, trace: JSON.parse(trace) as readonly TraceEntry[] }))
  }
  const send = async (bytes: string): Promise<Outcome> => {
    const before = origin.received.length
    const response = await rawRequest(server.port, bytes)
    const received = origin.received.slice(before).filter((request) => !isIssuer(request) && !isListRequest(request))
    const id = response.headers['x-request-id']
    if (id === undefined) return { said: `${response.status}`, response, decision: undefined, trace: [], received }
    const { record, trace } = await found(async () => (await log()).find(({ record }) => record.requestId === id))
    return { said: `${response.status} ${record.reason}`, response, decision: record, trace, received }
  }

  const operate = async (what: 'ledger' | 'keyring', order: object): Promise<string> => {
    const { status, body } = await rawRequest(
      server.port,
      rawText('POST', '/', { Host: `${what}.test`, 'Content-Type': 'application/json' }, JSON.stringify(order)),
    )
    if (status !== 200) throw new Error(`the ${what} did not take it: ${status}\n${server.log()}`)
    return body
  }

  return {
    server,
    origin,
    one,
    two,
    send,
    ask(line, headers = {}, body = '') {
      const space = line.indexOf(' ')
      return send(rawText(line.slice(0, space), line.slice(space + 1), headers, body))
    },
    dial: (bytes) => dial(server.port, bytes),
    answer(next = plain) {
      current = next
    },
    answerKeys(status) {
      keysStatus = status
    },
    async operate(order) {
      const body = await operate('ledger', order)
      return (JSON.parse(body) as { added: readonly string[] }).added
    },
    async operateKeys(order) {
      await operate('keyring', order)
    },
    answerTokens(next = noneActive) {
      tokens = next
    },
    tokenQuestions: () => origin.received.filter(isTokenQuestion),
    keySetRequests: () => origin.received.filter((received) => isIssuer(received) && !isTokenQuestion(received)).length,
    answerLists(next = noLists) {
      lists = next
    },
    listRequests: () => origin.received.filter(isListRequest).map((received) => `https://${values(received, 'host')[0]}${received.target}`),
    decisions: async () => (await log()).map(({ record }) => record),
    async stop() {
      await server.stop()
      await origin.stop()
      rmSync(storage, { recursive: true, force: true })
    },
  }
}

function dial(port: number, bytes: string): Line {
  const socket = connect(port, '127.0.0.1')
  let heard = ''
  const closed = new Promise<void>((done) => socket.on('close', () => done()))
  socket.setEncoding('latin1')
  socket.on('error', () => {})
  socket.on('data', (chunk: string) => {
    heard += chunk
  })
  socket.on('connect', () => socket.write(bytes, 'latin1'))
  return {
    socket,
    heard: () => heard,
    async hangUp() {
      socket.resetAndDestroy()
      await closed
    },
  }
}

/** @returns what `look` finds, as soon as it does: decisions are written behind the response. */
export async function found<T>(look: () => Promise<T | undefined>): Promise<T> {
  let last: T | undefined
  const poll = async () => {
    last = await look()
    return last !== undefined
  }
  await expect.poll(poll, { interval: 5, timeout: 20_000 }).toBe(true)
  return last as T
}

function isIssuer(received: Received): boolean {
  return (values(received, 'host')[0] ?? '').startsWith('issuer-')
}

function isTokenQuestion(received: Received): boolean {
  return values(received, 'host')[0] === TOKEN_HOST
}

/** Whether a host of status lists was asked: one that the configuration names. */
function isListRequest(received: Received): boolean {
  return /^(?:lists|hung-lists)\.test$/.test(values(received, 'host')[0] ?? '')
}
