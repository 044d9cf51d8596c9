import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Problems } from '../core/problems.ts'
import { type Found, routeTable } from './match.ts'
import { parseRouteKey, patternOf, type RoutePattern } from './route-key.ts'

function table(...keys: string[]) {
  const problems = new Problems()
  for (const key of keys) parseRouteKey(key, [key], problems)
  expect(problems.all).toEqual([])
  return routeTable(keys, (key) => ({ pattern: patternOf(key) }))
}

function say(found: Found<{ pattern: RoutePattern }>): string {
  if (found.kind === 'route') return `${found.route.pattern.key} ${JSON.stringify(found.params)}`
  return found.kind === 'method' ? `405 ${found.allow.join(',')}` : '404'
}

const find = table(
  'GET /*',
  'GET /v1/*',
  'GET /v1/users/:id',
  'DELETE /v1/users/:user',
  'GET /v1/users/me',
  'POST /v1/users/me/avatar',
  'GET /v1/users/:id/:part',
  'GET /v1/users:batch',
  'GET /v1/.well-known/x',
  'GET /files/*',
  'GET /A/b',
  'GET /a/b',
  'GET /t/',
)

describe('routeTable', () => {
  it.each([
    ['GET', '/v1/users/me', 'GET /v1/users/me {}', 'a literal beats a parameter whatever the order'],
    ['GET', '/v1/users/ada', 'GET /v1/users/:id {"id":"ada"}', 'a parameter beats a wildcard'],
    ['DELETE', '/v1/users/ada', 'DELETE /v1/users/:user {"user":"ada"}', 'methods of one path name parameters as they like'],
    ['DELETE', '/v1/users/me', '405 GET,HEAD', 'the most specific path decides, then its methods'],
    ['HEAD', '/v1/users/me', 'GET /v1/users/me {}', 'HEAD follows GET'],
    ['HEAD', '/v1/users/me/avatar', '405 POST', 'HEAD does not follow POST'],
    ['GET', '/v1/users/a%40b', 'GET /v1/users/:id {"id":"a@b"}', 'parameters are percent-decoded'],
    ['GET', '/v1/users/:p2', 'GET /v1/users/:id {"id":":p2"}', 'the router’s own names are ordinary values'],
    ['GET', '/v1/users/*', 'GET /v1/users/:id {"id":"*"}', 'and so is its wildcard'],
    ['GET', '/v1/users/:p2/:p3', 'GET /v1/users/:id/:part {"id":":p2","part":":p3"}', 'in every place'],
    ['GET', '/v1/users/__proto__', 'GET /v1/users/:id {"id":"__proto__"}', 'names of Object.prototype are ordinary values'],
    ['GET', '/v1/users', 'GET /v1/* {}', 'a listed prefix is not a listed path'],
    ['GET', '/v1', 'GET /* {}', 'a wildcard stands for one segment or more'],
    ['GET', '/files/', 'GET /* {}', 'and an empty segment is none'],
    ['GET', '/v1/users/me%20', '404', 'nor a space that some servers trim'],
    ['GET', '/v1/users/%20me', '404', 'at either end'],
    ['GET', '/files', 'GET /* {}', 'a wildcard stands for one segment or more'],
    ['GET', '/files/a/b/c', 'GET /files/* {}', 'a wildcard stands for one segment or more'],
    ['GET', '/v1/users/ME', '404', 'another case never falls to a parameter'],
    ['GET', '/V1/users/me', '404', 'nor to a wildcard'],
    ['GET', '/V1/users/ada', '404', 'whatever the listed path’s parameters are'],
    ['GET', '/v1/users/me/', '404', 'nor does a trailing slash'],
    ['GET', '/v1/users/me.', '404', 'nor a trailing dot'],
    ['GET', '/v1/users/me;x=1', '404', 'nor a path parameter'],
    ['GET', '/v1/users/me%3Bx=1', '404', 'nor an encoded one'],
    ['GET', '/v1;a/users/me', '404', 'in any segment'],
    ['GET', '/v1/users%3Abatch', '404', 'nor an encoded literal'],
    ['GET', '/v1/users:batch', 'GET /v1/users:batch {}', 'a colon inside a literal is a literal'],
    ['GET', '/v1/users/m%C3%A9', 'GET /v1/users/:id {"id":"mé"}', 'UTF-8'],
    ['GET', '/A/b', 'GET /A/b {}', 'paths listed in two cases are both themselves'],
    ['GET', '/a/b', 'GET /a/b {}', 'paths listed in two cases are both themselves'],
    ['GET', '/A/B', '404', 'a third that could be read as either is neither'],
    ['GET', '/t/', 'GET /t/ {}', 'a listed trailing slash is itself'],
    ['GET', '/files/Read%20Me.TXT', 'GET /files/* {}', 'below a wildcard anything goes'],
    ['GET', '/_portcullis/admin', '404', 'reserved'],
    ['GET', '/_PORTCULLIS/admin', '404', 'reserved in any case'],
    ['GET', '/_portcullis;x/admin', '404', 'reserved with parameters'],
    ['GET', '/_portcullis', '404', 'reserved'],
    ['GET', '/', 'GET /* {}', 'the root is one empty segment'],
    ['GET', '', '404', 'a faulty URL matches nothing'],
  ])('%s %s → %s: %s', (method, path, expected) => {
    expect(say(find(path, method))).toBe(expected)
  })
})

describe('a slash at the end', () => {
  const slashed = table(
    'GET /apis',
    'GET /apis/',
    'GET /alone/',
    'GET /bare',
    'GET /items/:id',
    'GET /items/:id/',
    'PUT /items/:id/',
    'GET /open/*',
    'GET /open/apis/',
  )
  it.each([
    ['GET', '/apis', 'GET /apis {}', 'listed with it and without, each is itself'],
    ['GET', '/apis/', 'GET /apis/ {}', 'listed with it and without, each is itself'],
    ['PUT', '/apis/', '405 GET,HEAD', 'with methods of its own'],
    ['GET', '/APIS', '404', 'what could be read as either is neither'],
    ['GET', '/APIS/', '404', 'what could be read as either is neither'],
    ['GET', '/apis;x/', '404', 'nor with parameters'],
    ['GET', '/alone/', 'GET /alone/ {}', 'it may be the only one'],
    ['GET', '/alone', '404', 'which lists no path without it'],
    ['GET', '/bare/', '404', 'nor the other way round'],
    ['GET', '/items/a', 'GET /items/:id {"id":"a"}', 'behind a parameter too'],
    ['GET', '/items/a/', 'GET /items/:id/ {"id":"a"}', 'behind a parameter too'],
    ['GET', '/items/A/', 'GET /items/:id/ {"id":"A"}', 'whose case is its own'],
    ['PUT', '/items/a', '405 GET,HEAD', 'and its methods are its own'],
    ['GET', '/items/', '404', 'a parameter is never empty'],
    ['GET', '/open/apis/', 'GET /open/apis/ {}', 'it beats a wildcard'],
    ['GET', '/open/apis', '404', 'to which what a server may read as it does not fall'],
    ['GET', '/open/other/', 'GET /open/* {}', 'as others do'],
  ])('%s %s → %s: %s', (method, path, expected) => expect(say(slashed(path, method))).toBe(expected))
})

it.each([
  ['GET /Admin', '/admin'],
  ['GET /a.', '/a'],
  ['GET /a%3Bx', '/a'],
  ['GET /:id/Admin', '/x/admin'],
  ['GET /admin/', '/admin'],
])('with %s listed, %s falls to no wildcard either', (key, path) => {
  expect(say(table(key, 'GET /*')(path, 'GET'))).toBe('404')
  expect(say(table(key, 'GET /*')('/other', 'GET'))).toBe('GET /* {}')
})

it('QUERY is a method like others, and HEAD does not follow it', () => {
  const asked = table('QUERY /search', 'POST /search', 'GET /other')
  expect(say(asked('/search', 'QUERY'))).toBe('QUERY /search {}')
  expect(say(asked('/search', 'HEAD'))).toBe('405 POST,QUERY')
  expect(say(asked('/other', 'QUERY'))).toBe('405 GET,HEAD')
})

describe('parseRouteKey', () => {
  it.each([
    '/users',
    'get /users',
    'HEAD /users',
    'SEARCH /users',
    'query /users',
    'TRACE /users',
    'GET users',
    'GET  /users',
    'GET /a//b',
    'GET /a/../b',
    'GET /a%2Fb',
    'GET /a%41',
    'GET /*/a',
    'GET /a*',
    'GET /a?b',
    'GET /:a-b',
    'GET /:1a',
    'GET /:',
    'GET /:__proto__',
    'GET /:constructor',
    'GET /:a.json',
    'GET /:a?',
    'GET /:a{[0-9]+}',
    'GET /:a/:a',
    'GET /_portcullis/x',
    'GET /_Portcullis',
    'GET /ä',
  ])('refuses %s', (key) => {
    const problems = new Problems()
    expect(parseRouteKey(key, ['zones', 'api', 'routes', key], problems)).toBeUndefined()
    expect(problems.all).toHaveLength(1)
    expect(problems.all[0]?.path).toBe(`zones.api.routes[${JSON.stringify(key)}]`)
  })
})

it('reads a path in a time that grows with its length, whatever stands in it', () => {
  const found = [1, 2, 4].map((times) => find(`/v1/users/A${'.'.repeat(50_000 * times)}x`, 'GET').kind)
  expect(found).toEqual(['route', 'route', 'route'])
})

const word = fc.constantFrom('a', 'b', 'A', 'c.d', 'e')
const pattern = fc
  .array(fc.oneof({ weight: 3, arbitrary: word }, { weight: 2, arbitrary: fc.constantFrom(':x', ':y') }), { minLength: 1, maxLength: 4 })
  .chain((texts) =>
    fc
      .constantFrom('', '', '', '*', '/')
      .map((end) => `/${texts.map((text, i) => (text.startsWith(':') ? `${text}${i}` : text)).join('/')}${end === '*' ? '/*' : end}`),
  )
const RANK = { literal: 0, param: 1, wildcard: 2 } as const

/** What the documentation says, read slowly: of all patterns that match, the one that is the most specific from left to right. */
function slowly(patterns: readonly RoutePattern[], path: string): string | undefined {
  const matching = patterns.filter(({ segments }) => {
    const text = segments
      .map((segment) => (segment.kind === 'literal' ? segment.text.replaceAll('.', '\\.') : segment.kind === 'param' ? '[^/]+' : '[^/]+(?:/[^/]+)*/?'))
      .join('/')
    return new RegExp(`^/${text}$`).test(path)
  })
  const ranks = ({ segments }: RoutePattern) => segments.map(({ kind }) => RANK[kind]).join('')
  return matching.toSorted((a, b) => (ranks(a) < ranks(b) ? -1 : 1))[0]?.key
}

it('finds what reading every pattern finds', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(pattern, { minLength: 1, maxLength: 12, selector: (path) => path.replace(/:\w+/g, ':') }),
      fc.array(pattern, { maxLength: 12 }),
      (patterns, asked) => {
        const keys = patterns.map((path) => `GET ${path}`)
        const find = table(...keys)
        for (const path of [...patterns, ...asked].map((text) => text.replace(/:\w/g, 'v').replace('*', 'w/z'))) {
          const found = find(path, 'GET')
          const expected = slowly(keys.map(patternOf), path)
          if (found.kind === 'route') expect(found.route.pattern.key).toBe(expected)
          // What could be read as another listed path is refused beside what is not listed.
          else if (expected !== undefined) expect([path, ...patterns].join('\n')).toMatch(/[A-Z]|\/$/m)
        }
      },
    ),
  )
})

it('a long segment is not looked for at each of thousands of places', () => {
  const keys = Array.from({ length: 2048 }, (_, i) => `GET /${Array.from({ length: 11 }, (_, j) => ((i >> j) & 1 ? 'a' : `:p${j}`)).join('/')}/z`)
  const many = table(...keys)
  const path = `${'/a'.repeat(11)}/${'y'.repeat(6000)}`
  many(path, 'GET')
  const began = performance.now()
  for (let i = 0; i < 20; i++) expect(many(path, 'GET').kind).toBe('none')
  expect(performance.now() - began).toBeLessThan(300)
})
