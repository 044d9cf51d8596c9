import { createHash } from 'node:crypto'

/** @returns 16 hex digits that change whenever the configuration does; functions count by their text, not by what they close over. */
export function policyHash(config: unknown): string {
  const seen = new Map<object, number>()
  const text = JSON.stringify(config, (_key, value: unknown) => {
    if (typeof value === 'function') return String(value)
    if (typeof value === 'bigint' || typeof value === 'symbol') return String(value)
    if (typeof value !== 'object' || value === null) return value
    const number = seen.get(value)
    if (number !== undefined) return `(object ${number})`
    seen.set(value, seen.size)
    if (value instanceof Set) return [...value]
    if (value instanceof Map) return [...value.entries()]
    if (value instanceof RegExp) return String(value)
    return value
  })
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
