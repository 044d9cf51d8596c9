import { type CompressionFault, codingOf, decompress } from '../../content/compressed.ts'
import { COMPRESSION_WORDS, type ContentFault, FAULT_WORDS } from '../../content/fault-words.ts'
import { type Deny, deny } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import { EVERY_VIOLATION_BYTES } from '../../core/problem.ts'
import { bytesWithin, hasBody } from '../../core/request-body.ts'
import { type ContentType, parseContentType } from '../../lib/content-type.ts'
import { type BodyLimits, readBody } from './read-body.ts'
import type { StandardSchema } from './standard-schema.ts'
import { conclude, NOTHING, type Sound, type Step } from './step.ts'
import { compileValidator, type Validator } from './validator.ts'

/** What a body may be. */
export interface BodyOptions {
  readonly contentTypes: ReadonlySet<string>
  readonly required: boolean
  readonly limits: BodyLimits
  /** How much larger a compressed body may become; undefined: none may be compressed. */
  readonly maxRatio: number | undefined
}

/** Judges the media type of bodies and nothing else: they stream on, unread. */
export function contentTypeStep(contentTypes: ReadonlySet<string>): Step {
  return {
    part: 'body',
    judge(x) {
      if (!hasBody(x)) return NOTHING
      if (codingOf(x.headers.get('content-encoding')) !== undefined) return CODED
      return typeOf(x, contentTypes) === undefined ? UNSUPPORTED_TYPE : NOTHING
    },
  }
}

/** Judges the body: media type, compression, size, syntax, schema. */
export function bodyStep(schema: StandardSchema, options: BodyOptions): Step {
  const validator = compileValidator(schema, { place: '#', closed: true })
  const missing = options.required ? MISSING : NOTHING
  return {
    part: 'body',
    judge(x) {
      if (!hasBody(x)) return missing
      if (options.maxRatio === undefined && codingOf(x.headers.get('content-encoding')) !== undefined) return CODED
      const type = typeOf(x, options.contentTypes)
      return type === undefined ? UNSUPPORTED_TYPE : read(x, type, options, missing, validator)
    },
  }
}

/** @returns the media type, if it is listed. */
function typeOf({ headers }: Exchange, contentTypes: ReadonlySet<string>): ContentType | undefined {
  const type = parseContentType(headers.get('content-type') ?? '')
  if (type === undefined || !contentTypes.has(type.mediaType)) return undefined
  const charset = type.parameters.get('charset')
  return charset === undefined || charset.toLowerCase() === 'utf-8' ? type : undefined
}

async function read(x: Exchange, type: ContentType, options: BodyOptions, missing: Deny | Sound, validator: Validator): Promise<Deny | Sound> {
  const { limits } = options
  const received = await bytesWithin(x.body, limits.maxBytes)
  if (received === undefined) return TOO_LARGE
  if (received.byteLength === 0) return missing
  const coding = codingOf(x.headers.get('content-encoding'))
  if (coding === undefined) return judge(received, type, limits, validator)
  const inflated = await decompress(received, coding, { maxBytes: limits.maxBytes, maxRatio: options.maxRatio ?? 0 })
  if (inflated.fault !== undefined) return compressionDenial(inflated.fault)
  if (inflated.bytes.byteLength === 0) return missing
  const found = await judge(inflated.bytes, type, limits, validator)
  return found.kind === 'deny' ? found : { ...found, inflated: inflated.bytes }
}

function judge(bytes: Uint8Array, type: ContentType, limits: BodyLimits, validator: Validator): Deny | Sound | Promise<Deny | Sound> {
  const reading = readBody(bytes, type, limits)
  if (reading.fault !== undefined) return faultDenial(reading.fault)
  return conclude(validator(reading.value, bytes.byteLength <= EVERY_VIOLATION_BYTES), (errors) =>
    deny(422, 'validate.body', { detail: errors, problem: { errors } }),
  )
}

function compressionDenial(fault: CompressionFault): Deny {
  const { status, cause, sentence } = COMPRESSION_WORDS[fault]
  return deny(status, `validate.${cause}`, { problem: { detail: sentence } })
}

function faultDenial(fault: ContentFault): Deny {
  const { cause, sentence } = FAULT_WORDS[fault]
  return deny(400, `validate.${cause}`, { detail: fault, problem: { detail: sentence } })
}

const MISSING = deny(400, 'validate.body-missing', { problem: { detail: 'A body is required.' } })
const TOO_LARGE = deny(413, 'validate.too-large', { problem: { detail: 'The body is too large.' } })
const CODED = deny(415, 'validate.content-encoding', { problem: { detail: 'The body must not be compressed.' } })
const UNSUPPORTED_TYPE = deny(415, 'validate.content-type', { problem: { detail: 'The body has a media type that is not accepted here.' } })
