import { type Deny, deny } from '../../core/decision.ts'
import { definePolicy } from '../../core/policy.ts'
import type { DenyStatus } from '../../core/problem.ts'
import { Schemas } from '../../json-schema/schemas.ts'
import { type BodyRules, judgeBody } from './body.ts'
import { Promised } from './promised.ts'
import { DEFAULT_BARE_STATUSES, settings } from './settings.ts'

/**
 * Lets an answer of the origin out only if its status, headers and body are what the API's description promises: nothing that nobody wrote down leaves, be it a field too many, the page of
 * an error, or whatever an origin says when somebody else speaks for it (OWASP API3, API10).
 */
export const openapiResponses = definePolicy({
  name: 'openapi-responses',
  stage: 'respond',
  settings,
  describes: ({ description }) => description,
  compile(given) {
    const { description } = given
    const schemas = new Schemas((id) => description.schema(id))
    const promised = new Promised(description, schemas)
    const bare: ReadonlySet<number> = new Set(given.bareStatuses ?? DEFAULT_BARE_STATUSES)
    const rules: BodyRules = {
      schemas,
      maxBytes: given.maxBytes ?? 1_048_576,
      maxDepth: given.maxDepth ?? 64,
      strip: given.unlisted === 'strip',
      passStreams: given.streams === 'pass',
      largeUnchecked: new Set(given.largeUnchecked),
    }
    return {
      response(response, { route, method }) {
        const answers = promised.of(route.key)
        if (answers === undefined) return UNDESCRIBED_ROUTE
        const answer = answers.for(response.status)
        // It says that a former answer still holds, and has no body.
        if (answer === undefined) return response.status === 304 ? response : undescribed(response, bare)
        const violations = answer.judgeHeaders(response.headers, method !== 'HEAD')
        if (violations.length > 0) return deny(502, 'openapi-responses.header', { detail: violations })
        return judgeBody(response, method, answer.content, rules)
      },
    }
  },
})

const UNDESCRIBED_ROUTE = deny(502, 'openapi-responses.operation')

/** Digits or a date (RFC 9110 §10.2.3). */
const RETRY_AFTER = /^(?:\d{1,10}|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT)$/

/** Keeps the status where that may be, and nothing else. */
function undescribed({ status, headers }: Response, bare: ReadonlySet<number>): Deny {
  const detail = { status }
  if (!bare.has(status)) return deny(502, 'openapi-responses.status', { detail })
  const retryAfter = headers.get('retry-after') ?? ''
  return deny(status as DenyStatus, 'openapi-responses.status', { detail, ...(RETRY_AFTER.test(retryAfter) && { headers: { 'retry-after': retryAfter } }) })
}
