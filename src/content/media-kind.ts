import { recordForm } from './ndjson.ts'

/** What is read of a media type: those that no reader knows are `opaque`. */
export type MediaKind = 'json' | 'form' | 'multipart' | 'xml' | 'sequence' | 'text' | 'opaque'

/** Whether a media type, in lower case and without parameters, is JSON (RFC 6839 §3.1). */
export function isJson(mediaType: string): boolean {
  return mediaType === 'application/json' || mediaType.endsWith('+json') || mediaType === 'text/json'
}

/** @returns which reader a media type needs, in lower case and without parameters. */
export function mediaKind(mediaType: string): MediaKind {
  if (isJson(mediaType)) return 'json'
  if (mediaType === 'application/x-www-form-urlencoded') return 'form'
  if (mediaType.startsWith('multipart/')) return 'multipart'
  if (mediaType === 'application/xml' || mediaType === 'text/xml' || mediaType.endsWith('+xml')) return 'xml'
  if (recordForm(mediaType) !== undefined) return 'sequence'
  return mediaType.startsWith('text/') ? 'text' : 'opaque'
}
