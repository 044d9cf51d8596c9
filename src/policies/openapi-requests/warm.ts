import type { SchemaNode } from '../../json-schema/schema-node.ts'
import { Schemas } from '../../json-schema/schemas.ts'
import type { BodyReading } from '../../openapi/body-readers.ts'
import type { Operation } from '../../openapi/description.ts'
import { type PlanOptions, planOf } from './plan.ts'

const chosen = (type: string): SchemaNode => ({ type: 'object', required: ['type'], properties: { type: { enum: [type] }, by: { type: 'string' } } })

/** What most descriptions are made of. */
const SCHEMAS: readonly SchemaNode[] = [
  {
    type: 'object',
    closed: true,
    required: ['name'],
    properties: {
      name: { type: 'string', minLength: 1, maxLength: 9, pattern: '^n' },
      at: { type: ['string', 'null'], format: 'date-time' },
      count: { type: 'integer', minimum: 1, maximum: 9 },
      isOpen: { type: 'boolean' },
      list: { type: 'array', minItems: 1, maxItems: 9, items: { oneOf: [{ $ref: 1 }, { $ref: 2 }] } },
      any: { anyOf: [{ type: 'string' }, { type: 'object', additionalProperties: { type: 'number' } }] },
      all: { closed: true, allOf: [{ $ref: 1 }, { type: 'object', properties: { more: true } }] },
    },
    oneOf: [{ properties: { status: { enum: ['done'] } }, required: ['status'] }, { properties: { status: { enum: ['open', 'shut'] } } }],
  },
  chosen('a'),
  chosen('b'),
  { type: 'string' },
  { type: 'integer' },
]

const OPERATION: Operation = {
  parameters: [
    { name: 'id', in: 'path', required: true, style: 'simple', explode: false, schema: 3 },
    { name: 'page', in: 'query', style: 'form', explode: true, schema: 4 },
  ],
  body: { required: true, content: { 'application/json': { schema: 0 } } },
  responses: {},
}

const BODY =
  '{"name":"n","at":"2026-01-01T00:00:00Z","status":"open","count":1,"isOpen":true,"list":[{"type":"a"}],"any":{"a":1.5},"all":{"type":"a","more":1}}'

let isWarm = false

/**
 * Judges one made-up request, once in an isolate. The first run of code takes many times what the second does; here it is paid for while the isolate starts, and not by the first
 * request to some operation.
 */
export function warmUp(options: PlanOptions): void {
  if (isWarm) return
  isWarm = true
  void judgeMadeUp(options)
}

/** @returns what the made-up request's body was read as; undefined where it was not even read. */
export function judgeMadeUp(options: PlanOptions): BodyReading | Promise<BodyReading> | undefined {
  const schemas = new Schemas((id) => SCHEMAS[id] as SchemaNode)
  const plan = planOf({ key: 'POST /:id', credentialHeaders: [] }, OPERATION, schemas, options)
  plan.path?.('/1', [])
  plan.query([], [])
  const accepted = plan.body?.accept('application/json')
  if (accepted === undefined || accepted.read === 'unread') return undefined
  return accepted.read(new TextEncoder().encode(BODY) as Uint8Array<ArrayBuffer>, accepted.contentType)
}
