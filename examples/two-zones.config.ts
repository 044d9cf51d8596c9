// One gateway before two zones: customers with tokens of one issuer, partners with tokens of one of three and from listed networks alone.
import {
  all,
  anyOf,
  authorize,
  claim,
  defineGateway,
  eq,
  introspection,
  ipList,
  jwt,
  param,
  rateLimit,
  securityEvents,
  securityHeaders,
  statusList,
  transport,
  validate,
  value,
} from 'portcullis'
import * as v from 'valibot'

const customers = jwt({
  issuer: 'https://login.example.com',
  audience: 'https://api.example.com',
  algorithms: ['RS256'],
  typ: 'at+jwt',
  keySet: { url: 'https://login.example.com/.well-known/jwks.json' },
})

const partnersOld = jwt({
  issuer: 'https://sso.example.org',
  audience: 'https://partners.example.org',
  algorithms: ['RS256'],
  typ: 'JWT',
  keySet: { url: 'https://sso.example.org/keys' },
})

const partnersNew = jwt({
  issuer: 'https://id.example.org',
  audience: 'https://partners.example.org',
  algorithms: ['ES256'],
  typ: 'at+jwt',
  keySet: { url: 'https://id.example.org/.well-known/jwks.json' },
})

// This issuer publishes which of its tokens it took back; tokens of the others pass.
const partnersStatus = statusList({
  issuer: 'https://id.example.org',
  algorithms: ['ES256'],
  keySet: { url: 'https://id.example.org/.well-known/jwks.json' },
  uris: ['https://id.example.org/status/'],
})

// Tokens that say nothing by themselves: their issuer is asked, with a password that is a secret of the Worker.
const partnersOpaque = introspection({
  issuer: 'https://oauth.example.org',
  endpoint: { discovery: 'oidc' },
  client: { id: 'portcullis', secret: 'INTROSPECTION_SECRET' },
  audience: 'https://partners.example.org',
  prefix: 'ory_at_',
})

// The customers' issuer says itself when a session has ended or an account was disabled: their tokens end with it.
const endedSessions = securityEvents({
  issuer: 'https://login.example.com',
  audience: 'https://api.example.com/.portcullis-events',
  algorithms: ['RS256'],
  keySet: { url: 'https://login.example.com/.well-known/jwks.json' },
  tokensLiveSeconds: 3600,
})

const order = v.strictObject({
  sku: v.pipe(v.string(), v.regex(/^[A-Z0-9-]{4,20}$/)),
  quantity: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)),
})

const security = securityHeaders({ preset: 'api' })
const perIp = rateLimit({ name: 'per-ip', by: 'ip', limit: '600/min', assumedIsolates: 20 })

export default defineGateway({
  scopes: ['orders:read', 'orders:write'],
  // Addresses are recorded as networks, and counters are made in western Europe.
  record: { clientIp: 'truncate' },
  state: { home: 'weur' },

  zones: {
    api: {
      hosts: ['api.example.com'],
      origin: 'https://origin.example.com/api',
      // Clients of any maker find the issuer by themselves (RFC 9728).
      resource: { name: 'Orders', documentation: 'https://docs.example.com/orders' },
      policies: [transport({ minTls: '1.2' }), perIp, security],
      routes: {
        'GET /health': { public: 'liveness, no data' },
        'POST /.portcullis-events': { public: 'the issuer signs its events', policies: [endedSessions] },
        'GET /v1/customers/:customer/orders': {
          authenticate: customers,
          policies: [authorize({ scopes: ['orders:read'], owner: eq(param('customer'), claim('sub')) })],
        },
        'POST /v1/customers/:customer/orders': {
          authenticate: customers,
          policies: [
            authorize({ scopes: ['orders:write'], owner: eq(param('customer'), claim('sub')) }),
            rateLimit({ name: 'orders', by: 'principal', limit: '10/min', burst: 5 }),
            validate({ body: order, maxBytes: 4096 }),
          ],
        },
      },
    },

    partners: {
      hosts: ['partners.example.org'],
      origin: 'https://origin.example.com/partners',
      // Nobody learns which methods a path has.
      conceal: true,
      policies: [transport({ minTls: '1.3' }), ipList({ allow: ['192.0.2.0/24', '2001:db8:77::/48'] }), perIp, partnersStatus, security],
      routes: {
        // The load balancer that asks has no address of its own to list.
        'GET /health': { public: 'liveness, no data', relax: [{ policy: 'ip-list', reason: 'asked from outside the partners’ networks' }] },
        'GET /v1/stock/:sku': {
          authenticate: anyOf(partnersNew, partnersOld, partnersOpaque),
          policies: [rateLimit({ name: 'stock', by: ['principal', 'route'], limit: '300/min' })],
        },
        // Two issuers may give one `sub` to two people: where the subject alone is compared, the issuer must be said too.
        'GET /v1/accounts/:account': {
          authenticate: anyOf(partnersNew, partnersOld),
          policies: [authorize({ owner: all(eq(param('account'), claim('sub')), eq(claim('iss'), value('https://id.example.org'))) })],
        },
      },
    },
  },
})
