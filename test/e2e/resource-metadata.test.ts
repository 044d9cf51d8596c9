import { request } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { AUDIENCE, CLIENT_SECRET, ISSUER } from './issuer.ts'
import { type Answered, type Ask, exchange, startWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.stop())
beforeEach(() => world.outside.forget())

const NOTE: Ask = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"title":"milk"}' }

/** A client that knows nothing but the API: where it gets tokens it reads from what it is told (RFC 9728 §5, RFC 8414, RFC 8707). */
const client = {
  /** Asks whoever has the URL's host: the gateway, or the world outside it. */
  async get(text: string): Promise<Answered> {
    const { host, pathname } = new URL(text)
    if (host === 'api.example.com') return await world.ask(pathname)
    return await exchange(request({ host: '127.0.0.1', port: world.outside.port, path: pathname, headers: { host } }))
  },
  async post(text: string, headers: Record<string, string>, body: URLSearchParams): Promise<Answered> {
    const { host, pathname } = new URL(text)
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    return await exchange(
      request({ host: '127.0.0.1', port: world.outside.port, method: 'POST', path: pathname, headers: { host, ...type, ...headers } }),
      `${body}`,
    )
  },
  /** Goes from a refusal to the document, from there to its issuer, and gets a token for what was asked. */
  async tokenAfter(refusal: Answered, scope?: string): Promise<string> {
    const place = parameterOf(refusal, 'resource_metadata')
    const metadata = jsonOf(await client.get(place))
    // §3.3: what is not of the URL that was asked must not be used.
    expect(metadata.resource).toBe(new URL(place).origin)
    const [issuer] = metadata.authorization_servers as readonly string[]
    const provider = jsonOf(await client.get(`${issuer}/.well-known/openid-configuration`))
    expect(provider.issuer).toBe(issuer)
    const authorization = `Basic ${Buffer.from(`ada:${encodeURIComponent(CLIENT_SECRET)}`).toString('base64')}`
    const wanted =
      scope ?? (metadata.scopes_supported as readonly string[]).filter((one) => (provider.scopes_supported as readonly string[]).includes(one)).join(' ')
    const form = new URLSearchParams({ grant_type: 'client_credentials', scope: wanted, resource: String(metadata.resource) })
    return String(jsonOf(await client.post(String(provider.token_endpoint), { authorization }, form)).access_token)
  },
}

function jsonOf({ status, body }: Answered): Record<string, unknown> {
  expect(status, body.toString()).toBe(200)
  return JSON.parse(body.toString()) as Record<string, unknown>
}

function parameterOf({ headers }: Answered, name: string): string {
  return new RegExp(`[ ,]${name}="([^"]*)"`).exec(headers['www-authenticate'] ?? '')?.[1] ?? ''
}

it('a refusal leads to the document, the document to the provider, its token to the origin', async () => {
  const refusal = await world.ask('/v1/users/7')
  expect(refusal.status).toBe(401)
  expect(world.outside.received).toEqual([])
  const token = await client.tokenAfter(refusal)
  expect((await world.ask('/v1/users/7', { token })).status).toBe(200)
  expect(world.outside.only().target).toBe('/v1/users/7')
})

it('a token that is no good leads there too', async () => {
  const refusal = await world.ask('/v1/users/7', { token: 'a.b.c' })
  expect([refusal.status, parameterOf(refusal, 'error')]).toEqual([401, 'invalid_token'])
  expect((await world.ask('/v1/users/7', { token: await client.tokenAfter(refusal) })).status).toBe(200)
})

it('a token without the scope leads to one that has it', async () => {
  const narrow = await client.tokenAfter(await world.ask('/v1/notes', NOTE), 'users:read')
  const refusal = await world.ask('/v1/notes', { ...NOTE, token: narrow })
  expect([refusal.status, parameterOf(refusal, 'error'), parameterOf(refusal, 'scope')]).toEqual([403, 'insufficient_scope', 'notes:write'])
  const token = await client.tokenAfter(refusal, parameterOf(refusal, 'scope'))
  expect((await world.ask('/v1/notes', { ...NOTE, token })).status).toBe(200)
})

it('the document is the configuration’s, kept for an hour, readable for the zone’s pages, and recorded', async () => {
  const answer = await world.ask('/.well-known/oauth-protected-resource', { headers: { origin: 'https://app.example.com' } })
  expect(jsonOf(answer)).toEqual({
    resource: AUDIENCE,
    authorization_servers: [ISSUER, 'https://shared.test'],
    scopes_supported: ['nobody:has', 'notes:write', 'users:read'],
    bearer_methods_supported: ['header'],
    resource_name: 'The API of these tests',
    resource_documentation: 'https://docs.example.com/',
  })
  expect(answer.headers).toMatchObject({
    'content-type': 'application/json',
    'cache-control': 'public, max-age=3600',
    'access-control-allow-origin': 'https://app.example.com',
    'x-content-type-options': 'nosniff',
  })
  expect((await world.decision(answer.requestId)).record).toMatchObject({ decision: 'reply', reason: 'resource.metadata', zone: 'api', status: 200 })
  expect(world.outside.received).toEqual([])
})

it('answers HEAD without a body', async () => {
  const { status, headers, body } = await world.ask('/.well-known/oauth-protected-resource', { method: 'HEAD' })
  expect([status, headers['content-type'], body.length]).toEqual([200, 'application/json', 0])
})
