import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ImportFault } from '../../src/importer/import-fault.ts'
import { imported, withPaths } from './imported.ts'

const schema = {
  type: 'object',
  required: ['a'],
  properties: { a: { type: 'string', format: 'uri' }, b: { type: 'array', items: { $ref: '#/components/schemas/A' } } },
  additionalProperties: { type: 'integer' },
}
const document = withPaths(
  {
    '/a/{id}/{x}...{y}': {
      parameters: [{ name: 'id', in: 'path', required: true, style: 'label', schema: { type: 'string' } }],
      servers: [{ url: 'https://{a}.example.com', variables: { a: { default: 'b' } } }],
      get: {
        operationId: 'a',
        tags: ['a'],
        security: [{ key: ['a', 'b'] }, { other: [] }],
        parameters: [{ name: 'q', in: 'query', content: { 'application/json': { schema } } }, { $ref: '#/components/parameters/P' }],
        'x-portcullis-limits': [{ name: 'a', by: ['ip', { param: 'id' }], limit: '10/min' }],
        responses: {
          200: { description: 'a', headers: { a: { schema } }, content: { 'application/json': { schema } } },
          default: { $ref: '#/components/responses/R' },
        },
      },
      post: {
        requestBody: { required: true, content: { 'multipart/form-data': { schema, encoding: { a: { contentType: 'a/b', headers: { b: { schema } } } } } } },
        responses: {},
      },
      additionalOperations: { COPY: { responses: {} } },
    },
  },
  {
    components: {
      schemas: { A: schema },
      parameters: { P: { name: 'p', in: 'header', schema } },
      responses: { R: { description: 'r' } },
      securitySchemes: { key: { type: 'oauth2', flows: {} }, other: { type: 'apiKey', in: 'header', name: 'a' } },
    },
  },
)

/** Every place of a value. */
function placesIn(value: unknown, at: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [at]
  return [at, ...Object.entries(value).flatMap(([key, member]) => placesIn(member, [...at, key]))]
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>
  copy[key] = replaced(copy[key], rest, by)
  return copy
}

const places = placesIn(document).filter(({ length }) => length > 0)
const junk = fc.constantFrom<unknown>(
  null,
  true,
  7,
  '',
  'text',
  [],
  {},
  [null],
  { $ref: 5 },
  { $ref: '#/paths' },
  { $ref: '#/components/schemas/A' },
  [[]],
  { a: null },
  '\u0000',
  -1,
)

describe('a description that is broken somewhere', () => {
  it('is read or refused, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), junk, async (place, by) => {
        const outcome = await imported(replaced(document, place, by)).catch((error: unknown) => error)
        if (outcome instanceof Error) expect(outcome, `${place.join('/')}: ${JSON.stringify(by)}\n${outcome.stack}`).toBeInstanceOf(ImportFault)
      }),
      { numRuns: 150 },
    )
  })
})
