import { mediaKind } from '../content/media-kind.ts'
import type { MediaType } from './description.ts'

/** @returns what a description says of a media type: under its own name, else under the range of its type, else under the range of all. @param mediaType lower case, without parameters */
export function describedForm(content: Readonly<Record<string, MediaType>>, mediaType: string): MediaType | undefined {
  for (const range of [mediaType, `${mediaType.slice(0, mediaType.indexOf('/'))}/*`, '*/*']) if (Object.hasOwn(content, range)) return content[range]
  return undefined
}

/** Sequences that no reader here takes apart. */
const UNREAD_SEQUENCES: ReadonlySet<string> = new Set(['text/event-stream', 'application/stream+json', 'multipart/mixed'])

/** Whether bodies of this type are one thing behind the other, perhaps without an end (OpenAPI 3.2 §4.14.2). */
export function isSequence(mediaType: string): boolean {
  return mediaKind(mediaType) === 'sequence' || UNREAD_SEQUENCES.has(mediaType) || mediaType.endsWith('+json-seq')
}
