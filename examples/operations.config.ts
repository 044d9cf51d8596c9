// What is changed while it runs: customers' programs with API keys of two plans, and an admin API where people sign in by name, for whom a role decides.
// Kill switches and bans hold on every route without a word here; where money moves, they hold at once.
import {
  adminApi,
  apiKey,
  authorize,
  bans,
  callerBans,
  claim,
  defineGateway,
  eq,
  has,
  ipList,
  jwt,
  killSwitch,
  rateLimit,
  securityHeaders,
  value,
} from 'portcullis'

const staff = jwt({
  issuer: 'https://id.example.com',
  audience: 'https://admin.example.com',
  algorithms: ['ES256'],
  typ: 'at+jwt',
  keySet: { discovery: 'oidc' },
})

// Two peppers while keys move from the old one to the new one, as they are used.
const keys = apiKey({ prefix: 'acme', environment: 'live', pepper: ['KEY_PEPPER_2', 'KEY_PEPPER'] })

export default defineGateway({
  scopes: ['orders:read', 'orders:write'],

  // On a host that no zone has. Reading needs a place on the team; changing something a sign-in with a second factor within the last quarter of an hour.
  admin: adminApi({
    host: 'admin.example.com',
    authenticate: staff,
    roles: {
      viewer: has(claim('groups'), value('engineering')),
      operator: has(claim('groups'), value('on-call')),
      admin: has(claim('groups'), value('platform-admins')),
    },
    stepUp: { when: eq(claim('acr'), value('urn:example:mfa')), acr: 'urn:example:mfa', maxAgeSeconds: 900 },
    policies: [ipList({ allow: ['198.51.100.0/24'] })],
  }),

  // What they did, and what was refused because of it, in a chain that is signed and sent to a locked bucket.
  audit: { signingKeys: 'AUDIT_SIGNING_KEY', retentionDays: 180, sink: { bucket: 'AUDIT_BUCKET' } },

  zones: {
    api: {
      hosts: ['api.example.com'],
      origin: 'https://origin.example.com',
      policies: [rateLimit({ name: 'per-ip', by: 'ip', limit: '600/min', assumedIsolates: 20 }), securityHeaders({ preset: 'api' })],
      routes: {
        'GET /health': { public: 'liveness, no data' },
        // A key's level is its plan; a key may have figures of its own for `orders` beside that.
        'GET /v1/orders': {
          authenticate: keys,
          policies: [
            authorize({ scopes: ['orders:read'] }),
            rateLimit({ name: 'orders', by: 'principal', limit: '60/min', plans: { by: 'level', limits: { pro: { limit: '600/min' } } } }),
          ],
        },
        // Asks the owner of each copy at each request: slower, and never late.
        'POST /v1/payments': {
          authenticate: apiKey({ prefix: 'acme', environment: 'live', pepper: ['KEY_PEPPER_2', 'KEY_PEPPER'], maxStalenessSeconds: 0 }),
          policies: [
            authorize({ scopes: ['orders:write'] }),
            killSwitch({ maxStalenessSeconds: 0 }),
            bans({ maxStalenessSeconds: 0 }),
            callerBans({ maxStalenessSeconds: 0 }),
          ],
        },
      },
    },
  },
})
