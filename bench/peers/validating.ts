import { Body } from '../../src/core/body.ts'
import { Schemas } from '../../src/json-schema/schemas.ts'
import type { Description } from '../../src/openapi/description.ts'
import { BodyPlan } from '../../src/policies/openapi-requests/body-plan.ts'
import { ORIGIN } from '../scenario.ts'

const MAX_BYTES = 65_536
/** What `openapi-requests` takes where it is told nothing. */
const OPTIONS = {
  json: { maxDepth: 32, largeNumbers: 'deny' },
  maxFields: 256,
  maxRecords: 1000,
  maxElements: 1000,
  maxPartBytes: MAX_BYTES,
  strip: false,
} as const

/** Does with a body what `openapi-requests` does, by the same code, and forwards it: `parsed` with the check, and no gateway around it. */
export function validating(description: Description, operation: string) {
  const schemas = new Schemas((id) => description.schema(id))
  const { body: described = { content: {} } } = description.operation(operation) ?? {}
  const plan = new BodyPlan(described, schemas, OPTIONS)
  return {
    async fetch(request: Request): Promise<Response> {
      const { url, method, headers } = request
      const body = new Body(request.body, Number(headers.get('content-length') ?? -1), request)
      const accepted = plan.accept(headers.get('content-type') ?? '')
      if (accepted === undefined || accepted.read === 'unread') return new Response(null, { status: 415 })
      const bytes = await body.bytes(MAX_BYTES)
      const pending = accepted.read(bytes, accepted.contentType)
      const reading = pending instanceof Promise ? await pending : pending
      if (reading.kind !== 'sound') return new Response(null, { status: 422 })
      return fetch(ORIGIN + url.slice(url.indexOf('/', 8)), { method, headers, body: body.forward() })
    },
  }
}
