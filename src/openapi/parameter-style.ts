import { KIND } from '../json-schema/kinds.ts'
import type { SchemaNode } from '../json-schema/schema-node.ts'
import { decodeFormText, decodePercent, type FormPair } from '../lib/form-pairs.ts'
import { isForbiddenKey } from '../lib/json-keys.ts'
import { readDeep } from './deep-object.ts'
import { type Decode, type Delimited, delimitedReader, type ReadText } from './delimited-text.ts'
import type { ParameterStyle } from './description.ts'
import type { SchemaFacts } from './schema-facts.ts'
import { textValueOf } from './text-value.ts'
import { BAD_NAME, MIXED, NOT_TEXT, REPEATED, Unread } from './unread.ts'

/** How one parameter, or one property of a form, is written. */
export interface Written {
  readonly name: string
  readonly style: ParameterStyle
  readonly explode: boolean
  /** What its value may be; undefined: any text. */
  readonly node: SchemaNode | undefined
}

/** One field of a query or a form, of which each pair belongs to one. */
export interface Field {
  readonly name: string
  /** It takes the pairs of its own name. */
  readonly takesName: boolean
  /** It takes `name[…]`, too. */
  readonly takesBelow: boolean
  /** Its properties are pairs of their own: it takes those that its schema lists; and those that nothing lists, if its schema speaks of such. */
  readonly takesProperties: boolean
  /** @param pairs that it takes, at least one. @returns a value that the schema may still refuse, or {@link Unread} */
  read(pairs: readonly FormPair[]): unknown
}

/** `%20` and `+` stand between the values: neither can stand in one. */
const SPACES = /%20|\+/
/** Clients write it either way, so that it cannot be data. */
const PIPES = /\||%7[Cc]/

/** @returns a reader of a field in a query or in a form: the styles `form`, `spaceDelimited`, `pipeDelimited` and `deepObject`. */
export function fieldOf({ name, style, explode, node }: Written, facts: SchemaFacts): Field {
  const types = node === undefined ? 0 : facts.types(node)
  if (style === 'deepObject') {
    return { name, takesName: true, takesBelow: true, takesProperties: false, read: (pairs) => readDeep(pairs, node, facts) }
  }
  if (!explode) {
    const delimiter = style === 'spaceDelimited' ? SPACES : style === 'pipeDelimited' ? PIPES : ','
    const read = delimitedReader(node, { delimiter, assigned: false, decode: decodeFormText }, facts)
    return named(name, ([pair, more]) => (more === undefined ? read((pair as FormPair).raw) : REPEATED))
  }
  const one = ([pair, more]: readonly FormPair[]) => (more === undefined ? textOf(pair as FormPair, node, facts) : REPEATED)
  const isScalar = node === undefined || (types & ~(KIND.array | KIND.object)) !== 0
  const direct = (types & KIND.array) === 0 ? one : (pairs: readonly FormPair[]) => repeated(pairs, node as SchemaNode, isScalar, facts)
  if (node === undefined || (types & KIND.object) === 0) return named(name, direct)
  const takesName = (types & ~KIND.object) !== 0
  return {
    name,
    takesName,
    takesBelow: false,
    takesProperties: true,
    read(pairs) {
      if (takesName && pairs.some((pair) => pair.name === name)) return pairs.every((pair) => pair.name === name) ? direct(pairs) : MIXED
      return spread(pairs, node, facts)
    },
  }
}

function named(name: string, read: Field['read']): Field {
  return { name, takesName: true, takesBelow: false, takesProperties: false, read }
}

function textOf({ raw }: FormPair, node: SchemaNode | undefined, facts: SchemaFacts): unknown {
  const text = decodeFormText(raw)
  return text === undefined ? NOT_TEXT : textValueOf(text, node, facts)
}

/** A list as one pair for each item. Where a single value is allowed, too, one pair is that if the schema accepts it. */
function repeated(pairs: readonly FormPair[], node: SchemaNode, mayBeOne: boolean, facts: SchemaFacts): unknown {
  const [first, second] = pairs
  if (mayBeOne && second === undefined) {
    const value = textOf(first as FormPair, node, facts)
    if (value instanceof Unread || facts.accepts(node, value)) return value
  }
  const items: unknown[] = []
  for (const pair of pairs) {
    const item = textOf(pair, facts.item(node, items.length), facts)
    if (item instanceof Unread) return item
    items.push(item)
  }
  return items
}

/** An object as one pair for each property; a property that is a list as one pair for each of its items. */
function spread(pairs: readonly FormPair[], node: SchemaNode, facts: SchemaFacts): unknown {
  const object: Record<string, unknown> = Object.create(null)
  for (const pair of pairs) {
    if (isForbiddenKey(pair.name)) return BAD_NAME
    const property = facts.property(node, pair.name)
    const isList = property !== undefined && (facts.types(property) & KIND.array) !== 0
    if (pair.name in object) {
      if (!isList) return REPEATED
      continue
    }
    const own = isList ? pairs.filter(({ name }) => name === pair.name) : undefined
    const value =
      own === undefined
        ? textOf(pair, property, facts)
        : repeated(own, property as SchemaNode, (facts.types(property as SchemaNode) & ~KIND.array) !== 0, facts)
    if (value instanceof Unread) return value
    object[pair.name] = value
  }
  return object
}

/** @returns a reader of a path parameter's text as it stands in the path: the styles `simple`, `label` and `matrix`. */
export function pathReader({ name, style, explode, node }: Written, facts: SchemaFacts): ReadText {
  const form = (delimiter: string): Delimited => ({ delimiter, assigned: explode, decode: decodePercent })
  if (style === 'label') {
    const read = delimitedReader(node, form(explode ? '.' : ','), facts)
    return (raw) => (raw.startsWith('.') ? read(raw.slice(1)) : new Unread('a dot before the value'))
  }
  if (style === 'matrix') return matrixReader(name, explode, node, facts)
  return delimitedReader(node, form(','), facts)
}

/** `;name=value`, a list's items each so if exploded, an object's properties each by its own name. */
function matrixReader(name: string, explode: boolean, node: SchemaNode | undefined, facts: SchemaFacts): ReadText {
  const types = node === undefined ? 0 : facts.types(node)
  const wrong = new Unread('a semicolon and the name before the value')
  if (explode && (types & KIND.object) !== 0) {
    const read = delimitedReader(node, { delimiter: ';', assigned: true, decode: decodePercent }, facts)
    return (raw) => (raw.startsWith(';') ? read(raw.slice(1)) : wrong)
  }
  const prefix = `;${name}=`
  if (explode && (types & KIND.array) !== 0) {
    // Each item has the name before it; without them it is a list between semicolons.
    const read = delimitedReader(node, { delimiter: ';', assigned: false, decode: decodePercent }, facts)
    return (raw) => {
      const parts = raw.split(';').slice(1)
      const isNamed = raw.startsWith(prefix) && parts.every((part) => part.startsWith(`${name}=`))
      return isNamed ? read(parts.map((part) => part.slice(name.length + 1)).join(';')) : wrong
    }
  }
  const read = delimitedReader(node, { delimiter: ',', assigned: false, decode: decodePercent }, facts)
  return (raw) => (raw === `;${name}` ? read('') : raw.startsWith(prefix) && !raw.includes(';', 1) ? read(raw.slice(prefix.length)) : wrong)
}

/** @returns a reader of a header's value, which nobody percent-encodes: the style `simple`. */
export function headerReader({ explode, node }: Pick<Written, 'explode' | 'node'>, facts: SchemaFacts): ReadText {
  return delimitedReader(node, { delimiter: ',', assigned: explode, decode: asHeader, trim: true }, facts)
}

/** Bytes that were no UTF-8 are U+FFFD here and themselves for the origin. */
const asHeader: Decode = (raw) => (raw.includes('\ufffd') ? undefined : raw)

/** @returns a reader of a cookie's values: percent-encoded in the style `form`, as they are in the style `cookie`. */
export function cookieField({ name, style, explode, node }: Written, facts: SchemaFacts): Field {
  const asForm = fieldOf({ name, style: 'form', explode, node }, facts)
  // Written as a form has it, where a plus is a space; a comma in a list's text stays the delimiter that it is.
  const escaped: (raw: string) => string = style === 'cookie' ? (raw) => encodeURIComponent(raw).replaceAll('%2C', ',') : (raw) => raw.replaceAll('+', '%2B')
  return {
    ...asForm,
    read: (pairs) => (pairs.some(({ raw }) => raw.includes('\ufffd')) ? NOT_TEXT : asForm.read(pairs.map((pair) => ({ ...pair, raw: escaped(pair.raw) })))),
  }
}
