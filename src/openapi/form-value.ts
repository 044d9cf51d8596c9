import { isJson } from '../content/media-kind.ts'
import type { Violation } from '../core/problem.ts'
import { KIND } from '../json-schema/kinds.ts'
import type { SchemaNode } from '../json-schema/schema-node.ts'
import type { Schemas } from '../json-schema/schemas.ts'
import { decodeFormText, type FormPair } from '../lib/form-pairs.ts'
import type { JsonLimits } from '../lib/json-body.ts'
import { jsonPointer } from '../lib/json-pointer.ts'
import { deepRoot } from './deep-object.ts'
import type { Encoding, MediaType } from './description.ts'
import { type Field, fieldOf } from './parameter-style.ts'
import { jsonOf, NOT_LISTED, note } from './parameter-value.ts'
import { isPlainName } from './read-query.ts'
import { SchemaFacts } from './schema-facts.ts'
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
  readonly #encoding: Readonly<Record<string, Encoding>>
  readonly #facts: SchemaFacts
  readonly #limits: JsonLimits
  /** Of pointers: `#`, or where else the form stands. */
  readonly #place: string
  readonly #listed: ReadonlySet<string>
  /** Made when a pair first names one: a schema may list hundreds, and few come. */
  readonly #fields = new Map<string, Field>()
  /** Fields whose properties are pairs of their own, by these. */
  readonly #spread = new Map<string, Field>()

  constructor({ schema, encoding = {} }: MediaType, schemas: Schemas, limits: JsonLimits, place = '#') {
    this.#node = schema === undefined ? true : schemas.node(schema)
    this.#encoding = encoding
    this.#facts = SchemaFacts.of(schemas)
    this.#limits = limits
    this.#place = place
    this.#listed = new Set([...this.#facts.names(this.#node), ...Object.keys(encoding)])
    for (const name of Object.keys(encoding)) {
      if (!this.#known(name)?.takesProperties) continue
      const node = this.#facts.property(this.#node, name)
      for (const inner of node === undefined ? [] : this.#facts.names(node)) if (!this.#spread.has(inner)) this.#spread.set(inner, this.#known(name) as Field)
    }
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
      const field = this.#find(name)
      if (field === undefined) return isThere(stripped, [name])
      const bracket = field.takesBelow ? name.indexOf('[') : -1
      if (bracket >= 0) return isThere(stripped, [field.name, ...name.slice(bracket + 1, -1).split('][')])
      return isThere(stripped, name === field.name ? [name] : [field.name, name])
    })
  }

  /** @returns the listed field that a pair belongs to: by its exact name first, then what stands before a bracket. */
  #find(name: string): Field | undefined {
    const exact = this.#known(name)
    if (exact?.takesName) return exact
    const spread = this.#spread.get(name)
    if (spread !== undefined || !name.includes('[')) return spread
    const root = this.#known(deepRoot(name))
    return root?.takesBelow ? root : undefined
  }

  #known(name: string): Field | undefined {
    if (!this.#listed.has(name)) return undefined
    let field = this.#fields.get(name)
    if (field === undefined) {
      const encoding = Object.hasOwn(this.#encoding, name) ? this.#encoding[name] : undefined
      field = propertyField(name, encoding, this.#facts.property(this.#node, name), this.#facts, this.#limits)
      this.#fields.set(name, field)
    }
    return field
  }

  #fieldOf(name: string, others: Map<string, Field>): Field | undefined {
    const known = this.#find(name) ?? others.get(name)
    if (known !== undefined || !isPlainName(name)) return known
    const field = propertyField(name, undefined, this.#facts.property(this.#node, name), this.#facts, this.#limits)
    others.set(name, field)
    return field
  }
}

function propertyField(name: string, encoding: Encoding | undefined, node: SchemaNode | undefined, facts: SchemaFacts, limits: JsonLimits): Field {
  if (encoding?.style !== undefined || encoding?.explode !== undefined) {
    const style = encoding.style ?? 'form'
    return fieldOf({ name, style, explode: encoding.explode ?? style === 'form', node }, facts)
  }
  const [contentType] = encoding?.contentType ?? []
  const types = node === undefined ? 0 : facts.types(node)
  if (contentType === undefined ? types === KIND.object : isJson(contentType)) return jsonField(name, undefined, limits, facts)
  // A text or an object: what begins with a brace is the object.
  if (contentType === undefined && (types & KIND.object) !== 0 && (types & KIND.array) === 0) return jsonField(name, node, limits, facts)
  // Without an encoding nobody writes an object's properties beside those of the form.
  return { ...fieldOf({ name, style: 'form', explode: true, node }, facts), takesName: true, takesProperties: false }
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
