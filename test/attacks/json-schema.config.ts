import { jsonSchema, validate } from 'portcullis'

/** A thing that holds others of its kind, and names what extends it. */
const tree = jsonSchema({
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string', maxLength: 20 }, children: { type: 'array', maxItems: 50, items: { $ref: '#' } } },
})

/** Parts of an object that several schemas describe: what none of those that hold lists is unlisted. */
const account = jsonSchema({
  allOf: [
    { type: 'object', required: ['kind'], properties: { kind: { enum: ['person', 'firm'] }, limit: { type: 'number', maximum: 100, multipleOf: 0.01 } } },
    {
      oneOf: [
        { required: ['name'], properties: { kind: { const: 'person' }, name: { type: 'string' } } },
        { required: ['vat'], properties: { kind: { const: 'firm' }, vat: { type: 'string', pattern: '^[A-Z]{2}\\d{9}$' } } },
      ],
    },
  ],
  not: { required: ['toString'] },
})

const search = jsonSchema({
  properties: {
    page: { type: 'integer', minimum: 1, maximum: 1000 },
    exact: { type: 'boolean' },
    ids: { type: 'array', maxItems: 3, uniqueItems: true, items: { type: 'integer' } },
    name: { type: 'string', maxLength: 2 },
  },
})

const tuple = jsonSchema({ items: [{ type: 'string' }, { type: 'integer' }], additionalItems: false, minItems: 2 }, { dialect: 'draft-07' })

/** A zone of its own for schemas written in JSON Schema. */
export const jsonSchemas = {
  hosts: ['schemas.example.com'],
  origin: 'https://origin-schemas.test' as const,
  routes: {
    'GET /health': { public: 'liveness' },
    'POST /tree': { public: 'a recursive schema', policies: [validate({ body: tree, maxDepth: 64 })] },
    'POST /account': { public: 'a schema of parts', policies: [validate({ body: account })] },
    'POST /tuple': { public: 'a schema of draft-07', policies: [validate({ body: tuple })] },
    'GET /search': { public: 'a query of values', policies: [validate({ query: search, repeatable: ['ids'] })] },
    'GET /items/:id': { public: 'a number in the path', policies: [validate({ params: jsonSchema({ properties: { id: { type: 'integer', minimum: 1 } } }) })] },
    'GET /counted': {
      public: 'a number in a header',
      policies: [validate({ headers: jsonSchema({ required: ['x-count'], properties: { 'x-count': { type: 'integer', maximum: 9 } } }) })],
    },
  },
}
