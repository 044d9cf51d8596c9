import { describe, expect, it } from 'vitest'
import { exchange } from '../../../test/exchange.ts'
import type { Decision } from '../../core/decision.ts'
import { Problems } from '../../core/problems.ts'
import { cors } from './cors.ts'

type Settings = Parameters<typeof cors>[0]

const APP = 'https://app.example.com'
const settings: Settings = {
  origins: [APP, 'https://admin.example.com:8443'],
  methods: ['GET', 'PUT'],
  headers: ['Authorization', 'Content-Type'],
  exposeHeaders: ['X-Request-Id'],
  credentials: true,
}

const preflight = (headers: Record<string, string>, given: Settings = settings) => {
  const handlers = cors(given).compile()
  const x = exchange({ method: 'OPTIONS', headers })
  const decision = handlers.request?.(x) as Decision
  const answer = new Headers()
  handlers.finish?.(answer, x)
  return { decision, answer: Object.fromEntries(answer) }
}

const actual = (headers: Record<string, string>, fromOriginServer: Record<string, string> = {}, given: Settings = settings) => {
  const handlers = cors(given).compile()
  const x = exchange({ headers })
  const answer = new Headers(fromOriginServer)
  for (const [name, value] of Object.entries(handlers.responseHeaders ?? {})) value === null ? answer.delete(name) : answer.set(name, value)
  expect(handlers.request?.(x)).toEqual({ kind: 'pass' })
  handlers.finish?.(answer, x)
  return Object.fromEntries(answer)
}

const asks = (origin: string, method = 'PUT', headers?: string) => ({
  origin,
  'access-control-request-method': method,
  ...(headers !== undefined && { 'access-control-request-headers': headers }),
})

const VARY_OF_PREFLIGHT = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'

describe('cors: origins that are not listed', () => {
  it.each([
    ['another site', 'https://evil.example'],
    ['a listed one as a prefix', 'https://app.example.com.evil.example'],
    ['a listed one as a suffix', 'https://evilapp.example.com'],
    ['a subdomain', 'https://x.app.example.com'],
    ['another scheme', 'http://app.example.com'],
    ['another port', 'https://app.example.com:444'],
    ['the default port', 'https://app.example.com:443'],
    ['a slash at the end', 'https://app.example.com/'],
    ['upper case', 'https://APP.example.com'],
    ['a dot at the end', 'https://app.example.com.'],
    ['userinfo', 'https://app.example.com@evil.example'],
    ['a sandboxed frame', 'null'],
    ['a star', '*'],
    ['two origins in one field', `${APP}, https://evil.example`],
    ['two origins with a space', `${APP} https://evil.example`],
    ['the same origin twice', `${APP}, ${APP}`],
    ['nothing', ''],
    ['the name of an inherited property', '__proto__'],
  ])('%s gets no CORS headers, and no preflight', (_name, origin) => {
    expect(actual({ origin })).toEqual({ vary: 'Origin' })
    const { decision, answer } = preflight(asks(origin))
    expect(decision).toEqual({ kind: 'deny', status: 403, reason: 'cors.origin' })
    expect(answer).toEqual({ vary: VARY_OF_PREFLIGHT })
  })
})

describe('cors: preflights', () => {
  const permitted = {
    'access-control-allow-origin': APP,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, PUT',
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-max-age': '600',
    vary: VARY_OF_PREFLIGHT,
  }

  it.each([
    ['without headers', asks(APP)],
    ['with an empty list of headers', asks(APP, 'PUT', '')],
    ['with headers', asks(APP, 'PUT', 'authorization,content-type')],
    ['with headers in another case, and spaces', asks(APP, 'GET', 'Authorization, Content-Type')],
  ])('%s', (_name, headers) => {
    const { decision, answer } = preflight(headers)
    expect(decision).toMatchObject({ kind: 'reply', reason: 'cors.preflight', response: { status: 204 } })
    expect(answer).toEqual(permitted)
  })

  it.each([
    ['an unlisted method', asks(APP, 'DELETE'), 'cors.method'],
    ['a listed method in lower case', asks(APP, 'put'), 'cors.method'],
    ['two methods', asks(APP, 'GET, PUT'), 'cors.method'],
    ['an empty method', asks(APP, ''), 'cors.method'],
    ['an unlisted header', asks(APP, 'PUT', 'authorization,x-admin'), 'cors.header'],
    ['a star for all headers', asks(APP, 'PUT', '*'), 'cors.header'],
    ['an empty name among the headers', asks(APP, 'PUT', 'authorization,,'), 'cors.header'],
    ['a list of commas', asks(APP, 'PUT', ','.repeat(8000)), 'cors.header'],
    ['a listed header over and over', asks(APP, 'PUT', 'authorization,'.repeat(500)), 'cors.header'],
  ])('%s is denied without CORS headers', (_name, headers, reason) => {
    const { decision, answer } = preflight(headers)
    expect(decision).toEqual({ kind: 'deny', status: 403, reason })
    expect(answer).toEqual({ vary: VARY_OF_PREFLIGHT })
  })

  it('does not let a page into a private network, whatever it asks', () => {
    expect(preflight({ ...asks(APP), 'access-control-request-private-network': 'true' }).answer).toEqual(permitted)
  })

  it.each<[string, Record<string, string>]>([
    ['without Origin', { 'access-control-request-method': 'PUT' }],
    ['without Access-Control-Request-Method', { origin: APP }],
  ])('an OPTIONS request %s is none, and goes on', (_name, headers) => {
    expect(preflight(headers).decision).toEqual({ kind: 'pass' })
  })

  it('a request that carries a preflight’s headers with another method is none', () => {
    expect(
      cors(settings)
        .compile()
        .request?.(exchange({ method: 'PUT', headers: asks('https://evil.example') })),
    ).toEqual({ kind: 'pass' })
  })

  it('permits no headers and the safelisted methods unless told otherwise', () => {
    expect(preflight(asks(APP, 'POST'), { origins: [APP] }).answer).toEqual({
      'access-control-allow-origin': APP,
      'access-control-allow-methods': 'GET, HEAD, POST',
      'access-control-max-age': '600',
      vary: VARY_OF_PREFLIGHT,
    })
    expect(preflight(asks(APP, 'POST', 'content-type'), { origins: [APP] }).decision).toMatchObject({ reason: 'cors.header' })
  })
})

describe('cors: responses', () => {
  it.each([APP, 'https://admin.example.com:8443'])('%s is listed', (origin) => {
    expect(actual({ origin })).toEqual({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'x-request-id',
      vary: 'Origin',
    })
  })

  it('nothing that the origin server says of other origins goes out', () => {
    const loose = {
      'access-control-allow-origin': '*',
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': '*',
      'access-control-allow-headers': '*',
      'access-control-expose-headers': '*',
      'access-control-max-age': '86400',
      'access-control-allow-private-network': 'true',
      'access-control-allow-local-network': 'true',
    }
    expect(actual({ origin: 'https://evil.example' }, loose)).toEqual({ vary: 'Origin' })
    expect(actual({}, loose)).toEqual({ vary: 'Origin' })
  })

  it.each([
    [undefined, 'Origin'],
    ['', 'Origin'],
    ['Accept-Encoding', 'Accept-Encoding, Origin'],
    ['Accept-Encoding, origin', 'Accept-Encoding, origin'],
    ['ORIGIN', 'ORIGIN'],
    ['X-Origin', 'X-Origin, Origin'],
    ['*', '*'],
    ['Accept, *', 'Accept, *'],
  ])('Vary: %s becomes %s, for listed, unlisted and no origin', (given, expected) => {
    const fromOriginServer = given === undefined ? {} : { vary: given }
    for (const headers of [{ origin: APP }, { origin: 'https://evil.example' }, {}] as Record<string, string>[]) {
      expect(actual(headers, { ...fromOriginServer }).vary).toBe(expected)
    }
  })

  it('a star for everybody says the same to everybody, and never with credentials', () => {
    for (const headers of [{ origin: 'https://any.example' }, { origin: 'null' }, {}] as Record<string, string>[]) {
      expect(actual(headers, { vary: 'Accept' }, { origins: '*' })).toEqual({ 'access-control-allow-origin': '*', vary: 'Accept' })
    }
    expect(preflight(asks('https://any.example', 'GET'), { origins: '*' }).answer).toMatchObject({ 'access-control-allow-origin': '*' })
  })
})

describe('cors: settings', () => {
  const problemsOf = (given: unknown) => {
    const problems = new Problems()
    cors(given as Settings).check(['cors'], problems)
    return problems.all.map(({ path }) => path)
  }

  it.each<[string, unknown, string[]]>([
    ['the full example', settings, []],
    ['an IPv6 origin', { origins: ['http://[::1]:3000'] }, []],
    ['an app’s own scheme', { origins: ['capacitor://localhost', 'chrome-extension://abcdefgh'] }, []],
    ['http on this machine with credentials', { origins: ['http://localhost:5173', 'http://app.localhost', 'http://127.0.0.1:8080'], credentials: true }, []],
    ['plain http without credentials', { origins: ['http://intranet.example.com'] }, []],
    ['plain http with credentials', { origins: [APP, 'http://intranet.example.com'], credentials: true }, ['cors.origins[1]']],
    ['http to a look-alike of localhost', { origins: ['http://localhost.evil.example'], credentials: true }, ['cors.origins[0]']],
    ['a star with credentials', { origins: '*', credentials: true }, ['cors.origins']],
    ['a star in the list', { origins: ['*'] }, ['cors.origins[0]']],
    ['nothing', {}, ['cors.origins']],
    ['no origin', { origins: [] }, ['cors.origins']],
    ['null', { origins: ['null'] }, ['cors.origins[0]']],
    ['a path', { origins: [`${APP}/app`] }, ['cors.origins[0]']],
    ['a slash at the end', { origins: [`${APP}/`] }, ['cors.origins[0]']],
    ['upper case', { origins: ['https://App.example.com'] }, ['cors.origins[0]']],
    ['a default port', { origins: [`${APP}:443`] }, ['cors.origins[0]']],
    ['a port that is none', { origins: [`${APP}:99999`] }, ['cors.origins[0]']],
    ['a pattern', { origins: ['https://*.example.com'] }, ['cors.origins[0]']],
    ['a host alone', { origins: ['app.example.com'] }, ['cors.origins[0]']],
    ['userinfo', { origins: ['https://a@app.example.com'] }, ['cors.origins[0]']],
    ['a name that browsers send as punycode', { origins: ['https://bücher.example'] }, ['cors.origins[0]']],
    ['an address that browsers write otherwise', { origins: ['https://[0:0::1]', 'https://127.1'] }, ['cors.origins[0]', 'cors.origins[1]']],
    ['a file', { origins: ['file://server'] }, ['cors.origins[0]']],
    ['a line break', { origins: [`${APP}\nx`] }, ['cors.origins[0]']],
    ['an unknown method', { origins: [APP], methods: ['put'] }, ['cors.methods[0]']],
    ['a star for all headers', { origins: [APP], headers: ['*'] }, ['cors.headers[0]']],
    ['a star for all exposed headers', { origins: [APP], exposeHeaders: ['*'] }, ['cors.exposeHeaders[0]']],
    ['a header that is no name', { origins: [APP], headers: ['a b'] }, ['cors.headers[0]']],
    ['a negative age', { origins: [APP], maxAgeSeconds: -1 }, ['cors.maxAgeSeconds']],
    ['two days', { origins: [APP], maxAgeSeconds: 172_800 }, ['cors.maxAgeSeconds']],
    ['an unknown setting', { origins: [APP], origin: [APP] }, ['cors.origin']],
  ])('%s', (_name, given, expected) => {
    expect(problemsOf(given)).toEqual(expected)
  })
})
