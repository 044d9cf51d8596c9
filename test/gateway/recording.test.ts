import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { pass } from '../../src/core/decision.ts'
import { definePolicy } from '../../src/core/policy.ts'
import { principalId } from '../../src/core/principal.ts'
import { type DecisionRecord, RECORD_BLOBS, RECORD_DOUBLES } from '../../src/core/record.ts'
import type { CompiledGateway } from '../../src/gateway/compiled.ts'
import { defineGateway } from '../../src/gateway/define.ts'
import { hostGateway } from '../../src/host.ts'
import { pointOf } from '../../src/platform/recorder.ts'
import { underTest } from './under-test.ts'

const ada = {
  id: principalId('https://issuer.example', 'ada@example.com'),
  issuer: 'https://issuer.example',
  subject: 'ada@example.com',
  method: 'test',
  scheme: 'Bearer',
  credentialHeader: 'authorization',
  credentialId: 'jti-of-ada',
  level: 'gold',
  scopes: new Set<string>(),
  roles: new Set<string>(),
  claims: {},
}
const users = definePolicy({
  name: 'users',
  stage: 'authenticate',
  settings: v.strictObject({}),
  compile: () => ({ request: () => pass({ principal: ada }) }),
})({})

const gatewayOf = (clientIp?: 'hmac' | 'truncate'): CompiledGateway =>
  defineGateway({
    zones: {
      api: {
        hosts: ['api.example.com'],
        origin: 'https://origin.example.com',
        routes: { 'GET /me': { authenticate: users }, 'POST /things': { public: 'a test' } },
      },
    },
    ...(clientIp !== undefined && { record: { clientIp } }),
  })

const cf = { country: 'SE', asn: 64496, colo: 'ARN' }

describe('a recorded decision', () => {
  it('says who, where, what and why, and knows nobody by name', async () => {
    let now = 1_000
    const run = underTest(gatewayOf(), {
      clock: { now: () => now },
      origin: () => {
        now += 25
        return new Response('ok', { status: 200, headers: { 'content-length': '2' } })
      },
    })
    const { record, response } = await run('https://api.example.com/me?secret=1', { ip: '192.0.2.77', cf, headers: { 'user-agent': 'curl/8.0' } })
    expect(record).toEqual({
      zone: 'api',
      host: 'api.example.com',
      route: 'GET /me',
      method: 'GET',
      decision: 'allow',
      reason: 'origin.answered',
      policy: '',
      reported: '',
      status: 200,
      country: 'SE',
      asn: '64496',
      location: 'ARN',
      clientIp: expect.stringMatching(/^[\w-]{22}$/),
      principal: expect.stringMatching(/^[\w-]{22}$/),
      credential: expect.stringMatching(/^[\w-]{22}$/),
      level: 'gold',
      userAgent: 'curl',
      policyHash: expect.stringMatching(/^[0-9a-f]{16}$/),
      requestId: response.headers.get('x-request-id'),
      totalMs: 25,
      originMs: 25,
      requestBytes: -1,
      responseBytes: 2,
      // A new isolate asks the ledger, unless another of its location just did.
      objectCalls: expect.any(Number),
    })
    for (const personal of ['192.0.2.77', 'ada@example.com', 'jti-of-ada', 'secret']) expect(JSON.stringify(record)).not.toContain(personal)
  })

  it('gives the same person the same pseudonym, and another another', async () => {
    const run = underTest(gatewayOf())
    const ip = async (address: string) => (await run('https://api.example.com/me', { ip: address })).record.clientIp
    expect(await ip('192.0.2.1')).toBe(await ip('192.0.2.1'))
    expect(await ip('192.0.2.1')).not.toBe(await ip('192.0.2.2'))
  })

  it.each([
    ['192.0.2.77', '192.0.2.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
  ])('truncates %s to %s where that is wanted', async (address, network) => {
    expect((await underTest(gatewayOf('truncate'))('https://api.example.com/me', { ip: address })).record.clientIp).toBe(network)
  })

  it.each([
    ['https://api.example.com/nothing', {}, { zone: 'api', route: 'unmatched /{}', reason: 'route.unlisted', status: 404 }],
    ['https://api.example.com/things', {}, { zone: 'api', route: 'unmatched /things', reason: 'route.method', status: 405 }],
    ['https://unknown.example.com/', {}, { zone: '-', host: '-', route: 'unmatched', reason: 'route.unknown-host', status: 404 }],
    ['https://api.example.com:8443/me', {}, { zone: '-', route: 'unmatched', reason: 'transport.ambiguous-path', status: 400 }],
    ['http://api.example.com/me', {}, { zone: 'api', reason: 'transport.insecure', status: 403 }],
    ['https://api.example.com/me', { ip: null }, { zone: 'api', reason: 'ip-list.no-address', status: 403, clientIp: '' }],
    ['https://api.example.com/me', { method: 'PROPFIND' }, { method: 'other', status: 405 }],
    [
      'https://api.example.com/me',
      { ip: '2a06:98c0:3600::103', headers: { 'cf-worker': 'other.example' } },
      { reason: 'ip-list.worker', clientIp: 'worker:other.example' },
    ],
  ])('%s %o', async (url, ask, expected) => {
    expect((await underTest(gatewayOf())(url, ask)).record).toMatchObject(expected)
  })

  describe('of what no route takes', () => {
    const LISTED = ['GET /v1/users/:id', 'POST /v1/users', 'GET /v1/users/me/keys', 'GET /files/*', `GET /${'long'.repeat(60)}`]
    const routes = Object.fromEntries(LISTED.map((key) => [key, { public: 'a test' }])) as { 'GET /': { public: string } }
    const recorded = async (request: string, unlistedPaths?: 'known' | 'words') => {
      const [method = '', path = ''] = request.split(' ')
      const gateway = defineGateway({
        zones: { api: { hosts: ['api.example.com'], origin: 'https://origin.example.com', routes } },
        ...(unlistedPaths !== undefined && { record: { unlistedPaths } }),
      })
      return (await underTest(gateway)(`https://api.example.com${path}`, { method })).record.route
    }

    it.each([
      ['DELETE /v1/users/ada@example.com', 'unmatched /v1/users/:id'],
      ['GET /v1/users', 'unmatched /v1/users'],
      ['POST /files/ada/secret.pdf', 'unmatched /files/*'],
      ['GET /v2/users', 'unmatched /v2/users'],
      ['GET /v2/users/ada/keys/s3cr3t', 'unmatched /v2/users/{}/keys/{}'],
      ['GET /v100/users', 'unmatched /{}/users'],
      ['GET /v1/Users', 'unmatched /v1/{}'],
      ['GET /v1/users/me/', 'unmatched /v1/users/me/'],
      ['GET /', 'unmatched /'],
      ['GET /login?token=s3cr3t', 'unmatched /{}'],
      ['GET /wp-admin/setup.php', 'unmatched /{}/{}'],
      ['GET /constructor/__proto__/toString', 'unmatched /{}/{}/{}'],
      ['GET /_portcullis/state', 'unmatched /{}/{}'],
      ['GET /a/b/c/d/e/f/g/h', 'unmatched /{}/{}/{}/{}/{}/{}/{}/{}'],
      ['GET /a/b/c/d/e/f/g/h/i/j', 'unmatched /{}/{}/{}/{}/{}/{}/{}/{}/…'],
      [`GET /${'v1/'.repeat(2000)}`, `unmatched ${'/v1'.repeat(8)}/…`],
      [`GET /v1/${'long'.repeat(60)}/x`, `unmatched /v1/${'long'.repeat(60).slice(0, 196)}…`],
    ])('%s: %s', async (request, expected) => expect(await recorded(request)).toBe(expected))

    it.each([
      ['GET /login/ada', 'unmatched /login/ada'],
      ['GET /orders/4711/items', 'unmatched /orders/{}/items'],
      [`GET /${'a'.repeat(24)}/${'a'.repeat(25)}`, `unmatched /${'a'.repeat(24)}/{}`],
      ['GET /Ada/ada@example.com/ad%C3%A4', 'unmatched /{}/{}/{}'],
    ])('with words, %s: %s', async (request, expected) => expect(await recorded(request, 'words')).toBe(expected))
  })

  it('keeps what it says within a point’s limits', async () => {
    const { record } = await underTest(gatewayOf())('https://api.example.com/me')
    const point = pointOf(record)
    expect(point.blobs).toHaveLength(20)
    expect(point.blobs).toEqual(['1', ...RECORD_BLOBS.map((name) => String(record[name]))])
    expect(point.doubles).toEqual(RECORD_DOUBLES.map((name) => record[name]))
    expect(point.indexes).toEqual(['api'])
  })
})

describe('the Worker', () => {
  const bindings = env as unknown as Record<string, unknown>
  const points: AnalyticsEngineDataPoint[] = []
  const DECISIONS = { writeDataPoint: (point: AnalyticsEngineDataPoint) => void points.push(point) }

  async function ask(gateway: CompiledGateway, given: Record<string, unknown>, url = 'https://api.example.com/nothing') {
    points.length = 0
    const context = createExecutionContext()
    const response = await hostGateway(gateway).fetch(new Request(url, { headers: { 'cf-connecting-ip': '192.0.2.1' } }), given, context)
    const body = await response.text()
    await waitOnExecutionContext(context)
    return { response, body }
  }

  it('writes the same row to the dataset and to the log', async () => {
    const { response } = await ask(gatewayOf(), { ...bindings, DECISIONS })
    expect(points).toHaveLength(1)
    const rows = await env.DECISION_LOG?.getByName('decisions').latest(10)
    const mine = rows?.map(({ record }) => JSON.parse(record) as DecisionRecord).find(({ requestId }) => requestId === response.headers.get('x-request-id'))
    expect(mine === undefined ? undefined : pointOf(mine)).toEqual(points[0])
  })

  it.each([
    ['PSEUDONYM_KEY', gatewayOf()],
    ['DECISIONS', gatewayOf()],
    ['DEMO', defineGateway({ zones: { api: { hosts: ['api.example.com'], origin: { service: 'DEMO' }, routes: { 'GET /me': { public: 'a test' } } } } })],
  ])('without %s answers 503 and tells only the operator which binding it misses', async (name, gateway) => {
    const { response, body } = await ask(gateway, { ...bindings, DECISIONS, [name]: undefined }, 'https://api.example.com/me')
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '60'])
    expect(body).not.toContain(name)
    const rows = await env.DECISION_LOG?.getByName('decisions').latest(1)
    expect(JSON.parse(rows?.[0]?.record ?? '{}')).toMatchObject({ reason: 'config.missing-binding', decision: 'error' })
    expect(rows?.[0]?.trace).toContain(name)
  })

  it('with a secret that could be guessed answers 503', async () => {
    const { response, body } = await ask(
      gatewayOf(),
      { ...bindings, DECISIONS, PSEUDONYM_KEY: 'only thirty-one characters long' },
      'https://api.example.com/me',
    )
    expect([response.status, points[0]?.blobs?.includes('config.weak-secret')]).toEqual([503, true])
    expect(body).not.toContain('PSEUDONYM_KEY')
  })

  it('answers 500, and records it, when a fault of its own comes before every control', async () => {
    const broken = { ...gatewayOf(), zones: undefined } as unknown as CompiledGateway
    const { response, body } = await ask(broken, { ...bindings, DECISIONS })
    expect([response.status, response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([
      500,
      'application/problem+json',
      'no-store',
    ])
    expect(JSON.parse(body)).toEqual({ type: 'about:blank', title: 'Internal Server Error', status: 500, requestId: response.headers.get('x-request-id') })
    expect(points).toHaveLength(1)
    expect(points[0]?.blobs).toContain('gateway.internal')
  })
})
