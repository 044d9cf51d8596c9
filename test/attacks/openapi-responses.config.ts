import { openapiResponses } from 'portcullis'
import type { SchemaNode } from '../../src/json-schema/schema-node.ts'
import { packJson } from '../../src/lib/packed-json.ts'
import { Description, type DescriptionHead, type Operation } from '../../src/openapi/description.ts'

/** What the operations refer to, each by the name of its place. */
const SCHEMAS = {
  user: {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      name: { type: 'string', maxLength: 40 },
      address: { type: 'object', properties: { city: { type: 'string' } }, closed: true },
    },
    required: ['id', 'name'],
    closed: true,
  },
  problem: { type: 'object', properties: { title: { type: 'string' } }, required: ['title'], closed: true },
  count: { type: 'integer', minimum: 0, maximum: 1000 },
  tag: { enum: ['red', 'blue'] },
  cookie: { type: 'string', pattern: '^theme=(?:dark|light)$' },
} satisfies Record<string, SchemaNode>
type Name = keyof typeof SCHEMAS

const NAMES = Object.keys(SCHEMAS) as Name[]
/** Schemas stand first among the packed values, behind the head. */
const idOf = (name: Name): number => 1 + NAMES.indexOf(name)
const FEED: SchemaNode = {
  type: 'array',
  items: {
    oneOf: [
      { type: 'object', properties: { kind: { const: 'user' }, user: { $ref: idOf('user') } }, required: ['kind', 'user'] },
      { type: 'object', properties: { kind: { const: 'note' }, text: { type: 'string' } }, required: ['kind', 'text'] },
    ],
    closed: true,
  },
}
const FEED_ID = 1 + NAMES.length

const user = { content: { 'application/json': { schema: idOf('user') } } }
const OPERATIONS: Readonly<Record<string, Operation>> = {
  'GET /user': { responses: { '200': user, '201': user, default: { content: { 'application/problem+json': { schema: idOf('problem') } } } } },
  'GET /feed': { responses: { '200': { content: { 'application/json': { schema: FEED_ID } } } } },
  'GET /nothing': { responses: { '200': {}, '204': {}, '302': { headers: { location: { required: true } } } } },
  'GET /headers': {
    responses: {
      '2XX': {
        headers: {
          'x-count': { required: true, schema: idOf('count') },
          'x-tag': { schema: idOf('tag') },
          'set-cookie': { schema: idOf('cookie') },
          'content-type': { required: true, schema: idOf('tag') },
        },
      },
    },
  },
  'GET /file': {
    responses: {
      '200': { content: { 'image/png': {}, 'text/*': { schema: idOf('user') }, 'application/vnd.user+json': { schema: idOf('user') } } },
      '206': { content: { 'image/png': {}, 'application/json': { schema: idOf('user') } } },
    },
  },
  'GET /any': { responses: { '200': { content: { '*/*': { schema: idOf('user') } } } } },
  'GET /events': { responses: { '200': { content: { 'text/event-stream': { itemSchema: idOf('user') }, 'application/x-ndjson': {} } } } },
}

const ROUTES = Object.keys(OPERATIONS)
const head: DescriptionHead = {
  version: 1,
  title: 'A description for tests',
  apiVersion: '1',
  digest: '0'.repeat(64),
  operations: Object.fromEntries(ROUTES.map((key, i) => [key, FEED_ID + 1 + i])),
}

const description = new Description(packJson([head, ...Object.values(SCHEMAS), FEED, ...Object.values(OPERATIONS)].map((value) => JSON.stringify(value))))

type Options = Omit<Parameters<typeof openapiResponses>[0], 'description'>

const zone = (name: string, options: Options) => ({
  hosts: [`${name}.example.com`] as const,
  origin: 'https://origin-responses.test' as const,
  policies: [openapiResponses({ description, maxBytes: 10_000, ...options })],
  routes: Object.fromEntries(ROUTES.map((key) => [key, { public: 'what the origin says is tested' }])) as { 'GET /user': { public: string } },
})

/** Zones whose answers are held against one description: refused, stripped, only looked at. */
export const openapiResponsesZones = {
  responses: zone('responses', {}),
  'responses-stripped': zone('responses-stripped', { unlisted: 'strip' }),
  'responses-reported': zone('responses-reported', { mode: 'report' }),
  'responses-strip-reported': zone('responses-strip-reported', { unlisted: 'strip', mode: 'report' }),
  'responses-loose': zone('responses-loose', { streams: 'pass', largeUnchecked: ['application/json'], bareStatuses: [404] }),
}
