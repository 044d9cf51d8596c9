import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ISSUER } from './issuer.ts'
import { values } from './outside.ts'
import { startWorld, type World } from './world.ts'

let world: World
let token: string
beforeAll(async () => {
  world = await startWorld()
  token = await world.token('ada')
})
afterAll(() => world.stop())
beforeEach(() => {
  world.outside.forget()
  world.outside.answer()
})

/** The fields that a request arrived with, without the ones that differ each time. */
function fields() {
  return Object.fromEntries(
    world.outside
      .only()
      .fields.map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => name !== 'traceparent' && name !== 'x-request-id'),
  )
}

const IDENTITY = { 'x-portcullis-subject': 'ada', 'x-portcullis-issuer': ISSUER, 'x-portcullis-method': 'jwt', 'x-portcullis-client-ip': '192.0.2.1' }
const SCOPE = { 'x-portcullis-scope': 'users:read notes:write' }

describe('what the origin receives', () => {
  it('is the request that was authorised, who asked, and nothing else', async () => {
    const answer = await world.ask('/v1/users/7?a=%2Fb&c', { token, headers: { accept: 'text/plain', 'user-agent': 'curl/8.5.0' } })
    expect(answer.status).toBe(200)
    expect(answer.body.toString()).toBe('{"ok":true}')
    const { method, target, bytes } = world.outside.only()
    expect([method, target, bytes]).toEqual(['GET', '/v1/users/7?a=%2Fb&c', 0])
    expect(fields()).toEqual({
      host: 'origin.example.com',
      accept: 'text/plain',
      'user-agent': 'curl/8.5.0',
      'cache-control': 'no-cache',
      pragma: 'no-cache',
      ...IDENTITY,
      ...SCOPE,
    })
    expect(world.outside.only().fields).toHaveLength(new Set(world.outside.only().fields.map(([name]) => name.toLowerCase())).size)
  })

  it('has the request id of the answer and a trace of its own', async () => {
    const { requestId } = await world.ask('/v1/users/7', { token, headers: { 'x-request-id': 'chosen-by-the-client' } })
    expect(requestId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(values(world.outside.only(), 'x-request-id')).toEqual([requestId])
    expect(values(world.outside.only(), 'traceparent')).toEqual([expect.stringMatching(new RegExp(`^00-${requestId.replaceAll('-', '')}-[0-9a-f]{16}-00$`))])
  })

  it('goes on with the trace of the caller', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
    await world.ask('/v1/users/7', { token, headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01`, tracestate: 'vendor=1' } })
    expect(values(world.outside.only(), 'traceparent')).toEqual([expect.stringMatching(new RegExp(`^00-${trace}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`))])
    expect(values(world.outside.only(), 'tracestate')).toEqual([])
  })

  it('has nothing that the client claims of itself', async () => {
    const claims = {
      'x-portcullis-subject': 'root',
      x_portcullis_subject: 'root',
      'x-forwarded-for': '10.0.0.1',
      forwarded: 'for=10.0.0.1',
      'x-real-ip': '10.0.0.1',
      'true-client-ip': '10.0.0.1',
      'x-original-url': '/admin',
    }
    await world.ask('/v1/users/7', { token, headers: claims })
    expect(fields()).toMatchObject(IDENTITY)
    expect(
      Object.keys(fields()).filter((name) => name.includes('_') || name.startsWith('x-forwarded') || (name in claims && !name.startsWith('x-portcullis-'))),
    ).toEqual([])
  })

  it('has the credential where the route says so, and there alone', async () => {
    await world.ask('/v1/forwarded', { token })
    expect(values(world.outside.only(), 'authorization')).toEqual([`Bearer ${token}`])
    world.outside.forget()
    await world.ask('/health', { token })
    expect(world.outside.only().fields.filter(([, value]) => value.includes(token))).toEqual([])
  })

  it('says nobody asks where nobody need say who they are', async () => {
    await world.ask('/health', { token })
    expect(Object.keys(fields()).filter((name) => name.startsWith('x-portcullis-'))).toEqual(['x-portcullis-client-ip'])
  })

  it('is HEAD where the client asked HEAD', async () => {
    world.outside.answer((_arrived, response) => void response.writeHead(200, { 'content-length': '1234', 'x-length': '1234' }).end())
    const { status, headers, body } = await world.ask('/v1/users/7', { token, method: 'HEAD' })
    expect([status, headers['x-length'], body.length]).toEqual([200, '1234', 0])
    expect(world.outside.only().method).toBe('HEAD')
  })

  it('is the body that was validated, byte for byte', async () => {
    const body = '{ "title" :\t"caf\\u00e9 é" }\n'
    const { status } = await world.ask('/v1/notes', { token, method: 'POST', headers: { 'content-type': 'application/json' }, body })
    expect(status).toBe(200)
    expect((await world.outside.only().body).toString()).toBe(body)
    expect(fields()).toMatchObject({ 'content-type': 'application/json', ...IDENTITY })
  })

  it('comes through a service binding too', async () => {
    const answer = await world.ask('/who?a=b', { host: 'service.example.com', headers: { 'x-forwarded-for': '10.0.0.1' } })
    const said = JSON.parse(answer.body.toString())
    expect(said).toMatchObject({ answeredBy: 'backend', method: 'GET', url: 'https://service.example.com/who?a=b' })
    const seen = Object.fromEntries(said.headers)
    expect(seen).toMatchObject({ 'x-portcullis-client-ip': '192.0.2.1', 'x-request-id': answer.requestId })
    expect(Object.keys(seen)).not.toContain('x-forwarded-for')
    expect(world.outside.received).toEqual([])
  })

  it('goes to the own origin of the zone under its own name', async () => {
    const { status } = await world.ask('/a/b%20c?d', { host: 'own.example.com' })
    expect(status).toBe(200)
    expect(world.outside.only().target).toBe('/a/b%20c?d')
    expect(values(world.outside.only(), 'host')).toEqual(['own.example.com'])
  })
})

describe('what the client receives', () => {
  it('is the origin’s answer, without what it tells about itself, and not to be kept', async () => {
    const { headers } = await world.ask('/v1/users/7', { token })
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'private, no-store',
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
      'x-content-type-options': 'nosniff',
    })
    expect(headers).not.toHaveProperty('server')
    expect(headers).not.toHaveProperty('x-powered-by')
  })

  it('is a redirect as it is: nobody follows it', async () => {
    world.outside.answer((_arrived, response) => void response.writeHead(302, { location: 'https://elsewhere.example/?next=1' }).end())
    const { status, headers } = await world.ask('/v1/redirect', { token })
    expect([status, headers.location]).toEqual([302, 'https://elsewhere.example/?next=1'])
    expect(world.outside.received).toHaveLength(1)
  })

  it.each([204, 304, 404, 500])('is the origin’s own %i', async (given) => {
    world.outside.answer((_arrived, response) => void response.writeHead(given).end())
    const { status, requestId } = await world.ask('/v1/users/7', { token })
    expect(status).toBe(given)
    expect((await world.decision(requestId)).record).toMatchObject({ decision: 'allow', reason: 'origin.answered', status: given })
  })

  it('is every cookie of the origin, apart', async () => {
    world.outside.answer(
      (_arrived, response) => void response.writeHead(200, { 'set-cookie': ['a=1; Secure', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT'] }).end(),
    )
    const { headers } = await world.ask('/v1/users/7', { token })
    expect(headers['set-cookie']).toEqual(['a=1; Secure', 'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT'])
  })

  it('is the answer to a preflight, from the edge', async () => {
    const headers = {
      origin: 'https://app.example.com',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    }
    const answer = await world.ask('/v1/notes', { method: 'OPTIONS', headers })
    expect(answer.status).toBe(204)
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-methods': expect.stringContaining('POST'),
    })
    expect(world.outside.received).toEqual([])
    expect((await world.decision(answer.requestId)).record).toMatchObject({ decision: 'reply', policy: 'cors', route: 'POST /v1/notes' })
    const stranger = await world.ask('/v1/notes', { method: 'OPTIONS', headers: { ...headers, origin: 'https://evil.example' } })
    expect(stranger.headers).not.toHaveProperty('access-control-allow-origin')
    expect(world.outside.received).toEqual([])
  })

  it('tells a page of a listed origin that it may read', async () => {
    const { headers } = await world.ask('/v1/users/7', { token, headers: { origin: 'https://app.example.com' } })
    expect(headers).toMatchObject({ 'access-control-allow-origin': 'https://app.example.com', 'access-control-expose-headers': 'x-request-id' })
  })
})

describe('what is recorded', () => {
  it('is one decision a request, with its route and who asked, and no personal data in the clear', async () => {
    const { requestId } = await world.ask('/v1/users/7?secret=1', { token, headers: { 'user-agent': 'curl/8.5.0' } })
    const { record, trace } = await world.decision(requestId)
    expect(record).toMatchObject({
      zone: 'api',
      host: 'api.example.com',
      route: 'GET /v1/users/:id',
      method: 'GET',
      decision: 'allow',
      reason: 'origin.answered',
      status: 200,
      country: 'SE',
      asn: '64496',
      location: 'ARN',
      userAgent: 'curl',
      objectCalls: 0,
    })
    expect(record.originMs).toBeGreaterThanOrEqual(0)
    expect(trace.map(({ policy, outcome }) => `${policy}: ${outcome}`)).toEqual([
      'transport: pass',
      'kill-switch: pass',
      'bans: pass',
      'ip-list: pass',
      'cors: pass',
      'jwt: pass',
      'revocation: pass',
      'caller-bans: pass',
      'authorize: pass',
    ])
    const text = JSON.stringify({ record, trace })
    for (const secret of ['192.0.2.1', 'ada', token, 'secret']) expect(text).not.toContain(secret)
  })

  it('is every request of this file, once', async () => {
    const recorded = async () => (await world.decisions()).map(({ record }) => record.requestId).toSorted()
    await expect.poll(recorded).toEqual(world.asked.toSorted())
  })

  it('is nothing on the log of the Worker', () => {
    expect(world.server.log()).toBe('')
  })
})
