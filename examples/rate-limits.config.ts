// The recipes of docs/rate-limiting.md, in one zone. The claim `plan` and the tenant come from the token.
import { defineGateway, jwt, rateLimit, securityHeaders, validate } from 'portcullis'
import * as v from 'valibot'

const users = jwt({
  issuer: 'https://login.example.com',
  audience: 'https://api.example.com',
  algorithms: ['RS256'],
  typ: 'at+jwt',
  keySet: { url: 'https://login.example.com/.well-known/jwks.json' },
})

const login = v.strictObject({ user: v.pipe(v.string(), v.maxLength(64)), password: v.pipe(v.string(), v.maxLength(64)) })

// Two for each caller, whatever the route: one object is asked for both at once.
const rate = rateLimit({
  name: 'api',
  by: 'principal',
  limit: '60/min',
  plans: { by: { claim: 'plan' }, limits: { pro: { limit: '600/min' }, enterprise: { limit: '6000/min', burst: 1000 } } },
})
const quota = rateLimit({
  name: 'monthly',
  by: 'principal',
  limit: '10000/month',
  algorithm: 'fixed-window',
  timeZone: 'UTC',
  plans: { by: { claim: 'plan' }, limits: { pro: { limit: '1000000/month' }, enterprise: { limit: '10000000/month' } } },
})
const tenant = rateLimit({ name: 'tenant', by: { claim: 'tenant' }, limit: '3000/min' })

export default defineGateway({
  zones: {
    api: {
      hosts: ['api.example.com'],
      origin: 'https://origin.example.com',
      policies: [
        rateLimit({ name: 'per-ip', by: 'ip', limit: '600/min', assumedIsolates: 20 }),
        rateLimit({
          name: 'bad-tokens',
          by: 'ip',
          limit: '20/min',
          burst: 20,
          outcome: { denials: ['jwt', 'authenticate'] },
          assumedIsolates: 20,
        }),
        securityHeaders({ preset: 'api' }),
      ],
      routes: {
        'GET /health': { public: 'liveness, no data' },
        'POST /login': {
          public: 'where tokens come from',
          policies: [
            validate({ body: login, maxBytes: 1024 }),
            // By name and address together: by the name alone anybody could lock its owner out.
            rateLimit({ name: 'login', by: [{ body: '/user' }, 'ip'], limit: '5/hour', burst: 5, outcome: { statuses: [401] } }),
            rateLimit({
              name: 'login-by-ip',
              by: 'ip',
              limit: '50/hour',
              burst: 20,
              outcome: { statuses: [401] },
              ban: { after: 3, for: '1hour' },
              assumedIsolates: 20,
            }),
          ],
        },
        'GET /v1/orders': { authenticate: users, policies: [rate, quota, tenant] },
        'GET /v1/search': {
          authenticate: users,
          policies: [
            rate,
            quota,
            rateLimit({ name: 'search-cost', by: 'principal', limit: '1000/min', burst: 500, cost: { responseHeader: 'x-query-cost', max: 100 } }),
            rateLimit({ name: 'search-parallel', by: 'principal', limit: 4, algorithm: 'concurrency', maxSeconds: 60 }),
          ],
        },
        'POST /hooks/:sender': {
          public: 'senders know their path',
          policies: [
            rateLimit({ name: 'hooks', by: { param: 'sender' }, limit: '100/s', burst: 500, onError: 'pass' }),
            rateLimit({
              name: 'hook-bytes',
              by: { param: 'sender' },
              limit: '10000/min',
              burst: 2000,
              cost: { perBytes: 1024, max: 1024 },
              onError: 'pass',
            }),
          ],
        },
      },
    },
  },
})
