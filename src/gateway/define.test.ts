import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { allOf, anyOf } from '../core/authentication.ts'
import { pass } from '../core/decision.ts'
import { definePolicy, type PolicyOptions } from '../core/policy.ts'
import { ConfigurationError } from '../core/problems.ts'
import { bans } from '../policies/bans/bans.ts'
import { killSwitch } from '../policies/kill-switch/kill-switch.ts'
import { revocation } from '../policies/revocation/revocation.ts'
import { compileGateway } from './compile.ts'

const settings = v.strictObject({ name: v.optional(v.string()), depth: v.optional(v.number()) })
const make = <St extends 'access' | 'authenticate' | 'authorize' | 'limit' | 'validate' | 'decide' | 'finish'>(
  name: string,
  stage: St,
  more: {
    single?: boolean
    params?: string[]
    scopes?: string[]
    asks?: true
    reads?: 'body'
    validates?: 'body'
    hears?: string
    watches?: true
    describes?: string[]
  } = {},
) =>
  definePolicy({
    name,
    stage,
    settings,
    label: (given) => given.name ?? '',
    params: () => more.params ?? [],
    scopes: () => more.scopes ?? [],
    ...(more.single !== undefined && { single: more.single }),
    needsIdentity: () => more.asks === true,
    needsValidated: () => (more.reads === undefined ? [] : [more.reads]),
    listensTo: () => (more.hears === undefined ? [] : [more.hears]),
    ...(more.describes !== undefined && { describes: () => new Set(more.describes) }),
    watchesBody: () => more.watches === true,
    validates: () => (more.validates === undefined ? [] : [more.validates]),
    compile: () => ({ request: () => pass() }),
  })

const lists = make('lists', 'access')
const users = make('users', 'authenticate')({})
const reportingUsers = make('users', 'authenticate')({ mode: 'report' })
const owner = make('owner', 'authorize', { params: ['id'], scopes: ['users:read'] })({})
const limited = make('limited', 'limit')
const headers = make('headers', 'finish', { single: true })

const described = make('described', 'validate', { describes: ['GET /users/:id', 'GET /health', 'GET /elsewhere'] })
const readsBody = make('reads-body', 'decide', { reads: 'body' })
const validatesBody = make('validates', 'validate', { validates: 'body' })

/** A sound configuration with something changed. */
function configOf(change: { zone?: object; routes?: object; more?: object } = {}) {
  return {
    zones: {
      api: {
        hosts: ['api.example.com'],
        origin: 'https://origin.example.com',
        policies: [lists({ name: 'one' })],
        routes: { 'GET /users/:id': { authenticate: users, policies: [owner] }, 'GET /health': { public: 'liveness' }, ...change.routes },
        ...change.zone,
      },
    },
    ...change.more,
  }
}

function problemsOf(config: unknown) {
  try {
    compileGateway(config)
    return []
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
}

const route = (given: object) => configOf({ routes: { 'GET /r': given } })

describe('a configuration', () => {
  it('compiles', () => expect(problemsOf(configOf())).toEqual([]))

  it.each<[string, object]>([
    ['a body that is validated', { public: 'because', policies: [readsBody({}), validatesBody({})] }],
    [
      'a body that is validated in report mode, for a control that only reports',
      { public: 'because', policies: [readsBody({ mode: 'report' }), validatesBody({ mode: 'report' })] },
    ],
  ])('compiles with %s', (_, given) => expect(problemsOf(route(given))).toEqual([]))

  it.each<[string, unknown, string, string]>([
    ['unknown key at the top', configOf({ more: { zonse: {} } }), 'zonse', 'unknown setting'],
    ['unknown key in a zone', configOf({ zone: { polices: [] } }), 'zones.api.polices', 'unknown setting'],
    ['unknown key in a route', route({ public: 'because', polices: [] }), 'zones.api.routes["GET /r"].polices', 'unknown setting'],
    ['unknown key in a policy', configOf({ zone: { policies: [lists({ dney: [] } as never)] } }), 'zones.api.policies[0].dney', 'unknown setting'],
    ['wrong type in a policy', configOf({ zone: { policies: [lists({ depth: '1' } as never)] } }), 'zones.api.policies[0].depth', '"1"'],
    ['wrong mode', configOf({ zone: { policies: [lists({ mode: 'dry' } as unknown as PolicyOptions)] } }), 'zones.api.policies[0].mode', '"dry"'],
    ['no zone', { zones: {} }, 'zones', '{}'],
    ['zone name that a counter cannot begin with', { zones: { 'A B': configOf().zones.api } }, 'zones["A B"]', '"A B"'],
    ['no host', configOf({ zone: { hosts: [] } }), 'zones.api.hosts', 'none'],
    ['host with a scheme', configOf({ zone: { hosts: ['https://api.example.com'] } }), 'zones.api.hosts[0]', 'https'],
    ['host in upper case', configOf({ zone: { hosts: ['API.example.com'] } }), 'zones.api.hosts[0]', 'API'],
    ['host with a trailing dot', configOf({ zone: { hosts: ['api.example.com.'] } }), 'zones.api.hosts[0]', 'com.'],
    ['host with the port that goes without saying', configOf({ zone: { hosts: ['api.example.com:443'] } }), 'zones.api.hosts[0]', ':443'],
    ['host in another than its canonical form', configOf({ zone: { hosts: ['[0:0::1]'] } }), 'zones.api.hosts[0]', '[0:0::1]'],
    ['wildcard host', configOf({ zone: { hosts: ['*.example.com'] } }), 'zones.api.hosts[0]', '*'],
    ['http origin', configOf({ zone: { origin: 'http://origin.example.com' } }), 'zones.api.origin', 'http://'],
    ['origin with a query', configOf({ zone: { origin: 'https://origin.example.com/?a=1' } }), 'zones.api.origin', '?a=1'],
    ['origin with user information', configOf({ zone: { origin: 'https://u:p@origin.example.com' } }), 'zones.api.origin', ''],
    ['origin that is the zone itself', configOf({ zone: { origin: 'https://api.example.com' } }), 'zones.api.origin', 'api.example.com'],
    ['identity prefix without hyphen', configOf({ zone: { identityPrefix: 'x' } }), 'zones.api.identityPrefix', '"x"'],
    ['neither authenticate nor public', route({}), 'zones.api.routes["GET /r"]', 'neither'],
    ['both authenticate and public', route({ authenticate: users, public: 'because' }), 'zones.api.routes["GET /r"]', 'both'],
    ['public without a reason', route({ public: ' ' }), 'zones.api.routes["GET /r"].public', '" "'],
    ['public: true', route({ public: true }), 'zones.api.routes["GET /r"].public', 'true'],
    ['authenticator among the policies', route({ public: 'because', policies: [users] }), 'zones.api.routes["GET /r"].policies[0]', 'the control users'],
    ['control as authenticator', route({ authenticate: lists({}) }), 'zones.api.routes["GET /r"].authenticate', 'the control lists'],
    ['empty anyOf', route({ authenticate: anyOf() }), 'zones.api.routes["GET /r"].authenticate', 'anyOf()'],
    ['reporting authenticator alone', route({ authenticate: reportingUsers }), 'zones.api.routes["GET /r"].authenticate', 'in report mode'],
    ['one authenticator twice', route({ authenticate: allOf(users, users) }), 'zones.api.routes["GET /r"].authenticate', 'users twice'],
    ['only reporting authenticators', route({ authenticate: anyOf(reportingUsers) }), 'zones.api.routes["GET /r"].authenticate', 'in report mode'],
    ['reporting authenticator in allOf', route({ authenticate: allOf(users, reportingUsers) }), 'zones.api.routes["GET /r"].authenticate', 'in report mode'],
    [
      'reporting authenticator in an allOf within anyOf',
      route({ authenticate: anyOf(make('keys', 'authenticate')({}), allOf(users, reportingUsers)) }),
      'zones.api.routes["GET /r"].authenticate',
      'in report mode',
    ],
    ['a second single one in the zone itself', configOf({ zone: { policies: [headers({}), headers({})] } }), 'zones.api.policies[1]', 'a second headers'],
    [
      'authenticator that fails open',
      route({ authenticate: make('users', 'authenticate')({ onError: 'pass' }) }),
      'zones.api.routes["GET /r"].authenticate',
      'onError: "pass"',
    ],
    [
      'authorization on a public route',
      configOf({ routes: { 'GET /r/:id': { public: 'because', policies: [owner] } } }),
      'zones.api.routes["GET /r/:id"]',
      'owner on a public route',
    ],
    [
      'identity limit of the zone on a public route',
      configOf({ zone: { policies: [limited({ name: 'per-user' })] } }),
      'zones.api.routes["GET /health"]',
      'limited:per-user on a public route',
    ],
    [
      'identity asked for in another stage on a public route',
      route({ public: 'because', policies: [make('asks', 'decide', { asks: true })({})] }),
      'zones.api.routes["GET /r"]',
      'asks on a public route',
    ],
    [
      'a control that listens to nobody',
      route({ public: 'because', policies: [make('ears', 'decide', { hears: 'jwtt.expired' })({})] }),
      'zones.api.routes["GET /r"].policies[0]',
      '"jwtt.expired"',
    ],
    [
      'a control that listens to what is over by then',
      route({ public: 'because', policies: [make('ears', 'decide', { hears: 'lists' })({})] }),
      'zones.api.routes["GET /r"].policies[0]',
      '"lists"',
    ],
    [
      'a control that watches bodies on a WebSocket',
      route({ public: 'because', websocket: { origins: ['https://a.example'] }, policies: [make('watcher', 'access', { watches: true })({})] }),
      'zones.api.routes["GET /r"]',
      'watcher on a WebSocket',
    ],
    ['body that nobody validates', route({ public: 'because', policies: [readsBody({})] }), 'zones.api.routes["GET /r"]', 'reads-body, which reads the body'],
    [
      'body that is validated in report mode only',
      route({ public: 'because', policies: [readsBody({}), validatesBody({ mode: 'report' })] }),
      'zones.api.routes["GET /r"]',
      'reads-body, which reads the body',
    ],
    [
      'onError that this control does not have',
      route({ public: 'because', policies: [lists({ onError: 'local' })] }),
      'zones.api.routes["GET /r"].policies[0].onError',
      '"local"',
    ],
    ['parameter that the path lacks', route({ authenticate: users, policies: [owner] }), 'zones.api.routes["GET /r"].policies[0]', 'parameter "id"'],
    [
      'parameter of another name',
      configOf({ routes: { 'GET /r/:user': { authenticate: users, policies: [owner] } } }),
      'zones.api.routes["GET /r/:user"].policies[0]',
      'parameter "id"',
    ],
    ['unknown scope', configOf({ more: { scopes: ['users:write'] } }), 'zones.api.routes["GET /users/:id"].policies[0]', 'scope "users:read"'],
    [
      'same path under another parameter name',
      configOf({ routes: { 'GET /users/:user': { public: 'because' } } }),
      'zones.api.routes["GET /users/:user"]',
      'GET /users/:id',
    ],
    ['key without a method', configOf({ routes: { '/r': { public: 'because' } } }), 'zones.api.routes["/r"]', '/r'],
    ['reserved path', configOf({ routes: { 'GET /_portcullis/x': { public: 'because' } } }), 'zones.api.routes["GET /_portcullis/x"]', '/_portcullis/x'],
    ['path that no request can match', configOf({ routes: { 'GET /a//b': { public: 'because' } } }), 'zones.api.routes["GET /a//b"]', 'segment ""'],
    [
      'relaxation of nothing',
      route({ public: 'because', relax: [{ policy: 'cors', reason: 'because' }] }),
      'zones.api.routes["GET /r"].relax[0].policy',
      '"cors"',
    ],
    [
      'relaxation without a reason',
      route({ public: 'because', relax: [{ policy: 'lists:one', reason: '' }] }),
      'zones.api.routes["GET /r"].relax[0].reason',
      '""',
    ],
    [
      'a route that a zone’s description does not have',
      configOf({ zone: { policies: [described({})] }, routes: { 'GET /r': { public: 'because' } } }),
      'zones.api.routes["GET /r"]',
      'described, whose description has no "GET /r"',
    ],
    [
      'a route that its own description names otherwise',
      route({ public: 'because', policies: [make('described', 'validate', { describes: ['GET /r/'] })({})] }),
      'zones.api.routes["GET /r"]',
      'described, whose description has no "GET /r"',
    ],
    [
      'two of one name',
      configOf({ routes: { 'GET /r': { public: 'because', policies: [lists({ name: 'one' })] } } }),
      'zones.api.routes["GET /r"].policies[0]',
      'a second lists:one',
    ],
    [
      'a second single one',
      { zones: { api: { ...configOf({ routes: { 'GET /r': { public: 'because', policies: [headers({})] } } }).zones.api, policies: [headers({})] } } },
      'zones.api.routes["GET /r"]',
      'a second headers',
    ],
    [
      'WebSocket on POST',
      configOf({ routes: { 'POST /r': { public: 'because', websocket: { origins: ['https://app.example.com'] } } } }),
      'zones.api.routes["POST /r"].websocket',
      'POST',
    ],
    ['WebSocket for any origin', route({ public: 'because', websocket: { origins: ['*'] } }), 'zones.api.routes["GET /r"].websocket.origins[0]', '"*"'],
    ['no time at all', route({ public: 'because', timeouts: { headersSeconds: 0 } }), 'zones.api.routes["GET /r"].timeouts.headersSeconds', '0'],
  ])('%s', (_what, config, path, found) => {
    const problems = problemsOf(config)
    const problem = problems.find((candidate) => candidate.path === path)
    expect(problem, JSON.stringify(problems, null, 1)).toBeDefined()
    expect(problem?.found).toContain(found)
    for (const part of [problem?.expected, problem?.fix]) expect(part).toMatch(/\w/)
  })

  it('is told every problem at once', () => {
    const problems = problemsOf(configOf({ zone: { hosts: ['A'] }, routes: { 'GET /r': { public: '' }, 'GET /s': { polices: [] } } }))
    expect(problems.map(({ path }) => path)).toEqual(['zones.api.hosts[0]', 'zones.api.routes["GET /r"].public', 'zones.api.routes["GET /s"].polices'])
  })

  it('is refused when two zones want one host', () => {
    const { api } = configOf().zones
    expect(problemsOf({ zones: { one: api, two: api } })).toMatchObject([{ path: 'zones.two.hosts[0]', found: 'api.example.com, which zone one has too' }])
  })

  it('may leave out what a description has', () => expect(problemsOf(configOf({ zone: { policies: [described({})] } }))).toEqual([]))

  it('lets a route that is not described relax what judges by a description', () => {
    const relax = [{ policy: 'described', reason: 'it is younger than the description' }]
    const routes = { 'GET /users/:id': { authenticate: users }, 'GET /r': { public: 'because', relax } }
    expect(problemsOf(configOf({ zone: { policies: [described({})], routes } }))).toEqual([])
  })

  it('lets a route relax what the zone asks, with a reason', () => {
    expect(
      problemsOf(
        configOf({
          zone: { policies: [limited({ name: 'per-user' })] },
          routes: { 'GET /health': { public: 'liveness', relax: [{ policy: 'limited:per-user', reason: 'nobody is known here' }] } },
        }),
      ),
    ).toEqual([])
  })

  it('writes its problems so that one can act on them', () => {
    expect(() => compileGateway(route({ public: 'because', timeout: 1 }))).toThrow(
      '1 problem in the gateway\'s configuration:\n  zones.api.routes["GET /r"].timeout\n    found: an unknown setting "timeout"\n    expected: no such setting\n    fix: remove it, or correct its name',
    )
  })
})

/** What stands before every route of a zone that sets none of it. */
const ALWAYS = ['transport', 'kill-switch', 'bans', 'ip-list']

describe('revocation', () => {
  const stepsOf = (config: object, method: string, path: string) => {
    const found = compileGateway(config).zones.get('api.example.com')?.find(path, method)
    return found?.kind === 'route' ? found.route.steps.map(({ policy, reporting }) => `${policy}${reporting ? ' reports' : ''}`) : []
  }
  const own = revocation({ maxStalenessSeconds: 0 })
  const relax = [{ policy: 'revocation', reason: 'its tokens live for a second' }]

  it('stands on every route that authenticates, before all that asks who is calling', () => {
    expect(stepsOf(configOf(), 'GET', '/users/7')).toEqual([...ALWAYS, 'lists:one', 'users', 'revocation', 'caller-bans', 'owner'])
    expect(stepsOf(configOf(), 'GET', '/health')).toEqual([...ALWAYS, 'lists:one'])
  })

  it.each<[string, object, readonly string[]]>([
    ['a route’s own replaces it', { authenticate: users, policies: [own] }, ['users', 'caller-bans', 'revocation']],
    [
      'one that only reports does not',
      { authenticate: users, policies: [revocation({ mode: 'report' })] },
      ['users', 'revocation', 'caller-bans', 'revocation reports'],
    ],
    ['a route may relax it, with a reason', { authenticate: users, relax }, ['users', 'caller-bans']],
    ['and the bans of callers', { authenticate: users, relax: [{ policy: 'caller-bans', reason: 'nobody is banned here' }] }, ['users', 'revocation']],
  ])('%s', (_what, route, steps) => {
    expect(stepsOf(configOf({ routes: { 'GET /r': route } }), 'GET', '/r').slice(ALWAYS.length + 1)).toEqual(steps)
  })

  it('of a zone concerns its routes that authenticate, and no others', () => {
    const config = configOf({ zone: { policies: [own] }, routes: {} })
    expect([stepsOf(config, 'GET', '/users/7'), stepsOf(config, 'GET', '/health')]).toEqual([
      [...ALWAYS, 'users', 'caller-bans', 'revocation', 'owner'],
      ALWAYS,
    ])
  })

  it('of a zone is relaxed before a route sets its own', () => {
    const routes = (more: object) => ({ zone: { policies: [own], routes: { 'GET /r': { authenticate: users, policies: [revocation({})], ...more } } } })
    expect(problemsOf(configOf(routes({})))).toMatchObject([{ found: 'a second revocation beside the zone’s' }])
    expect(problemsOf(configOf(routes({ relax })))).toEqual([])
  })

  it('needs its ledger bound, and so does a gateway in which nobody is known', () => {
    expect(compileGateway(configOf()).bindings).toContain('LEDGER')
    expect(compileGateway(configOf({ zone: { routes: {} } })).bindings).toContain('LEDGER')
  })
})

describe('kill switch and bans', () => {
  const accessOf = (policies: readonly unknown[], relax: readonly object[] = []) => {
    const found = compileGateway(configOf({ zone: { policies, routes: { 'GET /r': { public: 'liveness', relax } } } }))
      .zones.get('api.example.com')
      ?.find('/r', 'GET')
    return found?.kind === 'route' ? found.route.steps.map(({ policy, reporting, onError }) => `${policy} ${reporting ? 'reports' : onError}`) : []
  }

  it.each<[string, readonly unknown[], readonly string[]]>([
    ['stand before every route', [], ['transport deny', 'kill-switch deny', 'bans deny', 'ip-list deny']],
    ['are those that the zone sets', [killSwitch({ onError: 'pass' })], ['transport deny', 'ip-list deny', 'kill-switch pass', 'bans deny']],
    ['come in this order', [bans({ onError: 'pass' })], ['transport deny', 'kill-switch deny', 'ip-list deny', 'bans pass']],
    ['are not replaced by what only reports', [bans({ mode: 'report' })], ['transport deny', 'kill-switch deny', 'bans deny', 'ip-list deny', 'bans reports']],
  ])('%s', (_what, policies, steps) => expect(accessOf(policies)).toEqual(steps))

  it('cannot be relaxed away: what is relaxed stands there with its defaults', () => {
    const relax = ['kill-switch', 'bans'].map((policy) => ({ policy, reason: 'a test of what that does' }))
    expect(accessOf([killSwitch({ onError: 'pass' }), bans({ onError: 'pass' })], relax)).toEqual(accessOf([]))
  })

  it('stand where nothing is listed, and where no zone has the host', () => {
    const gateway = compileGateway(configOf())
    for (const zone of [gateway.zones.get('api.example.com'), gateway.nowhere]) {
      expect(zone?.unmatched.steps.map(({ policy }) => policy)).toEqual(expect.arrayContaining(['kill-switch', 'bans']))
    }
  })
})

describe('routes that differ in their keys alone', () => {
  const alike = (given: object, keys: readonly string[]) => configOf({ zone: { routes: Object.fromEntries(keys.map((key) => [key, { ...given }])) } })
  const places = (config: unknown) => problemsOf(config).map(({ path, found }) => [/"(.*)"/.exec(path)?.[1], found])

  it.each<[string, unknown, string, readonly string[]]>([
    [
      'a fault that all have',
      alike({ authenticate: make('users', 'authenticate')({ depth: '1' } as never) }, ['GET /a', 'GET /b']),
      '"1"',
      ['GET /a', 'GET /b'],
    ],
    ['a key that is none', alike({ public: 'because' }, ['GET /a', 'GET b', 'GET /c']), '"GET b"', ['GET b']],
    ['two keys in one', alike({ public: 'because' }, ['GET /a', 'GET /b\nGET /c', 'GET /d']), 'segment "b\\nGET "', ['GET /b\\nGET /c']],
    ['the same path twice', alike({ public: 'because' }, ['GET /a/:b', 'GET /c', 'GET /a/:d']), 'the same path as "GET /a/:b"', ['GET /a/:d']],
    [
      'the same path twice, written unusually',
      alike({ public: 'because' }, ['GET /a/:b', 'GET /~/:b', 'GET /~/:d']),
      'the same path as "GET /~/:b"',
      ['GET /~/:d'],
    ],
    ['no authenticator at all', alike({ authenticate: null }, ['GET /a', 'GET /b']), 'null', ['GET /a', 'GET /b']],
    ['one of several parts that is none', alike({ authenticate: anyOf(users, 7 as never) }, ['GET /a', 'GET /b']), 'anyOf(users, 7)', ['GET /a', 'GET /b']],
    ['a reason that is none', alike({ public: 'x' }, ['GET /a', 'GET /b']), '"x"', ['GET /a', 'GET /b']],
    [
      'a text in place of an authenticator',
      configOf({ zone: { routes: { 'GET /a': { public: 'because' }, 'GET /b': { authenticate: 'because' } } } }),
      '"because"',
      ['GET /b'],
    ],
  ])('%s is told where it is', (_what, config, found, keys) => expect(places(config)).toEqual(keys.map((key) => [key, found])))

  it('what a description lacks is told of each', () => {
    const routes = {
      'GET /health': { public: 'because' },
      'GET /a': { public: 'because' },
      'GET /elsewhere': { public: 'because' },
      'GET /b': { public: 'because' },
    }
    const found = places(configOf({ zone: { policies: [described({})], routes } }))
    expect(found.map(([key]) => key)).toEqual(['GET /a', 'GET /b'])
  })

  it('each is found by its key', () => {
    const gateway = compileGateway(alike({ authenticate: users }, ['GET /a/:b', 'POST /a/:c', 'GET /d']))
    const found = gateway.zones.get('api.example.com')?.find('/a/1', 'POST')
    expect(found).toMatchObject({ kind: 'route', route: { facts: { key: 'POST /a/:c' } }, params: { c: '1' } })
  })
})

describe('the policy hash', () => {
  it('tells apart which of two shared authenticators a route has', () => {
    const other = make('users', 'authenticate')({ name: 'other' })
    const routes = (last: unknown) =>
      configOf({ routes: { 'GET /a': { authenticate: users }, 'GET /b': { authenticate: other }, 'GET /c': { authenticate: last } } })
    expect(compileGateway(routes(users)).policyHash).not.toBe(compileGateway(routes(other)).policyHash)
  })

  const hash = (config: unknown) => compileGateway(config).policyHash
  it('is the same for the same configuration', () => expect(hash(configOf())).toBe(hash(configOf())))
  it.each([
    ['a setting', configOf({ zone: { policies: [lists({ name: 'two' })] } })],
    ['a mode', configOf({ zone: { policies: [lists({ name: 'one', mode: 'report' })] } })],
    ['a route', configOf({ routes: { 'GET /r': { public: 'because' } } })],
    ['the reason why a route is public', configOf({ routes: { 'GET /health': { public: 'whoever asks' } } })],
  ])('changes with %s', (_what, config) => expect(hash(config)).not.toBe(hash(configOf())))

  it('changes when two routes change places', () => {
    const routes = (a: object, b: object) => configOf({ routes: { 'GET /a': a, 'GET /b': b, 'GET /c': a } })
    const [open, closed] = [{ public: 'because' }, { authenticate: users }]
    expect(hash(routes(open, closed))).not.toBe(hash(routes(closed, open)))
  })
})
