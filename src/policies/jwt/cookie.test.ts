import { beforeAll, describe, expect, it } from 'vitest'
import { exchange } from '../../../test/exchange.ts'
import { challengeField } from '../../core/challenge.ts'
import type { Decision } from '../../core/decision.ts'
import type { Handlers } from '../../core/policy.ts'
import { Problems } from '../../core/problems.ts'
import { portsWith, SETTINGS, TestClock, TestEndpoint, TestIssuer } from '../../jose/test-issuer.ts'
import { jwt } from './jwt.ts'

const APP = 'https://app.example.com'
const cookie = { name: '__Host-token', origins: [APP, 'https://admin.example.com'] }
const settings = { ...SETTINGS, keySet: { url: 'https://issuer.example/jwks' }, cookie }

let issuer: TestIssuer
let token: string
let users: Handlers

beforeAll(async () => {
  issuer = await TestIssuer.create('ES256', 'one')
  token = await issuer.token()
  users = jwt(settings).compile()
})

function ask(headers: Record<string, string>, method = 'GET', url?: string): Decision | Promise<Decision> {
  const ports = portsWith(new TestEndpoint(issuer.jwk), new TestClock())
  const decision = users.request?.(exchange({ method, headers, ports, ...(url !== undefined && { url }) }))
  if (decision === undefined) throw new TypeError('no request handler')
  return decision
}

async function said(headers: Record<string, string>, method = 'GET', url?: string): Promise<string> {
  const decision = await ask(headers, method, url)
  return decision.kind === 'deny' ? `${decision.status} ${decision.reason}` : decision.kind
}

describe('what it claims', () => {
  it.each<[string, () => Record<string, string>, string]>([
    ['no cookie', () => ({}), 'skip'],
    ['other cookies', () => ({ cookie: `theme=dark; token=${token}` }), 'skip'],
    ['the cookie', () => ({ cookie: `__Host-token=${token}` }), 'pass'],
    ['the cookie among others', () => ({ cookie: `theme=dark; __Host-token=${token}; lang=en` }), 'pass'],
    ['twice', () => ({ cookie: `__Host-token=${token}; __Host-token=${token}` }), '400 jwt.multiple'],
    ['in quotation marks', () => ({ cookie: `__Host-token="${token}"` }), '400 jwt.syntax'],
    ['cleared', () => ({ cookie: '__Host-token=' }), 'skip'],
    ['an opaque value', () => ({ cookie: '__Host-token=2YotnFZFEjr1zCsicMWpAA' }), 'skip'],
    ['with a scheme', () => ({ cookie: `__Host-token=Bearer ${token}` }), '400 jwt.syntax'],
    ['another case', () => ({ cookie: `__host-token=${token}` }), 'skip'],
    ['a bad token', () => ({ cookie: '__Host-token=a.b.c' }), '401 jwt.malformed'],
    ['too long', () => ({ cookie: `__Host-token=${token}${'A'.repeat(9000)}` }), '401 jwt.too-large'],
    ['the token as Bearer', () => ({ authorization: `Bearer ${token}` }), 'skip'],
    ['the token in a header of that name', () => ({ '__host-token': token }), 'skip'],
  ])('%s', async (_, headers, expected) => {
    expect(await said(headers())).toBe(expected)
  })

  it('no token in the URL', async () => {
    expect(await said({}, 'GET', `https://api.example.com/?__Host-token=${token}`)).toBe('skip')
  })
})

describe('whose page made the browser send it', () => {
  const none = {}
  type Case = [method: string, headers: Record<string, string>, expected: string]
  it.each<Case>([
    // What changes something needs proof.
    ['POST', { origin: APP }, 'pass'],
    ['POST', { origin: 'https://admin.example.com' }, 'pass'],
    ['POST', { origin: APP, 'sec-fetch-site': 'cross-site' }, 'pass'],
    ['POST', { 'sec-fetch-site': 'same-origin' }, 'pass'],
    ['POST', none, '403 jwt.csrf'],
    ['POST', { 'sec-fetch-site': 'same-site' }, '403 jwt.csrf'],
    ['POST', { 'sec-fetch-site': 'cross-site' }, '403 jwt.csrf'],
    ['POST', { 'sec-fetch-site': 'none' }, '403 jwt.csrf'],
    ['POST', { 'sec-fetch-site': '' }, '403 jwt.csrf'],
    ['POST', { 'sec-fetch-site': 'Same-Origin' }, '403 jwt.csrf'],
    ['POST', { 'sec-fetch-site': 'same-origin, same-origin' }, '403 jwt.csrf'],
    ['POST', { 'sec-fetch-mode': 'navigate' }, '403 jwt.csrf'],
    ['POST', { referer: `${APP}/` }, '403 jwt.csrf'],
    ['POST', { 'x-requested-with': 'XMLHttpRequest' }, '403 jwt.csrf'],
    ['POST', { origin: 'null' }, '403 jwt.csrf'],
    ['POST', { origin: 'null', 'sec-fetch-site': 'same-origin' }, '403 jwt.csrf'],
    ['POST', { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }, '403 jwt.csrf'],
    ['POST', { origin: '', 'sec-fetch-site': 'cross-site' }, '403 jwt.csrf'],
    ['POST', { origin: 'http://app.example.com' }, '403 jwt.csrf'],
    ['POST', { origin: 'https://app.example.com.evil.example' }, '403 jwt.csrf'],
    ['POST', { origin: 'https://app.example.com:8443' }, '403 jwt.csrf'],
    ['POST', { origin: 'https://APP.example.com' }, '403 jwt.csrf'],
    ['POST', { origin: `${APP}/` }, '403 jwt.csrf'],
    ['POST', { origin: `${APP}, https://evil.example` }, '403 jwt.csrf'],
    ['PUT', none, '403 jwt.csrf'],
    ['PATCH', none, '403 jwt.csrf'],
    ['DELETE', none, '403 jwt.csrf'],
    ['PROPFIND', none, '403 jwt.csrf'],
    // A WebSocket has no preflight and no same-origin policy.
    ['GET', { upgrade: 'websocket' }, '403 jwt.csrf'],
    ['GET', { upgrade: 'WebSocket', origin: 'https://evil.example' }, '403 jwt.csrf'],
    ['GET', { upgrade: 'websocket', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, '403 jwt.csrf'],
    ['GET', { upgrade: 'websocket', origin: APP }, 'pass'],
    ['GET', { upgrade: 'websocket', 'sec-fetch-site': 'same-origin' }, 'pass'],
    // What only reads is refused where it is known to come from elsewhere and is no navigation.
    ['GET', none, 'pass'],
    ['HEAD', none, 'pass'],
    ['OPTIONS', none, 'pass'],
    ['GET', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }, 'pass'],
    ['GET', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }, 'pass'],
    ['GET', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }, 'pass'],
    ['GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, 'pass'],
    ['GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', origin: APP }, 'pass'],
    ['GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'object' }, '403 jwt.csrf'],
    ['GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'embed' }, '403 jwt.csrf'],
    ['GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }, '403 jwt.csrf'],
    ['GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', origin: 'https://evil.example' }, '403 jwt.csrf'],
    ['GET', { 'sec-fetch-site': 'cross-site' }, '403 jwt.csrf'],
    ['HEAD', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }, '403 jwt.csrf'],
  ])('%s %j: %s', async (method, headers, expected) => {
    const given = { cookie: `__Host-token=${token}`, ...headers }
    expect(await said(given, method)).toBe(expected)
    // A remembered token is judged no less.
    expect(await said(given, method)).toBe(expected)
  })

  it('is no matter where the cookie is not there', async () => {
    expect(await said({ cookie: 'theme=dark' }, 'POST')).toBe('skip')
  })

  it('is asked before the token is read: a bad one costs nothing', async () => {
    expect(await said({ cookie: '__Host-token=a.b.c' }, 'POST')).toBe('403 jwt.csrf')
  })
})

describe('what the caller is told', () => {
  it.each<[string, Record<string, string>, string]>([
    ['nothing sent', {}, 'Cookie'],
    ['a bad token', { cookie: '__Host-token=a.b.c' }, 'Cookie error="invalid_token", error_description="The access token is not valid here"'],
    [
      'two',
      { cookie: '__Host-token=a; __Host-token=b' },
      'Cookie error="invalid_request", error_description="The request must carry one well-formed Cookie credential"',
    ],
  ])('%s', async (_, headers, challenge) => {
    const decision = await ask(headers)
    expect('challenges' in decision && challengeField(decision.challenges ?? [])).toBe(challenge)
  })

  it('the principal came by that cookie', async () => {
    expect(await ask({ cookie: `__Host-token=${token}` })).toMatchObject({ principal: { scheme: 'Cookie', credentialHeader: 'cookie:__Host-token' } })
    expect(jwt(settings).credentials).toEqual(['cookie:__Host-token'])
  })
})

describe('settings', () => {
  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ['good', {}, []],
    ['the other prefix', { cookie: { ...cookie, name: '__Secure-token' } }, []],
    ['no prefix', { cookie: { ...cookie, name: 'token' } }, ['users.cookie.name']],
    ['a prefix in another case', { cookie: { ...cookie, name: '__host-token' } }, ['users.cookie.name']],
    ['a prefix alone', { cookie: { ...cookie, name: '__Host-' } }, ['users.cookie.name']],
    ['a name that ends', { cookie: { ...cookie, name: '__Host-a=b' } }, ['users.cookie.name']],
    ['a name with a space', { cookie: { ...cookie, name: '__Host-a b' } }, ['users.cookie.name']],
    ['no origins', { cookie: { ...cookie, origins: [] } }, ['users.cookie.origins']],
    ['origins not said', { cookie: { name: '__Host-token' } }, ['users.cookie.origins']],
    ['every origin', { cookie: { ...cookie, origins: ['*'] } }, ['users.cookie.origins[0]']],
    ['no origin', { cookie: { ...cookie, origins: ['null'] } }, ['users.cookie.origins[0]']],
    ['an origin in the open', { cookie: { ...cookie, origins: ['http://app.example.com'] } }, ['users.cookie.origins[0]']],
    ['a page', { cookie: { ...cookie, origins: [`${APP}/login`] } }, ['users.cookie.origins[0]']],
    ['a slash', { cookie: { ...cookie, origins: [`${APP}/`] } }, ['users.cookie.origins[0]']],
    ['upper case', { cookie: { ...cookie, origins: ['https://APP.example.com'] } }, ['users.cookie.origins[0]']],
    ['the port of https', { cookie: { ...cookie, origins: [`${APP}:443`] } }, ['users.cookie.origins[0]']],
    ['a header as well', { header: 'x-token' }, ['users.cookie']],
  ])('%s', (_, more, paths) => {
    const problems = new Problems()
    jwt({ ...settings, ...more }).check(['users'], problems)
    expect(problems.all.map(({ path }) => path)).toEqual(paths)
  })
})
