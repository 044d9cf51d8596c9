import { anyOf, authorize, claim, cors, defineGateway, eq, ipList, jwt, param, rateLimit, securityHeaders, transport, validate } from 'portcullis'
import * as v from 'valibot'

const common = { algorithms: ['RS256', 'ES256'], typ: 'at+jwt' } as const
const issuerOne = { ...common, issuer: 'https://issuer-one.test', keySet: { url: 'https://issuer-one.test/jwks' } } as const
const issuerTwo = { ...common, issuer: 'https://issuer-two.test', keySet: { url: 'https://issuer-two.test/jwks' } } as const

const users = jwt({ ...issuerOne, audience: 'https://api.example.com' })
const partners = jwt({ ...issuerTwo, audience: 'https://partners.example.org' })
const usersAsPartners = jwt({ ...issuerOne, audience: 'https://partners.example.org' })

const note = v.strictObject({
  title: v.pipe(v.string(), v.maxLength(100)),
  tags: v.optional(v.array(v.string())),
  owner: v.optional(v.strictObject({ name: v.string() })),
})

const search = v.strictObject({ q: v.pipe(v.string(), v.maxLength(100)), page: v.optional(v.string()) })

/** Two zones that differ in origin, issuer and strictness, so that one may be mistaken for the other. */
export default defineGateway({
  scopes: ['users:read', 'notes:write', 'admin'],

  zones: {
    api: {
      hosts: ['api.example.com'],
      // A path to escape from.
      origin: 'https://origin-api.test/base',
      policies: [
        transport({}),
        ipList({ deny: ['203.0.113.0/24', '2001:db8:bad::/48'], workers: ['partner.example'] }),
        rateLimit({ name: 'per-ip', by: 'ip', limit: '60000/min', burst: 6000 }),
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
        'GET /v1/limited/ip': { public: 'counted by address', policies: [rateLimit({ name: 'ip', by: 'ip', limit: '4/day', burst: 4, ipv6CeilingFactor: 2 })] },
        'GET /v1/limited/principal': { authenticate: users, policies: [rateLimit({ name: 'principal', by: 'principal', limit: '4/day', burst: 4 })] },
        'GET /v1/limited/header': {
          public: 'counted by header and address',
          policies: [rateLimit({ name: 'header', by: [{ header: 'x-tenant' }, 'ip'], limit: '4/day', burst: 4 })],
        },
        'GET /v1/limited/race': { authenticate: users, policies: [rateLimit({ name: 'race', by: 'principal', limit: '10/day', burst: 10 })] },
        'GET /v1/limited/race-by-ip': { public: 'counted by address', policies: [rateLimit({ name: 'race-by-ip', by: 'ip', limit: '10/day', burst: 10 })] },
        'GET /v1/limited/params/:id': {
          public: 'counted by route',
          policies: [rateLimit({ name: 'route', by: ['route', 'ip'], limit: '4/day', burst: 4 })],
        },
      },
    },

    partners: {
      hosts: ['partners.example.org'],
      origin: 'https://origin-partners.test',
      conceal: true,
      identityPrefix: 'x-caller-',
      policies: [rateLimit({ name: 'per-ip', by: 'ip', limit: '60000/min', burst: 6000 })],
      routes: {
        'GET /own': { authenticate: partners },
        'GET /shared': { authenticate: usersAsPartners },
        'GET /either': { authenticate: anyOf(partners, usersAsPartners) },
        'GET /open': { public: 'nothing to hide' },
      },
    },

    // Whatever is not refused ends in the open.
    open: {
      hosts: ['open.example.com'],
      origin: 'https://origin-open.test/base',
      routes: { 'GET /*': { public: 'everything' } },
    },
  },
})
