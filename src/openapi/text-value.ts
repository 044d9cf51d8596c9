import { KIND } from '../json-schema/kinds.ts'
import type { SchemaId, SchemaNode } from '../json-schema/schema-node.ts'
import type { Schemas } from '../json-schema/schemas.ts'
import { SchemaFacts } from './schema-facts.ts'
import { STRAY } from './unread.ts'

/**
 * Finds the value that a text stands for where a schema says which types it may have: in a parameter, a form, an XML element.
 * - A number is written as JSON writes it (RFC 8259 §6), no `+1`, `0x10`, `01`, `1.` or space around it, and only if a double holds all of its digits: others would judge another
 *   number. Where only integers are allowed it has neither fraction nor exponent, which some readers cut off.
 * - `true` and `false`, nothing else. `null` where null is allowed.
 * - Everything else is the text itself, which a schema of numbers then refuses; where it names no type, but its keywords are about numbers, lists or objects alone, nothing would: then
 *   it is {@link STRAY}.
 *
 * Where several types are possible they are tried in this order: null, boolean, number, text; the first that the schema accepts is taken.
 * @returns a value that the schema may still refuse.
 */
export function textValue(text: string, id: SchemaId, schemas: Schemas): unknown {
  return textValueOf(text, schemas.node(id), SchemaFacts.of(schemas))
}

/** The same, for a schema that stands inside of another. Where there is none it is a text. */
export function textValueOf(text: string, node: SchemaNode | undefined, facts: SchemaFacts): unknown {
  if (node === undefined) return text
  const types = facts.types(node)
  const value = (types & (KIND.null | KIND.boolean | KIND.number)) === 0 ? undefined : scalar(text, types)
  // `maximum` alone says nothing of texts: what an origin reads as a larger number would pass.
  if (value === undefined) return facts.isStray(node) ? STRAY : text
  return (types & KIND.string) === 0 || facts.accepts(node, value) ? value : text
}

/** A text has at most one reading beside itself: no number is a word, and no word is another. */
function scalar(text: string, types: number): null | boolean | number | undefined {
  if (text === 'null') return (types & KIND.null) === 0 ? undefined : null
  if (text === 'true' || text === 'false') return (types & KIND.boolean) === 0 ? undefined : text === 'true'
  return (types & KIND.number) === 0 ? undefined : exactNumber(text, (types & KIND.fraction) !== 0)
}

/** Longer ones are no numbers that anybody means. */
const MAX_DIGITS = 64
const INTEGER_TEXT = /^-?(?:0|[1-9]\d*)$/
const NUMBER_TEXT = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** @returns the number that a text of JSON stands for, if a double is exactly as precise as the text; integers beyond ±(2^53 - 1) are not. */
function exactNumber(text: string, fractions: boolean): number | undefined {
  if (text.length > MAX_DIGITS || !(fractions ? NUMBER_TEXT : INTEGER_TEXT).test(text)) return undefined
  const number = Number(text)
  const isPlain = !/[eE]/.test(text)
  if (!Number.isFinite(number) || (isPlain && Math.abs(number) > Number.MAX_SAFE_INTEGER)) return undefined
  // Fifteen significant digits always survive.
  return (isPlain && text.length <= 15) || decimal(text) === decimal(String(number)) ? number : undefined
}

/** @returns the significant digits and the exponent of a number, in one way of writing. */
function decimal(text: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  return `${sign}${significant}e${Number(exponent) - fraction.length + (digits.length - significant.length)}`
}
