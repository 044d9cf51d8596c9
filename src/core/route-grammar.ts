import { canonicalUrl } from '../lib/canonical-url.ts'
import { isForbiddenKey } from '../lib/json-keys.ts'

/** Methods that a route may list. `HEAD` follows `GET`; `OPTIONS` preflights are answered by `cors`. `QUERY` asks with a body and changes nothing (OpenAPI 3.2 §4.9, `query`). */
export const METHODS = ['GET', 'QUERY', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** One of {@link METHODS}. */
export type Method = (typeof METHODS)[number]

/** The path under which the gateway's own pages live; no route may touch it. */
export const RESERVED_SEGMENT = '_portcullis'

/** Canonical as it stands, for every reader: nothing is encoded, and no dot begins it. */
const PLAIN_SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/

const PARAM_NAME = /^[A-Za-z][A-Za-z0-9_]*$/

/** Whether a route's parameter may be called so. */
export function isParamName(name: string): boolean {
  return PARAM_NAME.test(name) && !isForbiddenKey(name)
}

/** Whether a text may stand as a segment of a route's path: only in the form in which requests are compared. */
export function isLiteralSegment(text: string, isLast: boolean): boolean {
  if (PLAIN_SEGMENT.test(text)) return true
  if (text.includes('*') || /[?#]/.test(text)) return false
  const url = canonicalUrl(`https://host/${text}`)
  return url.fault === undefined && url.path === `/${text}` && (isLast || text !== '')
}
