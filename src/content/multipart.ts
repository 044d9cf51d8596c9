import {
  MaxFileSizeExceededError,
  MaxHeaderSizeExceededError,
  MaxPartsExceededError,
  MaxTotalSizeExceededError,
  MultipartParseError,
  MultipartParser,
  type MultipartPart,
} from '@remix-run/multipart-parser'
import type { ContentType } from '../lib/content-type.ts'
import { type HeadFault, type HeadRules, type PartHead, readPartHead } from './part-head.ts'
import { searchFor } from './search-bytes.ts'
import { mayBe, type SniffedType, sniff } from './sniff.ts'

/** One part of a form. */
export interface FormPart extends PartHead {
  /** As it was sent: a view into the body. */
  readonly content: Uint8Array
  /** What its first bytes say it is, where they say it. */
  readonly sniffed: SniffedType | undefined
}

/** Why bytes are no form that everybody takes apart alike, or too much of one. */
export type MultipartFault = HeadFault | 'boundary' | 'framing' | 'too-many-parts' | 'part-length' | 'part-header-length' | 'type-mismatch'

/** How much of a form is let in. */
export interface MultipartLimits extends HeadRules {
  readonly maxParts: number
  /** The content of one part. */
  readonly maxPartBytes: number
  /** The header of one part. */
  readonly maxHeaderBytes: number
}

/** The parts in their order, or why there are none. */
export type MultipartReading = { readonly parts: readonly FormPart[]; readonly fault?: never } | { readonly fault: MultipartFault; readonly parts?: never }

/**
 * RFC 2046 §5.1.1, without what nobody sends and some cut a boundary at, or begin one behind: in `"a,b"` Rack reads `a`, in `"xboundary=y"` it reads `y`, and then takes parts from
 * what is content here.
 */
const BOUNDARY = /^(?!.*boundary=)[0-9A-Za-z'+_\-.=]{1,70}$/i

/**
 * Takes a body of `multipart/form-data` apart (RFC 7578). The parser splits and counts; since it is the original bytes that go on, and another parser will split them, nothing is tolerated on which parsers
 * differ: each byte that is not content is compared with the one way to write it. No preamble and epilogue, no space behind a boundary, CRLF alone, the boundary nowhere else.
 */
export function readMultipart(body: Uint8Array, { parameters }: ContentType, limits: MultipartLimits): MultipartReading {
  const boundary = parameters.get('boundary')
  // A second parameter might be `boundary*0` (RFC 2231), or a charset that changes names.
  if (boundary === undefined || parameters.size !== 1 || !BOUNDARY.test(boundary)) return { fault: 'boundary' }
  const split = splitParts(body, boundary, limits)
  if (typeof split === 'string') return { fault: split }
  const places = placesOf(body, boundary, split)
  if (places === undefined) return { fault: 'framing' }
  const parts: FormPart[] = []
  for (const { head, content } of places) {
    const read = readPartHead(head, limits)
    if (typeof read === 'string') return { fault: read }
    const sniffed = sniff(content)
    if (read.contentType !== undefined && content.byteLength > 0 && !mayBe(read.contentType.mediaType, sniffed)) return { fault: 'type-mismatch' }
    // No file was chosen: a browser sends an empty name and nothing.
    if (read.fileName === '' && content.byteLength > 0) return { fault: 'file-name' }
    parts.push({ ...read, content, sniffed })
  }
  return { parts }
}

function splitParts(body: Uint8Array, boundary: string, limits: MultipartLimits): readonly MultipartPart[] | MultipartFault {
  const parser = new MultipartParser(boundary, {
    maxHeaderSize: limits.maxHeaderBytes,
    maxFileSize: limits.maxPartBytes,
    maxParts: limits.maxParts,
    maxTotalSize: body.byteLength,
  })
  try {
    const parts = [...parser.write(body)]
    parser.finish()
    return parts
  } catch (error) {
    if (error instanceof MaxHeaderSizeExceededError) return 'part-header-length'
    if (error instanceof MaxFileSizeExceededError || error instanceof MaxTotalSizeExceededError) return 'part-length'
    if (error instanceof MaxPartsExceededError) return 'too-many-parts'
    if (error instanceof MultipartParseError) return 'framing'
    throw error
  }
}

interface Place {
  readonly head: Uint8Array
  readonly content: Uint8Array
}

/** @returns where each part stands; undefined where anything between them is not as it must be. */
function placesOf(body: Uint8Array, boundary: string, parts: readonly MultipartPart[]): readonly Place[] | undefined {
  const delimiter = bytesOf(`--${boundary}`)
  const search = searchFor(delimiter)
  const places: Place[] = []
  let at = 0
  for (const { size } of parts) {
    if (!holds(body, at, delimiter) || !holds(body, at + delimiter.length, CRLF)) return undefined
    const from = at + delimiter.length + 2
    const end = endOfHead(body, from)
    if (end < 0) return undefined
    const content = end + 4
    places.push({ head: body.subarray(from, end), content: body.subarray(content, content + size) })
    // The boundary's next place must be behind this part: in a header or in content it is one for other parsers.
    at = content + size + 2
    if (!holds(body, at - 2, CRLF) || search(body, from) !== at) return undefined
  }
  if (parts.length === 0 || !holds(body, at, delimiter)) return undefined
  const rest = body.subarray(at + delimiter.length)
  return (rest.byteLength === 2 || (rest.byteLength === 4 && holds(rest, 2, CRLF))) && holds(rest, 0, DASHES) ? places : undefined
}

const CRLF = bytesOf('\r\n')
const DASHES = bytesOf('--')
const endOfHead = searchFor(bytesOf('\r\n\r\n'))

function bytesOf(ascii: string): Uint8Array {
  return Uint8Array.from(ascii, (char) => char.charCodeAt(0))
}

function holds(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  if (at + expected.length > bytes.length) return false
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false
  return true
}
