import { ANY_KIND, KIND, kindOf, kindsOf } from '../json-schema/kinds.ts'
import type { SchemaNode, SchemaObject } from '../json-schema/schema-node.ts'
import type { Schemas } from '../json-schema/schemas.ts'

/** All that a JSON text can say. */
const EVERY = ANY_KIND & ~KIND.other

/** What a keyword says about the type that its author had in mind, where `type` says nothing. */
const HINTS: readonly (readonly [number, readonly (keyof SchemaObject)[]])[] = [
  [KIND.number, ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']],
  [KIND.string, ['minLength', 'maxLength', 'pattern', 'format']],
  [KIND.array, ['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems', 'contains']],
  [KIND.object, ['properties', 'patternProperties', 'additionalProperties', 'required', 'minProperties', 'maxProperties', 'discriminator']],
]

/** Schemas that refer to themselves end here: what stands deeper is as good as not described. */
const MAX_REFERENCES = 24

interface Facts {
  types?: number
  /** Its types are guessed by other keywords. */
  isUntyped?: boolean
  names?: ReadonlySet<string>
  items?: SchemaNode | undefined
  /** What is known of a property that is not listed. */
  rest?: SchemaNode | undefined
  hasPatterns?: boolean
  readonly properties: Map<string, SchemaNode | undefined>
}

/**
 * What a schema says about the form of its values, for those who must read a text before it can be judged: its types, its properties, its items; through `$ref`, `allOf`, `anyOf` and
 * `oneOf`. It guides the reading and judges nothing: the whole value is judged by the schema itself. Everything is found once for each schema.
 */
export class SchemaFacts {
  readonly schemas: Schemas
  readonly #facts = new WeakMap<SchemaObject, Facts>()
  /** Schemas that stand inside of others have no number of their own; here they get one, below zero. */
  readonly #inner: SchemaNode[] = []
  readonly #numbers = new WeakMap<SchemaObject, number>()
  readonly #judges: Schemas
  /** Schemas put together from others, by these: as many as there are sets of them that can hold for one place. */
  readonly #composed = new Map<string, SchemaObject>()
  readonly #places = new WeakMap<SchemaObject, number>()
  #nextPlace = 0
  /** By source: as many as the schemas have. */
  readonly #patterns = new Map<string, RegExp>()

  private constructor(schemas: Schemas) {
    this.schemas = schemas
    this.#judges = schemas.beside((id) => (id < 0 ? (this.#inner[-1 - id] as SchemaNode) : schemas.node(id)))
  }

  static readonly #of = new WeakMap<Schemas, SchemaFacts>()

  /** @returns the facts of these schemas, which are kept as long as they are. */
  static of(schemas: Schemas): SchemaFacts {
    let facts = SchemaFacts.#of.get(schemas)
    if (facts === undefined) {
      facts = new SchemaFacts(schemas)
      SchemaFacts.#of.set(schemas, facts)
    }
    return facts
  }

  /** @returns the types that a value may have, as bits: by `type`, `enum` and `const`; where they say nothing, by the other keywords, and at last a text. */
  types(node: SchemaNode): number {
    if (typeof node === 'boolean') return node ? KIND.string : 0
    const facts = this.#factsOf(node)
    if (facts.types === undefined) {
      const types = this.#typesOf(node, 0)
      facts.isUntyped = types === EVERY
      facts.types = facts.isUntyped ? this.#hintsOf(node, 0) || KIND.string : types
    }
    return facts.types
  }

  /** @returns whether a value of that type is not what the schema is about, although it lets it through: it names no type, and its keywords only ask something of others. */
  isStray(node: SchemaNode, type: number = KIND.string): boolean {
    return typeof node !== 'boolean' && (this.types(node) & type) === 0 && this.#factsOf(node).isUntyped === true
  }

  /** @returns all names that the schema lists as properties. */
  names(node: SchemaNode): ReadonlySet<string> {
    if (typeof node === 'boolean') return NO_NAMES
    const facts = this.#factsOf(node)
    if (facts.names === undefined) {
      const names = new Set<string>()
      this.#collectNames(node, names, 0)
      facts.names = names
    }
    return facts.names
  }

  /** @returns what is known of a property's value, listed or not; undefined where nothing is. */
  property(node: SchemaNode, name: string): SchemaNode | undefined {
    if (typeof node === 'boolean') return undefined
    if (!this.names(node).has(name)) return this.#unlisted(node, name)
    const { properties } = this.#factsOf(node)
    if (!properties.has(name)) properties.set(name, this.#propertyOf(node, name, 0))
    return properties.get(name)
  }

  /** @returns what is known of the item at that place of a list; undefined where nothing is. */
  item(node: SchemaNode, index: number): SchemaNode | undefined {
    if (typeof node === 'boolean') return undefined
    if (this.#reachesPrefix(node, index, 0)) return this.#itemOf(node, index, 0)
    const facts = this.#factsOf(node)
    if (!('items' in facts)) facts.items = this.#itemOf(node, Number.POSITIVE_INFINITY, 0)
    return facts.items
  }

  /** @returns whether the schema says anything of properties that it does not list by name. */
  isOpen(node: SchemaNode): boolean {
    return this.#isOpen(node, 0)
  }

  /** @returns whether a value of bounded depth is as a schema says that stands inside of another. */
  accepts(node: SchemaNode, value: unknown): boolean {
    if (typeof node === 'boolean') return node
    let id = this.#numbers.get(node)
    if (id === undefined) {
      id = -1 - this.#inner.length
      this.#inner.push(node)
      this.#numbers.set(node, id)
    }
    return this.#judges.validator(id).test(value)
  }

  #factsOf(node: SchemaObject): Facts {
    let facts = this.#facts.get(node)
    if (facts === undefined) {
      facts = { properties: new Map() }
      this.#facts.set(node, facts)
    }
    return facts
  }

  /** Names that are not listed are a client's: they are not kept. Without patterns all of them are alike. */
  #unlisted(node: SchemaObject, name: string): SchemaNode | undefined {
    const facts = this.#factsOf(node)
    facts.hasPatterns ??= this.#hasPatterns(node, 0)
    if (facts.hasPatterns) return this.#propertyOf(node, name, 0)
    if (!('rest' in facts)) facts.rest = this.#propertyOf(node, name, 0)
    return facts.rest
  }

  #hasPatterns(node: SchemaNode, depth: number): boolean {
    if (typeof node === 'boolean') return false
    if (depth > MAX_REFERENCES || node.patternProperties !== undefined) return true
    return [...this.#parts(node), ...conditional(node)].some((part) => this.#hasPatterns(part, depth + 1))
  }

  #typesOf(node: SchemaNode, depth: number): number {
    if (typeof node === 'boolean') return node ? EVERY : 0
    if (depth > MAX_REFERENCES) return EVERY
    let types = EVERY
    if (node.type !== undefined) types &= kindsOf(node.type)
    if (node.const !== undefined) types &= kindOf(node.const)
    if (node.enum !== undefined) types &= union(node.enum, kindOf)
    if (node.$ref !== undefined) types &= this.#typesOf(this.schemas.node(node.$ref), depth + 1)
    for (const part of node.allOf ?? []) types &= this.#typesOf(part, depth + 1)
    for (const choice of [node.anyOf, node.oneOf]) if (choice !== undefined) types &= union(choice, (part) => this.#typesOf(part, depth + 1))
    return types
  }

  #hintsOf(node: SchemaNode, depth: number): number {
    if (typeof node === 'boolean' || depth > MAX_REFERENCES) return 0
    let hints = 0
    for (const [types, keywords] of HINTS) if (keywords.some((keyword) => node[keyword] !== undefined)) hints |= types
    for (const part of this.#parts(node)) hints |= this.#hintsOf(part, depth + 1)
    return hints
  }

  #collectNames(node: SchemaNode, names: Set<string>, depth: number): void {
    if (typeof node === 'boolean' || depth > MAX_REFERENCES) return
    for (const name of Object.keys(node.properties ?? {})) names.add(name)
    for (const part of this.#parts(node)) this.#collectNames(part, names, depth + 1)
    for (const part of conditional(node)) this.#collectNames(part, names, depth + 1)
  }

  #isOpen(node: SchemaNode, depth: number): boolean {
    if (typeof node === 'boolean' || depth > MAX_REFERENCES) return false
    if (node.patternProperties !== undefined || (node.additionalProperties !== undefined && node.additionalProperties !== false)) return true
    return this.#parts(node).some((part) => this.#isOpen(part, depth + 1))
  }

  #propertyOf(node: SchemaNode, name: string, depth: number): SchemaNode | undefined {
    if (typeof node === 'boolean' || depth > MAX_REFERENCES) return undefined
    const own: SchemaNode[] = []
    if (node.properties !== undefined && Object.hasOwn(node.properties, name)) own.push(node.properties[name] as SchemaNode)
    for (const [pattern, schema] of Object.entries(node.patternProperties ?? {})) if (this.#pattern(pattern).test(name)) own.push(schema)
    if (own.length === 0 && node.additionalProperties !== undefined && node.additionalProperties !== false) own.push(node.additionalProperties)
    return this.#compose(node, own, (part) => this.#propertyOf(part, name, depth + 1))
  }

  #itemOf(node: SchemaNode, index: number, depth: number): SchemaNode | undefined {
    if (typeof node === 'boolean' || depth > MAX_REFERENCES) return undefined
    const own = node.prefixItems?.[index] ?? node.items
    return this.#compose(node, own === undefined ? [] : [own], (part) => this.#itemOf(part, index, depth + 1))
  }

  #reachesPrefix(node: SchemaNode, index: number, depth: number): boolean {
    if (typeof node === 'boolean' || depth > MAX_REFERENCES) return false
    return (node.prefixItems?.length ?? 0) > index || this.#parts(node).some((part) => this.#reachesPrefix(part, index, depth + 1))
  }

  /** Puts together what a schema and its parts say of the same place: all of it holds, of alternatives any. */
  #compose(node: SchemaObject, own: readonly SchemaNode[], inPart: (part: SchemaNode) => SchemaNode | undefined): SchemaNode | undefined {
    const all = [...own]
    const add = (schema: SchemaNode | undefined) => {
      if (schema !== undefined) all.push(schema)
    }
    if (node.$ref !== undefined) add(inPart(this.schemas.node(node.$ref)))
    for (const part of node.allOf ?? []) add(inPart(part))
    const described = (parts: readonly SchemaNode[]) => parts.map(inPart).filter((schema) => schema !== undefined)
    for (const choice of [node.anyOf, node.oneOf, conditional(node)]) {
      const any = described(choice ?? [])
      if (any.length > 0) all.push(any.length === 1 ? (any[0] as SchemaNode) : this.#together('anyOf', any))
    }
    return all.length <= 1 ? all[0] : this.#together('allOf', all)
  }

  /** The same schemas are put together once: what is said of a client's names must not grow with these. */
  #together(keyword: 'allOf' | 'anyOf', parts: readonly SchemaNode[]): SchemaNode {
    const key = `${keyword} ${parts.map((part) => (typeof part === 'boolean' ? part : this.#placeOf(part))).join()}`
    let node = this.#composed.get(key)
    if (node === undefined) {
      node = { [keyword]: parts }
      this.#composed.set(key, node)
    }
    return node
  }

  #placeOf(node: SchemaObject): number {
    let place = this.#places.get(node)
    if (place === undefined) {
      place = this.#nextPlace++
      this.#places.set(node, place)
    }
    return place
  }

  #pattern(source: string): RegExp {
    let pattern = this.#patterns.get(source)
    if (pattern === undefined) {
      pattern = new RegExp(source, 'u')
      this.#patterns.set(source, pattern)
    }
    return pattern
  }

  #parts(node: SchemaObject): readonly SchemaNode[] {
    const parts = [...(node.allOf ?? []), ...(node.anyOf ?? []), ...(node.oneOf ?? [])]
    if (node.$ref !== undefined) parts.push(this.schemas.node(node.$ref))
    return parts
  }
}

const NO_NAMES: ReadonlySet<string> = new Set()

/** Schemas that may or may not apply to the same object. */
function conditional(node: SchemaObject): readonly SchemaNode[] {
  return [node.if, node.then, node.else, ...Object.values(node.dependentSchemas ?? {})].filter((part) => part !== undefined)
}

function union<T>(all: readonly T[], bits: (one: T) => number): number {
  return all.reduce((sum, one) => sum | bits(one), 0)
}
