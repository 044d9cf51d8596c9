/** Longest piece of a client's own key that a pointer repeats, in UTF-16 code units before encoding. */
const MAX_SEGMENT = 64
/** Longest pointer, in characters. */
const MAX_POINTER = 512
const CUT = '%E2%80%A6'

/**
 * Writes a JSON pointer in its URI fragment form (RFC 6901 §6) behind a prefix: `#/items/0/id`, `query/limit`.
 * Keys may be a client's own: what is not unreserved is percent-encoded, and long keys and long pointers end in an encoded `…`.
 */
export function jsonPointer(prefix: string, path: readonly PropertyKey[]): string {
  let pointer = prefix
  for (const key of path) {
    const segment = `/${encodeSegment(String(key))}`
    if (pointer.length + segment.length > MAX_POINTER) return `${pointer}/${CUT}`
    pointer += segment
  }
  return pointer
}

function encodeSegment(key: string): string {
  if (/^[\w-]{0,64}$/.test(key)) return key
  const kept = key.length > MAX_SEGMENT ? key.slice(0, MAX_SEGMENT) : key
  const escaped = kept.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')
  return encodeURIComponent(escaped) + (kept === key ? '' : CUT)
}

/** Reads a JSON pointer (RFC 6901 §3 and §4) that begins with a slash. */
export function parsePointer(pointer: string): readonly string[] {
  return pointer
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** @returns the value at that path of a JSON document; undefined where there is none. */
export function valueAt(document: unknown, path: readonly string[]): unknown {
  let value = document
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  return value
}
