// Library: what the description cannot say. Written once by `portcullis import`, and yours since: no import changes it.
import { authorize, claim, eq, jwt, openapiRequests, openapiResponses, param, rateLimit, securityHeaders, urlInputs } from 'portcullis'
import { description } from './description.ts'
import { routes } from './routes.ts'

const described = routes({
  members: jwt({
    issuer: 'https://login.example.com',
    audience: 'https://library.example.com',
    algorithms: ['RS256'],
    typ: 'at+jwt',
    keySet: { url: 'https://login.example.com/.well-known/jwks.json' },
  }),
})

/** Members see and change their own loans alone: the report asks whose they are. */
const own = authorize({ owner: eq(param('memberId'), claim('sub')) })
const loans = described['GET /v1/members/:memberId/loans']
const lend = described['POST /v1/members/:memberId/loans']

export const zone = {
  hosts: ['library.example.com'],
  origin: 'https://origin.example.com',
  policies: [
    rateLimit({ name: 'per-ip', by: 'ip', limit: '600/min', assumedIsolates: 20 }),
    openapiRequests({ description }),
    openapiResponses({ description, mode: 'report' }),
    securityHeaders({ preset: 'api' }),
  ],
  routes: {
    ...described,
    // What the import wrote stays, and more is asked.
    'GET /v1/members/:memberId/loans': { ...loans, policies: [...loans.policies, own] },
    'POST /v1/members/:memberId/loans': {
      ...lend,
      policies: [...lend.policies, own, urlInputs({ fields: ['#/notifyUrl'], hosts: ['*.example.com'] })],
    },
  },
} as const
