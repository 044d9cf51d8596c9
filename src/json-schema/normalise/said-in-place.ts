import { parsePointer } from '../../lib/json-pointer.ts'
import { own } from './keyword.ts'
import type { SchemaDocuments } from './schema-documents.ts'
import { child, childrenOf, isSame, keyOf, type Place } from './schema-place.ts'

/** What all schemas that judge one value say together: those that `$ref`, `allOf` and their relatives apply where the value begins. */
export interface InPlace {
  /** By `properties/name` or `items`: the schemas that say something about what is inside. */
  readonly inside: ReadonlyMap<string, readonly Place[]>
  /** What several schemas that can hold together describe, each in another way. */
  readonly shared: ReadonlySet<string>
  /** What some alternative describes. */
  readonly perhaps: ReadonlySet<string>
  /** What some schema describes that always applies. */
  readonly sure: ReadonlySet<string>
  /** Some schema that always applies says what further properties are. */
  readonly saysFurther: boolean
  /** Some schema lists properties by patterns. */
  readonly listsPatterns: boolean
  /** Some schema says what single items are, so that `items` is not about all of them. */
  readonly hasTuple: boolean
  /** Some alternative is an object of which nothing more is said. */
  readonly freeMap: boolean
  readonly readOnly: boolean
  readonly writeOnly: boolean
  /** Names of properties that must always be there. */
  readonly required: ReadonlySet<string>
}

type Gathered = { -readonly [K in keyof InPlace]: InPlace[K] } & {
  inside: Map<string, readonly Place[]>
  shared: Set<string>
  perhaps: Set<string>
  sure: Set<string>
  required: Set<string>
}

const ALWAYS = ['allOf', '$ref', '$dynamicRef'] as const
const ALTERNATIVES = ['anyOf', 'oneOf', 'then', 'else', 'dependentSchemas', 'dependencies'] as const
const FURTHER = ['additionalProperties', 'unevaluatedProperties'] as const
const LISTING = ['properties', 'patternProperties', '$ref', '$dynamicRef', 'allOf', 'anyOf', 'oneOf', 'if', 'discriminator', ...FURTHER] as const

/** Reads what schemas say in place; each place once. */
export class InPlaceReader {
  readonly #documents: SchemaDocuments
  readonly #known = new Map<string, InPlace>()

  constructor(documents: SchemaDocuments) {
    this.#documents = documents
  }

  /** @param more schemas of which one may apply besides: those that a discriminator chooses from. */
  read(place: Place, more: readonly Place[] = []): InPlace {
    const found = this.#read(place)
    if (more.length === 0) return found
    const all = {
      ...found,
      inside: new Map(found.inside),
      shared: new Set(found.shared),
      perhaps: new Set(found.perhaps),
      sure: new Set(found.sure),
      required: new Set(found.required),
    }
    addAlternatives(
      all,
      more.map((other) => this.#read(other)),
    )
    return all
  }

  /** @returns what schemas say that judge the same value, all of them. */
  readTogether(places: readonly Place[]): InPlace {
    const all = nothing()
    for (const place of places) addAlways(all, this.#read(place))
    return all
  }

  #read(given: Place): InPlace {
    const place = child(given) as Place
    const key = keyOf(place)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    // What comes back to itself adds nothing new.
    this.#known.set(key, nothing())
    const found = this.#gather(place)
    this.#known.set(key, found)
    return found
  }

  #gather(place: Place): InPlace {
    const found = nothing()
    const says = (name: string) => keywordOf(place, name)
    found.readOnly = says('readOnly')?.value === true
    found.writeOnly = says('writeOnly')?.value === true
    found.saysFurther = FURTHER.some((name) => says(name) !== undefined)
    const required = says('required')?.value
    for (const name of Array.isArray(required) ? required : []) if (typeof name === 'string') found.required.add(name)
    for (const property of schemasIn(says('properties'))) found.inside.set(`properties/${property.key}`, [property.place])
    const items = says('items')
    found.listsPatterns = schemasIn(says('patternProperties')).length > 0
    found.hasTuple = says('prefixItems') !== undefined || Array.isArray(items?.value)
    if (items !== undefined && !Array.isArray(items.value)) found.inside.set('items', [items])
    for (const key of found.inside.keys()) found.sure.add(key)
    for (const name of ALWAYS) for (const other of this.#applied(place, name)) addAlways(found, this.#read(other))
    const alternatives = ALTERNATIVES.flatMap((name) => this.#applied(place, name))
    addAlternatives(
      found,
      alternatives.map((other) => this.#read(other)),
    )
    for (const name of ['anyOf', 'oneOf'] as const) {
      const every = this.#applied(place, name).map((other) => this.#read(other))
      found.readOnly ||= every.length > 0 && every.every(({ readOnly }) => readOnly)
      found.writeOnly ||= every.length > 0 && every.every(({ writeOnly }) => writeOnly)
    }
    found.freeMap ||= ['anyOf', 'oneOf'].some((name) => this.#applied(place, name).some(isFreeMap))
    return found
  }

  #applied(place: Place, name: string): readonly Place[] {
    const at = keywordOf(place, name)
    if (at === undefined) return []
    if (name === '$ref' || name === '$dynamicRef') {
      const target = typeof at.value === 'string' ? this.#documents.resolve(place, at.value) : undefined
      return target === undefined ? [] : [target]
    }
    if (name === 'then' || name === 'else') return [at]
    return schemasIn(at).map((inside) => inside.place)
  }
}

/** @returns a keyword's value, if the schema's dialect knows the keyword and hears it. */
export function keywordOf(place: Place, name: string): Place | undefined {
  const { refAlone, keywords } = place.resource.rules
  if (name !== '$ref' && refAlone && own(place.value, '$ref') !== undefined) return undefined
  return keywords.has(name) || name === 'readOnly' || name === 'writeOnly' ? child(place, name) : undefined
}

function schemasIn(at: Place | undefined): readonly { readonly key: string; readonly place: Place }[] {
  if (at === undefined) return []
  return childrenOf(at).map((place) => ({ key: parsePointer(place.pointer.slice(at.pointer.length)).join(), place }))
}

function isFreeMap(place: Place): boolean {
  const types = [own(place.value, 'type')].flat()
  return types.includes('object') && LISTING.every((name) => own(place.value, name) === undefined)
}

function nothing(): Gathered {
  return {
    inside: new Map(),
    shared: new Set(),
    perhaps: new Set(),
    sure: new Set(),
    saysFurther: false,
    listsPatterns: false,
    hasTuple: false,
    freeMap: false,
    readOnly: false,
    writeOnly: false,
    required: new Set(),
  }
}

function addAlways(to: Gathered, other: InPlace): void {
  to.readOnly ||= other.readOnly
  to.writeOnly ||= other.writeOnly
  to.saysFurther ||= other.saysFurther
  to.listsPatterns ||= other.listsPatterns
  to.hasTuple ||= other.hasTuple
  to.freeMap ||= other.freeMap
  addInside(to, other.inside)
  for (const key of other.shared) to.shared.add(key)
  for (const key of other.perhaps) to.perhaps.add(key)
  for (const key of other.sure) to.sure.add(key)
  for (const name of other.required) to.required.add(name)
}

/** Alternatives share nothing with each other, only with what always applies. */
function addAlternatives(to: Gathered, others: readonly InPlace[]): void {
  const all = new Map<string, Map<string, Place>>()
  for (const other of others) {
    to.freeMap ||= other.freeMap
    to.listsPatterns ||= other.listsPatterns
    to.hasTuple ||= other.hasTuple
    for (const key of other.shared) to.shared.add(key)
    for (const key of other.inside.keys()) to.perhaps.add(key)
    for (const [key, places] of other.inside) {
      const known = all.get(key) ?? new Map<string, Place>()
      all.set(key, known)
      for (const place of places) known.set(keyOf(place), place)
    }
  }
  addInside(to, new Map([...all].map(([key, places]) => [key, [...places.values()]])))
}

function addInside(to: Gathered, inside: ReadonlyMap<string, readonly Place[]>): void {
  for (const [key, places] of inside) {
    const before = to.inside.get(key)
    if (before !== undefined && !to.shared.has(key) && !places.every((place) => before.every((other) => saysTheSame(place, other)))) to.shared.add(key)
    to.inside.set(key, joined(before, places))
  }
}

/** Each place once: schemas that refer to one another twice, level by level, would double them at each. */
function joined(before: readonly Place[] | undefined, places: readonly Place[]): readonly Place[] {
  if (before === undefined) return places
  const known = new Set(before.map(keyOf))
  const further = places.filter((place) => !known.has(keyOf(place)))
  return further.length === 0 ? before : [...before, ...further]
}

function saysTheSame(a: Place, b: Place): boolean {
  return a.value === b.value || (a.resource === b.resource && isSame(a.value, b.value))
}
