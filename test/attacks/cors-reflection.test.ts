import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rawText } from '../workerd/raw.ts'
import { bearer, type FrontDoor, forwarded, type Outcome, openFrontDoor, refused, tokenOfOne } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
  // An origin server that tells every page that it may read everything.
  door.answer((received, response) => {
    const origin = received.fields.find(([name]) => name.toLowerCase() === 'origin')?.[1] ?? '*'
    response
      .writeHead(200, {
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': '*',
        'access-control-allow-headers': '*',
        'access-control-expose-headers': '*',
        'access-control-allow-private-network': 'true',
        'access-control-max-age': '86400',
      })
      .end('{}')
  })
})
afterAll(() => door.stop())

const APP = 'https://app.example.com'
const FOREIGN = [
  'null',
  'https://evil.test',
  'https://app.example.com.evil.test',
  'https://evil-app.example.com',
  'https://xapp.example.com',
  'https://x.app.example.com',
  'https://example.com',
  'https://api.example.com',
  'http://app.example.com',
  'https://app.example.com:443',
  'https://app.example.com:8443',
  'https://APP.example.com',
  'HTTPS://app.example.com',
  'https://app.example.com/',
  'https://app.example.com/x',
  'https://app.example.com.',
  'https://app.example.com%60.evil.test',
  'https://app.example.com`.evil.test',
  'https://app.example.com_.evil.test',
  'https://app.example.com@evil.test',
  'https://evil.test#https://app.example.com',
  'https://evil.test https://app.example.com',
  'https://app.example.com https://evil.test',
  'https://app.example.com, https://evil.test',
  'https://app-example.com',
  'https://appxexample.com',
  '*',
  'file://',
  '',
]

const corsHeaders = ({ response }: Outcome) => Object.keys(response.headers).filter((name) => name.startsWith('access-control-'))
const varies = ({ response }: Outcome) => (response.headers.vary ?? '').toLowerCase()

describe('a page of another origin reads nothing', () => {
  it.each(FOREIGN)('Origin: %j', async (origin) => {
    const allowed = await door.ask('GET /v1/docs', { Origin: origin })
    expect(allowed.said).toBe('200 origin.answered')
    const denied = await door.ask('GET /v1/profile', { Origin: origin })
    expect(denied).toMatchObject(refused('401 jwt.missing'))
    for (const outcome of [allowed, denied, await door.ask('GET /nowhere', { Origin: origin })]) {
      expect(corsHeaders(outcome)).toEqual([])
      expect(varies(outcome)).toContain('origin')
    }
  })

  it('two Origin fields are none that is listed', async () => {
    const bytes = rawText('GET', '/v1/docs', { Origin: APP }).replace('\r\n\r\n', '\r\nOrigin: https://evil.test\r\n\r\n')
    expect(corsHeaders(await door.send(bytes))).toEqual([])
  })

  it('the listed one does, whatever the origin server says, and errors too', async () => {
    for (const line of ['GET /v1/docs', 'GET /v1/profile', 'GET /nowhere']) {
      const { response } = await door.ask(line, { Origin: APP })
      expect(response.headers['access-control-allow-origin']).toBe(APP)
      expect(response.headers['access-control-allow-credentials']).toBe('true')
      expect(response.headers['access-control-expose-headers']).toBeUndefined()
      expect(response.headers['access-control-allow-private-network']).toBeUndefined()
    }
  })

  it('who sends no Origin still gets an answer that is not for everybody', async () => {
    expect(varies(await door.ask('GET /v1/docs'))).toContain('origin')
  })

  it('X-Origin, Referer and Origin_ are no Origin', async () => {
    expect(corsHeaders(await door.ask('GET /v1/docs', { 'X-Origin': APP, Referer: `${APP}/`, Origin_: APP }))).toEqual([])
  })
})

describe('a preflight is answered here, and gives away nothing', () => {
  const preflight = (path: string, method: string, more: Record<string, string> = {}) =>
    door.ask(`OPTIONS ${path}`, { Origin: APP, 'Access-Control-Request-Method': method, ...more })

  it.each([
    ['/v1/profile', 'GET'],
    ['/v1/notes', 'POST'],
    ['/v1/users/ada', 'DELETE'],
    ['/v1/docs', 'GET'],
  ])('%s for %s: 204, and the origin hears nothing', async (path, method) => {
    const outcome = await preflight(path, method, { 'Access-Control-Request-Headers': 'authorization,content-type' })
    expect(outcome).toMatchObject(refused('204 cors.preflight'))
    expect(outcome.response.headers['access-control-allow-origin']).toBe(APP)
  })

  it.each(FOREIGN.filter((origin) => origin !== ''))('of %j is refused', async (origin) => {
    const outcome = await preflight('/v1/profile', 'GET', { Origin: origin })
    expect(outcome).toMatchObject(refused('403 cors.origin'))
    expect(corsHeaders(outcome)).toEqual([])
  })

  it.each([
    ['a method that the path does not have', '/v1/profile', 'DELETE', '405 route.method'],
    ['a method that no path has', '/v1/profile', 'TRACE', '405 route.method'],
    ['a method in small letters', '/v1/profile', 'get', '405 route.method'],
    ['two methods', '/v1/users/ada', 'GET, DELETE', '405 route.method'],
    ['no method', '/v1/profile', '', '405 route.method'],
    ['a listed method that cors does not allow', '/v1/files/a', 'PUT', '403 cors.method'],
    ['OPTIONS, where it is a route', '/v1/options', 'OPTIONS', '403 cors.method'],
    ['a path that is not listed', '/nowhere', 'GET', '404 route.unlisted'],
    ['a path that only looks listed', '/v1/Profile', 'GET', '404 route.unlisted'],
    ['a path with two readings', '/v1//profile', 'GET', '400 transport.ambiguous-path'],
    ['the gateway’s own path', '/_portcullis/state', 'GET', '404 route.unlisted'],
  ])('for %s', async (_, path, method, said) => {
    expect(await preflight(path, method)).toMatchObject(refused(said))
  })

  it.each([
    'x-portcullis-subject',
    '*',
    'authorization, x-forwarded-for',
    `authorization${',authorization'.repeat(500)}`,
    'authorization;x',
    'content-type,,x-a',
  ])('for the header %j', async (names) => {
    const outcome = await preflight('/v1/profile', 'GET', { 'Access-Control-Request-Headers': names })
    expect(outcome).toMatchObject(refused('403 cors.header'))
    expect(outcome.response.headers['access-control-allow-headers']).toBeUndefined()
  })

  it('asks for no network that is private', async () => {
    const outcome = await preflight('/v1/profile', 'GET', { 'Access-Control-Request-Private-Network': 'true' })
    expect(corsHeaders(outcome).filter((name) => name.includes('network'))).toEqual([])
  })

  it('is answered after the address is judged', async () => {
    expect(await preflight('/v1/profile', 'GET', { 'CF-Connecting-IP': '203.0.113.5' })).toMatchObject(refused('403 ip-list.denied'))
  })

  it('does not bring a body or a credential past anybody', async () => {
    const headers = { Origin: APP, 'Access-Control-Request-Method': 'POST', 'Content-Type': 'application/json', ...bearer('a.b.c') }
    expect(await door.ask('OPTIONS /v1/notes', headers, '{"title":"a"}')).toMatchObject(refused('204 cors.preflight'))
  })

  it.each(['Origin', 'Access-Control-Request-Method'])('without %s it is an OPTIONS request like any other', async (left) => {
    const headers = Object.fromEntries(Object.entries({ Origin: APP, 'Access-Control-Request-Method': 'GET' }).filter(([name]) => name !== left))
    expect(await door.ask('OPTIONS /v1/profile', headers)).toMatchObject(refused('405 route.method'))
    expect(await door.ask('OPTIONS /v1/options', headers)).toMatchObject(refused('401 jwt.missing'))
    expect(forwarded(await door.ask('OPTIONS /v1/options', { ...headers, ...bearer(await tokenOfOne(door)) })).method).toBe('OPTIONS')
  })

  it('in a zone without cors there is none', async () => {
    const outcome = await preflight('/own', 'GET', { Host: 'partners.example.org' })
    expect(outcome).toMatchObject(refused('404 route.method'))
    expect(corsHeaders(outcome)).toEqual([])
  })
})
