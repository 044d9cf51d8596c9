import type { ServerResponse } from 'node:http'
import { deflateSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { part, TestIssuer } from '../../src/jose/test-issuer.ts'
import { values } from '../workerd/origin.ts'
import { bearer, type Claims, type FrontDoor, forwarded, openFrontDoor, refused, tokenOfOne, tokenOfTwo } from './front-door.ts'

const HOST = 'status.example.com'

let door: FrontDoor
/** Somebody with a key of their own, under the issuer's key id. */
let mallory: TestIssuer
/** What the hosts of lists answer, by address; 404 for all else. */
const published = new Map<string, (response: ServerResponse) => void>()

beforeAll(async () => {
  door = await openFrontDoor()
  mallory = await TestIssuer.create('RS256', 'key-one')
  door.answerLists((received, response) => {
    const answer = published.get(`https://${values(received, 'host')[0]}${received.target}`)
    if (answer === undefined) response.writeHead(404).end()
    else answer(response)
  })
})
afterAll(() => door.stop())

let uris = 0
/** A list of its own for each test: what an isolate knows of one stays so. */
let uri: string
beforeEach(() => {
  uri = newUri()
})
const newUri = () => `https://lists.test/one/${uris++}`
const nowSeconds = () => Math.floor(Date.now() / 1000)

const packed = (bytes: readonly number[] | Buffer) => deflateSync(Buffer.from(bytes)).toString('base64url')
const HEADER = { alg: 'RS256', kid: 'key-one', typ: 'statuslist+jwt' }
const claimsOf = (bytes: readonly number[] | Buffer, more: Claims = {}): Claims => ({
  sub: uri,
  iat: nowSeconds(),
  status_list: { bits: 1, lst: packed(bytes) },
  ...more,
})
/** @returns a list of these bytes that the issuer signed, with what the test changes. */
const signed = (bytes: readonly number[] | Buffer, more: Claims = {}, header: Claims = {}) => door.one.raw({ ...HEADER, ...header }, claimsOf(bytes, more))

const answer =
  (compact: string, status = 200, headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(status, { 'content-type': 'application/statuslist+jwt', ...headers }).end(compact)
const publish = (compact: string, at = uri) => void published.set(at, answer(compact))

const ask = (token: string, path = '/mine') => door.ask(`GET ${path}`, { Host: HOST, ...bearer(token) })
const tokenAt = (idx: unknown, at: unknown = uri, more: Claims = {}) => tokenOfOne(door, { status: { status_list: { idx, uri: at } }, ...more })
const askAt = async (idx: unknown, at: unknown = uri) => await ask(await tokenAt(idx, at))

describe('a token', () => {
  it('is good while its list says so, and refused as any other bad token when it does not', async () => {
    publish(await signed([0b10]))
    forwarded(await askAt(0))
    const outcome = await askAt(1)
    expect(outcome).toMatchObject(refused('401 status-list.invalid'))
    expect(outcome.response.headers['www-authenticate']).toContain('error="invalid_token"')
    expect(outcome.response.body).not.toMatch(/list|revoked|suspended/i)
  })

  it('does not come back with another signature, another place in the list or another route', async () => {
    publish(await signed([0b1]))
    for (const token of [await tokenAt(0), await tokenAt(0, uri, { jti: crypto.randomUUID() })]) {
      expect(await ask(token)).toMatchObject(refused('401 status-list.invalid'))
      expect(await ask(token, '/either')).toMatchObject(refused('401 status-list.invalid'))
      expect(await ask(token, '/optional')).toMatchObject(refused('401 status-list.invalid'))
    }
  })

  it('whose status was taken out no longer is the issuer’s: it is refused before anybody looks', async () => {
    const token = await tokenAt(0)
    const [header, claims, signature] = token.split('.') as [string, string, string]
    const { status: _, ...rest } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Claims
    expect(await ask([header, part(rest), signature].join('.'), '/optional')).toMatchObject(refused('401 jwt.signature'))
  })

  it('without a status is refused, unless the route says that it need not have one', async () => {
    const token = await tokenOfOne(door)
    expect(await ask(token)).toMatchObject(refused('401 status-list.missing'))
    forwarded(await ask(token, '/optional'))
  })

  it('of another issuer is none of these lists’ business, and gains nothing of theirs', async () => {
    const status = { status_list: { idx: 0, uri: 'https://evil.test/list' } }
    forwarded(await ask(await tokenOfTwo(door, { aud: 'https://api.example.com', status }), '/either'))
    expect(await ask(await tokenOfOne(door, { status }), '/either')).toMatchObject(refused('401 status-list.malformed'))
  })

  it.each([-1, 0.5, 1e300, 2 ** 53, '0', '__proto__', null, true, [0], { valueOf: 0 }])('with idx %j', async (idx) => {
    publish(await signed([0]))
    expect(await askAt(idx)).toMatchObject(refused('401 status-list.malformed'))
  })

  it.each([8, 2 ** 31, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER])('with idx %d, beyond the list', async (idx) => {
    publish(await signed([0]))
    expect(await askAt(idx)).toMatchObject(refused('401 status-list.malformed'))
    forwarded(await askAt(7))
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['a text', 'VALID'],
    ['a number', 0],
    ['a list', [{ status_list: { idx: 0, uri: 'https://lists.test/single' } }]],
    ['a status inside a status', { status: { status_list: { idx: 0, uri: 'https://lists.test/single' } }, status_list: [] }],
  ])('with %s as status', async (_, status) => {
    for (const path of ['/mine', '/optional']) expect(await ask(await tokenOfOne(door, { status }), path)).toMatchObject(refused('401 status-list.malformed'))
  })
})

describe('an address that the settings do not name', () => {
  it.each([
    'https://lists.test.evil.test/one/1',
    'https://lists.test@evil.test/one/1',
    'https://evil.test/one/1',
    'https://user:password@lists.test/one/1',
    'https://lists.test:8443/one/1',
    'https://lists.test:443/one/1',
    'https://lists.test./one/1',
    'https://LISTS.test/one/1',
    'http://lists.test/one/1',
    'ftp://lists.test/one/1',
    'data:application/statuslist+jwt,a.b.c',
    'https://lists.test/two/1',
    'https://lists.test/one',
    'https://lists.test/one/',
    'https://lists.test/one/../admin',
    'https://lists.test/one/%2e%2e/admin',
    'https://lists.test/one/..%2fadmin',
    'https://lists.test/one/..%252fadmin',
    'https://lists.test/one/..%5cadmin',
    'https://lists.test/one/..\\admin',
    'https://lists.test\\one\\1',
    'https://lists.test/one/1#fragment',
    'https://lists.test/one/\t1',
    ' https://lists.test/one/1',
    'https://lists.test/single/1',
    'https://lists.test/single?other',
    'https://lists.test/singles',
    'https://issuer-one.test/jwks',
    'https://127.0.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[::1]/',
    '//lists.test/one/1',
    '/one/1',
    'javascript:0',
  ])('%j: refused, and nobody is asked', async (address) => {
    const before = door.origin.received.length
    expect(await askAt(0, address)).toMatchObject(refused('401 status-list.malformed'))
    const asked = door.origin.received.slice(before).map((received) => values(received, 'host')[0] ?? '')
    expect(asked.filter((host) => !host.startsWith('issuer-'))).toEqual([])
  })

  it('and a single one that they do name is asked for as it is written', async () => {
    publish(await signed([0], { sub: 'https://lists.test/single' }), 'https://lists.test/single')
    forwarded(await askAt(0, 'https://lists.test/single'))
    expect(door.listRequests().at(-1)).toBe('https://lists.test/single')
  })
})

describe('an answer that is no list of this issuer and place', () => {
  type Make = () => Promise<(response: ServerResponse) => void>
  const unsigned = (header: Claims, signature = '') => `${part({ ...HEADER, ...header })}.${part(claimsOf([0]))}.${signature}`

  it.each<[string, Make]>([
    ['another list, replayed', async () => answer(await signed([0], { sub: 'https://lists.test/one/other' }))],
    ['a list of another issuer, by its key', async () => answer(await door.two.raw({ ...HEADER, alg: 'ES256', kid: 'key-two' }, claimsOf([0])))],
    ['a list of another issuer, by its name', async () => answer(await signed([0], { iss: 'https://issuer-two.test' }))],
    ['a list that somebody else signed', async () => answer(await mallory.raw(HEADER, claimsOf([0])))],
    ['a list with the key in it', async () => answer(await mallory.raw({ ...HEADER, kid: undefined, jwk: mallory.jwk }, claimsOf([0])))],
    ['alg none', () => Promise.resolve(answer(unsigned({ alg: 'none' })))],
    ['alg HS256', () => Promise.resolve(answer(unsigned({ alg: 'HS256' }, 'AA')))],
    ['no signature', () => Promise.resolve(answer(unsigned({})))],
    ['a list that is not signed at all', () => Promise.resolve(answer(JSON.stringify(claimsOf([0]).status_list)))],
    ['an access token of the issuer', async () => answer(await signed([0], {}, { typ: 'at+jwt' }))],
    ['an expired list', async () => answer(await signed([0], { exp: nowSeconds() - 60 }))],
    ['a list of the future', async () => answer(await signed([0], { iat: nowSeconds() + 600 }))],
    ['a bomb', async () => answer(await signed(Buffer.alloc(64 * 1024 * 1024)))],
    ['2 MB', () => Promise.resolve(answer('a'.repeat(2 * 1024 * 1024)))],
    ['a redirect within the folder', () => Promise.resolve(answer('', 302, { location: 'https://lists.test/one/elsewhere' }))],
    ['a redirect to elsewhere', () => Promise.resolve(answer('', 307, { location: 'https://evil.test/list' }))],
    ['HTML', async () => answer(await signed([0]), 200, { 'content-type': 'text/html' })],
    ['201', async () => answer(await signed([0]), 201)],
    ['403', async () => answer(await signed([0]), 403)],
    ['a broken connection', () => Promise.resolve((response: ServerResponse) => void response.destroy())],
  ])('%s: 503, nobody is called a bad token, and no redirect is followed', async (_, make) => {
    published.set(uri, await make())
    const before = door.listRequests().length
    const outcome = await askAt(0)
    expect(outcome).toMatchObject(refused('503 status-list.error'))
    expect(outcome.response.headers).not.toHaveProperty('www-authenticate')
    expect(outcome.response.headers['retry-after']).toMatch(/^\d+$/)
    expect([door.listRequests().slice(before), door.origin.received.some((received) => values(received, 'host')[0] === 'evil.test')]).toEqual([[uri], false])
  })

  it('says nothing of a token to the operator but its list’s address', () => {
    const notices = door.server
      .log()
      .split('\n')
      .filter((line) => line.includes('status-list.fetch'))
    expect(notices.length).toBeGreaterThan(10)
    for (const line of notices) expect(line).not.toMatch(/eyJ|ada|Bearer/)
  })
})

describe('lists beside each other', () => {
  it('never speak for one another', async () => {
    const [first, second] = [newUri(), newUri()]
    publish(await signed([0b01], { sub: first }), first)
    publish(await signed([0b10], { sub: second }), second)
    const said = await Promise.all([askAt(0, first), askAt(1, first), askAt(0, second), askAt(1, second)].map(async (each) => (await each).said))
    expect(said).toEqual(['401 status-list.invalid', '200 origin.answered', '200 origin.answered', '401 status-list.invalid'])
  })

  it('an older one does not take a newer one’s place', async () => {
    const old = await signed([0], { iat: nowSeconds() - 60, ttl: 1 })
    publish(await signed([1], { ttl: 1 }))
    expect((await askAt(0)).said).toBe('401 status-list.invalid')
    publish(old)
    const before = door.listRequests().length
    const token = await tokenAt(0)
    await expect
      .poll(
        async () => {
          expect((await ask(token)).said).toBe('401 status-list.invalid')
          return door.listRequests().length
        },
        { interval: 50, timeout: 20_000 },
      )
      .toBeGreaterThan(before)
    for (let i = 0; i < 5; i++) expect((await ask(token)).said).toBe('401 status-list.invalid')
  })

  it('one whose host hangs is 503, and others go on', async () => {
    const hung = 'https://hung-lists.test/1'
    published.set(hung, () => {})
    publish(await signed([0]))
    const waiting = askAt(0, hung)
    await expect.poll(() => door.listRequests().includes(hung)).toBe(true)
    const others = await Promise.all([tokenAt(0), tokenAt(0), tokenOfTwo(door, { aud: 'https://api.example.com' })])
    for (const token of others) expect((await ask(token, '/either')).said).toBe('200 origin.answered')
    expect((await waiting).said).toBe('503 status-list.error')
  })
})

it('a flood of lists that nobody knew wears out neither their host nor those who are known', async () => {
  publish(await signed([0]))
  const known = await tokenAt(0)
  forwarded(await ask(known))
  const before = door.listRequests().length
  const began = Date.now()
  const said = new Map<string, number>()
  for (let i = 0; i < 200; i++) {
    const outcome = await askAt(0, newUri())
    said.set(outcome.said, (said.get(outcome.said) ?? 0) + 1)
  }
  expect([...said.keys()]).toEqual(['503 status-list.error'])
  expect(door.listRequests().length - before).toBeLessThanOrEqual(100 + Math.ceil((Date.now() - began) / 600))
  forwarded(await ask(known))
})
