import { describe, expect, it } from 'vitest'
import { Problems } from '../core/problems.ts'
import { type Found, routeTable } from './match.ts'
import { parseRouteKey, type RoutePattern } from './route-key.ts'

function table(...keys: string[]) {
  const problems = new Problems()
  const routes = keys.map((key) => ({ pattern: parseRouteKey(key, [key], problems) as RoutePattern }))
  expect(problems.all).toEqual([])
  return routeTable(routes)
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

describe('parseRouteKey', () => {
  it.each([
    '/users',
    'get /users',
    'HEAD /users',
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
