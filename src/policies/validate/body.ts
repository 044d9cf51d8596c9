import { BodyTooLarge } from '../../core/body.ts'
import { type Deny, deny } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import { parseContentType } from '../../lib/content-type.ts'
import { type JsonFault, type JsonLimits, readJson } from '../../lib/json-body.ts'
import type { StandardSchema } from './standard-schema.ts'
import { conclude, NOTHING, type Sound, type Step } from './step.ts'
import { compileValidator, type Validator } from './validator.ts'

/** What a JSON body may be. */
export interface BodyOptions {
  readonly contentTypes: ReadonlySet<string>
  readonly maxBytes: number
  readonly required: boolean
  readonly limits: JsonLimits
}

/** Up to this size all violations are collected; a larger body could hold so many that finding them is an attack. */
const EVERY_VIOLATION_BYTES = 16_384

/** Judges the media type of bodies and nothing else: they stream on, unread. */
export function contentTypeStep(contentTypes: ReadonlySet<string>): Step {
  return { part: 'body', judge: (x) => (hasBody(x) ? (faultOfType(x, contentTypes) ?? NOTHING) : NOTHING) }
}

/** Judges the JSON body: media type, size, syntax, schema. */
export function bodyStep(schema: StandardSchema, options: BodyOptions): Step {
  const validator = compileValidator(schema, { place: '#', closed: true })
  const missing = options.required ? MISSING : NOTHING
  return {
    part: 'body',
    judge(x) {
      if (!hasBody(x)) return missing
      return faultOfType(x, options.contentTypes) ?? read(x, options, missing, validator)
    },
  }
}

function hasBody({ headers, body }: Exchange): boolean {
  return body.present && headers.get('content-length') !== '0'
}

function faultOfType({ headers }: Exchange, contentTypes: ReadonlySet<string>): Deny | undefined {
  const coding = headers.get('content-encoding')
  if (coding !== null && coding.toLowerCase() !== 'identity') return CODED
  const type = parseContentType(headers.get('content-type') ?? '')
  if (type === undefined || !contentTypes.has(type.mediaType)) return UNSUPPORTED_TYPE
  const charset = type.parameters.get('charset')
  return charset === undefined || charset.toLowerCase() === 'utf-8' ? undefined : UNSUPPORTED_TYPE
}

async function read(x: Exchange, options: BodyOptions, missing: Deny | Sound, validator: Validator): Promise<Deny | Sound> {
  const bytes = await bytesOf(x, options.maxBytes)
  if (bytes === undefined) return TOO_LARGE
  if (bytes.byteLength === 0) return missing
  const json = readJson(bytes, options.limits)
  if (json.fault !== undefined) return JSON_DENIALS[json.fault]
  return conclude(validator(json.value, bytes.byteLength <= EVERY_VIOLATION_BYTES), (errors) =>
    deny(422, 'validate.body', { detail: errors, problem: { errors } }),
  )
}

async function bytesOf({ body }: Exchange, maxBytes: number): Promise<Uint8Array | undefined> {
  try {
    return await body.bytes(maxBytes)
  } catch (error) {
    if (error instanceof BodyTooLarge) return undefined
    throw error
  }
}

const MISSING = deny(400, 'validate.body-missing', { problem: { detail: 'A body is required.' } })
const TOO_LARGE = deny(413, 'validate.too-large', { problem: { detail: 'The body is too large.' } })
const CODED = deny(415, 'validate.content-encoding', { problem: { detail: 'The body must not be compressed.' } })
const UNSUPPORTED_TYPE = deny(415, 'validate.content-type', { problem: { detail: 'The body has a media type that is not accepted here.' } })
const JSON_DENIALS: Readonly<Record<JsonFault, Deny>> = {
  encoding: deny(400, 'validate.encoding', { problem: { detail: 'The body is not UTF-8 without a byte order mark.' } }),
  syntax: deny(400, 'validate.body-syntax', { problem: { detail: 'The body is not valid JSON.' } }),
  depth: deny(400, 'validate.depth', { problem: { detail: 'The body is nested too deeply.' } }),
  'duplicate-key': deny(400, 'validate.duplicate-key', { problem: { detail: 'An object in the body has a key more than once.' } }),
  'forbidden-key': deny(400, 'validate.forbidden-key', { problem: { detail: 'The body has a key that is not allowed.' } }),
  'number-precision': deny(400, 'validate.number-precision', { problem: { detail: 'The body has a number that is too large to be exact.' } }),
}
