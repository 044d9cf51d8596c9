import {
  adminApi,
  apiKey,
  authorize,
  bootstrapToken,
  claim,
  cors,
  defineGateway,
  eq,
  geo,
  has,
  ipList,
  jwt,
  param,
  rateLimit,
  securityHeaders,
  transport,
  validate,
  value,
} from 'portcullis'
import * as v from 'valibot'
import { orders } from './demo/orders/zone.ts'

// Who may call: access tokens of one issuer. Here its keys come through a service binding; `{ url: 'https://…' }` fetches them over the network.
const users = jwt({
  issuer: 'https://issuer.example',
  audience: 'https://api.example.com',
  algorithms: ['ES256'],
  typ: 'at+jwt',
  keySet: { service: 'DEMO', url: 'https://issuer.example/jwks' },
})

// And keys of the gateway's own, for programs: `npx portcullis keys create`.
const keys = apiKey({ prefix: 'demo', environment: 'test', pepper: 'KEY_PEPPER' })

// What a note may be. Keys that stand here nowhere are refused, at any depth.
const note = v.strictObject({
  title: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  text: v.optional(v.pipe(v.string(), v.maxLength(10_000))),
  tags: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(30))), v.maxLength(10))),
})

const search = v.strictObject({
  q: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  page: v.optional(v.pipe(v.string(), v.regex(/^[1-9]\d{0,3}$/))),
})

const decisionsQuery = v.strictObject({
  after: v.optional(v.pipe(v.string(), v.regex(/^\d{1,15}$/))),
  request: v.optional(v.pipe(v.string(), v.uuid())),
})

export default defineGateway({
  // Every scope there is: one that is misspelt below is refused at start.
  scopes: ['users:read', 'notes:write', 'search:read', 'decisions:read', 'reports:read', 'orders:read', 'orders:write'],

  // What operators change without a deployment, below https://api.example.com/_portcullis/admin. The bootstrap token is for the first day: then people sign in by name, and need a role.
  admin: adminApi({
    host: 'api.example.com',
    authenticate: bootstrapToken({ secret: 'ADMIN_TOKEN' }),
    roles: { admin: has(claim('groups'), value('platform-admins')) },
  }),
  // All of that is written down, in a chain that shows any change.
  audit: { signingKeys: 'AUDIT_SIGNING_KEY' },

  zones: {
    demo: {
      hosts: ['api.example.com'],
      origin: { service: 'DEMO' },

      // Tells clients where to get tokens: `/.well-known/oauth-protected-resource`.
      resource: { name: 'The demo' },

      // These hold for every route, and for requests that match none.
      policies: [
        transport({ minTls: '1.2' }),
        ipList({ deny: ['203.0.113.0/24'] }),
        geo({ deny: { countries: ['T1'] }, unknown: 'pass' }),
        rateLimit({ name: 'per-ip', by: 'ip', limit: '600/min', assumedIsolates: 20 }),
        cors({
          origins: ['https://app.example.com'],
          methods: ['GET', 'POST'],
          headers: ['authorization', 'content-type'],
          exposeHeaders: ['ratelimit', 'retry-after', 'x-request-id'],
        }),
        securityHeaders({ preset: 'api' }),
      ],

      // What is not listed here is 404. Each route says who may call it, or why anybody may.
      routes: {
        'GET /health': { public: 'liveness, no data' },

        // Everybody reads their own record only.
        'GET /v1/users/:id': {
          authenticate: users,
          policies: [authorize({ scopes: ['users:read'], owner: eq(param('id'), claim('sub')) })],
        },

        'POST /v1/notes': {
          authenticate: users,
          policies: [authorize({ scopes: ['notes:write'] }), validate({ body: note, maxBytes: 16_384 })],
        },

        // The limit is low so that you meet it. The second `geo` only reports whom it would refuse: nothing changes for them yet.
        'GET /v1/search': {
          authenticate: users,
          policies: [
            authorize({ scopes: ['search:read'] }),
            rateLimit({ name: 'search', by: 'principal', limit: '6/min', burst: 3 }),
            validate({ query: search }),
            geo({ allow: { eu: true }, unknown: 'deny', mode: 'report' }),
          ],
        },

        // For programs, by an API key. A key may have figures of its own for the limit.
        'GET /v1/reports': {
          authenticate: keys,
          policies: [authorize({ scopes: ['reports:read'] }), rateLimit({ name: 'reports', by: 'principal', limit: '60/min' })],
        },

        // What demo/orders.yaml describes: `npx portcullis import demo/orders.yaml --zone orders --out demo`.
        ...orders(users),

        // Its origin takes longer than this.
        'GET /v1/slow': { authenticate: users, timeouts: { headersSeconds: 1 } },

        // For the demo alone: its issuer gives a token to whoever asks, and its log shows what was decided.
        'POST /demo/token': {
          public: 'the demo’s issuer: gives any token to anybody',
          policies: [validate({ contentTypes: ['application/x-www-form-urlencoded'] })],
        },
        'GET /demo/decisions': {
          authenticate: users,
          policies: [authorize({ scopes: ['decisions:read'] }), validate({ query: decisionsQuery })],
        },
      },
    },
  },
})
