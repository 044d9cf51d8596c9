import { describe, expect, it } from 'vitest'
import { found, imported, OPERATION, withPaths } from './imported.ts'

/** Paths with a GET each; the keys that they become, and what is told of them. */
const PATHS: readonly [what: string, paths: readonly string[], keys: readonly string[], unserved: readonly RegExp[]][] = [
  ['a literal path', ['/users/me'], ['GET /users/me'], []],
  ['the root', ['/'], ['GET /'], []],
  ['a parameter', ['/users/{id}'], ['GET /users/:id'], []],
  ['a trailing slash', ['/api/', '/api'], ['GET /api/', 'GET /api'], []],
  ['a name outside of the grammar', ['/e/{enterprise-team}'], ['GET /e/:enterprise_team'], []],
  ['a name that begins with a digit', ['/e/{2fa}'], ['GET /e/:p_2fa'], []],
  ['a name that reaches into prototypes', ['/e/{constructor}'], ['GET /e/:p_constructor'], []],
  ['names that become one', ['/e/{a-b}/{a_b}'], ['GET /e/:a_b/:a_b_2'], []],
  ['a segment of several values', ['/compare/{base}...{head}'], ['GET /compare/:base_head'], []],
  ['a segment with a text around its value', ['/files/{name}.json'], ['GET /files/:name'], []],
  ['values with nothing between them', ['/compare/{base}{head}'], [], [/nothing between them/]],
  ['braces that do not close', ['/compare/{base'], [], [/braces/]],
  ['what stands behind ? and #', ['/files?kind=a', '/folders#rename'], ['GET /files', 'GET /folders'], []],
  ['one path with and without #', ['/files', '/files#rename'], ['GET /files'], [/also one of GET \/files/]],
  ['two paths of one shape', ['/a/{x}', '/a/{y}'], ['GET /a/:x'], [/also one of GET \/a\/\{x\}/]],
  ['a space and letters of other scripts', ['/a b/ü'], ['GET /a%20b/%C3%BC'], []],
  ['an empty segment', ['/a//b'], [], [/canonical form/]],
  ['dots that lead up', ['/a/../b'], [], [/canonical form/]],
  ['a star', ['/a/*'], [], [/canonical form/]],
  ['a colon where a parameter would begin', ['/a/:b'], [], [/canonical form/]],
  ['the gateway’s own path', ['/_portcullis/x'], [], [/gateway's own/]],
]

describe('a path becomes a route, or is told to be none', () => {
  it.each(PATHS)('%s', async (_what, paths, keys, unserved) => {
    const api = await imported(withPaths(Object.fromEntries(paths.map((path) => [path, { get: OPERATION }]))))
    expect(api.report.routes.map(({ key }) => key)).toEqual(keys)
    expect(Object.keys(api.description.head.operations)).toEqual(keys)
    const told = found(api, 'unserved')
    expect(told).toHaveLength(unserved.length)
    for (const [i, words] of unserved.entries()) expect(told[i]).toMatch(words)
  })
})

it('one shape under other names takes the first names, and says where each value is', async () => {
  const api = await imported(withPaths({ '/a/{x}': { get: OPERATION }, '/a/{the-y}': { parameters: [path('the-y')], put: OPERATION } }))
  expect(api.report.routes.map(({ key }) => key)).toEqual(['GET /a/:x', 'PUT /a/:x'])
  expect(api.description.operation('PUT /a/:x')?.parameters).toMatchObject([{ name: 'the-y', in: 'path', from: { param: 'x' }, required: true }])
  expect(found(api, 'renamed')).toEqual(['the-y → x (the names of /a/{x}, which has the same shape)'])
})

it('a segment of several values says where each stands in it', async () => {
  const api = await imported(withPaths({ '/c/v{base}...{head}': { parameters: [path('base'), path('head')], get: OPERATION } }))
  const literals = ['v', '...', '']
  expect(api.description.operation('GET /c/:base_head')?.parameters).toMatchObject([
    { name: 'base', from: { param: 'base_head', parts: { literals, index: 0 } } },
    { name: 'head', from: { param: 'base_head', parts: { literals, index: 1 } } },
  ])
})

it('what stands behind ? is asked of requests', async () => {
  const api = await imported(withPaths({ '/files?kind=a': { get: OPERATION } }))
  const [parameter] = api.description.operation('GET /files')?.parameters ?? []
  expect(parameter).toMatchObject({ name: 'kind', in: 'query', required: true })
  expect(api.description.schema(parameter?.schema as number)).toEqual({ const: 'a' })
})

describe('methods', () => {
  it.each<[method: string, item: unknown, keys: readonly string[], unserved: number, unchecked: number]>([
    ['each that routes list', { get: OPERATION, put: OPERATION, options: OPERATION }, ['GET /a', 'PUT /a', 'OPTIONS /a'], 0, 0],
    ['query of 3.2', { query: OPERATION }, ['QUERY /a'], 0, 0],
    ['further ones of 3.2', { additionalOperations: { COPY: OPERATION } }, [], 1, 0],
    ['TRACE', { trace: OPERATION }, [], 1, 0],
    ['HEAD beside GET', { get: OPERATION, head: OPERATION }, ['GET /a'], 0, 1],
    ['HEAD alone', { head: OPERATION }, [], 1, 0],
  ])('%s', async (_method, item, keys, unserved, unchecked) => {
    const api = await imported(withPaths({ '/a': item }))
    expect(api.report.routes.map(({ key }) => key)).toEqual(keys)
    expect(found(api, 'unserved')).toHaveLength(unserved)
    expect(found(api, 'unchecked')).toHaveLength(unchecked)
  })
})

describe('servers', () => {
  it.each<[what: string, servers: unknown, key: string, hosts: string, told: number]>([
    ['a base path', [{ url: 'https://API.example.com/v1/' }], 'GET /v1/a', "hosts: ['api.example.com']", 0],
    ['a port', [{ url: 'https://api.example.com:8443' }], 'GET /a', "hosts: ['api.example.com:8443']", 0],
    ['two hosts', [{ url: 'https://a.example.com' }, { url: 'https://b.example.com' }], 'GET /a', "hosts: ['a.example.com', 'b.example.com']", 0],
    ['another base path', [{ url: 'https://a.example.com/v1' }, { url: 'https://a.example.com/v2' }], 'GET /v1/a', "hosts: ['a.example.com']", 1],
    [
      'variables',
      [{ url: 'https://{r}.example.com/{v}', variables: { r: { default: 'eu' }, v: { default: 'v3' } } }],
      'GET /v3/a',
      "hosts: ['eu.example.com']",
      1,
    ],
    ['a path alone', [{ url: '/v1' }], 'GET /v1/a', "hosts: ['api.example.com']", 1],
    ['none', [], 'GET /a', "hosts: ['api.example.com']", 1],
    ['no URL', [{ url: 'https://[' }], 'GET /a', "hosts: ['api.example.com']", 1],
  ])('%s', async (_what, servers, key, hosts, told) => {
    const api = await imported(withPaths({ '/a': { get: OPERATION } }, { servers }))
    expect(api.report.routes.map((route) => route.key)).toEqual([key])
    expect(api.zoneFile).toContain(hosts)
    expect(found(api, 'servers')).toHaveLength(told)
  })

  it('those of an operation alone are told', async () => {
    const api = await imported(withPaths({ '/a': { get: { ...OPERATION, servers: [{ url: 'https://up.example.com' }] } } }))
    expect(found(api, 'servers')).toEqual(['servers of its own (https://up.example.com) here: served with all others'])
  })
})

function path(name: string) {
  return { name, in: 'path', required: true, schema: { type: 'string' } }
}
