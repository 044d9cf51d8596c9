import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { Hono } from 'hono'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { pass, skip } from '../../src/core/decision.ts'
import { definePolicy } from '../../src/core/policy.ts'
import { asMiddleware, cors, ipList, jwt, rateLimit, revocation, securityHeaders, transport, validate } from '../../src/index.ts'
import { SETTINGS, TestIssuer } from '../../src/jose/test-issuer.ts'
import { portsOf } from '../../src/platform/ports.ts'

const ofEnv = portsOf(env as unknown as Record<string, unknown>)
const ports = { ports: () => ofEnv }

const app = new Hono()
  .use(asMiddleware(transport({}), ports))
  .use(asMiddleware(ipList({ deny: ['198.51.100.0/24'] }), ports))
  .use(asMiddleware(securityHeaders({ preset: 'api' }), ports))
  .use(asMiddleware(cors({ origins: ['https://app.example.com'] }), ports))
  .use('/limited', asMiddleware(rateLimit({ name: 'per-ip', by: 'ip', limit: '2/hour', burst: 2, assumedIsolates: 20 }), ports))
  .post('/notes', asMiddleware(validate({ body: v.strictObject({ text: v.string() }) }), ports), async (c) => c.json(await c.req.json()))
  .get('/limited', (c) => c.text('yes'))
  .get('/', (c) => c.text('hello', 200, { server: 'secret/1.0' }))

function ask(path: string, init: RequestInit = {}, ip = '192.0.2.7') {
  const headers = new Headers(init.headers)
  headers.set('cf-connecting-ip', ip)
  return app.request(`https://app.example.com${path}`, { ...init, headers }, env, createExecutionContext())
}

describe('asMiddleware', () => {
  it('lets through what the controls let through, with their headers', async () => {
    const response = await ask('/', { headers: { origin: 'https://app.example.com' } })
    expect([response.status, await response.text()]).toEqual([200, 'hello'])
    expect(response.headers.get('server')).toBeNull()
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example.com')
  })

  it('denies as the gateway does', async () => {
    const response = await ask('/', {}, '198.51.100.9')
    expect(response.status).toBe(403)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
  })

  it('counts in the real object', async () => {
    const statuses = []
    for (let i = 0; i < 3; i++) statuses.push((await ask('/limited')).status)
    expect(statuses).toEqual([200, 200, 429])
  })

  it('leaves the body to the handlers after it', async () => {
    const post = (body: string) => ask('/notes', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    const good = await post('{"text":"x"}')
    expect([good.status, await good.text()]).toEqual([200, '{"text":"x"}'])
    expect((await post('{"text":1}')).status).toBe(422)
  })

  it('an authenticator that finds nothing denies', async () => {
    const nobody = definePolicy({
      name: 'nobody',
      stage: 'authenticate',
      settings: v.strictObject({}),
      compile: () => ({ request: () => skip({ scheme: 'Bearer' }) }),
    })
    const guarded = new Hono().use(asMiddleware(nobody({}), ports)).get('/', (c) => c.text('in'))
    const response = await guarded.request('https://app.example.com/', {}, env, createExecutionContext())
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
  })

  it('authenticates, and refuses what was revoked', async () => {
    const issuer = await TestIssuer.create('ES256', 'one')
    const users = jwt({ ...SETTINGS, keySet: { jwks: { keys: [issuer.jwk] } } })
    const guarded = new Hono()
      .use(asMiddleware(users, ports))
      .use(asMiddleware(revocation({}), ports))
      .get('/', (c) => c.text(c.get('principal')?.subject ?? ''))
    const now = Math.floor(Date.now() / 1000)
    const token = await issuer.token({ sub: 'ada', iat: now, exp: now + 600 })
    const statusAndText = async (authorization: string) => {
      const response = await guarded.request('https://app.example.com/', { headers: { authorization } }, env, createExecutionContext())
      return [response.status, response.status === 200 ? await response.text() : response.headers.get('www-authenticate')?.split(',')[0]]
    }
    expect(await statusAndText(`Bearer ${token}`)).toEqual([200, 'ada'])
    await ofEnv.revocations.revoke([{ kind: 'subject', issuer: SETTINGS.issuer, value: 'ada', untilMs: (now + 600) * 1000, reason: 'a test', by: 'tests' }])
    expect(await statusAndText(`Bearer ${token}`)).toEqual([401, 'Bearer error="invalid_token"'])
    expect(await statusAndText('Bearer a.b.c')).toEqual([401, 'Bearer error="invalid_token"'])
  })

  it('ends its journey in the background, should the client go away', async () => {
    const settled: number[] = []
    const settler = definePolicy({
      name: 'settler',
      stage: 'shield',
      settings: v.strictObject({}),
      compile: () => ({ request: () => pass(), settle: ({ status }) => void settled.push(status) }),
    })
    const slow = new Hono().use(asMiddleware(settler({}), ports)).get('/', async (c) => {
      await scheduler.wait(20)
      return c.text('late')
    })
    const context = createExecutionContext()
    const response = slow.request('https://app.example.com/', {}, env, context)
    await waitOnExecutionContext(context)
    expect(settled).toEqual([200])
    expect((await response).status).toBe(200)
  })

  it('refuses wrong settings at once', () => {
    expect(() => asMiddleware(ipList({ deny: ['300.0.0.1'] }), ports)).toThrow(/ip-list|deny/)
  })
})
