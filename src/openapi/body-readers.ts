import type { ContentFault } from '../content/fault-words.ts'
import { readForm } from '../content/form.ts'
import { type MediaKind, mediaKind } from '../content/media-kind.ts'
import { readMultipart } from '../content/multipart.ts'
import { readSequence, recordForm } from '../content/ndjson.ts'
import { readXml } from '../content/xml.ts'
import { EVERY_VIOLATION_BYTES, MAX_VIOLATIONS, type Violation } from '../core/problem.ts'
import { KIND } from '../json-schema/kinds.ts'
import type { SchemaNode } from '../json-schema/schema-node.ts'
import type { Schemas, SchemaValidator } from '../json-schema/schemas.ts'
import type { ContentType } from '../lib/content-type.ts'
import type { FormPair } from '../lib/form-pairs.ts'
import { type JsonLimits, readJson } from '../lib/json-body.ts'
import type { MediaType } from './description.ts'
import { FormValue } from './form-value.ts'
import { MultipartValue } from './multipart-value.ts'
import { SchemaFacts } from './schema-facts.ts'
import { textValueOf } from './text-value.ts'
import { STRAY, Unread } from './unread.ts'
import { XmlValue } from './xml-value.ts'

/** What a body says. */
export type BodyReading =
  | { readonly kind: 'sound'; readonly value: unknown /** What goes on instead, where something was left out. */; readonly instead?: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'fault'; readonly fault: ContentFault }
  | { readonly kind: 'violations'; readonly violations: readonly Violation[] }

/** Reads and judges a whole body. @throws nothing for what a client may send */
export type ReadBody = (bytes: Uint8Array<ArrayBuffer>, contentType: ContentType) => BodyReading | Promise<BodyReading>

/** How bodies are read. */
export interface BodyOptions {
  readonly json: JsonLimits
  /** Of forms: pairs, or parts. */
  readonly maxFields: number
  /** Of sequences of JSON texts. */
  readonly maxRecords: number
  /** Of XML. */
  readonly maxElements: number
  /** Of multipart bodies: the content of one part. */
  readonly maxPartBytes: number
  /** What is not listed is left out, where a body can be written anew: JSON and forms. */
  readonly strip: boolean
}

/**
 * Finds the reader for a media type that the description takes. THE place where readers of media types are plugged in.
 * @param mediaType of the request, lower case.
 * @returns `unread` where nothing is said of the body but its media type; undefined where something is said that nobody can read, so that it must be refused
 */
export function bodyReader(mediaType: string, media: MediaType, schemas: Schemas, options: BodyOptions): ReadBody | 'unread' | undefined {
  const kind = mediaKind(mediaType)
  const read = READERS[kind]?.(media, schemas, options, mediaType)
  if (read !== undefined) return read
  return saysNothing(media, schemas) ? 'unread' : undefined
}

type Reader = (media: MediaType, schemas: Schemas, options: BodyOptions, mediaType: string) => ReadBody | undefined

const READERS: Readonly<Partial<Record<MediaKind, Reader>>> = {
  json: jsonBody,
  form: formBody,
  sequence: sequenceBody,
  multipart: multipartBody,
  xml: xmlBody,
  text: textBody,
}

/** Whether a schema is one of bytes or of anything: OpenAPI has no other words for a file. */
function saysNothing({ schema, itemSchema, encoding }: MediaType, schemas: Schemas): boolean {
  if (itemSchema !== undefined || encoding !== undefined) return false
  return schema === undefined || isAnything(schemas.node(schema)) || (SchemaFacts.of(schemas).types(schemas.node(schema)) & KIND.string) !== 0
}

function isAnything(node: SchemaNode): boolean {
  return node === true || (typeof node === 'object' && Object.keys(node).length === 0)
}

function jsonBody({ schema }: MediaType, schemas: Schemas, { json, strip }: BodyOptions): ReadBody {
  const validator = schema === undefined ? undefined : schemas.validator(schema)
  return (bytes) => {
    const reading = readJson(bytes, json)
    if (reading.fault !== undefined) return { kind: 'fault', fault: reading.fault }
    const { value } = reading
    if (validator === undefined || validator.test(value)) return { kind: 'sound', value }
    if (strip) {
      const stripped = validator.strip(value)
      if (stripped !== value) {
        // Judged as it will be read: what JSON has no words for, such as a number beyond a double, is written as null.
        const text = JSON.stringify(stripped)
        const again = JSON.parse(text)
        return validator.test(again) ? { kind: 'sound', value: again, instead: encode(text) } : refused(validator, again, bytes)
      }
    }
    return refused(validator, value, bytes)
  }
}

function formBody(media: MediaType, schemas: Schemas, { json, maxFields, strip }: BodyOptions): ReadBody {
  // Nothing is said of its names: it has to be a form, and no more.
  if (saysNothing(media, schemas)) {
    return (bytes) => {
      const { fault } = readForm(bytes, maxFields)
      return fault === undefined ? { kind: 'sound', value: undefined } : { kind: 'fault', fault }
    }
  }
  const form = new FormValue(media, schemas, json)
  const validator = media.schema === undefined ? undefined : schemas.validator(media.schema)
  const judge = (pairs: readonly FormPair[], bytes: Uint8Array<ArrayBuffer>, mayStrip: boolean): BodyReading => {
    const { value, violations } = form.read(pairs, mayStrip)
    if (violations !== undefined) return { kind: 'violations', violations }
    const isSound = validator === undefined || validator.test(value)
    if (mayStrip) {
      const kept = form.kept(pairs, isSound ? value : validator?.strip(value))
      if (kept.length < pairs.length) {
        // Read anew as it goes on: what is left is what was judged.
        const again = judge(kept, bytes, false)
        return again.kind === 'sound' ? { ...again, instead: encode(kept.map(({ text }) => text).join('&')) } : again
      }
    }
    return isSound ? { kind: 'sound', value } : refused(validator as SchemaValidator, value, bytes)
  }
  return (bytes) => {
    const reading = readForm(bytes, maxFields)
    return reading.fault === undefined ? judge(reading.pairs, bytes, strip) : { kind: 'fault', fault: reading.fault }
  }
}

/** Records one behind the other: each as `itemSchema` says, all of them as a list as `schema` says. */
function sequenceBody({ schema, itemSchema }: MediaType, schemas: Schemas, { json, maxRecords }: BodyOptions): ReadBody {
  const whole = schema === undefined ? undefined : schemas.validator(schema)
  const each = itemSchema === undefined ? undefined : schemas.validator(itemSchema)
  // A range's schema may be about an object and name no type: then it would say nothing of the records.
  const isStray = schema !== undefined && each === undefined && SchemaFacts.of(schemas).isStray(schemas.node(schema), KIND.array)
  return (bytes, { mediaType }) => {
    const reading = readSequence(bytes, recordForm(mediaType) ?? 'lines', { ...json, maxRecords, maxRecordBytes: bytes.byteLength })
    if (reading.fault !== undefined) return { kind: 'fault', fault: reading.fault }
    if (isStray) return { kind: 'violations', violations: [stray()] }
    const value = reading.records
    const most = mostViolations(bytes)
    const violations: Violation[] = []
    for (let i = 0; each !== undefined && i < value.length && violations.length < most; i++) {
      if (!each.test(value[i])) violations.push(...each.violations(value[i], `#/${i}`, most - violations.length))
    }
    if (violations.length > 0) return { kind: 'violations', violations }
    return whole === undefined || whole.test(value) ? { kind: 'sound', value } : refused(whole, value, bytes)
  }
}

/** What a browser sends, with room: longer headers and names are nobody's. */
const PART_HEAD = { maxHeaders: 16, maxHeaderBytes: 4096, maxNameLength: 128 } as const

/** Of multipart bodies only forms are read: others have no names by which a schema could say what a part is. */
function multipartBody(media: MediaType, schemas: Schemas, { json, maxFields, maxPartBytes }: BodyOptions, mediaType: string): ReadBody | undefined {
  if (mediaType !== 'multipart/form-data' || media.schema === undefined) return undefined
  const form = new MultipartValue(media, schemas, json)
  const validator = schemas.validator(media.schema)
  return (bytes, contentType) => {
    const reading = readMultipart(bytes, contentType, { ...PART_HEAD, headers: form.headers, maxParts: maxFields, maxPartBytes })
    if (reading.fault !== undefined) return { kind: 'fault', fault: reading.fault }
    const made = form.read(reading.parts)
    return made.kind !== 'sound' || validator.test(made.value) ? made : refused(validator, made.value, bytes)
  }
}

/** What a document's names and elements need. */
const XML_HEAD = { maxAttributes: 64, maxNameLength: 256 } as const

function xmlBody(media: MediaType, schemas: Schemas, { json, maxElements }: BodyOptions): ReadBody {
  const document = new XmlValue(media, schemas)
  const validator = media.schema === undefined ? undefined : schemas.validator(media.schema)
  return (bytes) => {
    const limits = { ...XML_HEAD, maxDepth: json.maxDepth, maxElements, maxTextLength: json.maxStringLength ?? bytes.byteLength }
    const { root, fault } = readXml(bytes, limits)
    if (fault !== undefined) return { kind: 'fault', fault }
    if (validator === undefined) return { kind: 'sound', value: undefined }
    const { value, violations } = document.read(root)
    if (violations !== undefined) return { kind: 'violations', violations }
    return validator.test(value) ? { kind: 'sound', value } : refused(validator, value, bytes)
  }
}

function textBody({ schema, itemSchema, encoding }: MediaType, schemas: Schemas): ReadBody | undefined {
  if (itemSchema !== undefined || encoding !== undefined || schema === undefined) return undefined
  const node = schemas.node(schema)
  const facts = SchemaFacts.of(schemas)
  const validator = schemas.validator(schema)
  return (bytes) => {
    const text = decode(bytes)
    if (text === undefined) return { kind: 'fault', fault: 'encoding' }
    const value = textValueOf(text, node, facts)
    if (value instanceof Unread) return { kind: 'violations', violations: [stray()] }
    return validator.test(value) ? { kind: 'sound', value } : refused(validator, value, bytes)
  }
}

function stray(): Violation {
  return { pointer: '#', rule: 'type', detail: `expected: ${STRAY.detail}` }
}

function refused(validator: SchemaValidator, value: unknown, bytes: Uint8Array): BodyReading {
  return { kind: 'violations', violations: validator.violations(value, '#', mostViolations(bytes)) }
}

function mostViolations({ byteLength }: Uint8Array): number {
  return byteLength <= EVERY_VIOLATION_BYTES ? MAX_VIOLATIONS : 1
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const ENCODER = new TextEncoder()

function decode(bytes: Uint8Array): string | undefined {
  try {
    const text = UTF8.decode(bytes)
    return text.startsWith('\ufeff') ? undefined : text
  } catch {
    return undefined
  }
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return ENCODER.encode(text) as Uint8Array<ArrayBuffer>
}
