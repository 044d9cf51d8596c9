import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rawText } from '../workerd/raw.ts'
import { ADMIN, ADMIN_TOKEN, type AdminDoor, expectUnseen, openAdminDoor, seen } from './admin/door.ts'
import { bearer } from './front-door.ts'

let door: AdminDoor
beforeAll(async () => {
  door = await openAdminDoor('zone')
})
afterAll(() => door.stop())

const TOKEN = bearer(ADMIN_TOKEN)

describe('the admin API is under one spelling of its path, and nothing else reaches it', () => {
  it('is there for who has the token', async () => {
    const outcome = await door.ask(`GET ${ADMIN}/openapi.json`, TOKEN)
    expect([outcome.said, outcome.decision?.route]).toEqual(['200 admin.answered', 'admin'])
  })

  it.each([
    '/_portcullis/Admin/openapi.json',
    '/_PORTCULLIS/admin/openapi.json',
    '/_portcullis/admin;x/openapi.json',
    '/_portcullis;x/admin/openapi.json',
    '/_portcullis/admin./openapi.json',
    '/_portcullis/%61dmin/openapi.json',
    '/%5fportcullis/admin/openapi.json',
    '/_portcullis/admin%2fopenapi.json',
    '/_portcullis//admin/openapi.json',
    '//_portcullis/admin/openapi.json',
    '/./_portcullis/admin/openapi.json',
    '/x/../_portcullis/admin/openapi.json',
    '/x/%2e%2e/_portcullis/admin/openapi.json',
    '/v1/..;/_portcullis/admin/openapi.json',
    '/_portcullis\\admin/openapi.json',
    '/_portcullis/admin%00/openapi.json',
    '/_portcullis/admin%20/openapi.json',
    '/_portcullis/adminx/openapi.json',
    '/_portcullis/admi/openapi.json',
    '/v1/_portcullis/admin/openapi.json',
    '/base/_portcullis/admin/openapi.json',
    '/openapi.json',
    '/admin/openapi.json',
    '/_portcullis/openapi.json',
  ])('%s', async (path) => {
    const outcome = await door.ask(`GET ${path}`, TOKEN)
    expect(outcome.said).not.toMatch(/admin/)
    expect(outcome.decision?.route).not.toBe('admin')
    expect(outcome.response.body).not.toContain('openapi')
    // What the zone forwards is below its own prefix at the origin, and never what the path said of the gateway itself.
    for (const { target } of outcome.received) expect(target.startsWith('/base/')).toBe(true)
  })

  it.each([
    '/_portcullis/admin/openapi.json?',
    '/_portcullis/admin/openapi.json?x=1',
    '/_portcullis/admin/openapi.json/',
    '/_portcullis/admin/keys/..%2fstatus',
  ])('%s is told to whoever is known, and to nobody else', async (path) => {
    const outcome = await door.ask(`GET ${path}`, TOKEN)
    expect(outcome.said).toMatch(/^(?:4\d\d|200 admin)/)
    const unknown = await door.ask(`GET ${path}`)
    expect(unknown.response.body).not.toContain('openapi')
    expect(unknown.received).toEqual([])
  })

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'])(
    '%s without a token is as a path that is not there',
    async (method) => {
      for (const path of ['', '/', '/openapi.json', '/keys', '/nothing']) {
        const headers = { Connection: 'close' }
        const here = await door.ask(`${method} ${ADMIN}${path}`, headers)
        const unlisted = await door.ask(`${method} /_portcullis/nothing${path}`, headers)
        expect(seen(here.response), path).toEqual(seen(unlisted.response))
        expect(here.received).toEqual([])
      }
    },
  )

  it('no wildcard route of the zone takes it over, for any method', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS']) {
      expect((await door.ask(`${method} ${ADMIN}/keys`)).received).toEqual([])
      expect((await door.ask(`${method} /elsewhere`)).received).toHaveLength(1)
    }
  })

  it('an absolute target is as good as the Host, and no better', async () => {
    const outcome = await door.send(rawText('GET', `https://api.example.com${ADMIN}/openapi.json`, { Host: 'open.example.com' }))
    expect(outcome.response.body).not.toContain('"openapi"')
    expect(outcome.received).toEqual([])
  })

  it('attempts in vain are counted, and look alike before and after', async () => {
    const few = await openAdminDoor('few')
    try {
      const wrong = { ...bearer('wrong'), 'CF-Connecting-IP': '198.51.100.9' }
      const unlisted = await few.ask('GET /_portcullis/nothing', wrong)
      for (const reason of [...Array(5).fill(/^404 admin\.credential$/), /^404 admin\.attempts$/]) {
        expectUnseen(await few.ask(`GET ${ADMIN}/status`, wrong), unlisted, reason as RegExp)
      }
      expectUnseen(await few.ask(`GET ${ADMIN}/status`, { ...TOKEN, 'CF-Connecting-IP': '198.51.100.9' }), unlisted, /^404 admin\.attempts$/)
    } finally {
      await few.stop()
    }
  })
})
