import {
  adminApi,
  anyOf,
  apiKey,
  authorize,
  bootstrapToken,
  claim,
  cors,
  defineGateway,
  eq,
  has,
  introspection,
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
import { zone as members } from './members/zone.ts'

const users = jwt({
  issuer: 'https://issuer.test',
  audience: 'https://api.example.com',
  algorithms: ['ES256'],
  typ: 'at+jwt',
  keySet: { url: 'https://issuer.test/jwks' },
})

const discovered = jwt({
  issuer: 'https://issuer.test',
  audience: 'https://api.example.com',
  algorithms: ['ES256'],
  typ: 'at+jwt',
  keySet: { discovery: 'oidc' },
  requiredClaims: ['client_id', 'iat', 'jti'],
  maxLifetimeSeconds: 86_400,
})

/** The provider gives the tokens of clients themselves no subject. */
const opaque = introspection({
  issuer: 'https://issuer.test',
  endpoint: { discovery: 'oidc' },
  client: { id: 'gateway', secret: 'INTROSPECTION_SECRET' },
  audience: 'https://opaque.example.com',
  clientSubjectPrefix: 'client:',
  requiredClaims: ['client_id', 'exp', 'token_type'],
})

const bound = jwt({
  issuer: 'https://issuer.test',
  audience: 'https://api.example.com',
  algorithms: ['ES256'],
  typ: 'at+jwt',
  keySet: { service: 'ISSUER', url: 'https://issuer.test/jwks' },
})

const keys = apiKey({ prefix: 'acme', environment: 'test', pepper: 'KEY_PEPPER' })

/** Tokens of somebody with whom the gateway shares a secret. */
const shared = jwt({
  issuer: 'https://shared.test',
  audience: 'https://api.example.com',
  algorithms: ['HS256'],
  typ: 'at+jwt',
  keySet: { secret: ['SHARED_SECRET', 'OLD_SHARED_SECRET'] },
})

/** Only of users who authenticated so, or so lately. */
const stepUp = (more: { readonly maxAgeSeconds: number } | { readonly acr: string }) =>
  jwt({
    issuer: 'https://issuer.test',
    audience: 'https://api.example.com',
    algorithms: ['ES256'],
    typ: 'at+jwt',
    keySet: { url: 'https://issuer.test/jwks' },
    ...more,
  })

const clientStatus = statusList({
  issuer: 'https://issuer.test',
  keySet: { url: 'https://issuer.test/jwks' },
  algorithms: ['ES256'],
  uris: ['https://lists.test/'],
  maxStalenessSeconds: 120,
  failAfterSeconds: 1200,
})

const login = v.strictObject({ user: v.pipe(v.string(), v.maxLength(64)), password: v.pipe(v.string(), v.maxLength(64)) })
const failedLogins = { outcome: { statuses: [401] } } as const

const note = v.strictObject({ title: v.pipe(v.string(), v.minLength(1), v.maxLength(100)) })

export default defineGateway({
  record: { pseudonymKey: ['PSEUDONYM_KEY', 'OLD_PSEUDONYM_KEY'] },
  scopes: ['users:read', 'notes:write', 'nobody:has'],
  admin: adminApi({
    host: 'admin.example.com',
    authenticate: bootstrapToken({ secret: 'ADMIN_TOKEN' }),
    roles: { admin: has(claim('groups'), value('operators')) },
    limits: { calls: '6000/min' },
  }),
  audit: { signingKeys: 'AUDIT_SIGNING_KEY' },
  zones: {
    api: {
      hosts: ['api.example.com'],
      origin: 'https://origin.example.com',
      resource: { name: 'The API of these tests', documentation: 'https://docs.example.com/' },
      policies: [
        transport({ minTls: '1.2' }),
        cors({ origins: ['https://app.example.com'], methods: ['GET', 'POST'], headers: ['authorization', 'content-type'], exposeHeaders: ['x-request-id'] }),
        securityHeaders({ preset: 'api' }),
      ],
      routes: {
        'GET /health': { public: 'liveness, no data' },
        'GET /v1/users/:id': { authenticate: users, policies: [authorize({ scopes: ['users:read'] })] },
        'GET /v1/owned/:id': { authenticate: users, policies: [authorize({ owner: eq(param('id'), claim('sub')) })] },
        'GET /v1/forbidden': { authenticate: users, policies: [authorize({ scopes: ['nobody:has'] })] },
        'GET /v1/forwarded': { authenticate: users, forwardCredential: true },
        'GET /v1/redirect': { authenticate: users },
        'GET /v1/bound': { authenticate: bound },
        'GET /v1/recent': { authenticate: stepUp({ maxAgeSeconds: 600 }) },
        'GET /v1/by-phone': { authenticate: stepUp({ acr: 'urn:example:phone' }) },
        'GET /v1/discovered': { authenticate: discovered },
        'GET /v1/opaque': { authenticate: opaque, policies: [authorize({ scopes: ['users:read'] })] },
        'GET /v1/keyed': { authenticate: keys, policies: [authorize({ scopes: ['users:read'] })] },
        'GET /v1/shared': { authenticate: shared },
        'GET /v1/opaque-or-signed': { authenticate: anyOf(users, opaque) },
        'POST /v1/notes': { authenticate: users, policies: [authorize({ scopes: ['notes:write'] }), validate({ body: note, maxBytes: 1024 })] },
        'GET /v1/search': { authenticate: users, policies: [validate({ query: v.strictObject({ q: v.string() }) })] },
        'GET /v1/limited': { authenticate: users, policies: [rateLimit({ name: 'limited', by: 'principal', limit: '60/hour', burst: 4 })] },
        'GET /v1/durable': { authenticate: users, policies: [rateLimit({ name: 'durable', by: 'principal', limit: '60/hour', burst: 10 })] },
        'GET /v1/two-limits': {
          authenticate: users,
          policies: [
            rateLimit({ name: 'often', by: 'principal', limit: '6000/min', burst: 600 }),
            rateLimit({ name: 'daily', by: ['principal', 'route'], limit: '5000/day', algorithm: 'fixed-window', timeZone: 'UTC', cost: 2 }),
          ],
        },
        'GET /v1/busy': { authenticate: users, policies: [rateLimit({ name: 'busy', by: 'principal', limit: '60/min', burst: 100 })] },
        'GET /v1/window': {
          authenticate: users,
          policies: [rateLimit({ name: 'window', by: 'principal', limit: '12/min', algorithm: 'sliding-window' })],
        },
        'GET /v1/quota': {
          authenticate: users,
          policies: [rateLimit({ name: 'quota', by: 'principal', limit: '12/day', algorithm: 'fixed-window', timeZone: 'UTC' })],
        },
        'GET /v1/slots/:id': {
          public: 'three at a time',
          policies: [rateLimit({ name: 'slots', by: { param: 'id' }, limit: 3, algorithm: 'concurrency', maxSeconds: 600, onError: 'deny' })],
        },
        'GET /v1/costly': {
          authenticate: users,
          policies: [rateLimit({ name: 'costly', by: 'principal', limit: '200/day', burst: 200, cost: { responseHeader: 'x-cost', max: 20 } })],
        },
        'POST /v1/login': {
          public: 'where tokens come from',
          policies: [
            validate({ body: login, maxBytes: 1024 }),
            rateLimit({ name: 'login-by-user-and-ip', by: [{ body: '/user' }, 'ip'], limit: '4/hour', burst: 4, ...failedLogins }),
            rateLimit({ name: 'login-by-ip', by: 'ip', limit: '8/hour', burst: 8, assumedIsolates: 20, ...failedLogins }),
          ],
        },
        'GET /v1/banned/:id': {
          public: 'who goes on is shut out',
          policies: [rateLimit({ name: 'banned', by: { param: 'id' }, limit: '60/min', burst: 1, onError: 'deny', ban: { after: 2, for: '10min' } })],
        },
        'GET /v1/with-status': { authenticate: users, policies: [clientStatus] },
        'GET /v1/slow': { authenticate: users, timeouts: { headersSeconds: 0.4 } },
        'GET /v1/stalls': { authenticate: users, timeouts: { idleSeconds: 0.4 } },
        'GET /v1/events': { authenticate: users, timeouts: { headersSeconds: 0.4, idleSeconds: 20 } },
        'GET /v1/stream': { authenticate: users, timeouts: { headersSeconds: 0.4 } },
        'GET /v1/blobs/:id': { authenticate: users },
        'PUT /v1/blobs/:id': { authenticate: users },
        'POST /v1/blobs/:id': { authenticate: users, timeouts: { headersSeconds: 20 } },
        'GET /v1/socket': { authenticate: users, websocket: { origins: ['https://app.example.com'] } },
      },
    },
    breaks: {
      hosts: ['breaks.example.com'],
      origin: 'https://broken-origin.example.com',
      routes: { 'GET /': { public: 'its origin drops every connection' } },
    },
    refuses: { hosts: ['refuses.example.com'], origin: { service: 'CLOSED' }, routes: { 'GET /': { public: 'nobody listens behind it' } } },
    service: { hosts: ['service.example.com'], origin: { service: 'BACKEND' }, routes: { 'GET /who': { public: 'a Worker answers' } } },
    events: {
      hosts: ['events.example.com'],
      origin: 'https://origin.example.com',
      routes: {
        'POST /.portcullis-events': {
          public: 'the issuer signs its events',
          policies: [
            securityEvents({
              issuer: 'https://issuer.test',
              audience: 'https://events.example.com',
              algorithms: ['ES256'],
              keySet: { discovery: 'oidc' },
              tokensLiveSeconds: 86_400,
            }),
          ],
        },
      },
    },
    members,
    own: { hosts: ['own.example.com'], origin: { zone: 'own' }, routes: { 'GET /a/*': { public: 'the origin behind the route' } } },
  },
})
