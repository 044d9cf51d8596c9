import { describe, expect, it } from 'vitest'
import { ImportFault } from '../../src/importer/import-fault.ts'
import { found, imported, OPERATION, withPaths } from './imported.ts'

const securitySchemes = {
  key: { type: 'apiKey', in: 'header', name: 'X-Key' },
  basic: { type: 'http', scheme: 'basic' },
  oauth: { type: 'oauth2', flows: {} },
  oidc: { type: 'openIdConnect', openIdConnectUrl: 'https://login.example.com/.well-known/openid-configuration' },
}

/** What an operation says of who may call, what the route says then, and how many gaps it leaves. */
const TABLE: readonly [what: string, security: unknown, code: readonly string[], gaps: number][] = [
  ['one scheme', [{ key: [] }], ['authenticate: by.key'], 0],
  ['a name that is no variable', [{ 'api key': [] }], ["authenticate: by['api key']"], 0],
  ['either of two', [{ key: [] }, { basic: [] }], ['authenticate: anyOf(by.key, by.basic)'], 0],
  ['both', [{ key: [], basic: [] }], ['authenticate: allOf(by.key, by.basic)'], 0],
  ['one, or both', [{ key: [] }, { key: [], basic: [] }], ['authenticate: by.key'], 0],
  [
    'one and either of two',
    [
      { key: [], basic: [] },
      { key: [], oidc: [] },
    ],
    ['authenticate: allOf(by.key, anyOf(by.basic, by.oidc))'],
    0,
  ],
  [
    'some shared in part',
    [
      { key: [], basic: [] },
      { basic: [], oidc: [] },
      { oidc: [], key: [] },
    ],
    ['authenticate: allOf(by.key, by.basic, by.oidc)'],
    1,
  ],
  ['scopes', [{ oauth: ['read', 'write'] }], ['authenticate: by.oauth', "policies: [authorize({ scopes: ['read', 'write'] })]"], 0],
  [
    'either of two scopes',
    [{ oauth: ['read'] }, { oauth: ['admin'] }],
    ['authenticate: by.oauth', "policies: [authorize({ scopes: { any: ['read', 'admin'] } })]"],
    0,
  ],
  ['fewer scopes suffice', [{ oauth: ['read'] }, { oauth: ['read', 'admin'] }], ['authenticate: by.oauth', "policies: [authorize({ scopes: ['read'] })]"], 0],
  ['sets of scopes', [{ oauth: ['a', 'b'] }, { oauth: ['c'] }], ['authenticate: by.oauth', "policies: [authorize({ scopes: ['a', 'b', 'c'] })]"], 1],
  [
    'scopes of one alternative alone: asked of all',
    [{ key: [] }, { oauth: ['read'] }],
    ['authenticate: anyOf(by.key, by.oauth)', "policies: [authorize({ scopes: ['read'] })]"],
    1,
  ],
  [
    'scopes of two issuers are not alternatives of each other',
    [{ oauth: ['read'] }, { oidc: ['openid'] }],
    ['authenticate: anyOf(by.oauth, by.oidc)', "policies: [authorize({ scopes: ['read', 'openid'] })]"],
    1,
  ],
  ['roles of a scheme without scopes', [{ key: ['staff'] }], ['authenticate: by.key', "policies: [authorize({ roles: ['staff'] })]"], 0],
  ['a scheme that is not there', [{ ghost: [] }], ['authenticate: by.ghost'], 0],
  ['optional: required all the same', [{ key: [] }, {}], ['authenticate: by.key'], 1],
  ['nobody', [], ["public: 'the description asks for no authentication'"], 1],
  ['nobody, said otherwise', [{}], ["public: 'the description asks for no authentication'"], 1],
]

describe('who may call', () => {
  it.each(TABLE)('%s', async (_what, security, code, gaps) => {
    const api = await imported(withPaths({ '/a': { get: { ...OPERATION, security } } }, { components: { securitySchemes } }))
    const block = /'GET \/a': \{\n([\s\S]*?)\n {4}\},/.exec(api.files['routes.ts'])?.[1]
    expect(block?.split('\n').map((line) => line.trim().replace(/,$/, ''))).toEqual(code)
    expect([...found(api, 'access'), ...found(api, 'public')]).toHaveLength(gaps)
  })

  it('says nothing: never public', async () => {
    const { security: _security, ...document } = withPaths({ '/a': { get: OPERATION }, '/b': { get: OPERATION } })
    const api = await imported(document)
    expect(api.files['routes.ts'].match(/authenticate: by\.default,/g)).toHaveLength(2)
    expect(found(api, 'access')).toEqual(['no security: asks for the scheme default, everywhere'])
    const one = await imported({ ...document, paths: { '/a': { get: OPERATION }, '/b': { get: { ...OPERATION, security: [{ key: [] }] } } } })
    expect(one.report.gaps.filter(({ kind }) => kind === 'access')).toEqual([
      { kind: 'access', pointer: '#/paths/~1a/get', found: 'no security: asks for the scheme default', route: 'GET /a' },
    ])
  })

  it('is refused where a scope is none that anybody could hold', async () => {
    const document = withPaths({ '/a': { get: { ...OPERATION, security: [{ oauth: ['read write'] }] } } }, { components: { securitySchemes } })
    await expect(imported(document)).rejects.toThrow(ImportFault)
    await expect(imported(document)).rejects.toMatchObject({ faults: [{ pointer: '#/paths/~1a/get/security/0/oauth/0' }] })
  })
})

describe('limits', () => {
  const limits = (given: unknown, more: Readonly<Record<string, unknown>> = {}) =>
    imported(
      withPaths({
        '/a/{user-id}': {
          parameters: [{ name: 'user-id', in: 'path', required: true, schema: { type: 'string' } }],
          post: { ...OPERATION, 'x-portcullis-limits': given, ...more },
        },
      }),
    )

  it.each<[what: string, given: unknown, code: string]>([
    [
      'by address: closed while the counter is away',
      { name: 'a', by: 'ip', limit: '10/min' },
      "a: rateLimit({ name: 'a', by: 'ip', limit: '10/min', onError: 'deny' }),",
    ],
    [
      'by address, with a divisor',
      { name: 'a', by: 'ip', limit: '10/min', assumedIsolates: 9 },
      "a: rateLimit({ name: 'a', by: 'ip', limit: '10/min', assumedIsolates: 9 }),",
    ],
    [
      'by who calls',
      { name: 'per-user', by: 'principal', limit: '5/10s', burst: 5 },
      "'per-user': rateLimit({ name: 'per-user', by: 'principal', limit: '5/10s', burst: 5 }),",
    ],
    [
      'by a parameter under its name here',
      { name: 'a', by: ['principal', { param: 'user-id' }], limit: '1/s' },
      "a: rateLimit({ name: 'a', by: ['principal', { param: 'user_id' }], limit: '1/s' }),",
    ],
  ])('%s', async (_what, given, code) => {
    const api = await limits([given])
    expect(api.files['routes.ts']).toContain(`const limits = {\n  ${code}\n}`)
    expect(found(api, 'limits')).toEqual([])
  })

  it.each<[what: string, given: unknown, more: Readonly<Record<string, unknown>>, words: RegExp]>([
    ['no list', { name: 'a' }, {}, /no list/],
    ['an unknown setting', [{ name: 'a', by: 'ip', limit: '1/s', plans: {} }], {}, /not read: plans/],
    ['a limit that is none', [{ name: 'a', by: 'ip', limit: 'much' }], {}, /not read: limit/],
    ['a parameter that is not there', [{ name: 'a', by: { param: 'x' }, limit: '1/s' }], {}, /no segment/],
    ['a body that is not there', [{ name: 'a', by: { body: '/x' }, limit: '1/s' }], {}, /no body/],
    ['who calls, of a public operation', [{ name: 'a', by: 'principal', limit: '1/s' }], { security: [] }, /nobody knows/],
    [
      'one name for two',
      [
        { name: 'a', by: 'ip', limit: '1/s' },
        { name: 'a', by: 'ip', limit: '2/s' },
      ],
      {},
      /another limit/,
    ],
    ['other words', [], { 'x-amazon-throttling': 5 }, /x-amazon-throttling/],
  ])('not read, and told: %s', async (_what, given, more, words) => {
    expect(found(await limits(given, more), 'limits')).toEqual([expect.stringMatching(words)])
  })
})
