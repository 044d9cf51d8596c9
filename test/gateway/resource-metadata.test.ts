import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { anyOf } from '../../src/core/authentication.ts'
import { type Decision, deny, pass, skip } from '../../src/core/decision.ts'
import { definePolicy, type PolicyOptions } from '../../src/core/policy.ts'
import { principalId } from '../../src/core/principal.ts'
import { ConfigurationError } from '../../src/core/problems.ts'
import type { ResourceSettings } from '../../src/gateway/config.ts'
import { defineGateway } from '../../src/gateway/define.ts'
import { authorize } from '../../src/policies/authorize/authorize.ts'
import { cors } from '../../src/policies/cors/cors.ts'
import { ipList } from '../../src/policies/ip-list/ip-list.ts'
import { securityHeaders } from '../../src/policies/security-headers/security-headers.ts'
import { type Ask, underTest } from './under-test.ts'

const ISSUER = 'https://issuer.example'
const PLACE = '/.well-known/oauth-protected-resource'

/** An authenticator with issuers that answers always the same. */
const who = (decision: Decision, issuers: readonly string[] = [ISSUER], options: PolicyOptions = {}) =>
  definePolicy({
    name: 'who',
    stage: 'authenticate',
    settings: v.strictObject({}),
    credentials: () => ['authorization'],
    issuers: () => issuers,
    compile: () => ({ request: () => decision }),
  })(options)

const nothing = new Set<string>()
const ada = who(
  pass({
    principal: {
      id: principalId(ISSUER, 'ada'),
      issuer: ISSUER,
      subject: 'ada',
      method: 'test',
      scheme: 'Bearer',
      credentialHeader: 'authorization',
      scopes: nothing,
      roles: nothing,
      claims: {},
    },
  }),
)
const nobody = who(skip({ scheme: 'Bearer', params: { realm: 'a, Bearer realm="b"' } }, { scheme: 'DPoP', params: { algs: 'ES256' } }, { scheme: 'ApiKey' }))
const oneOnly = who(skip({ scheme: 'Bearer' }))

interface ZoneOf {
  readonly hosts?: readonly string[]
  readonly resource?: unknown
  readonly routes?: Record<string, unknown>
  readonly policies?: readonly unknown[]
  readonly conceal?: boolean
}

function gatewayOf({ hosts = ['api.example.com'], resource = {}, routes = {}, policies = [], conceal = false }: ZoneOf = {}) {
  return defineGateway({
    zones: {
      api: {
        hosts,
        origin: 'https://origin.example.com',
        resource: resource as ResourceSettings,
        policies: policies as [],
        conceal,
        routes: {
          'GET /v1/users': { authenticate: oneOnly, policies: [authorize({ scopes: ['users:read'] })] },
          'GET /*': { public: 'everything else' },
          'POST /*': { public: 'everything else' },
          ...(routes as object),
        },
      },
    },
  })
}

const ask = (zone: ZoneOf, url: string, how: Ask = {}) => underTest(gatewayOf(zone))(url, how)
const PATHED = { resource: { identifier: 'https://api.example.com/v1' } }
const TWO_HOSTS = { hosts: ['api.example.com', 'api.example.net'], resource: { identifier: 'https://api.example.com' } }

describe('the document', () => {
  it('says what there is, made at start', async () => {
    const zone = {
      resource: {
        name: 'Users',
        documentation: 'https://docs.example.com/',
        policyUri: 'https://example.com/privacy',
        tosUri: 'https://example.com/terms',
      },
      routes: {
        'POST /v1/users': {
          authenticate: anyOf(oneOnly, who(skip(), ['https://two.example/tenant'])),
          policies: [authorize({ scopes: { any: ['admin', 'users:write'] } })],
        },
        'DELETE /v1/users': {
          authenticate: anyOf(oneOnly, who(skip(), ['https://tried.example'], { mode: 'report' })),
          policies: [authorize({ scopes: ['tried'], mode: 'report' })],
        },
      },
    }
    const { response, body, record, received } = await ask(zone, `https://api.example.com${PLACE}`)
    expect(response.status).toBe(200)
    expect(JSON.parse(body)).toEqual({
      resource: 'https://api.example.com',
      authorization_servers: [ISSUER, 'https://two.example/tenant'],
      scopes_supported: ['admin', 'users:read', 'users:write'],
      bearer_methods_supported: ['header'],
      resource_name: 'Users',
      resource_documentation: 'https://docs.example.com/',
      resource_policy_uri: 'https://example.com/privacy',
      resource_tos_uri: 'https://example.com/terms',
    })
    expect([response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual(['application/json', 'public, max-age=3600'])
    expect(record).toMatchObject({ decision: 'reply', reason: 'resource.metadata', policy: 'resource', route: `GET ${PLACE}` })
    expect(received).toBeUndefined()
  })

  it('leaves out what there is not', async () => {
    const { body } = await ask({ routes: { 'GET /v1/users': { authenticate: oneOnly } } }, `https://api.example.com${PLACE}`)
    expect(JSON.parse(body)).toEqual({ resource: 'https://api.example.com', authorization_servers: [ISSUER], bearer_methods_supported: ['header'] })
  })

  it.each<[string, ZoneOf, string, string]>([
    ['a host', {}, `https://api.example.com${PLACE}`, 'https://api.example.com'],
    ['a host with a slash', { resource: { identifier: 'https://api.example.com/' } }, `https://api.example.com${PLACE}`, 'https://api.example.com/'],
    ['a host with a port', { hosts: ['api.example.com:8443'] }, `https://api.example.com:8443${PLACE}`, 'https://api.example.com:8443'],
    ['a path', PATHED, `https://api.example.com${PLACE}/v1`, 'https://api.example.com/v1'],
    ['a path with a slash', { resource: { identifier: 'https://api.example.com/V1/' } }, `https://api.example.com${PLACE}/V1/`, 'https://api.example.com/V1/'],
    ['one of two hosts', TWO_HOSTS, `https://api.example.com${PLACE}`, 'https://api.example.com'],
  ])('of %s stands where RFC 9728 §3.1 says, and is of what was asked for', async (_name, zone, url, resource) => {
    const { response, body } = await ask(zone, url)
    expect([response.status, JSON.parse(body).resource]).toEqual([200, resource])
  })

  it.each<[string, ZoneOf, string, Ask, string, string | null]>([
    ['HEAD', {}, PLACE, { method: 'HEAD' }, '200 resource.metadata', null],
    ['POST, whatever a wildcard says', {}, PLACE, { method: 'POST' }, '405 route.method', 'GET, HEAD'],
    ['DELETE', {}, PLACE, { method: 'DELETE' }, '405 route.method', 'GET, HEAD'],
    ['POST where methods are concealed', { conceal: true }, PLACE, { method: 'POST' }, '404 route.method', null],
    ['GET where methods are concealed', { conceal: true }, PLACE, {}, '200 resource.metadata', null],
    ['a query', {}, `${PLACE}?a=b`, {}, '200 resource.metadata', null],
    ['an address that is denied', { policies: [ipList({ deny: ['192.0.2.0/24'] })] }, PLACE, {}, '403 ip-list.denied', null],
    ['another spelling', {}, '/.Well-Known/oauth-protected-resource', {}, '404 route.unlisted', null],
    ['a slash at the end', {}, `${PLACE}/`, {}, '404 route.unlisted', null],
    ['a path parameter', {}, `${PLACE};x`, {}, '404 route.unlisted', null],
    ['what is no part of it', {}, `${PLACE}/v1`, {}, '200 origin.answered', null],
    ['a pattern that would match too', { routes: { 'GET /.well-known/:name': { authenticate: oneOnly } } }, PLACE, {}, '200 resource.metadata', null],
    ['its neighbours', { routes: { 'GET /.well-known/:name': { authenticate: oneOnly } } }, '/.well-known/security.txt', {}, '401 who.missing', null],
  ])('%s', async (_name, zone, path, how, said, allow) => {
    const { response, record, body } = await ask(zone, `https://api.example.com${path}`, how)
    expect([`${response.status} ${record.reason}`, response.headers.get('allow')]).toEqual([said, allow])
    if (how.method === 'HEAD') expect(body).toBe('')
  })

  it('is not on the zone’s other hosts: there it would not be of what was asked for', async () => {
    expect((await ask(TWO_HOSTS, `https://api.example.net${PLACE}`)).record).toMatchObject({ status: 404, reason: 'route.unlisted' })
  })

  it('is nowhere unless it was asked for', async () => {
    const without = defineGateway({
      zones: { api: { hosts: ['api.example.com'], origin: 'https://origin.example.com', routes: { 'GET /x': { authenticate: ada } } } },
    })
    expect((await underTest(without)(`https://api.example.com${PLACE}`)).record.reason).toBe('route.unlisted')
  })

  it('has the zone’s headers, and pages may read it where they may read the zone', async () => {
    const policies = [cors({ origins: ['https://app.example.com'], methods: ['GET'], headers: ['mcp-protocol-version'] }), securityHeaders({ preset: 'api' })]
    const origin = 'https://app.example.com'
    const { response } = await ask({ policies }, `https://api.example.com${PLACE}`, { headers: { origin } })
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': origin,
      vary: 'Origin',
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, max-age=3600',
    })
    const headers = { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'mcp-protocol-version' }
    expect((await ask({ policies }, `https://api.example.com${PLACE}`, { method: 'OPTIONS', headers })).record.reason).toBe('cors.preflight')
  })
})

describe('challenges', () => {
  const pointer = `resource_metadata="https://api.example.com${PLACE}"`
  it.each<[string, ZoneOf, string, string]>([
    ['of one scheme', {}, 'https://api.example.com/v1/users', `Bearer ${pointer}`],
    [
      'of several: those of OAuth alone, and whatever stands in quotes stays there',
      { routes: { 'GET /v1/users': { authenticate: nobody } } },
      'https://api.example.com/v1/users',
      `Bearer realm="a, Bearer realm=\\"b\\"", ${pointer}, DPoP algs="ES256", ${pointer}, ApiKey`,
    ],
    ['below the identifier’s path', PATHED, 'https://api.example.com/v1/users', `Bearer resource_metadata="https://api.example.com${PLACE}/v1"`],
    [
      'at it',
      { ...PATHED, routes: { 'GET /v1': { authenticate: oneOnly } } },
      'https://api.example.com/v1',
      `Bearer resource_metadata="https://api.example.com${PLACE}/v1"`,
    ],
    ['outside it', { ...PATHED, routes: { 'GET /v10': { authenticate: oneOnly } } }, 'https://api.example.com/v10', 'Bearer'],
    ['on the resource’s host', TWO_HOSTS, 'https://api.example.com/v1/users', `Bearer ${pointer}`],
    ['on another', TWO_HOSTS, 'https://api.example.net/v1/users', 'Bearer'],
    [
      'of a denial',
      { routes: { 'GET /v1/users': { authenticate: who(deny(401, 'who.bad', { challenges: [{ scheme: 'Bearer', params: { error: 'invalid_token' } }] })) } } },
      'https://api.example.com/v1/users',
      `Bearer error="invalid_token", ${pointer}`,
    ],
    [
      'of a missing scope',
      { routes: { 'GET /v1/users': { authenticate: ada, policies: [authorize({ scopes: ['admin'] })] } } },
      'https://api.example.com/v1/users',
      `Bearer error="insufficient_scope", scope="admin", ${pointer}`,
    ],
  ])('%s', async (_name, zone, url, expected) => {
    expect((await ask(zone, url)).response.headers.get('www-authenticate')).toBe(expected)
  })

  it('what the client calls the host is not repeated', async () => {
    const { response } = await ask({}, 'https://api.example.com/v1/users', { headers: { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' } })
    expect(response.headers.get('www-authenticate')).toBe(`Bearer ${pointer}`)
  })
})

describe('a configuration', () => {
  const problemsOf = (zone: ZoneOf) => {
    try {
      gatewayOf(zone)
      return []
    } catch (error) {
      if (error instanceof ConfigurationError) return error.problems
      throw error
    }
  }
  const identifier = (text: string) => ({ resource: { identifier: text } })

  it.each<[string, ZoneOf, string, string]>([
    ['an unknown setting', { resource: { issuer: ISSUER } }, 'zones.api.resource.issuer', 'unknown setting'],
    ['no issuer', { routes: { 'GET /v1/users': { public: 'because' } } }, 'zones.api.resource', 'no authenticator with an issuer'],
    [
      'an issuer that only reports',
      { routes: { 'GET /v1/users': { authenticate: anyOf(who(skip(), []), who(skip(), [ISSUER], { mode: 'report' })) } } },
      'zones.api.resource',
      'no authenticator',
    ],
    ['several hosts', { hosts: ['a.example.com', 'b.example.com'] }, 'zones.api.resource.identifier', '2 hosts'],
    ['another host', identifier('https://api.example.org'), 'zones.api.resource.identifier', 'api.example.org'],
    ['plain http', identifier('http://api.example.com'), 'zones.api.resource.identifier', 'http://'],
    ['a fragment', identifier('https://api.example.com/#a'), 'zones.api.resource.identifier', '#a'],
    ['a query', identifier('https://api.example.com/?a'), 'zones.api.resource.identifier', '?a'],
    ['an empty query', identifier('https://api.example.com/?'), 'zones.api.resource.identifier', '/?'],
    ['upper case', identifier('https://API.example.com'), 'zones.api.resource.identifier', 'API'],
    ['a default port', identifier('https://api.example.com:443'), 'zones.api.resource.identifier', ':443'],
    ['dots', identifier('https://api.example.com/a/../b'), 'zones.api.resource.identifier', '..'],
    ['a pattern', identifier('https://api.example.com/:tenant'), 'zones.api.resource.identifier', ':tenant'],
    ['a wildcard', identifier('https://api.example.com/*'), 'zones.api.resource.identifier', '*'],
    ['a quotation mark', identifier('https://api.example.com/"'), 'zones.api.resource.identifier', '"'],
    ['no URL', identifier('api'), 'zones.api.resource.identifier', 'api'],
    ['a page without TLS', { resource: { documentation: 'http://docs.example.com' } }, 'zones.api.resource.documentation', 'http://'],
    ['a page that is none', { resource: { tosUri: 'https://' } }, 'zones.api.resource.tosUri', 'https://'],
    ['an empty name', { resource: { name: '' } }, 'zones.api.resource.name', ''],
    ['a route with its path', { routes: { [`GET ${PLACE}`]: { public: 'because' } } }, `zones.api.routes["GET ${PLACE}"]`, PLACE],
    ['by another method', { routes: { [`POST ${PLACE}`]: { public: 'because' } } }, `zones.api.routes["POST ${PLACE}"]`, PLACE],
    [
      'below it, for an identifier with that path',
      { ...PATHED, routes: { [`GET ${PLACE}/v1`]: { public: 'because' } } },
      `zones.api.routes["GET ${PLACE}/v1"]`,
      `${PLACE}/v1`,
    ],
  ])('with %s is refused', (_name, zone, path, found) => {
    const problem = problemsOf(zone).find((candidate) => candidate.path === path)
    expect(problem, JSON.stringify(problemsOf(zone))).toBeDefined()
    expect(problem?.found).toContain(found)
    for (const part of [problem?.expected, problem?.fix]) expect(part).toMatch(/\w/)
  })

  it('with a host that is wrong is told so once', () => {
    expect(problemsOf({ hosts: ['API.example.com'] }).map(({ path }) => path)).toEqual(['zones.api.hosts[0]'])
  })

  it('may list the root’s place where the identifier has a path, and the other way round', () => {
    expect(problemsOf({ ...PATHED, routes: { [`GET ${PLACE}`]: { public: 'another resource' } } })).toEqual([])
    expect(problemsOf({ routes: { [`GET ${PLACE}/v1`]: { public: 'another resource' } } })).toEqual([])
  })
})
