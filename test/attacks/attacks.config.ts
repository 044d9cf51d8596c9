import {
  allOf,
  anyOf,
  apiKey,
  authorize,
  bans,
  callerBans,
  claim,
  cors,
  defineGateway,
  eq,
  graphql,
  introspection,
  ipList,
  jwt,
  killSwitch,
  param,
  rateLimit,
  revocation,
  securityEvents,
  securityHeaders,
  statusList,
  transport,
  validate,
  value,
} from 'portcullis'
import * as v from 'valibot'
import { content, describedContent } from './content.config.ts'
import { GRAPHQL_ZONES } from './graphql.config.ts'
import { jsonSchemas } from './json-schema.config.ts'
import { openapiRequestsZones } from './openapi-requests.config.ts'
import { openapiResponsesZones } from './openapi-responses.config.ts'
import { routeShapes } from './route-shapes.config.ts'

const common = { algorithms: ['RS256', 'ES256'], typ: 'at+jwt' } as const
const issuerOne = { ...common, issuer: 'https://issuer-one.test', keySet: { url: 'https://issuer-one.test/jwks' } } as const
const issuerTwo = { ...common, issuer: 'https://issuer-two.test', keySet: { url: 'https://issuer-two.test/jwks' } } as const

const users = jwt({ ...issuerOne, audience: 'https://api.example.com' })
const partners = jwt({ ...issuerTwo, audience: 'https://partners.example.org' })
const usersAsPartners = jwt({ ...issuerOne, audience: 'https://partners.example.org' })

const opaque = {
  issuer: 'https://issuer-opaque.test',
  endpoint: { url: 'https://issuer-opaque.test/introspect' },
  client: { id: 'gate:way', secret: 'INTROSPECTION_SECRET' },
  audience: 'https://opaque.example.com',
} as const
const inCookie = jwt({ ...issuerOne, audience: 'https://api.example.com', cookie: { name: '__Host-token', origins: ['https://app.example.com'] } })
const bySecret = jwt({
  issuer: 'https://issuer-secret.test',
  audience: 'https://api.example.com',
  algorithms: ['HS256'],
  typ: 'at+jwt',
  keySet: { secret: ['TOKEN_SECRET', 'OLD_TOKEN_SECRET'] },
})
const decryption = { keys: 'DECRYPTION_KEY', keyManagement: ['ECDH-ES+A256KW'], contentEncryption: ['A256GCM'] } satisfies Parameters<
  typeof jwt
>[0]['decryption']
const encrypted = jwt({ ...issuerOne, audience: 'https://api.example.com', decryption })
const encryptedPartners = jwt({ ...issuerTwo, audience: 'https://partners.example.org', decryption })

const forKeys = { prefix: 'acme', environment: 'live', pepper: ['KEY_PEPPER', 'OLD_KEY_PEPPER'] } satisfies Parameters<typeof apiKey>[0]
const strictKey = apiKey({ ...forKeys, maxStalenessSeconds: 0 })
/** One begins as the other does, but for where the parts end. */
const shortKey = apiKey({ prefix: 'acme', environment: 'lives', pepper: 'KEY_PEPPER', maxStalenessSeconds: 0 })
const longKey = apiKey({ prefix: 'acmex', environment: 'live', pepper: 'OLD_KEY_PEPPER', maxStalenessSeconds: 0 })
const bearerKey = apiKey({ ...forKeys, header: 'authorization', maxStalenessSeconds: 0 })

const events = {
  issuer: 'https://issuer-one.test',
  audience: 'https://events.example.com',
  algorithms: ['RS256'],
  keySet: { url: 'https://issuer-one.test/jwks' },
  tokensLiveSeconds: 3600,
} as const
const statusOfOne = {
  issuer: issuerOne.issuer,
  keySet: issuerOne.keySet,
  algorithms: ['RS256'],
  uris: ['https://lists.test/one/', 'https://lists.test/single', 'https://hung-lists.test/'],
} satisfies Parameters<typeof statusList>[0]

const note = v.strictObject({
  title: v.pipe(v.string(), v.maxLength(100)),
  tags: v.optional(v.array(v.string())),
  owner: v.optional(v.strictObject({ name: v.string() })),
})

const search = v.strictObject({ q: v.pipe(v.string(), v.maxLength(100)), page: v.optional(v.string()) })

const login = v.strictObject({ user: v.pipe(v.string(), v.maxLength(64)), password: v.pipe(v.string(), v.maxLength(64)) })
const failedLogins = { outcome: { statuses: [401] } } as const
const tagged = v.strictObject({ tag: v.optional(v.nullable(v.union([v.string(), v.number(), v.boolean(), v.array(v.string())]))) })

const forMixed = { audience: 'https://mixed.example.com' } as const
const mixedUsers = jwt({ ...issuerOne, ...forMixed })
const mixedPartners = jwt({ ...issuerTwo, ...forMixed, realm: 'partners' })
const mixedDevices = jwt({ ...issuerTwo, ...forMixed, header: 'cf-access-jwt-assertion' })
/** Its host answers whatever origins answer: never a key set. */
const mixedDown = jwt({ ...common, ...forMixed, issuer: 'https://issuer-down.test', keySet: { url: 'https://keys-down.test/jwks' } })

type Options<P extends string> = Parameters<typeof rateLimit<P>>[0]

/** Four a day by these. */
const four = <const P extends string = never>(name: string, by: Options<P>['by']) => rateLimit<P>({ name, by, limit: '4/day', burst: 4, onError: 'deny' })
/** Two at a time by these. */
const slots = <const P extends string = never>(name: string, by: Options<P>['by'], changes: Partial<Options<P>> = {}) =>
  rateLimit<P>({ name, by, limit: 2, algorithm: 'concurrency', maxSeconds: 600, onError: 'deny', ...changes })

const few = rateLimit({ name: 'few', by: 'principal', limit: '2/day', burst: 2 })
const many = rateLimit({ name: 'many', by: 'principal', limit: '6/day', burst: 6 })

/** Two zones that differ in origin, issuer and strictness, so that one may be mistaken for the other. */
export default defineGateway({
  record: { pseudonymKey: ['PSEUDONYM_KEY', 'OLD_PSEUDONYM_KEY'] },
  scopes: ['users:read', 'notes:write', 'admin'],

  zones: {
    ...openapiRequestsZones,
    ...openapiResponsesZones,
    shapes: routeShapes,
    content,
    'described-content': describedContent,
    schemas: jsonSchemas,

    ...GRAPHQL_ZONES,
    api: {
      hosts: ['api.example.com'],
      // A path to escape from.
      origin: 'https://origin-api.test/base',
      policies: [
        transport({}),
        ipList({ deny: ['203.0.113.0/24', '2001:db8:bad::/48'], workers: ['partner.example'] }),
        rateLimit({ name: 'per-ip', by: 'ip', limit: '60000/min', burst: 6000, onError: 'deny' }),
        cors({ origins: ['https://app.example.com'], methods: ['GET', 'POST', 'DELETE'], headers: ['authorization', 'content-type'], credentials: true }),
        securityHeaders({ preset: 'api' }),
      ],
      routes: {
        'GET /health': { public: 'liveness, no data' },

        // The same paths, from strict to open: what falls through lands in the open.
        'GET /v1/admin/report': { authenticate: users, policies: [authorize({ scopes: ['admin'] })] },
        'GET /v1/users/me': { authenticate: users },
        'GET /v1/users/:id': { authenticate: users, policies: [authorize({ scopes: ['users:read'], owner: eq(param('id'), claim('sub')) })] },
        'DELETE /v1/users/:id': { authenticate: users, policies: [authorize({ scopes: ['admin'] })] },
        'GET /v1/*': { public: 'documentation' },

        'GET /v1/profile': { authenticate: users },
        'GET /v1/passport': { authenticate: users, forwardCredential: true },
        'OPTIONS /v1/options': { authenticate: users },
        'GET /v1/socket': { public: 'prices, as they change', websocket: { origins: ['https://app.example.com'] } },

        'POST /v1/notes': { public: 'a suggestion box', policies: [validate({ body: note, maxBytes: 65_536 })] },
        'PUT /v1/files/:name': { public: 'a drop box' },
        'GET /v1/search': { public: 'search', policies: [validate({ query: search })] },
        'GET /v1/items/:id': { public: 'a shop window', policies: [validate({ params: v.object({ id: v.pipe(v.string(), v.regex(/^\d{1,9}$/)) }) })] },
        'GET /v1/tenants': {
          public: 'a tenant, by header',
          policies: [validate({ headers: v.object({ 'x-tenant': v.optional(v.picklist(['red', 'blue'])) }) })],
        },

        // Nothing comes back to these limits while a test runs.
        'GET /v1/limited/ip': {
          public: 'counted by address',
          policies: [rateLimit({ name: 'ip', by: 'ip', limit: '4/day', burst: 4, ipv6CeilingFactor: 2, onError: 'deny' })],
        },
        'GET /v1/limited/principal': { authenticate: users, policies: [rateLimit({ name: 'principal', by: 'principal', limit: '4/day', burst: 4 })] },
        'GET /v1/limited/header': {
          public: 'counted by header and address',
          policies: [rateLimit({ name: 'header', by: [{ header: 'x-tenant' }, 'ip'], limit: '4/day', burst: 4, onError: 'deny' })],
        },
        'GET /v1/limited/race': { authenticate: users, policies: [rateLimit({ name: 'race', by: 'principal', limit: '10/day', burst: 10 })] },
        'GET /v1/limited/race-by-ip': {
          public: 'counted by address',
          policies: [rateLimit({ name: 'race-by-ip', by: 'ip', limit: '10/day', burst: 10, onError: 'deny' })],
        },
        'GET /v1/limited/params/:id': {
          public: 'counted by route',
          policies: [rateLimit({ name: 'route', by: ['route', 'ip'], limit: '4/day', burst: 4, onError: 'deny' })],
        },
      },
    },

    partners: {
      hosts: ['partners.example.org'],
      origin: 'https://origin-partners.test',
      conceal: true,
      identityPrefix: 'x-caller-',
      policies: [rateLimit({ name: 'per-ip', by: 'ip', limit: '60000/min', burst: 6000, onError: 'deny' })],
      routes: {
        'GET /own': { authenticate: partners },
        'GET /shared': { authenticate: usersAsPartners },
        'GET /either': { authenticate: anyOf(partners, usersAsPartners) },
        'GET /open': { public: 'nothing to hide' },
      },
    },

    // A limit a route, and none before it: what a test sees is that limit's doing. Nothing comes back while a test runs, unless the rate says so.
    limits: {
      hosts: ['limits.example.com'],
      origin: 'https://origin-limits.test',
      policies: [cors({ origins: ['https://app.example.com'], methods: ['GET', 'POST'], headers: ['content-type'] })],
      routes: {
        'POST /login': {
          public: 'where tokens come from',
          policies: [
            validate({ body: login, maxBytes: 1024 }),
            rateLimit({ name: 'guesses', by: [{ body: '/user' }, 'ip'], limit: '4/day', burst: 4, ...failedLogins }),
            rateLimit({ name: 'guesses-by-ip', by: 'ip', limit: '12/day', burst: 12, onError: 'deny', ...failedLogins }),
          ],
        },
        'POST /login-slow': {
          public: 'where tokens come from, late',
          timeouts: { headersSeconds: 0.2 },
          policies: [
            validate({ body: login, maxBytes: 1024 }),
            rateLimit({ name: 'slow-guesses', by: [{ body: '/user' }, 'ip'], limit: '4/day', burst: 4, ...failedLogins }),
          ],
        },
        'POST /picky': {
          public: 'what is refused counts, and nothing else',
          policies: [
            rateLimit({ name: 'refusals', by: 'ip', limit: '3/day', burst: 3, onError: 'deny', outcome: { denials: ['validate'] } }),
            validate({ body: login, maxBytes: 1024 }),
          ],
        },

        'GET /slots/:id': { public: 'two at a time', policies: [slots('slots', { param: 'id' })] },
        'GET /slots-impatient/:id': {
          public: 'two at a time, for a short time',
          timeouts: { headersSeconds: 0.2 },
          policies: [slots('slots-impatient', { param: 'id' })],
        },
        'GET /slots-members/:id': { authenticate: users, policies: [slots('slots-members', { param: 'id' })] },
        'POST /slots-body/:id': {
          public: 'two at a time, with a body',
          policies: [slots('slots-body', { param: 'id' }), validate({ body: note, maxBytes: 1024 })],
        },
        'GET /slots-tried/:id': { public: 'two at a time, some day', policies: [slots('slots-tried', { param: 'id' }, { mode: 'report' })] },
        'GET /slots-pair/:id': {
          public: 'two at a time, and one in all',
          policies: [slots('slots-pair', { param: 'id' }), slots('slots-one', 'route', { limit: 1 })],
        },

        'POST /by-size': {
          public: 'a token for each 100 bytes',
          policies: [rateLimit({ name: 'by-size', by: 'ip', limit: '40/day', burst: 40, onError: 'deny', cost: { perBytes: 100, max: 10 } })],
        },
        'GET /by-answer': {
          public: 'what the origin says that it was',
          policies: [rateLimit({ name: 'by-answer', by: 'ip', limit: '40/day', burst: 40, onError: 'deny', cost: { responseHeader: 'x-cost', max: 10 } })],
        },
        'GET /socket-by-answer': {
          public: 'a socket at a price',
          websocket: { origins: ['https://app.example.com'] },
          policies: [
            rateLimit({ name: 'socket-by-answer', by: 'ip', limit: '40/day', burst: 40, onError: 'deny', cost: { responseHeader: 'x-cost', max: 10 } }),
          ],
        },

        'GET /by-param/:id': { public: 'by the path', policies: [four('by-param', [{ param: 'id' }, 'ip'])] },
        'GET /by-two': { public: 'by two headers', policies: [four('by-two', [{ header: 'x-a' }, { header: 'x-b' }, 'ip'])] },
        'POST /by-body': { public: 'by the body', policies: [validate({ body: tagged, maxBytes: 4096 }), four('by-body', [{ body: '/tag' }, 'ip'])] },
        'POST /by-operation': {
          public: 'by what GraphQL runs',
          policies: [graphql({ maxBytes: 4096 }), four('by-operation', ['graphql-operation', 'ip'])],
        },
        'GET /by-ja4': { public: 'by what few have', policies: [four('by-ja4', ['ja4', 'ip'])] },
        'GET /alike': { public: 'a window', policies: [rateLimit({ name: 'alike', by: 'ip', limit: '4/day', algorithm: 'sliding-window', onError: 'deny' })] },
        'GET /alike-bucket': { public: 'named like it', policies: [four('alike-sliding-window', ['ip'])] },
        'GET /few': { authenticate: users, policies: [few, many] },
        'GET /many': { authenticate: users, policies: [many] },
        'GET /plans': {
          authenticate: users,
          policies: [
            rateLimit({
              name: 'plans',
              by: 'principal',
              limit: '2/day',
              burst: 2,
              plans: { by: { claim: 'plan' }, limits: { basic: { limit: '4/day', burst: 4 }, pro: { limit: '10/day', burst: 10 } } },
            }),
          ],
        },
        'GET /windows': {
          authenticate: users,
          policies: [
            rateLimit({
              name: 'windows',
              by: 'principal',
              algorithm: 'sliding-window',
              limit: '1/s',
              plans: { by: { claim: 'plan' }, limits: { pro: { limit: '6/day' } } },
            }),
          ],
        },

        'GET /abandoned/:id': {
          public: 'ten at once, ten a second',
          policies: [rateLimit({ name: 'abandoned', by: { param: 'id' }, limit: '10/s', burst: 10, strict: true, onError: 'deny' })],
        },
        'GET /banned/:id': {
          public: 'one a second, and then none',
          policies: [rateLimit({ name: 'banned', by: [{ param: 'id' }, 'ip'], limit: '1/s', burst: 1, onError: 'deny', ban: { after: 1, for: '1hour' } })],
        },
        'GET /banned-leased/:id': {
          public: 'a hundred a second, and then none',
          policies: [rateLimit({ name: 'banned-leased', by: [{ param: 'id' }], limit: '100/s', burst: 100, onError: 'deny', ban: { after: 1, for: '1hour' } })],
        },
      },
    },

    // What was revoked, by bounds from none to the default.
    revocation: {
      hosts: ['revocation.example.com'],
      origin: 'https://origin-revocation.test',
      routes: {
        'GET /strict': { authenticate: users, policies: [revocation({ maxStalenessSeconds: 0 })] },
        'GET /brief': { authenticate: users, policies: [revocation({ maxStalenessSeconds: 1, failAfterSeconds: 1 })] },
        'GET /default': { authenticate: users },
        'GET /tried': { authenticate: users, policies: [revocation({ maxStalenessSeconds: 0, mode: 'report' })] },
        'GET /relaxed': { authenticate: users, relax: [{ policy: 'revocation', reason: 'what a test compares with' }] },
        'GET /either': { authenticate: anyOf(partners, users), policies: [revocation({ maxStalenessSeconds: 0 })] },
        'GET /open': { public: 'nobody is known here' },
      },
    },

    // API keys, by bounds from none to the default, in a header of their own and as Bearer tokens.
    keyed: {
      hosts: ['keyed.example.com'],
      origin: 'https://origin-keyed.test',
      // Whoever counts questions to objects meets those about keys alone, once the rules are known.
      policies: [killSwitch({ maxStalenessSeconds: 3600 }), bans({ maxStalenessSeconds: 3600 })],
      routes: {
        'GET /strict': { authenticate: strictKey },
        'GET /brief': { authenticate: apiKey({ ...forKeys, maxStalenessSeconds: 1, failAfterSeconds: 1 }) },
        'GET /default': { authenticate: apiKey(forKeys) },
        'GET /test': { authenticate: apiKey({ ...forKeys, environment: 'test', maxStalenessSeconds: 0 }) },
        'GET /bearer': { authenticate: bearerKey },
        'GET /either': { authenticate: anyOf(bearerKey, users) },
        'GET /both': { authenticate: allOf(users, strictKey) },
        'GET /admin': { authenticate: strictKey, policies: [authorize({ scopes: ['admin'] })] },
        'GET /users/:id': { authenticate: strictKey, policies: [authorize({ owner: eq(param('id'), claim('sub')) })] },
        'GET /team': { authenticate: strictKey, policies: [authorize({ when: eq(claim('metadata.team'), value('blue')) })] },
        'GET /limited': { authenticate: strictKey, policies: [rateLimit({ name: 'per-key', by: 'credential', limit: '4/day', burst: 4, onError: 'deny' })] },
        'GET /tried': { authenticate: anyOf(apiKey({ ...forKeys, mode: 'report' }), users) },
        'GET /open': { public: 'nobody is known here' },
        'GET /kinds': { authenticate: anyOf(strictKey, apiKey({ ...forKeys, environment: 'test', maxStalenessSeconds: 0 }), shortKey, longKey) },
        'GET /two': { authenticate: allOf(strictKey, apiKey({ ...forKeys, environment: 'test', header: 'x-second-key', maxStalenessSeconds: 0 })) },
      },
    },
    // What operators stop and ban: known at once, within the default bound, and where an outage lets everybody pass.
    bans: {
      hosts: ['bans.example.com'],
      origin: 'https://origin-bans.test',
      policies: [
        killSwitch({ maxStalenessSeconds: 0 }),
        bans({ maxStalenessSeconds: 0 }),
        callerBans({ maxStalenessSeconds: 0 }),
        ipList({}),
        cors({ origins: ['https://app.example.com'], methods: ['GET', 'POST'] }),
      ],
      routes: {
        'GET /health': { public: 'liveness' },
        'GET /things/:id': { public: 'what may be stopped' },
        'POST /things': { public: 'what goes on' },
        'GET /me': { authenticate: users },
      },
    },
    'bans-by-default': {
      hosts: ['bans-by-default.example.com'],
      origin: 'https://origin-bans.test',
      routes: { 'GET /health': { public: 'liveness' }, 'GET /me': { authenticate: users } },
    },
    'bans-at-best': {
      hosts: ['bans-at-best.example.com'],
      origin: 'https://origin-bans.test',
      policies: [killSwitch({ maxStalenessSeconds: 0, onError: 'pass' }), bans({ maxStalenessSeconds: 0, onError: 'pass' })],
      routes: { 'GET /health': { public: 'liveness' } },
    },

    // Whatever is not refused ends in the open.
    open: {
      hosts: ['open.example.com'],
      origin: 'https://origin-open.test/base',
      routes: { 'GET /*': { public: 'everything' } },
    },

    // Several ways to say who is asking, and everything else in the open.
    mixed: {
      hosts: ['mixed.example.com', 'mixed.example.net'],
      origin: 'https://origin-mixed.test',
      resource: { identifier: 'https://mixed.example.com', name: 'mixed' },
      routes: {
        'GET /one': { authenticate: mixedUsers, policies: [authorize({ scopes: ['users:read'] })] },
        'GET /either': { authenticate: anyOf(mixedUsers, mixedDevices) },
        'GET /either-forwarded': { authenticate: anyOf(mixedUsers, mixedDevices), forwardCredential: true },
        'GET /issuers': { authenticate: anyOf(mixedUsers, mixedPartners) },
        'GET /both': { authenticate: allOf(mixedUsers, mixedDevices), forwardCredential: true },
        'GET /nested': { authenticate: allOf(anyOf(mixedUsers, mixedPartners), mixedDevices) },
        'GET /down': { authenticate: anyOf(mixedDown, mixedUsers, mixedDevices) },
        'GET /down-within': { authenticate: anyOf(anyOf(mixedUsers, mixedDown), mixedDevices) },
        'GET /tried': { authenticate: anyOf(mixedUsers, jwt({ ...issuerTwo, ...forMixed, header: 'x-tried-assertion', mode: 'report' })) },
        'GET /*': { public: 'everything else' },
        'POST /*': { public: 'everything else' },
      },
    },
    // Tokens that say nothing by themselves: two zones ask one endpoint, each for an audience of its own.
    opaque: {
      hosts: ['opaque.example.com'],
      origin: 'https://origin-opaque.test',
      routes: {
        'GET /mine': { authenticate: introspection(opaque) },
        'GET /admin': { authenticate: introspection(opaque), policies: [authorize({ scopes: ['admin'] })] },
        'GET /passport': { authenticate: introspection(opaque), forwardCredential: true },
        'GET /either': { authenticate: anyOf(users, introspection(opaque)) },
        'GET /prefixed': { authenticate: introspection({ ...opaque, prefix: 'one_' }) },
        'GET /brief': { authenticate: introspection({ ...opaque, maxCacheSeconds: 1 }) },
      },
    },
    'opaque-partners': {
      hosts: ['opaque-partners.example.com'],
      origin: 'https://origin-opaque-partners.test',
      routes: { 'GET /mine': { authenticate: introspection({ ...opaque, audience: 'https://opaque-partners.example.com' }) } },
    },
    // Tokens that come otherwise: in a cookie, signed with a secret, encrypted.
    tokens: {
      hosts: ['tokens.example.com'],
      origin: 'https://origin-tokens.test',
      routes: {
        'GET /cookie': { authenticate: inCookie },
        'POST /cookie': { authenticate: inCookie },
        'DELETE /cookie': { authenticate: inCookie },
        'GET /cookie/forwarded': { authenticate: inCookie, forwardCredential: true },
        // Who may open a socket is not yet who may do so with somebody's cookie.
        'GET /cookie/socket': { authenticate: inCookie, websocket: { origins: ['https://app.example.com', 'https://prices.example.com'] } },
        'GET /public': { public: 'nothing to hide' },
        'GET /secret': { authenticate: bySecret },
        'GET /either': { authenticate: anyOf(users, bySecret) },
        'GET /encrypted': { authenticate: encrypted },
        'GET /encrypted/either': { authenticate: anyOf(encrypted, encryptedPartners) },
        'GET /encrypted/partners': { authenticate: encryptedPartners },
      },
    },
    // Where an issuer says whose tokens are over.
    events: {
      hosts: ['events.example.com'],
      origin: 'https://origin-events.test',
      routes: {
        'POST /.portcullis-events': { public: 'the issuer signs its events', policies: [securityEvents(events)] },
        'POST /tried': { public: 'the issuer signs its events', policies: [securityEvents({ ...events, mode: 'report' })] },
        'POST /guarded': { authenticate: users, policies: [securityEvents(events)] },
        'POST /limited': {
          public: 'the issuer signs its events',
          policies: [securityEvents(events), rateLimit({ name: 'events', by: 'ip', limit: '2/day', burst: 2, onError: 'deny' })],
        },
        'GET /own': { authenticate: users },
      },
    },
    // Tokens whose status is in lists that their issuer publishes elsewhere.
    status: {
      hosts: ['status.example.com'],
      origin: 'https://origin-status.test',
      policies: [statusList(statusOfOne)],
      routes: {
        'GET /mine': { authenticate: users },
        'GET /either': { authenticate: anyOf(users, jwt({ ...issuerTwo, audience: 'https://api.example.com' })) },
        'GET /optional': {
          authenticate: users,
          relax: [{ policy: 'status-list', reason: 'also for tokens without a status' }],
          policies: [statusList({ ...statusOfOne, required: false })],
        },
      },
    },
  },
})
