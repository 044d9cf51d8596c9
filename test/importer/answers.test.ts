import { beforeAll, describe, expect, it } from 'vitest'
import type { Exchange } from '../../src/core/exchange.ts'
import { openapiResponses } from '../../src/policies/openapi-responses/openapi-responses.ts'
import { imported, withPaths } from './imported.ts'

const NAMED = { type: 'object', properties: { name: { type: 'string' } } }
const DOCUMENT = withPaths(
  {
    '/pets/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string', maxLength: 9 } }],
      get: {
        responses: {
          200: {
            description: 'a pet',
            headers: { 'X-Rate-Left': { required: true, schema: { type: 'integer' } }, 'X-Tags': { schema: { type: 'array', items: { enum: ['a', 'b'] } } } },
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } }, 'image/*': {} },
          },
          '3XX': { description: 'elsewhere', headers: { Location: { required: true, schema: { type: 'string', format: 'uri-reference' } } } },
          default: { description: 'failed', content: { 'application/problem+json': { schema: NAMED } } },
        },
      },
    },
  },
  {
    components: {
      schemas: {
        Pet: { oneOf: [{ $ref: '#/components/schemas/Cat' }, { $ref: '#/components/schemas/Dog' }], discriminator: { propertyName: 'kind' } },
        Cat: {
          allOf: [NAMED, { type: 'object', required: ['kind', 'lives'], properties: { kind: { const: 'Cat' }, lives: { type: 'integer' } } }],
        },
        Dog: {
          type: 'object',
          required: ['kind', 'chip', 'secret'],
          properties: {
            kind: { const: 'Dog' },
            chip: { type: ['string', 'null'] },
            secret: { type: 'string', writeOnly: true },
            id: { type: 'integer', readOnly: true },
            puppies: { type: 'array', items: { $ref: '#/components/schemas/Dog' } },
            notes: { type: 'object', additionalProperties: { type: 'string' } },
          },
        },
      },
    },
  },
)

type Judge = (body: unknown, init?: { status?: number; headers?: Record<string, string> }) => Promise<string>
let refuse: Judge
let strip: Judge
beforeAll(async () => {
  const { description } = await imported(DOCUMENT)
  const judge =
    (unlisted: 'refuse' | 'strip'): Judge =>
    async (body, { status = 200, headers = {} } = {}) => {
      const { response } = openapiResponses({ description, unlisted }).compile()
      const answer = new Response(body === undefined ? null : JSON.stringify(body), {
        status,
        headers: { 'content-type': 'application/json', 'x-rate-left': '7', ...headers },
      })
      const said = await response?.(answer, { route: { key: 'GET /pets/:id' }, method: 'GET' } as Exchange)
      if (said === undefined) return 'nothing'
      if (!('kind' in said)) return await said.text()
      return said.kind === 'reply' ? `${said.reason} ${await said.response.text()}` : `${said.status} ${said.reason}`
    }
  refuse = judge('refuse')
  strip = judge('strip')
})

const CAT = { kind: 'Cat', name: 'Tom', lives: 9 }
const DOG = { kind: 'Dog', chip: null, id: 1, notes: { any: 'word' }, puppies: [{ kind: 'Dog', chip: 'x' }] }
const LEAKY = { ...DOG, owner: 'Ada', puppies: [{ kind: 'Dog', chip: 'x', price: 1 }] }

describe('what an imported description promises', () => {
  it.each<[string, unknown, { status?: number; headers?: Record<string, string> }]>([
    ['one of the alternatives', CAT, {}],
    ['the other, nested in itself', DOG, {}],
    ['a list in a header', CAT, { headers: { 'x-tags': 'a, b' } }],
    ['an error', { name: 'x' }, { status: 404, headers: { 'content-type': 'application/problem+json' } }],
  ])('%s', async (_name, body, init) => expect(await refuse(body, init)).toBe(JSON.stringify(body)))

  it('a redirect', async () => expect(await refuse(undefined, { status: 307, headers: { location: '/pets/2' } })).toBe(''))

  it.each<[string, unknown, { status?: number; headers?: Record<string, string> }, string]>([
    ['a field too many', { ...CAT, owner: 'Ada' }, {}, '502 openapi-responses.body'],
    ['deep inside', { ...DOG, puppies: [{ kind: 'Dog', chip: 'x', owner: 'Ada' }] }, {}, '502 openapi-responses.body'],
    ['what is for requests alone', { ...DOG, secret: 'x' }, {}, '502 openapi-responses.body'],
    ['a kind that is none', { ...CAT, kind: 'Cow' }, {}, '502 openapi-responses.body'],
    ['a kind with another’s fields', { ...CAT, kind: 'Dog' }, {}, '502 openapi-responses.body'],
    ['a map of other values', { ...DOG, notes: { any: 1 } }, {}, '502 openapi-responses.body'],
    ['no header', CAT, { headers: { 'x-rate-left': '' } }, '502 openapi-responses.header'],
    ['another tag', CAT, { headers: { 'x-tags': 'a,c' } }, '502 openapi-responses.header'],
    ['a redirect to nowhere', undefined, { status: 302 }, '502 openapi-responses.header'],
    ['an error as JSON', { name: 'x' }, { status: 500 }, '502 openapi-responses.content-type'],
  ])('not %s', async (_name, body, init, expected) => expect(await refuse(body, init)).toBe(expected))

  it.each<[string, unknown, unknown]>([
    ['at every depth', LEAKY, DOG],
    ['of the alternative that is meant', { ...CAT, chip: 'x' }, CAT],
  ])('strips %s', async (_name, body, left) => expect(await strip(body)).toBe(`openapi-responses.stripped ${JSON.stringify(left)}`))

  it('refuses what is for requests alone: that is listed, and wrong here', async () =>
    expect(await strip({ ...DOG, secret: 'x' })).toBe('502 openapi-responses.body'))
})
