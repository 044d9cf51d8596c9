import { graphql, nobody, openapiRequests, rateLimit, transport, urlInputs, validate } from 'portcullis'
import * as v from 'valibot'
import { described } from '../described.ts'

/** What a list of one person's friends is asked by: nothing else, and nothing of it changed. */
export const LISTED = { me: 'query Me { me { name } }' } as const

const webhook = v.strictObject({ url: v.optional(v.any()), hooks: v.optional(v.any()) })

const hooks = { type: 'object', properties: { hooks: { type: 'array', items: { type: 'object', properties: { url: { type: 'string' } } } } } }
const description = described({
  'POST /described': {
    body: {
      required: true,
      content: {
        'application/json': { schema: hooks },
        'application/x-www-form-urlencoded': { schema: hooks, encoding: { hooks: { style: 'deepObject', explode: true } } },
        'application/octet-stream': {},
      },
    },
  },
})

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
      'POST /described': { public: 'web hooks of a described API', policies: [openapiRequests({ description }), urlInputs({ fields: ['#/hooks/*/url'] })] },
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
