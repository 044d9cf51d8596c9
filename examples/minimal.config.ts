// The least that protects an API: signed tokens, each user their own record, and a limit for everybody.
import { authorize, claim, defineGateway, eq, jwt, param, rateLimit, securityHeaders } from 'portcullis'

const users = jwt({
  issuer: 'https://login.example.com',
  audience: 'https://api.example.com',
  algorithms: ['RS256'],
  typ: 'at+jwt',
  keySet: { url: 'https://login.example.com/.well-known/jwks.json' },
})

export default defineGateway({
  zones: {
    api: {
      hosts: ['api.example.com'],
      origin: 'https://origin.example.com',
      policies: [rateLimit({ name: 'per-ip', by: 'ip', limit: '600/min', assumedIsolates: 20 }), securityHeaders({ preset: 'api' })],
      routes: {
        'GET /health': { public: 'liveness, no data' },
        'GET /v1/users/:id': {
          authenticate: users,
          policies: [authorize({ scopes: ['users:read'], owner: eq(param('id'), claim('sub')) })],
        },
      },
    },
  },
})
