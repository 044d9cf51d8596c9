import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { anyOf } from '../../src/core/authentication.ts'
import { deny, pass } from '../../src/core/decision.ts'
import { definePolicy } from '../../src/core/policy.ts'
import { principalId } from '../../src/core/principal.ts'
import { authorize, claim, defineGateway, eq, header, transport, validate } from '../../src/index.ts'
import { underTest } from './under-test.ts'

const settings = v.strictObject({})

/** An authenticator that takes everybody for Ada. */
function ada({ roles = [], scopes = [] }: { roles?: readonly string[]; scopes?: readonly string[] } = {}) {
  const principal = {
    id: principalId('https://issuer.example', 'ada'),
    issuer: 'https://issuer.example',
    subject: 'ada',
    method: 'test',
    scheme: 'Bearer',
    credentialHeader: 'authorization',
    scopes: new Set(scopes),
    roles: new Set(roles),
    claims: { sub: 'ada', tenant: 'red' },
  }
  return definePolicy({ name: 'ada', stage: 'authenticate', settings, compile: () => ({ request: () => pass({ principal }) }) })({})
}

const zone = { hosts: ['api.example.com'], origin: 'https://origin.example.com' } as const
const open = defineGateway({ zones: { api: { ...zone, routes: { 'GET /x': { public: 'a test' } } } } })
const known = (who = ada()) => defineGateway({ zones: { api: { ...zone, routes: { 'GET /x': { authenticate: who } } } } })
const ask = (gateway: ReturnType<typeof defineGateway>, headers: Record<string, string> = {}, origin?: () => Response) =>
  underTest(gateway, origin === undefined ? {} : { origin })('https://api.example.com/x', { headers })

/** What the gateway itself tells every origin. */
const OWN = ['traceparent', 'x-portcullis-client-ip', 'x-request-id']

describe('what a client says of itself', () => {
  it.each([
    'x-portcullis-subject',
    'x-portcullis.subject',
    'x~portcullis~subject',
    'x_portcullis_subject',
    'x-forwarded-for',
    'x-forwarded.for',
    'forwarded',
    'x-real-ip',
    'true-client-ip',
    'cf-ipcountry',
    'proxy',
    'remote-user',
    'x-middleware-subrequest',
    'x-scheme',
    'x-sendfile-type',
    'x-accel-mapping',
    'x-ssl-client-verify',
    'ssl-client-cert',
    'x-goog-authenticated-user-email',
    'x-auth-request-user',
    'x-authenticated-userid',
    'x-appengine-user-is-admin',
    'x-original-url',
    'x-http-method-override',
    'base-url',
    'expect',
    'te',
    'keep-alive',
  ])('never reaches the origin as %s', async (name) => {
    const { received } = await ask(open, { [name]: 'forged' })
    expect([...(received?.headers.keys() ?? [])].toSorted()).toEqual(OWN)
  })

  it('is forwarded otherwise', async () => {
    const { received } = await ask(open, { 'x-tenant': 'red', accept: 'text/plain' })
    expect([received?.headers.get('x-tenant'), received?.headers.get('accept')]).toEqual(['red', 'text/plain'])
  })

  it('is not believed under another zone’s prefix either: zones may share an origin', async () => {
    const gateway = defineGateway({
      zones: {
        a: { hosts: ['a.example.com'], origin: 'https://origin.example.com', identityPrefix: 'x-caller-', routes: { 'GET /x': { authenticate: ada() } } },
        b: { ...zone, routes: { 'GET /x': { public: 'a test' } } },
      },
    })
    expect((await ask(gateway, { 'x-caller-subject': 'admin' })).received?.headers.has('x-caller-subject')).toBe(false)
  })
})

describe('who is calling', () => {
  it('is told item by item: a role with a space in it stays one role', async () => {
    const { received } = await ask(known(ada({ roles: ['not admin', 'reader'], scopes: ['a b', 'c'] })))
    expect([received?.headers.get('x-portcullis-roles'), received?.headers.get('x-portcullis-scope')]).toEqual(['not%20admin reader', 'a%20b c'])
  })

  it('is no business of an authenticator that only reports: what it reads goes on as it came', async () => {
    const key = definePolicy({
      name: 'key',
      stage: 'authenticate',
      settings,
      credentials: () => ['x-api-key'],
      compile: () => ({ request: () => deny(401, 'key.bad') }),
    })
    const gateway = defineGateway({ zones: { api: { ...zone, routes: { 'GET /x': { authenticate: anyOf(ada(), key({ mode: 'report' })) } } } } })
    expect((await ask(gateway, { 'x-api-key': 'k' })).received?.headers.get('x-api-key')).toBe('k')
  })
})

describe('what the controls judged is what the origin gets', () => {
  it.each(['x-tenant', 'close, x-tenant', 'X-Tenant', 'content-type'])('`Connection: %s` takes nothing away', async (connection) => {
    const gateway = defineGateway({
      zones: { api: { ...zone, routes: { 'GET /x': { authenticate: ada(), policies: [authorize({ when: eq(header('x-tenant'), claim('tenant')) })] } } } },
    })
    const { response, record, received } = await ask(gateway, { 'x-tenant': 'red', connection })
    expect([response.status, record.reason, received]).toEqual([400, 'transport.connection', undefined])
  })

  it.each(['close', 'keep-alive', 'Keep-Alive, TE'])('`Connection: %s` is ordinary', async (connection) => {
    expect((await ask(open, { connection })).response.status).toBe(200)
  })
})

describe('a route', () => {
  it('can only narrow what always stands before it, unless it says why', async () => {
    const wide = transport({ maxUrlBytes: 16_000 })
    const url = `https://api.example.com/x?${'a'.repeat(9000)}`
    const status = async (relax: { policy: string; reason: string }[]) =>
      (await underTest(defineGateway({ zones: { api: { ...zone, routes: { 'GET /x': { public: 'a test', policies: [wide], relax } } } } }))(url)).response
        .status
    expect([await status([]), await status([{ policy: 'transport', reason: 'long searches' }])]).toEqual([414, 200])
  })

  it('with a body that is validated forwards the bytes that were validated', async () => {
    const gateway = defineGateway({
      zones: { api: { ...zone, routes: { 'POST /x': { public: 'a test', policies: [validate({ body: v.strictObject({ a: v.number() }) })] } } } },
    })
    const run = underTest(gateway, { origin: async ({ init }) => new Response(await new Response(init.body).text()) })
    const { body } = await run('https://api.example.com/x', { method: 'POST', body: '{ "a" : 1.0 }', headers: { 'content-type': 'application/json' } })
    expect(body).toBe('{ "a" : 1.0 }')
  })
})

it('an origin that cannot be reached is asked once', async () => {
  let asked = 0
  const { response, record, trace } = await ask(open, {}, () => {
    asked++
    throw new Error('connection refused by 10.0.0.1')
  })
  expect([response.status, record.reason, asked]).toEqual([502, 'origin.unreachable', 1])
  expect(JSON.stringify(trace)).toContain('connection refused')
})

it('an authenticated response is kept by no cache, whatever the origin says of any', async () => {
  const caching = {
    'cache-control': 'public',
    'cdn-cache-control': 'max-age=600',
    'cloudflare-cdn-cache-control': 'max-age=600',
    'surrogate-control': 'max-age=600',
    expires: 'Wed, 01 Jan 2031 00:00:00 GMT',
  }
  const { response } = await ask(known(), {}, () => new Response('hers', { headers: caching }))
  expect(Object.keys(caching).map((name) => response.headers.get(name))).toEqual(['private, no-store', null, null, null, null])
})
