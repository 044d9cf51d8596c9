import type { Ports } from '../../../src/core/ports.ts'
import { portsOf } from '../../../src/platform/ports.ts'

export { Audit } from '../../../src/platform/audit.ts'
export { DecisionLog } from '../../../src/platform/decision-log.ts'
export { Keyring } from '../../../src/platform/keyring.ts'
export { Ledger } from '../../../src/platform/ledger.ts'
export { RateLimiter } from '../../../src/platform/rate-limiter.ts'

/** One of the product's objects that must lose nothing: how the n-th thing is written, and which of them are there, in any order. */
interface Kept {
  write(ports: Ports, n: number): Promise<unknown>
  all(ports: Ports): Promise<readonly number[]>
}

/** In the year 2100. */
const UNTIL_MS = 4_102_444_800_000

const ledger: Kept = {
  write: ({ revocations }, n) =>
    revocations.revoke([{ kind: 'subject', issuer: 'https://issuer.example', value: `user-${n}`, untilMs: UNTIL_MS, reason: `the reason ${n}`, by: 'tests' }]),
  async all({ revocations }) {
    const all: number[] = []
    let page = await revocations.list(undefined, 100)
    while (page.length > 0) {
      for (const { value, reason } of page) if (value.replace('user-', 'the reason ') === reason) all.push(Number(value.slice('user-'.length)))
      page = await revocations.list(page.at(-1), 100)
    }
    return all
  },
}

/** 16 characters, as ids have. */
const keyId = (n: number) => `key${String(n).padStart(13, '0')}`

const keyring: Kept = {
  write: ({ keys }, n) =>
    keys.create({
      id: keyId(n),
      prefix: 'acme',
      environment: 'test',
      owner: 'tests',
      name: `key ${n}`,
      scopes: [],
      roles: [],
      metadata: {},
      limits: {},
      allowedIps: [],
      allowedOrigins: [],
      allowedRoutes: [],
      createdBy: 'tests',
      secret: { hash: 'A'.repeat(43), pepper: 'AAAAAAAA' },
    }),
  async all({ keys }) {
    const all: number[] = []
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const page: Awaited<ReturnType<typeof keys.list>> = await keys.list({ cursor, limit: 1000 })
      for (const { id, name } of page.keys) if (id === keyId(Number(name.slice('key '.length)))) all.push(Number(name.slice('key '.length)))
      cursor = page.next
    }
    return all
  },
}

/** An operation from its beginning to its end: two entries, of which the second is what counts. */
const audit: Kept = {
  async write({ audit }, n) {
    const event = { type: 'test.write', actor: 'tests', target: `${n}`, outcome: 'begun', facts: {} }
    const id = `operation-${String(n).padStart(16, '0')}`
    await audit.begin({ id, fingerprint: 'A'.repeat(43), event })
    await audit.end(id, { event: { ...event, outcome: 'done' }, status: 204, body: '' })
  },
  async all({ audit }) {
    const all: number[] = []
    let page = await audit.entries(0, 100)
    while (page.length > 0) {
      for (const { target, outcome } of page) if (outcome === 'done') all.push(Number(target))
      page = await audit.entries(page.at(-1)?.seq ?? 0, 100)
    }
    return all
  },
}

const KEPT: Readonly<Record<string, Kept>> = { ledger, keyring, audit }

/** `GET /` names what there is; `POST /ledger/7` writes, and answers when that is acknowledged; `GET /ledger` answers what is there. */
export default {
  async fetch(request, env) {
    const [, name = '', n] = new URL(request.url).pathname.split('/')
    if (name === '') return Response.json(Object.keys(KEPT))
    const kept = KEPT[name]
    if (kept === undefined) return new Response(null, { status: 404 })
    const ports = portsOf(env, {}, { audit: { signingKeys: ['AUDIT_SIGNING_KEY'], retentionDays: 90 } })
    if (request.method === 'GET') return Response.json(await kept.all(ports))
    await kept.write(ports, Number(n))
    return new Response(null, { status: 204 })
  },
} satisfies ExportedHandler<Readonly<Record<string, unknown>>>
