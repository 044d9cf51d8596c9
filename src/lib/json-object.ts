/** A JSON object as it was parsed. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a parsed JSON value is an object, not a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The claims of a token that are nested deeper are not walked by anybody. */
export const MAX_CLAIMS_DEPTH = 32

/**
 * Freezes a parsed JSON value through and through: what is cached is shared by requests.
 * @returns false when it is nested deeper than `depth`.
 */
export function freezeJson(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth === 0) return false
  Object.freeze(value)
  return Object.values(value).every((inner) => freezeJson(inner, depth - 1))
}
