import type { Violation } from '../core/problem.ts'
import type { SchemaNode } from '../json-schema/schema-node.ts'
import type { Schemas } from '../json-schema/schemas.ts'
import { decodeFormText, type FormPair } from '../lib/form-pairs.ts'
import type { JsonLimits } from '../lib/json-body.ts'
import { jsonPointer } from '../lib/json-pointer.ts'
import type { Encoding, MediaType } from './description.ts'
import { isJson } from './media-kind.ts'
import { type Field, fieldOf } from './parameter-style.ts'
import { jsonOf, NOT_LISTED, note } from './parameter-value.ts'
import { FieldIndex, isPlainName } from './read-query.ts'
import { ARRAY, OBJECT, SchemaFacts } from './schema-facts.ts'
import { NOT_TEXT, REPEATED, Unread } from './unread.ts'

/** What a form says, or why it says nothing. */
export type FormReading =
  | { readonly value: Readonly<Record<string, unknown>>; readonly violations?: never }
  | { readonly violations: readonly Violation[]; readonly value?: never }

/**
 * Reads the pairs of a form as an object: each property by its `encoding`, else as the style `form`, exploded; a property that can only be an object is a JSON text (OpenAPI 3.2
 * §4.15.1). Names that the schema does not list become properties, too, for the schema to judge, if they are plain: no server may find a listed one in them.
 */
export class FormValue {
  readonly #node: SchemaNode
  readonly #facts: SchemaFacts
  readonly #fields: readonly Field[]
  readonly #index: FieldIndex
  /** Of pointers: `#`, or where else the form stands. */
  readonly #place: string

  constructor({ schema, encoding = {} }: MediaType, schemas: Schemas, limits: JsonLimits, place = '#') {
    this.#node = schema === undefined ? true : schemas.node(schema)
    this.#facts = SchemaFacts.of(schemas)
    this.#place = place
    const names = new Set([...this.#facts.names(this.#node), ...Object.keys(encoding)])
    const nodes = [...names].map((name) => this.#facts.property(this.#node, name))
    this.#fields = [...names].map((name, i) => propertyField(name, Object.hasOwn(encoding, name) ? encoding[name] : undefined, nodes[i], this.#facts, limits))
    this.#index = new FieldIndex(this.#fields, (i) => ({ names: this.#facts.names(nodes[i] ?? true), isOpen: false }))
  }

  /** @param strip leaves out names that nothing lists, where no property can be made of them. */
  read(pairs: readonly FormPair[], strip: boolean): FormReading {
    const found: Violation[] = []
    const taken = new Map<Field, FormPair[]>()
    const others = new Map<string, Field>()
    for (const pair of pairs) {
      const field = this.#fieldOf(pair.name, others)
      if (field === undefined) {
        if (!strip) note(found, { pointer: jsonPointer(this.#place, [pair.name]), rule: 'additionalProperties', detail: NOT_LISTED })
        continue
      }
      const own = taken.get(field)
      if (own === undefined) taken.set(field, [pair])
      else own.push(pair)
    }
    const value: Record<string, unknown> = Object.create(null)
    for (const [field, own] of taken) {
      const one = field.read(own)
      if (!(one instanceof Unread)) value[field.name] = one
      else note(found, { pointer: jsonPointer(this.#place, [field.name]), rule: 'style', detail: `expected: ${one.detail}` })
    }
    return found.length === 0 ? { value } : { violations: found }
  }

  /** @returns the pairs whose places are still there in a value that has been stripped. */
  kept(pairs: readonly FormPair[], stripped: unknown): readonly FormPair[] {
    return pairs.filter(({ name }) => {
      const i = this.#index.find(name)
      const field = this.#fields[i]
      if (field === undefined) return isThere(stripped, [name])
      const bracket = field.takesBelow ? name.indexOf('[') : -1
      if (bracket >= 0) return isThere(stripped, [field.name, ...name.slice(bracket + 1, -1).split('][')])
      return isThere(stripped, name === field.name ? [name] : [field.name, name])
    })
  }

  #fieldOf(name: string, others: Map<string, Field>): Field | undefined {
    const known = this.#fields[this.#index.find(name)] ?? others.get(name)
    if (known !== undefined || !isPlainName(name)) return known
    const field = fieldOf({ name, style: 'form', explode: true, node: this.#facts.property(this.#node, name) }, this.#facts)
    const direct = field.takesName ? field : jsonField(name, undefined, { maxDepth: 1, largeNumbers: 'deny' }, this.#facts)
    others.set(name, direct)
    return direct
  }
}

function propertyField(name: string, encoding: Encoding | undefined, node: SchemaNode | undefined, facts: SchemaFacts, limits: JsonLimits): Field {
  if (encoding?.style !== undefined || encoding?.explode !== undefined) {
    const style = encoding.style ?? 'form'
    return fieldOf({ name, style, explode: encoding.explode ?? style === 'form', node }, facts)
  }
  const [contentType] = encoding?.contentType ?? []
  const types = node === undefined ? 0 : facts.types(node)
  if (contentType === undefined ? types === OBJECT : isJson(contentType)) return jsonField(name, undefined, limits, facts)
  // A text or an object: what begins with a brace is the object.
  if (contentType === undefined && (types & OBJECT) !== 0 && (types & ARRAY) === 0) return jsonField(name, node, limits, facts)
  return fieldOf({ name, style: 'form', explode: true, node }, facts)
}

/** @param node if it is given, a value that does not begin as a JSON object is a text. */
function jsonField(name: string, node: SchemaNode | undefined, limits: JsonLimits, facts: SchemaFacts): Field {
  const text = node === undefined ? undefined : fieldOf({ name, style: 'form', explode: false, node }, facts)
  return {
    name,
    takesName: true,
    takesBelow: false,
    takesProperties: false,
    read(pairs) {
      const [pair, more] = pairs
      if (more !== undefined) return REPEATED
      const decoded = decodeFormText((pair as FormPair).raw)
      if (decoded === undefined) return NOT_TEXT
      return text !== undefined && !decoded.trimStart().startsWith('{') ? text.read(pairs) : jsonOf(decoded, limits)
    },
  }
}

function isThere(value: unknown, path: readonly string[]): boolean {
  let place = value
  for (const segment of path) {
    if (typeof place !== 'object' || place === null) return true
    if (Array.isArray(place) && segment === '') return true
    if (!Object.hasOwn(place, segment)) return false
    place = (place as Readonly<Record<string, unknown>>)[segment]
  }
  return true
}
