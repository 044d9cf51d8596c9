import { type JsonFault, type JsonLimits, readJson } from '../lib/json-body.ts'

/** How records stand behind each other: each on a line (NDJSON, JSON Lines), or each behind a record separator (RFC 7464). */
export type RecordForm = 'lines' | 'sequence'

/** How much of a sequence is let in; the limits of JSON hold for each record. */
export interface SequenceLimits extends JsonLimits {
  readonly maxRecords: number
  readonly maxRecordBytes: number
}

/** Why bytes are no sequence of JSON texts that everybody reads alike. */
export type SequenceFault = JsonFault | 'framing' | 'too-many-records' | 'record-length'

/** The records, or why there are none. */
export type SequenceReading = { readonly records: readonly unknown[]; readonly fault?: never } | { readonly fault: SequenceFault; readonly records?: never }

const LINES: ReadonlySet<string> = new Set(['application/x-ndjson', 'application/ndjson', 'application/jsonl', 'application/x-jsonlines'])
const LINE_FEED = 0x0a
const RECORD_SEPARATOR = 0x1e

/** @returns how a media type's records stand; undefined for one that has none. */
export function recordForm(mediaType: string): RecordForm | undefined {
  if (LINES.has(mediaType)) return 'lines'
  return mediaType === 'application/json-seq' || /^application\/[a-z0-9!#$&^_.+-]+\+json-seq$/.test(mediaType) ? 'sequence' : undefined
}

/**
 * Reads JSON texts one behind the other. Refused is what readers split differently: empty lines, a record that does not end, characters that some take for the end of a line.
 */
export function readSequence(bytes: Uint8Array, form: RecordForm, limits: SequenceLimits): SequenceReading {
  if (hasOddLineEnd(bytes)) return { fault: 'framing' }
  const records: unknown[] = []
  for (let from = 0; from < bytes.byteLength; ) {
    if (records.length >= limits.maxRecords) return { fault: 'too-many-records' }
    const end = form === 'lines' ? lineEnd(bytes, from) : recordEnd(bytes, from)
    if (end === undefined) return { fault: 'framing' }
    const start = form === 'lines' ? from : from + 1
    if (end - start > limits.maxRecordBytes) return { fault: 'record-length' }
    if (end === start) return { fault: 'framing' }
    const reading = readJson(bytes.subarray(start, end), limits)
    if (reading.fault !== undefined) return reading
    records.push(reading.value)
    from = end + 1
  }
  return { records }
}

/** @returns where a line ends; the last one may do without a line feed. */
function lineEnd(bytes: Uint8Array, from: number): number {
  const end = bytes.indexOf(LINE_FEED, from)
  return end < 0 ? bytes.byteLength : end
}

/** @returns where the line feed is that ends a record: the one before the next separator. Without it the record may have been cut off (RFC 7464 §2.4). */
function recordEnd(bytes: Uint8Array, from: number): number | undefined {
  if (bytes[from] !== RECORD_SEPARATOR) return undefined
  const next = bytes.indexOf(RECORD_SEPARATOR, from + 1)
  const end = (next < 0 ? bytes.byteLength : next) - 1
  return bytes[end] === LINE_FEED ? end : undefined
}

/** NEL and the line and paragraph separators of Unicode: JSON has them in strings as they are, and some readers of lines end a line at them. */
function hasOddLineEnd(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.byteLength; i++) {
    const byte = bytes[i] as number
    if (byte < 0xc2) continue
    if (byte === 0xc2 && bytes[i + 1] === 0x85) return true
    if (byte === 0xe2 && bytes[i + 1] === 0x80 && (bytes[i + 2] === 0xa8 || bytes[i + 2] === 0xa9)) return true
  }
  return false
}
