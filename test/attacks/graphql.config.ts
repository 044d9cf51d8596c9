import { graphql, nobody, rateLimit, transport, urlInputs, validate } from 'portcullis'
import * as v from 'valibot'

/** What a list of one person's friends is asked by: nothing else, and nothing of it changed. */
export const LISTED = { me: 'query Me { me { name } }' } as const

const webhook = v.strictObject({ url: v.optional(v.any()), hooks: v.optional(v.any()) })

/** Zones of what speaks GraphQL, of what is given addresses to fetch, and of what nobody may call yet. */
export const GRAPHQL_ZONES = {
  graphql: {
    hosts: ['graphql.example.com'],
    origin: 'https://origin-graphql.test',
    policies: [transport({})],
    routes: {
      'POST /graphql': { public: 'an API under attack', policies: [graphql({})] },
      'GET /get': { public: 'queries by GET', policies: [graphql({ get: true })] },
      'POST /get': { public: 'the same by POST', policies: [graphql({ get: true })] },
      'POST /batch': { public: 'batches', policies: [graphql({ maxBatch: 5, maxCost: 200 })] },
      'POST /listed': { public: 'known documents', policies: [graphql({ allow: 'listed', documents: LISTED })] },
      'POST /budget': {
        public: 'a budget',
        policies: [
          graphql({ maxBatch: 5, weights: { 'Mutation.login': 50 } }),
          rateLimit({ name: 'budget', by: 'ip', limit: '200/day', burst: 200, cost: { graphql: true, max: 150 }, onError: 'deny' }),
        ],
      },
    },
  },
  urls: {
    hosts: ['urls.example.com'],
    origin: 'https://origin-urls.test',
    policies: [transport({})],
    routes: {
      'POST /hooks': { public: 'web hooks', policies: [validate({ body: webhook }), urlInputs({ fields: ['#/url', '#/hooks/*/url', 'header/x-callback'] })] },
      'POST /partners': {
        public: 'web hooks of partners',
        policies: [validate({ body: webhook }), urlInputs({ fields: ['#/url'], hosts: ['*.partner.com'] })],
      },
      'GET /login': { public: 'a way back', policies: [urlInputs({ fields: ['query/redirect'], hosts: ['app.example.com'] })] },
    },
  },
  undecided: {
    hosts: ['undecided.example.com'],
    origin: 'https://origin-undecided.test',
    policies: [transport({})],
    routes: { 'GET /a': { authenticate: nobody({ why: 'nobody has said yet who may' }) }, 'POST /a': { authenticate: nobody({ why: 'nor who may write' }) } },
  },
} as const
