import { openapiRequests, transport } from 'portcullis'
import { described, type WrittenOperation } from '../described.ts'

const note = {
  type: 'object',
  properties: {
    title: { type: 'string', maxLength: 20, pattern: '^[a-zé ]*$' },
    amount: { type: 'integer', maximum: 1000 },
    price: { type: 'number' },
    tags: { type: 'array', items: { type: 'string' }, maxItems: 3 },
    owner: { type: 'object', properties: { name: { type: 'string' } } },
    createdAt: { type: 'string', readOnly: true },
    labels: { type: 'object', additionalProperties: { type: 'string', maxLength: 5 } },
  },
  required: ['title'],
}
const charge = {
  type: 'object',
  properties: {
    amount: { type: 'integer', maximum: 1000 },
    expand: { type: 'array', items: { type: 'string' } },
    metadata: {
      anyOf: [
        { type: 'object', additionalProperties: { type: 'string' } },
        { type: 'string', enum: [''] },
      ],
    },
    items: { type: 'array', items: { type: 'object', properties: { price: { type: 'string' }, quantity: { type: 'integer', maximum: 9 } } } },
  },
  required: ['amount'],
}
/** Both alternatives go the same way. */
const filter = {
  $ref: '#/$defs/filter',
  $defs: {
    filter: {
      oneOf: [
        { type: 'object', properties: { not: { $ref: '#/$defs/filter' }, name: { type: 'string' } } },
        { type: 'object', properties: { not: { $ref: '#/$defs/filter' }, size: { type: 'integer' } } },
      ],
    },
  },
}
/** Which of both applies depends on who asks: no answer can be kept. */
const doubling = {
  $id: 'urn:doubling',
  $dynamicAnchor: 'node',
  type: 'object',
  allOf: [{ properties: { next: { $dynamicRef: '#node' } } }, { maxProperties: 9, properties: { next: { $dynamicRef: '#node' } } }],
}
/** A base and an alternative describe the same value. */
const shared = {
  type: 'object',
  properties: { kind: { type: 'string' }, owner: { type: 'object', properties: { name: { type: 'string' } } } },
  oneOf: [
    { required: ['seats'], properties: { seats: { type: 'integer' }, owner: { type: 'object', properties: { company: { type: 'string' } } } } },
    { required: ['pet'], properties: { pet: { type: 'string' } } },
  ],
}
const deep = { style: 'deepObject', explode: true } as const

const OPERATIONS = {
  'GET /search': {
    parameters: [
      { name: 'q', in: 'query', schema: { type: 'string', maxLength: 10 } },
      { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100 } },
      { name: 'ids', in: 'query', explode: false, schema: { type: 'array', items: { type: 'integer' }, maxItems: 3 } },
      { name: 'tag', in: 'query', schema: { type: 'array', items: { enum: ['red', 'blue'] } } },
      {
        name: 'filter',
        in: 'query',
        style: 'deepObject',
        explode: true,
        schema: { type: 'object', properties: { gte: { type: 'integer' }, in: { type: 'array', items: { type: 'string' } } } },
      },
      { name: 'x-tenant', in: 'header', schema: { type: 'string', pattern: '^[a-z]+$' } },
      { name: 'theme', in: 'cookie', schema: { enum: ['dark', 'light'] } },
    ],
    responses: { '200': { content: { 'application/json': {} } } },
  },
  'GET /teams/:team/compare/:range': {
    parameters: [
      { name: 'team', in: 'path', required: true, schema: { type: 'integer', minimum: 1 } },
      {
        name: 'base',
        in: 'path',
        required: true,
        from: { param: 'range', parts: { literals: ['', '...', ''], index: 0 } },
        schema: { type: 'string', pattern: '^[\\w.]+$' },
      },
      {
        name: 'head',
        in: 'path',
        required: true,
        from: { param: 'range', parts: { literals: ['', '...', ''], index: 1 } },
        schema: { type: 'string', pattern: '^[\\w.]+$' },
      },
    ],
  },
  'POST /notes': { body: { required: true, content: { 'application/json': { schema: note } } } },
  'POST /json': { body: { required: true, content: { 'application/json': {} } } },
  'POST /charges': {
    body: { content: { 'application/x-www-form-urlencoded': { schema: charge, encoding: { expand: deep, metadata: deep, items: deep } } } },
  },
  'POST /lines': { body: { content: { 'application/x-ndjson': { itemSchema: note } } } },
  'POST /any': { body: { content: { '*/*': { schema: note } } } },
  'POST /files': { body: { content: { 'image/*': {} } } },
  'POST /open-form': {
    body: {
      content: { 'multipart/form-data': { schema: { type: 'object', properties: { role: { enum: ['user'] } }, additionalProperties: { type: 'string' } } } },
    },
  },
  'GET /untyped': {
    parameters: [
      { name: 'limit', in: 'query', schema: { maximum: 100 } },
      { name: 'filter', in: 'query', style: 'deepObject', explode: true, schema: { properties: { size: { maximum: 5 } } } },
      { name: 'x-page', in: 'header', schema: { maximum: 100 } },
    ],
  },
  'POST /untyped': { body: { content: { '*/*': { schema: { properties: { role: { enum: ['user'] } } } } } } },
  'POST /filters': { body: { content: { 'application/json': { schema: filter } } } },
  'POST /doubling': { body: { content: { 'application/json': { schema: doubling } } } },
  'POST /shared': { body: { content: { 'application/json': { schema: shared } } } },
  'POST /nothing': {},
  'DELETE /notes': {},
} as const satisfies Readonly<Record<string, WrittenOperation>>

const description = described(OPERATIONS)
const open = { public: 'nothing to hide' } as const
const routes = {
  'GET /search': open,
  'GET /teams/:team/compare/:range': open,
  'POST /notes': open,
  'POST /json': open,
  'POST /charges': open,
  'POST /lines': open,
  'POST /any': open,
  'POST /files': open,
  'POST /open-form': open,
  'GET /untyped': open,
  'POST /untyped': open,
  'POST /filters': open,
  'POST /doubling': open,
  'POST /shared': open,
  'POST /nothing': open,
  'DELETE /notes': open,
} as const satisfies Record<keyof typeof OPERATIONS, typeof open>

/** Zones whose requests are judged by a description. */
export const openapiRequestsZones = {
  described: {
    hosts: ['described.example.com'],
    origin: 'https://origin-described.test',
    policies: [transport({}), openapiRequests({ description, maxUnreadBytes: 100_000, maxKeys: 1000, maxItems: 1000, maxStringLength: 10_000 })],
    routes,
  },
  stripping: {
    hosts: ['stripping.example.com'],
    origin: 'https://origin-stripping.test',
    policies: [transport({}), openapiRequests({ description, unlisted: 'strip', compressed: 'accept' })],
    routes,
  },
} as const
