import type { MediaType } from './description.ts'

/** @returns what a description says of a media type: under its own name, else under the range of its type, else under the range of all. @param mediaType lower case, without parameters */
export function describedForm(content: Readonly<Record<string, MediaType>>, mediaType: string): MediaType | undefined {
  for (const range of [mediaType, `${mediaType.slice(0, mediaType.indexOf('/'))}/*`, '*/*']) if (Object.hasOwn(content, range)) return content[range]
  return undefined
}

/** Whether bodies of this type are one JSON text (RFC 8259, RFC 6839 §3.1). */
export function isJsonType(mediaType: string): boolean {
  return mediaType === 'application/json' || mediaType === 'text/json' || mediaType.endsWith('+json')
}

const SEQUENCES: ReadonlySet<string> = new Set([
  'text/event-stream',
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonlines',
  'application/json-seq',
  'application/stream+json',
  'multipart/mixed',
])

/** Whether bodies of this type are one thing behind the other, perhaps without an end (OpenAPI 3.2 §4.14.2). */
export function isSequenceType(mediaType: string): boolean {
  return SEQUENCES.has(mediaType) || mediaType.endsWith('+json-seq')
}
