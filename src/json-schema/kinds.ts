import type { SchemaObject, SchemaType } from './schema-node.ts'

/** What a value is, one bit each, so that sets of them are numbers; an integer is told from other numbers. */
export const KIND = { null: 1, boolean: 2, object: 4, array: 8, integer: 16, fraction: 32, number: 48, string: 64, other: 128 } as const

/** Every kind: what a schema without `type` lets through. */
export const ANY_KIND = 255

const OF_TYPE: Readonly<Record<SchemaType, number>> = {
  null: KIND.null,
  boolean: KIND.boolean,
  object: KIND.object,
  array: KIND.array,
  integer: KIND.integer,
  number: KIND.number,
  string: KIND.string,
}

/** The kind of a value. 1.0 is an integer (2020-12 Core §4.2.1); what no JSON text can say is `other`. */
export function kindOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return KIND.string
    case 'number':
      return Number.isInteger(value) ? KIND.integer : KIND.fraction
    case 'boolean':
      return KIND.boolean
    case 'object':
      if (value === null) return KIND.null
      return Array.isArray(value) ? KIND.array : KIND.object
    default:
      return KIND.other
  }
}

/** The kinds that the `type` of a schema lets through. */
export function kindsOf(type: SchemaObject['type']): number {
  if (type === undefined) return ANY_KIND
  if (typeof type === 'string') return OF_TYPE[type]
  return type.reduce((kinds, one) => kinds | OF_TYPE[one], 0)
}
