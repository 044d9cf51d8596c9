import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { pass, skip } from '../../src/core/decision.ts'
import { definePolicy } from '../../src/core/policy.ts'
import { principalId } from '../../src/core/principal.ts'
import { anyOf, defineGateway } from '../../src/index.ts'
import { readCookie } from '../../src/lib/cookie.ts'
import { cookiePlace } from '../../src/lib/credential-place.ts'
import { underTest } from './under-test.ts'

const issuer = 'https://issuer.example'
/** An authenticator that takes the value of one cookie for its subject; `unknown` is nobody. */
const byCookie = definePolicy({
  name: 'by-cookie',
  stage: 'authenticate',
  settings: v.strictObject({ name: v.string() }),
  credentials: ({ name }) => [cookiePlace(name)],
  compile: ({ name }) => ({
    request(x) {
      const reading = readCookie(x.headers.get('cookie'), name)
      if (reading.kind !== 'token' || reading.token === 'unknown') return skip({ scheme: 'Cookie' })
      const subject = reading.token
      const principal = { id: principalId(issuer, subject), issuer, subject, method: 'by-cookie', scheme: 'Cookie', credentialHeader: cookiePlace(name) }
      return pass({ principal: { ...principal, scopes: new Set(), roles: new Set(), claims: {} } })
    },
  }),
})

const a = byCookie({ name: '__Host-a' })
const b = byCookie({ name: '__Host-b' })
const gateway = defineGateway({
  zones: {
    api: {
      hosts: ['api.example.com'],
      origin: 'https://origin.example.com',
      routes: {
        'GET /public': { public: 'a test' },
        'GET /a': { authenticate: a },
        'GET /a-forwarded': { authenticate: a, forwardCredential: true },
        'GET /either': { authenticate: anyOf(a, b) },
      },
    },
    open: { hosts: ['open.example.com'], origin: 'https://origin.example.com', routes: { 'GET /public': { public: 'a test' } } },
    trying: {
      hosts: ['trying.example.com'],
      origin: 'https://origin.example.com',
      routes: { 'GET /public': { public: 'a test' }, 'GET /either': { authenticate: anyOf(b, byCookie({ name: '__Host-a', mode: 'report' })) } },
    },
  },
})
const ask = (path: string, cookie: string, host = 'api.example.com') =>
  underTest(gateway)(`https://${host}${path}`, { headers: cookie === '' ? {} : { cookie } })

describe('a cookie that is a credential', () => {
  it.each<[path: string, cookie: string, forwarded: string | null, host?: string]>([
    ['/a', '__Host-a=ada', null],
    ['/a', 'theme=dark; __Host-a=ada; lang=en', 'theme=dark; lang=en'],
    ['/a', '__Host-a=ada; theme="a, b";  odd ;', 'theme="a, b";  odd ;'],
    // Some origins read names in any case.
    ['/a', '__Host-a=ada; __host-a=x; __HOST-A=x; __Host-ab=y', '__Host-ab=y'],
    ['/a', '__Host-a=ada;\f__Host-a=eve; b=1', 'b=1'],
    // What another route of the zone takes for a credential stays here as well.
    ['/a', '__Host-a=ada; __Host-b=bob; theme=dark', 'theme=dark'],
    ['/public', '__Host-a=ada; theme=dark', 'theme=dark'],
    ['/public', '__Host-a=ada; __Host-a=eve', null],
    ['/public', 'theme=dark, __Host-a=ada', null],
    ['/public', 'theme=dark', 'theme=dark'],
    ['/a-forwarded', '__Host-a=ada;\f__Host-a=eve; __host-a=eve', '__Host-a=ada'],
    ['/a-forwarded', 'theme=dark; __Host-a=ada; __Host-b=bob', 'theme=dark; __Host-a=ada'],
    ['/either', '__Host-b=bob; theme=dark', 'theme=dark'],
    ['/public', '__Host-a=ada; theme=dark', '__Host-a=ada; theme=dark', 'open.example.com'],
    ['/public', '__Host-a=ada; __Host-b=bob', '__Host-a=ada', 'trying.example.com'],
  ])('%s with %j forwards %j', async (path, cookie, forwarded, host) => {
    const { received } = await ask(path, cookie, host)
    expect(received).toBeDefined()
    expect(received?.headers.get('cookie')).toBe(forwarded)
  })

  it.each<[cookie: string, reason: string]>([
    ['', 'by-cookie.missing'],
    ['theme=dark', 'by-cookie.missing'],
    ['__Host-a=', 'by-cookie.missing'],
    ['__Host-a=unknown', 'authenticate.unclaimed'],
    ['__Host-b=bob', 'by-cookie.missing'],
  ])('%j is 401 %s, and no bad Bearer token', async (cookie, reason) => {
    const { response, record, received } = await ask('/a', cookie)
    expect([response.status, record.reason, response.headers.get('www-authenticate'), received]).toEqual([401, reason, 'Cookie', undefined])
  })
})
