import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN, ADMIN_TOKEN, type AdminDoor, changing, openAdminDoor, seen } from './admin/door.ts'
import { bearer } from './front-door.ts'

let door: AdminDoor
beforeAll(async () => {
  door = await openAdminDoor('zone')
})
afterAll(() => door.stop())

const HOST = { Host: 'api.example.com' }
let names = 0
const nextName = () => `an-idempotency-key-${++names}`
const change = (line: string, body?: unknown, headers: Record<string, string> = {}, token = ADMIN_TOKEN) =>
  door.ask(line.replace(' ', ` ${ADMIN}`), { ...changing(token, nextName()), ...headers }, body === undefined ? '' : JSON.stringify(body))
const read = (path: string, headers: Record<string, string> = {}) => door.ask(`GET ${ADMIN}${path}`, { ...HOST, ...bearer(ADMIN_TOKEN), ...headers })
const ban = (value: string, more: object = {}) => ({ effect: 'ban', target: 'asn', value, forSeconds: 60, reason: 'a test', ...more })

describe('bodies', () => {
  it.each<[string, string, RegExp]>([
    ['a byte over 64 KB', `{"effect":"ban"${' '.repeat(65_536 - 15)}}`, /^413 admin\.too-large$/],
    ['64 KB of brackets', '['.repeat(65_536), /^400 admin\.json$/],
    ['nine deep', `{"effect":${'['.repeat(9)}${']'.repeat(9)}}`, /^400 admin\.json$/],
    ['a name twice', '{"effect":"ban","effect":"allow"}', /^400 admin\.json$/],
    ['a name of the prototype', '{"__proto__":{"effect":"ban"}}', /^400 admin\.json$/],
    ['a byte order mark', '\ufeff{}', /^400 admin\.json$/],
    ['a number beyond all', '{"forSeconds":1e999}', /^4(?:00|22) admin\./],
    ['a list', '[]', /^422 admin\.invalid$/],
    ['null', 'null', /^422 admin\.invalid$/],
    ['20,000 unknown names', JSON.stringify(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`x${i}`, 1]))), /^4(?:00|22) admin\./],
  ])('%s', async (_, body, said) => {
    const before = await door.rooms()
    const outcome = await door.ask(`POST ${ADMIN}/bans`, changing(ADMIN_TOKEN, nextName()), Buffer.from(body).toString('latin1'))
    expect(outcome.said).toMatch(said)
    expect(outcome.response.body.length).toBeLessThan(8192)
    expect(await door.rooms()).toEqual(before)
  })

  it.each(['DELETE', 'GET', 'HEAD'])('with %s: none is taken, nothing is done', async (method) => {
    const made = JSON.parse((await change('POST /bans', ban('64600'))).response.body) as { id: string }
    const outcome = await door.ask(`${method} ${ADMIN}/bans${method === 'DELETE' ? `/${made.id}` : ''}`, changing(ADMIN_TOKEN, nextName()), '{"x":1}')
    expect(outcome.response.status).toBe(400)
    expect((await door.rooms()).rules.map(({ id }) => id)).toContain(made.id)
  })

  it('of another coding, type or length than said are refused', async () => {
    const body = JSON.stringify(ban('64601'))
    for (const headers of [
      { 'Content-Type': 'text/plain' },
      { 'Content-Type': 'application/json; charset=utf-16' },
      { 'Content-Encoding': 'gzip' },
      { 'Content-Type': 'application/json, text/plain' },
      { 'Content-Type': 'application/x-www-form-urlencoded' },
    ])
      expect((await change('POST /bans', ban('64601'), headers)).said).toBe('415 admin.content-type')
    const head = `POST ${ADMIN}/bans HTTP/1.1\r\nHost: api.example.com\r\nportcullis-proto: https\r\nCF-Connecting-IP: 198.51.100.9\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\nIdempotency-Key: ${nextName()}\r\nContent-Type: application/json\r\n`
    for (const length of [`Content-Length: ${body.length}\r\nContent-Length: 5\r\n`, `Content-Length: ${body.length}\r\nTransfer-Encoding: chunked\r\n`])
      expect((await door.send(`${head}${length}\r\n${body}`)).response.status).toBeGreaterThanOrEqual(400)
    expect((await door.rooms()).rules.filter((rule) => 'value' in rule && rule.value === '64601')).toEqual([])
  })
})

describe('methods', () => {
  it.each(['PUT', 'PATCH', 'OPTIONS', 'POST', 'TRACE', 'PROPFIND'])('%s on a path that only reads changes nothing and is told so', async (method) => {
    const outcome = await door.ask(`${method} ${ADMIN}/status`, changing(ADMIN_TOKEN, nextName()))
    expect(outcome.said).toMatch(/^(?:405 admin\.method|405 .*|501.*|400 .*)$/)
    expect(outcome.received).toEqual([])
  })

  it.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])('%s is not believed', async (name) => {
    const before = await door.rooms()
    expect((await read('/bans', { [name]: 'POST', 'Idempotency-Key': nextName() })).said).toBe('200 admin.answered')
    expect((await read('/bans?_method=DELETE')).said).toBe('422 admin.invalid')
    expect(await door.rooms()).toEqual(before)
  })

  it('HEAD says what GET says, without a word of it', async () => {
    const head = await door.ask(`HEAD ${ADMIN}/status`, { ...HOST, ...bearer(ADMIN_TOKEN) })
    expect([head.response.status, head.response.body]).toEqual([200, ''])
    const unlisted = await door.ask('HEAD /_portcullis/nothing', HOST)
    expect(seen((await door.ask(`HEAD ${ADMIN}/status`, HOST)).response)).toEqual(seen(unlisted.response))
  })
})

describe('those who make rules', () => {
  const everybody = { forSeconds: 600, reason: 'a test' }

  it('are not locked out by them; strangers are, and see there what they see elsewhere', async () => {
    const at = { 'CF-Connecting-IP': '198.51.100.200' }
    const stop = JSON.parse((await change('POST /kill-switches', everybody)).response.body) as { id: string }
    const banned = JSON.parse((await change('POST /bans', { effect: 'ban', target: 'ip', value: '198.51.100.200', ...everybody })).response.body) as {
      id: string
    }
    const agent = JSON.parse((await change('POST /bans', { effect: 'ban', target: 'user-agent', value: 'evil*', ...everybody })).response.body) as {
      id: string
    }
    expect((await read('/status', at)).said).toBe('200 admin.answered')
    expect((await read('/status', { ...at, 'User-Agent': 'evil/1' })).said).toBe('200 admin.answered')
    for (const headers of [{}, bearer('x'.repeat(40)), bearer(await door.token(['admins'], { aud: 'https://api.example.com' }))]) {
      const there = await door.ask(`GET ${ADMIN}/status`, { ...HOST, ...at, ...headers })
      const elsewhere = await door.ask('GET /_portcullis/nothing', { ...HOST, ...at, ...headers })
      expect(seen(there.response)).toEqual(seen(elsewhere.response))
      expect(there.response.status).toBe(503)
    }
    // Being spared is for this API alone.
    expect((await door.ask('GET /v1/anything', { ...HOST, ...at, ...bearer(ADMIN_TOKEN) })).response.status).toBe(503)
    for (const { id } of [banned, agent]) expect((await change(`DELETE /bans/${id}`, undefined, at)).said).toBe('200 admin.answered')
    expect((await change(`DELETE /kill-switches/${stop.id}`, undefined, at)).said).toBe('200 admin.answered')
  })

  it('lose it with their token', async () => {
    const jti = crypto.randomUUID()
    const token = await door.token(['admins'], { jti })
    const me = () => door.ask(`GET ${ADMIN}/status`, { ...HOST, ...bearer(token) })
    expect((await me()).said).toBe('200 admin.answered')
    expect((await change('POST /revocations', { kind: 'token', issuer: 'https://issuer-one.test', value: jti, forSeconds: 600, reason: 'a test' })).said).toBe(
      '201 admin.answered',
    )
    expect((await me()).said).toBe('404 admin.revoked')
  })

  it('are not banned as callers either, or nobody could take it back', async () => {
    const token = await door.token(['admins'], { sub: 'banned' })
    const rule = await change('POST /bans', { effect: 'ban', target: 'subject', value: 'banned', issuer: 'https://issuer-one.test', ...everybody })
    expect(rule.said).toBe('201 admin.answered')
    expect((await door.ask(`GET ${ADMIN}/status`, { ...HOST, ...bearer(token) })).said).toBe('200 admin.answered')
  })
})

describe('a key of the API', () => {
  it('opens nothing here, in no header', async () => {
    const { key } = JSON.parse(
      (await change('POST /keys', { owner: 'root', name: 'a key', scopes: ['admin'], roles: ['admin'], metadata: { groups: 'admins' } })).response.body,
    ) as { key: string }
    const unlisted = await door.ask('GET /_portcullis/nothing', HOST)
    for (const headers of [
      { 'X-Api-Key': key },
      bearer(key),
      { Authorization: `Basic ${key}` },
      { 'Cf-Access-Jwt-Assertion': key },
      { Cookie: `__Host-admin=${key}` },
    ]) {
      const outcome = await door.ask(`GET ${ADMIN}/status`, { ...HOST, ...headers })
      expect(seen(outcome.response)).toEqual(seen(unlisted.response))
    }
  })

  it('nor does the token of operators open what is behind the gateway', async () => {
    for (const headers of [{ 'X-Api-Key': ADMIN_TOKEN }, bearer(ADMIN_TOKEN)])
      expect((await door.ask('GET /keyed', { ...HOST, ...headers })).response.status).toBe(401)
  })
})
