import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { rawRequest, rawText } from '../workerd/raw.ts'
import { serve } from '../workerd/serve.ts'
import { ADMIN, ADMIN_TOKEN, type AdminDoor, changing, expectUnseen, openAdminDoor } from './admin/door.ts'
import { bearer, tokenOfOne } from './front-door.ts'

let door: AdminDoor
beforeAll(async () => {
  door = await openAdminDoor('zone')
})
afterAll(() => door.stop())
afterEach(() => door.answer())

const TOKEN = bearer(ADMIN_TOKEN)
const SHARED = '2a06:98c0:3600::103'

describe('nobody reaches the admin API through somebody who may', () => {
  it.each(['301', '302', '303', '307', '308'])('an origin that redirects there (%s): the gateway does not follow', async (status) => {
    door.answer((_, response) => void response.writeHead(Number(status), { location: `https://api.example.com${ADMIN}/keys` }).end())
    const before = await door.rooms()
    const outcome = await door.ask('POST /elsewhere', { ...TOKEN, 'Content-Type': 'application/json' }, '{}')
    expect(outcome.said).toBe(`${status} origin.answered`)
    expect(outcome.received).toHaveLength(1)
    expect(await door.rooms()).toEqual(before)
  })

  it('an origin learns no credential of the admin’s, whatever route it is sent to', async () => {
    for (const line of ['GET /elsewhere', 'GET /a/b', 'POST /elsewhere']) {
      const { received } = await door.ask(line, { ...TOKEN, 'Idempotency-Key': 'an-idempotency-key-1', 'Cf-Access-Jwt-Assertion': 'a.b.c' })
      expect(received).toHaveLength(1)
      expect(JSON.stringify(received[0]?.fields)).not.toContain(ADMIN_TOKEN)
    }
  })

  it('a token for the zone, forwarded or not, is none for the admin', async () => {
    const unlisted = await door.ask('GET /_portcullis/nothing')
    const headers = bearer(await tokenOfOne(door, { groups: ['admins'] }))
    expect((await door.ask('GET /v1/passport', headers)).said).toBe('200 origin.answered')
    expectUnseen(await door.ask(`GET ${ADMIN}/openapi.json`, headers), unlisted, /^404 admin\.credential$/)
  })

  it.each<[string, Record<string, string>]>([
    ['a Worker of a zone that this one lets in', { 'CF-Connecting-IP': SHARED, 'CF-Worker': 'partner.example' }],
    ['a Worker of another zone', { 'CF-Connecting-IP': SHARED, 'CF-Worker': 'evil.example' }],
    ['a Worker that sends an address', { 'CF-Connecting-IP': '192.0.2.1', 'CF-Worker': 'partner.example' }],
    ['nobody', { 'CF-Connecting-IP': '' }],
  ])('%s, with the right token', async (_, headers) => {
    const unlisted = await door.ask('GET /_portcullis/nothing', { ...headers, ...TOKEN })
    const outcome = await door.ask(`GET ${ADMIN}/openapi.json`, { ...headers, ...TOKEN })
    expectUnseen(outcome, unlisted, /^40[34] (?:admin\.caller|ip-list\.)/)
  })

  it('another Worker by a service binding, which says nothing of a client', async () => {
    const source = `export default { fetch: (request, env) => env.GATE.fetch('https://api.example.com${ADMIN}/openapi.json', { headers: { authorization: request.headers.get('authorization') } }) }`
    const deputy = await serve({ worker: { source, services: { GATE: { address: `127.0.0.1:${door.server.port}` } } } })
    try {
      const { status, body } = await rawRequest(deputy.port, rawText('GET', '/', { ...TOKEN, Host: 'deputy.example' }))
      expect(status).not.toBe(200)
      expect(body).not.toContain('"openapi"')
    } finally {
      await deputy.stop()
    }
  })

  it.each([
    { 'X-HTTP-Method-Override': 'DELETE' },
    { 'X-HTTP-Method': 'DELETE' },
    { 'X-Method-Override': 'DELETE' },
    { 'X-Original-URL': `${ADMIN}/bans/ban.ip.x` },
    { 'X-Rewrite-URL': `${ADMIN}/bans/ban.ip.x` },
  ])('%o makes nothing of a reading', async (headers) => {
    const before = await door.rooms()
    const outcome = await door.ask(`GET ${ADMIN}/openapi.json?_method=DELETE`, { ...changing(ADMIN_TOKEN, 'an-idempotency-key-2'), ...headers })
    expect(outcome.said).toBe('422 admin.invalid')
    expect((await door.ask(`GET ${ADMIN}/openapi.json`, { ...changing(ADMIN_TOKEN, 'an-idempotency-key-2'), ...headers })).said).toBe('200 admin.answered')
    expect((await door.rooms()).trail).toEqual(before.trail)
  })

  it('a WebSocket is none', async () => {
    const outcome = await door.ask(`GET ${ADMIN}/openapi.json`, {
      ...TOKEN,
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Key': 'x',
      'Sec-WebSocket-Version': '13',
    })
    expect(outcome.response.status).not.toBe(101)
    expect(outcome.received).toEqual([])
  })
})
