import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type Answered, type Ask, startWorld, type World } from './world.ts'

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

const JSON_TYPE = { 'content-type': 'application/json' }
const post = (body: string, headers: Record<string, string> = JSON_TYPE): Ask => ({ method: 'POST', headers, body })

/** A token with one character of its signature changed. */
function forged(): string {
  const at = token.lastIndexOf('.') + 10
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
}

type Case = readonly [status: number, reason: string, target: string, ask?: Ask | (() => Ask | Promise<Ask>), headers?: Record<string, unknown>]

/** Refused before the origin hears of it. A token is sent unless the case says otherwise. */
const REFUSED: readonly Case[] = [
  [400, 'transport.ambiguous-path', '/v1/users/..%2fadmin'],
  [400, 'validate.query', '/v1/search?q=a&admin=1'],
  [400, 'validate.duplicate-parameter', '/v1/search?q=a&q=b'],
  [400, 'validate.body-syntax', '/v1/notes', post('{"title":')],
  [400, 'jwt.syntax', '/v1/users/7', { headers: { authorization: 'Bearer' } }],
  [401, 'jwt.missing', '/v1/users/7', { token: undefined }, { 'www-authenticate': expect.stringMatching(/^Bearer resource_metadata="[^"]+"$/) }],
  [401, 'jwt.signature', '/v1/users/7', () => ({ token: forged() }), { 'www-authenticate': expect.stringContaining('error="invalid_token"') }],
  [401, 'jwt.audience', '/v1/users/7', async () => ({ token: await world.token('ada', { resource: 'https://other.example.com' }) })],
  [403, 'authorize.scope', '/v1/forbidden', {}, { 'www-authenticate': expect.stringContaining('insufficient_scope') }],
  [403, 'authorize.scope', '/v1/notes', async () => ({ ...post('{"title":"a"}'), token: await world.token('ada', { scope: 'users:read' }) })],
  [403, 'authorize.owner', '/v1/owned/grace'],
  [403, 'transport.insecure', '/v1/users/7', { headers: { 'portcullis-proto': 'http' } }],
  [403, 'transport.tls-version', '/v1/users/7', { headers: { 'portcullis-cf': '{"tlsVersion":"TLSv1.1"}' } }],
  [404, 'route.unlisted', '/v1/nothing'],
  [404, 'route.unknown-host', '/v1/users/7', { host: 'other.example.com' }],
  [405, 'route.method', '/v1/users/7', { method: 'DELETE' }, { allow: 'GET, HEAD' }],
  [413, 'validate.too-large', '/v1/notes', post(`{"title":"${'a'.repeat(2000)}"}`)],
  [413, 'validate.too-large', '/v1/notes', post(`{"title":"${'a'.repeat(200_000)}"}`, { ...JSON_TYPE, 'transfer-encoding': 'chunked' })],
  [414, 'transport.url-bytes', `/v1/users/${'7'.repeat(9000)}`],
  [415, 'validate.content-type', '/v1/notes', post('title=a', { 'content-type': 'application/x-www-form-urlencoded' })],
  [422, 'validate.body', '/v1/notes', post('{"title":"","extra":1}')],
  [
    426,
    'transport.upgrade',
    '/v1/users/7',
    { headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' } },
  ],
  [431, 'transport.header-bytes', '/v1/users/7', { headers: { 'x-long': 'a'.repeat(20_000) } }],
  [431, 'transport.header-count', '/v1/users/7', { headers: Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`x-${i}`, '1'])) }],
]

for (const [status, reason, target, ask = {}, headers = {}] of REFUSED) {
  it(`${status} ${reason}: ${target.slice(0, 40)}`, async () => {
    const answer = await world.ask(target, { token, ...(typeof ask === 'function' ? await ask() : ask) })
    await expectProblem(answer, status, reason)
    expect(answer.headers).toMatchObject(headers)
    expect(world.outside.received).toEqual([])
  })
}

it('401 jwt.expired: a token that was good', async () => {
  const brief = await world.token('brief')
  expect((await world.ask('/v1/users/7', { token: brief })).status).toBe(200)
  world.outside.forget()
  await world.forward(10_000)
  await expectProblem(await world.ask('/v1/users/7', { token: brief }), 401, 'jwt.expired')
  expect(world.outside.received).toEqual([])
})

it('429 rate-limit.exceeded: with the time to wait', async () => {
  for (let i = 0; i < 4; i++) expect((await world.ask('/v1/limited', { token })).status).toBe(200)
  world.outside.forget()
  const answer = await world.ask('/v1/limited', { token })
  const { record } = await expectProblem(answer, 429, 'rate-limit.exceeded')
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(60)
  expect(answer.headers.ratelimit).toMatch(/^"limited";r=0;t=\d+;pk=:[\w+/]{20}:$/)
  expect(record.objectCalls, 'none, once the isolate knows').toBeLessThanOrEqual(1)
  expect(world.outside.received).toEqual([])
})

it('502 origin.unreachable: the origin breaks the connection', async () => {
  await expectProblem(await world.ask('/', { host: 'breaks.example.com' }), 502, 'origin.unreachable')
})

it('502 origin.unreachable: nobody listens', async () => {
  await expectProblem(await world.ask('/', { host: 'refuses.example.com' }), 502, 'origin.unreachable')
})

it('504 origin.timeout: no headers in time, and the origin is told that nobody waits any more', async () => {
  world.outside.answer(() => {})
  await expectProblem(await world.ask('/v1/slow', { token }), 504, 'origin.timeout')
  await world.outside.only().abandoned
})

it('answers a HEAD without a body', async () => {
  const { status, body, headers } = await world.ask('/v1/nothing', { method: 'HEAD', token })
  expect([status, body.length, headers['content-type']]).toEqual([404, 0, 'application/problem+json'])
})

it('records each of them once', async () => {
  const recorded = async () => (await world.decisions()).map(({ record }) => record.requestId).toSorted()
  await expect.poll(recorded).toEqual(world.asked.toSorted())
})

it('logs what failed, and nothing of what was refused', () => {
  const lines = world.server
    .log()
    .split('\n')
    .filter((line) => line.startsWith('{'))
  expect(lines.map((line) => JSON.parse(line).reason).toSorted()).toEqual(['origin.timeout', 'origin.unreachable', 'origin.unreachable'])
  expect(world.server.log()).not.toContain('Uncaught')
})

/** The caller learns what RFC 9457 says and no reason; the operator learns the reason. */
async function expectProblem({ status, headers, body, requestId }: Answered, wanted: number, reason: string) {
  const decided = await world.decision(requestId)
  expect([status, decided.record.status, decided.record.reason]).toEqual([wanted, wanted, reason])
  expect(headers).toMatchObject({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
  expect(JSON.parse(body.toString())).toMatchObject({ status: wanted, title: expect.any(String), requestId })
  expect(body.toString()).not.toContain(reason)
  expect(body.toString()).not.toMatch(/workerd|\.ts|at \w+ \(/)
  return decided
}
