import type { SchemaObject, SchemaType } from './schema-node.ts'

/** Longest description of a rule, in UTF-16 code units. */
const MAX_DETAIL = 200

export const NOT_ALLOWED = 'not allowed here'

/** What is said of a property that is for the other direction, by the keyword. */
export const ONE_WAY: Readonly<Record<string, string>> = { readOnly: 'set by the server: leave it out', writeOnly: 'for requests alone: leave it out' }

const TYPES: Readonly<Record<SchemaType, string>> = {
  null: 'null',
  boolean: 'true or false',
  object: 'an object',
  array: 'an array',
  number: 'a number',
  integer: 'an integer',
  string: 'a string',
}

/** Says what to send, in words that come from the schema alone; cut where a schema is long-winded. */
export function capped(detail: string): string {
  return detail.length > MAX_DETAIL ? `${detail.slice(0, MAX_DETAIL).toWellFormed()}…` : detail
}

export function typeWords(type: NonNullable<SchemaObject['type']>): string {
  const names = (typeof type === 'string' ? [type] : type).map((one) => TYPES[one])
  return `send ${names.join(' or ')}`
}

export function valueWords(values: readonly unknown[]): string {
  const texts: string[] = []
  let length = 0
  for (const value of values) {
    if (length > MAX_DETAIL) break
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    length += text.length
    texts.push(text)
  }
  return capped(values.length === 1 ? `send ${texts[0]}` : `one of: ${texts.join(', ')}`)
}

/** `3 items`, `1 item`. */
export function count(number: number, noun: string): string {
  if (number === 1) return `1 ${noun}`
  return `${number} ${noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`}`
}
