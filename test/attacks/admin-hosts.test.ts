import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rawText } from '../workerd/raw.ts'
import { ADMIN, ADMIN_TOKEN, type AdminDoor, openAdminDoor, seen } from './admin/door.ts'
import { bearer } from './front-door.ts'

let zone: AdminDoor
let own: AdminDoor
let none: AdminDoor
beforeAll(async () => {
  ;[zone, own, none] = await Promise.all([openAdminDoor('zone'), openAdminDoor('host'), openAdminDoor('none')])
})
afterAll(async () => {
  await Promise.all([zone, own, none].map((door) => door?.stop()))
})

const TOKEN = bearer(ADMIN_TOKEN)
const PATH = `${ADMIN}/openapi.json`

describe('on a zone’s host', () => {
  it.each([
    'api.example.net',
    'open.example.com',
    'unknown.example.com',
    'api.example.com.evil.example',
    'xapi.example.com',
    'api.example.com:8443',
    'api.example.com.',
    '192.0.2.1',
    'localhost',
  ])('it is not on %s, with the right token', async (host) => {
    const outcome = await zone.ask(`GET ${PATH}`, { ...TOKEN, Host: host })
    expect(outcome.decision?.route).not.toBe('admin')
    expect(outcome.response.body).not.toContain('"openapi"')
    expect(outcome.received).toEqual([])
  })

  it.each([
    { 'X-Forwarded-Host': 'api.example.com' },
    { 'X-Host': 'api.example.com' },
    { Forwarded: 'host=api.example.com' },
    { 'X-Original-Host': 'api.example.com' },
    { 'X-Original-URL': PATH },
    { 'X-Rewrite-URL': PATH },
    { 'X-Forwarded-Prefix': ADMIN },
  ])('%o moves nothing to it', async (headers) => {
    for (const [host, path] of [
      ['open.example.com', PATH],
      ['api.example.com', '/elsewhere'],
    ] as const) {
      const outcome = await zone.ask(`GET ${path}`, { ...TOKEN, ...headers, Host: host })
      expect(outcome.decision?.route).not.toBe('admin')
      expect(outcome.response.body).not.toContain('"openapi"')
    }
  })

  it('two hosts are none', async () => {
    const outcome = await zone.send(rawText('GET', PATH, { Host: 'api.example.com', ...TOKEN }).replace('\r\n\r\n', '\r\nHost: open.example.com\r\n\r\n'))
    expect(outcome.response.body).not.toContain('"openapi"')
  })

  it('plain http is refused before anything is told', async () => {
    const outcome = await zone.ask(`GET ${PATH}`, { ...TOKEN, 'portcullis-proto': 'http' })
    expect(outcome.said).toBe('403 transport.insecure')
  })
})

describe('on a host that no zone has', () => {
  const at = { Host: 'admin.example.com' }

  it('it is there for who has the token, and on no zone’s host', async () => {
    expect((await own.ask(`GET ${PATH}`, { ...at, ...TOKEN })).said).toBe('200 admin.answered')
    expect((await own.ask(`GET ${PATH}`, TOKEN)).said).toBe('404 route.unlisted')
  })

  it.each(['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS', 'PUT'])('%s: to everybody else it is as a host that nobody has', async (method) => {
    for (const path of ['/', PATH, ADMIN, '/elsewhere', '//', '/_portcullis/%61dmin']) {
      for (const headers of [{}, bearer('wrong'), { Origin: 'https://app.example.com', 'Access-Control-Request-Method': 'POST' }]) {
        const here = await own.ask(`${method} ${path}`, { ...headers, ...at, Connection: 'close' })
        const unknown = await own.ask(`${method} ${path}`, { ...headers, Host: 'unknown.example.com', Connection: 'close' })
        expect(seen(here.response), path).toEqual(seen(unknown.response))
      }
    }
  })
})

describe('a gateway without one', () => {
  it('answers as one with it does to whoever is not known', async () => {
    for (const headers of [{}, bearer('wrong'), { Cookie: '__Host-admin=a.b.c' }, { 'Cf-Access-Jwt-Assertion': 'a.b.c' }]) {
      for (const path of [ADMIN, PATH, `${ADMIN}/keys`]) {
        expect(seen((await zone.ask(`GET ${path}`, headers)).response)).toEqual(seen((await none.ask(`GET ${path}`, headers)).response))
      }
    }
  })
})
