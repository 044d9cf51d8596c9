import { isJson } from '../../content/media-kind.ts'
import { type RecordForm, recordForm } from '../../content/ndjson.ts'
import { Body, BodyAborted, BodyTooLarge } from '../../core/body.ts'
import { type Deny, deny, type Reply, reply } from '../../core/decision.ts'
import { MAX_VIOLATIONS } from '../../core/problem.ts'
import type { SchemaId } from '../../json-schema/schema-node.ts'
import type { Schemas } from '../../json-schema/schemas.ts'
import { type ContentType, parseContentType } from '../../lib/content-type.ts'
import { type JsonLimits, readJson } from '../../lib/json-body.ts'
import type { MediaType } from '../../openapi/description.ts'
import { describedForm, isSequence } from '../../openapi/media-range.ts'
import { codingOf, rewritten, unchanged } from './sent.ts'
import { judgeSequence } from './sequence.ts'

/** How bodies are read and judged. */
export interface BodyRules {
  readonly schemas: Schemas
  readonly maxBytes: number
  readonly maxDepth: number
  readonly strip: boolean
  readonly passStreams: boolean
  readonly largeUnchecked: ReadonlySet<string>
}

type Judged = Response | Deny | Reply

/** Statuses whose answers have no body, whatever the description says (RFC 9110 §15). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304])

/** Judges the body of an answer: that there is one exactly where one is described, its media type and, where that is JSON with a schema, the value. */
export function judgeBody(
  response: Response,
  method: string,
  content: Readonly<Record<string, MediaType>> | undefined,
  rules: BodyRules,
): Judged | Promise<Judged> {
  if (BODILESS.has(response.status)) return response
  if (method === 'HEAD') return faultOfHead(response, content) ?? response
  const { headers, body } = response
  const isEmpty = body === null
  // A length beside `Transfer-Encoding` is only a word (RFC 9112 §6.3), as is that of another Worker: whether nothing comes is seen.
  if (!isEmpty && headers.get('content-length') === '0') {
    return mustBeEmpty(response).then((empty) => (empty instanceof Response ? judgeBody(empty, method, content, rules) : empty))
  }
  if (content === undefined) return isEmpty ? response : mustBeEmpty(response)
  const type = parseContentType(headers.get('content-type') ?? '')
  const form = type === undefined ? undefined : describedForm(content, type.mediaType)
  // A sequence may have no items; nothing else is nothing.
  if (isEmpty) return type !== undefined && form !== undefined && isSequence(type.mediaType) ? response : MISSING
  if (type === undefined || form === undefined) return UNDESCRIBED_TYPE
  if (isSequence(type.mediaType)) {
    if (rules.passStreams || (form.schema === undefined && form.itemSchema === undefined)) return response
    const records = recordForm(type.mediaType)
    if (records === undefined) return STREAM
    return faultOfJson(response, type) ?? judgeRecords(response, records, form, rules)
  }
  if (form.schema === undefined || !isJson(type.mediaType)) return response
  return faultOfJson(response, type) ?? judgeJson(response, type.mediaType, form.schema, rules)
}

/** What HEAD says of the body that GET would bring. */
function faultOfHead({ headers }: Response, content: Readonly<Record<string, MediaType>> | undefined): Deny | undefined {
  const field = headers.get('content-type')
  if (field === null || content === undefined) return undefined
  const type = parseContentType(field)
  return type === undefined || describedForm(content, type.mediaType) === undefined ? UNDESCRIBED_TYPE : undefined
}

/** A body of unknown length may turn out to be none. */
async function mustBeEmpty(response: Response): Promise<Response | Deny> {
  const read = await readWhole(response, 0)
  if (read === 'aborted') return ABORTED
  if (read instanceof Uint8Array) return unchanged(response, null)
  await read.cancel()
  return UNEXPECTED
}

/** What makes a JSON body one that cannot be judged. */
function faultOfJson({ status, headers }: Response, { parameters }: ContentType): Deny | undefined {
  const charset = parameters.get('charset')?.toLowerCase()
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') return UNDESCRIBED_TYPE
  if (status === 206 || headers.has('content-range')) return PARTIAL
  return codingOf(headers) === 'unknown' ? CODING : undefined
}

/** JSON texts one behind the other are read whole, as one is. */
async function judgeRecords(response: Response, records: RecordForm, form: MediaType, rules: BodyRules): Promise<Judged> {
  const read = await readWhole(response, rules.maxBytes)
  if (read === 'aborted') return ABORTED
  if (!(read instanceof Uint8Array)) {
    await read.cancel()
    return TOO_LARGE
  }
  const wrong = judgeSequence(read, records, form, rules.schemas, { maxDepth: rules.maxDepth, largeNumbers: 'round' })
  if (wrong === undefined) return unchanged(response, read)
  return 'fault' in wrong
    ? deny(502, 'openapi-responses.json', { detail: { fault: wrong.fault } })
    : deny(502, 'openapi-responses.body', { detail: wrong.violations })
}

async function judgeJson(response: Response, mediaType: string, schema: SchemaId, rules: BodyRules): Promise<Judged> {
  const read = await readWhole(response, rules.maxBytes)
  if (read === 'aborted') return ABORTED
  if (!(read instanceof Uint8Array)) {
    if (rules.largeUnchecked.has(mediaType)) return reply(unchanged(response, read), 'openapi-responses.unchecked')
    await read.cancel()
    return TOO_LARGE
  }
  if (read.byteLength === 0) return MISSING
  const limits: JsonLimits = { maxDepth: rules.maxDepth, largeNumbers: 'round' }
  const json = readJson(read, limits)
  if (json.fault !== undefined) return deny(502, 'openapi-responses.json', { detail: { fault: json.fault } })
  const validator = rules.schemas.validator(schema)
  if (validator.test(json.value)) return unchanged(response, read)
  const found = (value: unknown) => validator.violations(value, '#', MAX_VIOLATIONS)
  if (!rules.strip) return deny(502, 'openapi-responses.body', { detail: found(json.value) })
  const stripped = validator.strip(json.value)
  if (stripped === json.value || !validator.test(stripped)) return deny(502, 'openapi-responses.body', { detail: found(stripped) })
  // Written anew, a number would be the one that was judged, and not the one that the origin wrote.
  if (readJson(read, { ...limits, largeNumbers: 'deny' }).fault !== undefined) return STRIPPED_NUMBERS
  return reply(rewritten(response, JSON.stringify(stripped)), 'openapi-responses.stripped', found(json.value))
}

/** @returns the whole body, decompressed; a stream of all of it where it is longer than `maxBytes`; or that the origin broke off. */
async function readWhole({ body, headers }: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | 'aborted'> {
  const length = headers.has('transfer-encoding') ? null : headers.get('content-length')
  const declared = length !== null && codingOf(headers) === 'none' && /^[1-9]\d{0,14}$/.test(length) ? Number(length) : -1
  const whole = new Body(body, declared)
  try {
    return await whole.bytes(maxBytes)
  } catch (error) {
    if (error instanceof BodyTooLarge) return whole.forward() as ReadableStream<Uint8Array>
    if (error instanceof BodyAborted) return 'aborted'
    throw error
  }
}

const MISSING = deny(502, 'openapi-responses.body-missing')
const UNEXPECTED = deny(502, 'openapi-responses.body-unexpected')
const UNDESCRIBED_TYPE = deny(502, 'openapi-responses.content-type')
const STREAM = deny(502, 'openapi-responses.stream')
const PARTIAL = deny(502, 'openapi-responses.partial')
const CODING = deny(502, 'openapi-responses.content-encoding')
const TOO_LARGE = deny(502, 'openapi-responses.too-large')
const ABORTED = deny(502, 'openapi-responses.aborted')
const STRIPPED_NUMBERS = deny(502, 'openapi-responses.strip-precision')
