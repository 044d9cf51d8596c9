import { adminApi, apiKey, bootstrapToken, claim, defineGateway, eq, rateLimit, value } from 'portcullis'

const keys = apiKey({ prefix: 'acme', environment: 'live', pepper: 'KEY_PEPPER', maxStalenessSeconds: 0 })

/** A gateway whose operators use the command line. */
export default defineGateway({
  audit: { signingKeys: 'AUDIT_SIGNING_KEY' },
  admin: adminApi({
    host: 'api.example.com',
    authenticate: bootstrapToken({ secret: 'ADMIN_TOKEN' }),
    roles: { admin: eq(claim('sub'), value('bootstrap')) },
  }),
  zones: {
    api: {
      hosts: ['api.example.com'],
      origin: 'https://origin.test',
      policies: [rateLimit({ name: 'per-ip', by: 'ip', limit: '6000/min', assumedIsolates: 2 })],
      routes: {
        'GET /mine': { authenticate: keys },
        'GET /open': { public: 'for whoever is not banned' },
      },
    },
  },
})
