import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ADMIN, type AdminDoor, changing, expectUnseen, openAdminDoor } from './admin/door.ts'

let door: AdminDoor
let token: string
beforeAll(async () => {
  door = await openAdminDoor('zone')
  token = await door.token(['admins'])
})
afterAll(() => door.stop())

const BAN = JSON.stringify({ effect: 'ban', target: 'country', value: 'XK', forSeconds: 60, reason: 'a test' })
let key = ''
let tests = 0
beforeEach(() => {
  key = `an-idempotency-key-${++tests}`
})

/** As a browser that is signed in to Cloudflare Access sends it: Access makes the header out of its cookie. */
const byAccess = (headers: Record<string, string> = {}): Record<string, string> => {
  const { Authorization: _, ...rest } = changing('', key)
  return { ...rest, 'Cf-Access-Jwt-Assertion': token, ...headers }
}
/** As a browser that holds the token in a cookie sends it. */
const byCookie = (headers: Record<string, string> = {}): Record<string, string> => {
  const { Authorization: _, ...rest } = changing('', key)
  return { ...rest, Cookie: `__Host-admin=${token}`, ...headers }
}

describe('a page of somebody else’s changes nothing by a browser that is signed in', () => {
  it.each<[string, Record<string, string>]>([
    ['another site', { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }],
    ['another origin of the site', { Origin: 'https://app.example.com', 'Sec-Fetch-Site': 'same-site' }],
    ['another origin, without Fetch Metadata', { Origin: 'https://evil.example' }],
    ['the other host of the zone', { Origin: 'https://api.example.net' }],
    ['a sandboxed frame', { Origin: 'null' }],
    ['plain http', { Origin: 'http://api.example.com' }],
    ['a port', { Origin: 'https://api.example.com:8443' }],
    ['another site without an origin', { 'Sec-Fetch-Site': 'cross-site' }],
    ['the same site without an origin', { 'Sec-Fetch-Site': 'same-site' }],
    ['a word that is none', { 'Sec-Fetch-Site': 'same-origin, cross-site' }],
    ['its own origin, from another site', { Origin: 'https://api.example.com', 'Sec-Fetch-Site': 'cross-site' }],
  ])('%s', async (_, headers) => {
    const before = await door.rooms()
    expect((await door.ask(`POST ${ADMIN}/bans`, byAccess(headers), BAN)).said).toBe('403 admin.csrf')
    expect((await door.ask(`POST ${ADMIN}/bans`, byCookie(headers), BAN)).said).toMatch(/^40[34] admin\.(?:csrf|credential)$/)
    expect((await door.ask(`DELETE ${ADMIN}/bans/ban.country.x`, byAccess(headers))).said).toBe('403 admin.csrf')
    expect(await door.rooms()).toEqual(before)
  })

  it('by what a form can send', async () => {
    const before = await door.rooms()
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain;application/json']) {
      const { 'Idempotency-Key': _, ...form } = byAccess({ 'Content-Type': type })
      expect((await door.ask(`POST ${ADMIN}/bans`, form, BAN)).said).toBe('400 admin.idempotency-key')
      expect((await door.ask(`POST ${ADMIN}/bans`, byAccess({ 'Content-Type': type }), BAN)).said).toBe('415 admin.content-type')
    }
    expect(await door.rooms()).toEqual(before)
  })

  it('by a cookie without any proof', async () => {
    expect((await door.ask(`POST ${ADMIN}/bans`, byCookie(), BAN)).said).toMatch(/^40[34] admin\.(?:csrf|credential)$/)
    expect((await door.ask(`POST ${ADMIN}/bans`, byCookie({ 'Sec-Fetch-Site': 'none' }), BAN)).said).toMatch(/^40[34] admin\.(?:csrf|credential)$/)
  })

  it('a preflight is answered to nobody, signed in or not', async () => {
    const preflight = {
      Origin: 'https://app.example.com',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'content-type,idempotency-key',
    }
    // Browsers send preflights without credentials: what they learn is what they learn of any path that is not there.
    const unlisted = await door.ask('OPTIONS /_portcullis/nothing', preflight)
    expect(unlisted.response.status).toBe(404)
    expectUnseen(await door.ask(`OPTIONS ${ADMIN}/bans`, preflight), unlisted, /^404 admin\.missing$/)
    const { response, said } = await door.ask(`OPTIONS ${ADMIN}/bans`, byAccess(preflight))
    expect(said).toBe('405 admin.method')
    expect(Object.keys(response.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  it('no answer is for another origin to read', async () => {
    const { response, said } = await door.ask(`GET ${ADMIN}/openapi.json`, byAccess({ Origin: 'https://app.example.com', 'Sec-Fetch-Site': 'same-site' }))
    expect(said).toBe('403 admin.csrf')
    expect(Object.keys(response.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  it.each<[string, Record<string, string>, string]>([
    ['a script', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'script' }, '403 admin.csrf'],
    ['a frame', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' }, '403 admin.csrf'],
    ['a link', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }, '200 admin.answered'],
    ['its own page', { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' }, '200 admin.answered'],
  ])('%s reads: %o → %s', async (_, headers, said) => {
    expect((await door.ask(`GET ${ADMIN}/openapi.json`, byAccess(headers))).said).toBe(said)
  })

  it('a page of its own, and whoever is no browser, do', async () => {
    const own = { Origin: 'https://api.example.com', 'Sec-Fetch-Site': 'same-origin' }
    expect((await door.ask(`POST ${ADMIN}/bans`, byAccess(own), BAN)).said).toBe('201 admin.answered')
    key += '-by-cookie'
    expect((await door.ask(`POST ${ADMIN}/bans`, byCookie(own), BAN)).said).toBe('201 admin.answered')
    key += '-by-token'
    expect((await door.ask(`POST ${ADMIN}/bans`, changing(token, key), BAN)).said).toBe('201 admin.answered')
  })
})
