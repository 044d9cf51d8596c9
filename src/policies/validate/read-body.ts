import type { ContentFault } from '../../content/fault-words.ts'
import { readForm } from '../../content/form.ts'
import { mediaKind } from '../../content/media-kind.ts'
import { readMultipart } from '../../content/multipart.ts'
import { readSequence, recordForm } from '../../content/ndjson.ts'
import { plainPairs, plainParts } from '../../content/plain-fields.ts'
import { plainXml } from '../../content/plain-xml.ts'
import { readXml } from '../../content/xml.ts'
import type { ContentType } from '../../lib/content-type.ts'
import { type JsonLimits, readJson } from '../../lib/json-body.ts'

/** How much of a body is let in, whatever its media type. */
export interface BodyLimits {
  readonly json: JsonLimits
  /** Names of fields and elements that are always lists. */
  readonly repeatable: ReadonlySet<string>
  /** Of a form: pairs, or parts. */
  readonly maxFields: number
  /** Of a form: the content of one part. */
  readonly maxPartBytes: number
  /** Of a sequence of JSON texts. */
  readonly maxRecords: number
  /** Of a sequence, and of a body of any other kind as a whole. */
  readonly maxBytes: number
  /** Of XML; its depth is that of JSON. */
  readonly maxElements: number
}

/** What a schema judges, or why there is nothing to judge. */
export type BodyReading = { readonly value: unknown; readonly fault?: never } | { readonly fault: ContentFault }

type Reader = (bytes: Uint8Array, type: ContentType, limits: BodyLimits) => BodyReading

/** Whether bodies of a media type, in lower case, can be read as values. */
export function isReadable(mediaType: string): boolean {
  return readerOf(mediaType) !== undefined
}

/** Makes the plain value of a body: JSON as it is; a form as an object of texts; a sequence as a list; XML as objects. */
export function readBody(bytes: Uint8Array, type: ContentType, limits: BodyLimits): BodyReading {
  const read = readerOf(type.mediaType)
  if (read === undefined) throw new TypeError('a media type without a reader was configured')
  return read(bytes, type, limits)
}

function readerOf(mediaType: string): Reader | undefined {
  switch (mediaKind(mediaType)) {
    case 'json':
      return (bytes, _, { json }) => readJson(bytes, json)
    case 'form':
      return pairs
    case 'multipart':
      return mediaType === 'multipart/form-data' ? parts : undefined
    case 'xml':
      return xml
    case 'sequence':
      return records
    default:
      return undefined
  }
}

const pairs: Reader = (bytes, _, { maxFields, repeatable }) => {
  const reading = readForm(bytes, maxFields)
  return reading.fault === undefined ? plainPairs(reading.pairs, repeatable) : reading
}

/** What a browser sends, with room: longer headers and names are nobody's. */
const PART_HEAD = { maxHeaders: 4, maxHeaderBytes: 2048, maxNameLength: 128 } as const

const parts: Reader = (bytes, type, { maxFields, maxPartBytes, repeatable }) => {
  const reading = readMultipart(bytes, type, { ...PART_HEAD, maxParts: maxFields, maxPartBytes })
  return reading.fault === undefined ? plainParts(reading.parts, repeatable) : reading
}

const records: Reader = (bytes, { mediaType }, { json, maxRecords, maxBytes }) => {
  const reading = readSequence(bytes, recordForm(mediaType) ?? 'lines', { ...json, maxRecords, maxRecordBytes: maxBytes })
  return reading.fault === undefined ? { value: reading.records } : reading
}

const MAX_ATTRIBUTES = 32
const MAX_NAME_LENGTH = 128

const xml: Reader = (bytes, _, { json, repeatable, maxElements, maxBytes }) => {
  const reading = readXml(bytes, {
    maxDepth: json.maxDepth,
    maxElements,
    maxAttributes: MAX_ATTRIBUTES,
    maxTextLength: json.maxStringLength ?? maxBytes,
    maxNameLength: MAX_NAME_LENGTH,
  })
  return reading.fault === undefined ? plainXml(reading.root, repeatable) : reading
}
