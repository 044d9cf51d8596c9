import { KIND } from '../json-schema/kinds.ts'
import type { SchemaNode } from '../json-schema/schema-node.ts'
import { isForbiddenKey } from '../lib/json-keys.ts'
import type { SchemaFacts } from './schema-facts.ts'
import { textValueOf } from './text-value.ts'
import { BAD_NAME, EMPTY_LIST, NO_PAIRS, NOT_TEXT, Unread } from './unread.ts'

/** Decodes what stands between delimiters, once. */
export type Decode = (raw: string) => string | undefined

/** How one text holds a list or an object. */
export interface Delimited {
  /** Split before anything is decoded: an encoded delimiter is data. */
  readonly delimiter: string | RegExp
  /** Objects: `name=value` between delimiters, not name and value in turn. */
  readonly assigned: boolean
  readonly decode: Decode
  /** Spaces around items, which lists in headers may have, are no part of them. */
  readonly trim?: true
}

/** Reads one text as its style says. @returns a value that the schema may still refuse, or {@link Unread} */
export type ReadText = (raw: string) => unknown

/**
 * Makes a reader of texts. Where a schema allows texts or numbers and lists, a text with a delimiter is a list if the schema accepts that, and else a text; one without is not.
 * @param node undefined: every text is a text.
 */
export function delimitedReader(node: SchemaNode | undefined, form: Delimited, facts: SchemaFacts): ReadText {
  const one: ReadText = (raw) => {
    const text = form.decode(raw)
    return text === undefined ? NOT_TEXT : textValueOf(text, node, facts)
  }
  if (node === undefined) return one
  const types = facts.types(node)
  const several: ReadText[] = []
  if ((types & KIND.array) !== 0) several.push((raw) => listOf(raw, node, form, facts))
  if ((types & KIND.object) !== 0) several.push((raw) => objectOf(raw, node, form, facts))
  const [first, second] = several
  if (first === undefined) return one
  const mayBeOne = (types & ~(KIND.array | KIND.object)) !== 0
  if (second === undefined && !mayBeOne) return first
  const hasDelimiter = (raw: string) => (typeof form.delimiter === 'string' ? raw.includes(form.delimiter) : form.delimiter.test(raw))
  return (raw) => {
    const readers = mayBeOne ? (hasDelimiter(raw) ? [...several, one] : [one, ...several]) : several
    for (const read of readers) {
      const value = read(raw)
      if (!(value instanceof Unread) && facts.accepts(node, value)) return value
    }
    return (readers[0] as ReadText)(raw)
  }
}

/** @returns the items of a list that stands in one text. */
function listOf(raw: string, node: SchemaNode, form: Delimited, facts: SchemaFacts): unknown[] | Unread {
  if (raw === '') return EMPTY_LIST
  const items: unknown[] = []
  for (const part of partsOf(raw, form)) {
    const text = form.decode(part)
    if (text === undefined) return NOT_TEXT
    // Servers disagree on whether a header's list has empty members (RFC 9110 §5.6.1).
    if (form.trim && text === '') return EMPTY_LIST
    const item = textValueOf(text, facts.item(node, items.length), facts)
    if (item instanceof Unread) return item
    items.push(item)
  }
  return items
}

/** @returns the object that stands in one text, without a prototype: its names are a client's. */
function objectOf(raw: string, node: SchemaNode, form: Delimited, facts: SchemaFacts): object {
  if (raw === '') return EMPTY_LIST
  const object: Record<string, unknown> = Object.create(null)
  const parts = partsOf(raw, form)
  if (!form.assigned && parts.length % 2 === 1) return NO_PAIRS
  for (let i = 0; i < parts.length; i += form.assigned ? 1 : 2) {
    const part = parts[i] as string
    const equals = form.assigned ? part.indexOf('=') : part.length
    if (equals < 0) return NO_PAIRS
    const name = form.decode(part.slice(0, equals))
    const text = form.decode(form.assigned ? part.slice(equals + 1) : (parts[i + 1] as string))
    if (name === undefined || text === undefined) return NOT_TEXT
    if (name === '' || isForbiddenKey(name) || name in object) return BAD_NAME
    const value = textValueOf(text, facts.property(node, name), facts)
    if (value instanceof Unread) return value
    object[name] = value
  }
  return object
}

function partsOf(raw: string, { delimiter, trim }: Delimited): readonly string[] {
  const parts = raw.split(delimiter)
  return trim ? parts.map((part) => part.trim()) : parts
}
