import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import type { Operation } from './operation.ts'
import { OPERATIONS } from './operations.ts'

/** Answers that any operation may give, beside its own. */
const REFUSALS: Readonly<Record<number, string>> = {
  400: 'The request is malformed.',
  401: 'A stronger or more recent sign-in is needed (RFC 9470).',
  403: 'The role does not suffice, or the request may come from another origin’s page.',
  404: 'There is no such thing. Whoever is not signed in gets the gateway’s 404 for everything.',
  409: 'It cannot be done as things stand.',
  413: 'The body is too large.',
  415: 'The body is not application/json.',
  422: 'The request does not match its schema, names what is not there, or its Idempotency-Key was used for another.',
  429: 'Too many requests.',
  503: 'It cannot be done now; the same request may be sent again.',
}

const OF_CHANGES: ReadonlySet<string> = new Set(['401', '409', '413', '415'])

const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'requestId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: { pointer: { type: 'string' }, detail: { type: 'string' } },
        additionalProperties: false,
      },
    },
    'violated-policies': { type: 'array', items: { type: 'string' } },
    requestId: { type: 'string' },
  },
  additionalProperties: false,
} as const

/** Writes the document of all operations (OpenAPI 3.1), from the table that their routes are made from. */
export function openApiDocument({ host, path }: { readonly host: string; readonly path: string }): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const operation of OPERATIONS) {
    paths[operation.path] ??= {}
    ;(paths[operation.path] as Record<string, object>)[operation.method.toLowerCase()] = documented(operation)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Portcullis admin API',
      version: '1',
      summary: 'What changes a running gateway.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: `https://${host}${path}` }],
    security: [{ bearer: [] }, { access: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        access: { type: 'apiKey', in: 'header', name: 'cf-access-jwt-assertion', description: 'Where the API stands behind Cloudflare Access, which sets it.' },
      },
      schemas: { Problem: PROBLEM },
      responses: Object.fromEntries(
        Object.entries(REFUSALS).map(([status, description]) => [
          `Refused${status}`,
          { description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } },
        ]),
      ),
    },
  }
}

function documented(operation: Operation): object {
  const changes = operation.kind === 'change'
  const mediaType = changes ? 'application/json' : (operation.mediaType ?? 'application/json')
  const refusals = Object.keys(REFUSALS).filter((status) => changes || !OF_CHANGES.has(status))
  const body = changes ? operation.body : undefined
  return {
    operationId: operation.id,
    summary: operation.summary,
    'x-portcullis-role': operation.role,
    ...(parametersOf(operation).length > 0 && { parameters: parametersOf(operation) }),
    ...(body !== undefined && { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } } }),
    responses: {
      [changes ? operation.status : 200]: {
        description: operation.summary,
        content: { [mediaType]: { schema: schemaOf(operation.answer, 'output') } },
      },
      ...Object.fromEntries(refusals.map((status) => [status, { $ref: `#/components/responses/Refused${status}` }])),
    },
  }
}

function parametersOf({ params, query, kind }: Operation): readonly object[] {
  const key = {
    name: 'Idempotency-Key',
    in: 'header',
    required: true,
    description: 'Names this one action: the same request with the same key is done once, and answered alike for a day.',
    schema: { type: 'string', minLength: 16, maxLength: 128, pattern: '^[\\x21-\\x7e]+$' },
  }
  return [...parametersIn(params, 'path'), ...parametersIn(query, 'query'), ...(kind === 'change' ? [key] : [])]
}

function parametersIn(schema: v.GenericSchema | undefined, place: 'path' | 'query'): readonly object[] {
  if (schema === undefined) return []
  // What a parameter means, not the text that it comes as: a number is one.
  const { properties = {} } = schemaOf(schema, place === 'query' ? 'output' : 'input')
  return Object.entries(properties).map(([name, value]) => ({ name, in: place, required: place === 'path', schema: value }))
}

function schemaOf(schema: v.GenericSchema, typeMode: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...rest } = toJsonSchema(schema, { target: 'draft-2020-12', typeMode, errorMode: 'ignore' })
  return rest
}
