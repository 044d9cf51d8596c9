import { isJsonObject } from '../../lib/json-object.ts'
import { Discriminators } from './discriminators.ts'
import { mapOf, type SchemaTarget, type Site, saysNothing, type Usage, type Written, type WrittenObject } from './keyword.ts'
import { type InPlace, InPlaceReader } from './said-in-place.ts'
import { RECURSIVE, type SchemaDocuments } from './schema-documents.ts'
import { child, faultAt, keyOf, MAX_NESTING, type Place, shown } from './schema-place.ts'

/** What a schema's normalised form depends on besides what stands in it. */
export interface SchemaContext {
  readonly direction: 'request' | 'response' | undefined
  readonly closed: boolean
  readonly xml: boolean
  /** What several schemas of this value describe: none of them may refuse there what it does not list itself. */
  readonly shared: ReadonlySet<string>
  /** Properties of this value that are refused in this direction. */
  readonly refused: ReadonlySet<string>
  /** Keys of schemas whose discriminators have decided about this value already. */
  readonly decided: ReadonlySet<string>
  /** How many values that several parts describe this value stands in. */
  readonly together: number
}

/** No property, no schema. */
export const NONE: ReadonlySet<string> = new Set()

/** Whoever gives schemas their numbers. */
export interface Targets {
  /** @returns what stands for the schema at that place, used in place. */
  target(place: Place, context: SchemaContext): SchemaTarget
  /** @returns whether some schema asks for a dynamic anchor of that name. */
  isAsked(anchor: string): boolean
  ask(anchor: string): void
  /** Takes a schema of whose values unlisted properties are not refused, since others describe them, too. */
  leaveOpen(place: Place): void
}

/** Writes schemas in their normalised form, one place after the other; those that are referred to are only named. */
export class SchemaWriter {
  readonly #documents: SchemaDocuments
  readonly #targets: Targets
  readonly #inPlace: InPlaceReader
  readonly #discriminators: Discriminators
  readonly #begun = new Map<string, InPlace>()

  constructor(documents: SchemaDocuments, targets: Targets) {
    this.#documents = documents
    this.#targets = targets
    this.#inPlace = new InPlaceReader(documents)
    this.#discriminators = new Discriminators(documents)
  }

  /** @returns the schema, used so. `outer`: the context of the schema in which it stands. @throws {SchemaFault} for what is no schema */
  write(place: Place, outer: SchemaContext, usage: Usage, depth = 0): Written {
    if (usage === 'here') return this.#write(place, this.#entering(place, outer), depth)
    const fresh = { ...outer, shared: NONE, refused: NONE, decided: NONE }
    if (usage === 'apart') return this.#write(place, { ...fresh, direction: undefined, closed: false }, depth)
    if (!outer.closed && outer.direction === undefined) return this.#write(place, this.#entering(place, fresh), depth)
    const said = this.#said(place)
    const context = this.#beginning(said, outer)
    const written = this.#write(place, this.#entering(place, context), depth)
    return outer.closed && typeof written === 'object' ? this.#close(written, said, context, depth) : written
  }

  /** What is said in place of a value that begins; of many references to one schema, once. */
  #said(given: Place): InPlace {
    let place = given
    for (let steps = 0; steps < MAX_NESTING; steps++) {
      const reference: unknown = isJsonObject(place.value) && Object.keys(place.value).length === 1 ? place.value.$ref : undefined
      const target = typeof reference === 'string' ? this.#documents.resolve(place, reference) : undefined
      if (target === undefined) break
      place = target
    }
    const key = keyOf(place)
    const known = this.#begun.get(key)
    if (known !== undefined) return known
    const said = this.#inPlace.read(place, this.#chosenFrom(place))
    this.#begun.set(key, said)
    return said
  }

  /** The context in which a value begins. */
  #beginning(said: InPlace, outer: SchemaContext): SchemaContext {
    return { ...outer, shared: outer.closed ? said.shared : NONE, refused: this.#refused(said, outer.direction), decided: NONE }
  }

  /** Sets `closed` where it belongs. What several parts describe is closed for all of them together: each alone would refuse what only the others list. */
  #close(own: WrittenObject, said: InPlace, context: SchemaContext, depth: number): WrittenObject {
    const described = isJsonObject(own.properties) ? (own.properties as Readonly<Record<string, Written>>) : mapOf<Written>([])
    const properties: [string, Written][] = []
    let items: WrittenObject | undefined
    for (const key of said.shared) {
      const name = key.startsWith(PROPERTY) ? key.slice(PROPERTY.length) : undefined
      const parts = said.inside.get(key) ?? []
      if (name === undefined ? said.hasTuple : context.refused.has(name)) continue
      const written = this.#closeTogether(key, parts, said, context, depth)
      if (written === undefined) this.#leaveOpen(parts)
      else if (written.closed !== true && written.properties === undefined && written.items === undefined) continue
      else if (name === undefined) items = both(written, said.perhaps.has(key) ? own.items : undefined)
      else properties.push([name, both(written, said.perhaps.has(key) ? described[name] : undefined)])
    }
    if (closes(said)) for (const name of said.required) if (!said.inside.has(PROPERTY + name) && !context.refused.has(name)) properties.push([name, true])
    const listed = properties.length === 0 ? {} : { properties: mapOf([...Object.entries(described), ...properties]) }
    return { ...own, ...listed, ...(items === undefined ? {} : { items }), ...(closes(said) ? { closed: true } : {}) }
  }

  /** @returns undefined where the value stays open. */
  #closeTogether(key: string, parts: readonly Place[], said: InPlace, outer: SchemaContext, depth: number): WrittenObject | undefined {
    if (outer.together === MAX_TOGETHER || parts.length > MAX_PARTS) return undefined
    const context = { ...outer, together: outer.together + 1 }
    if (!said.perhaps.has(key)) return this.#writeTogether(parts, context, depth + 1)
    // What only alternatives describe would be listed by this where none of them holds.
    return said.sure.has(key) ? this.#listTogether(parts, context, depth + 1) : undefined
  }

  #writeTogether(parts: readonly Place[], outer: SchemaContext, depth: number): WrittenObject {
    const said = this.#inPlace.readTogether(parts)
    const context = this.#beginning(said, outer)
    const written = { allOf: parts.map((part) => this.write(part, context, 'here', depth + 1)) }
    return this.#close(written, said, context, depth)
  }

  /** Of a value that an alternative describes, too: what any part lists is listed, whether that part applies or not. What values are is said where they are described. */
  #listTogether(parts: readonly Place[], outer: SchemaContext, depth: number): WrittenObject {
    const said = this.#inPlace.readTogether(parts)
    const isClosed = closes(said) && !said.listsPatterns
    const context = { ...this.#beginning(said, outer), shared: NONE }
    const properties: [string, Written][] = []
    const out: WrittenObject = {}
    for (const [key, places] of said.inside) {
      const written = this.#listInside(key, places, { isClosed, required: said.required }, context, depth)
      if (key.startsWith(PROPERTY)) {
        if (isClosed || written !== true) properties.push([key.slice(PROPERTY.length), written])
      } else if (written !== true && !said.hasTuple) out.items = written
    }
    if (isClosed) for (const name of said.required) if (!said.inside.has(PROPERTY + name)) properties.push([name, true])
    if (said.listsPatterns) this.#leaveOpen(parts)
    return { ...out, ...(properties.length === 0 ? {} : { properties: mapOf(properties) }), ...(isClosed ? { closed: true } : {}) }
  }

  #listInside(
    key: string,
    places: readonly Place[],
    { isClosed, required }: { readonly isClosed: boolean; readonly required: ReadonlySet<string> },
    context: SchemaContext,
    depth: number,
  ): Written {
    if (context.refused.has(key.slice(PROPERTY.length)) || places.every((place) => isFlat(this.#inPlace.read(place)))) return true
    const [only] = places
    const isNamed = key !== 'items' && !required.has(key.slice(PROPERTY.length))
    // Who sends it means the one part that lists it.
    if (only !== undefined && places.length === 1 && isClosed && isNamed) return this.write(only, context, 'value', depth + 1)
    if (context.together < MAX_TOGETHER && places.length <= MAX_PARTS) {
      const written = this.#listTogether(places, { ...context, together: context.together + 1 }, depth + 1)
      return Object.keys(written).length === 0 ? true : written
    }
    this.#leaveOpen(places)
    return true
  }

  #leaveOpen(parts: readonly Place[]): void {
    if (!parts.every((part) => isFlat(this.#inPlace.read(part)))) for (const part of parts) this.#targets.leaveOpen(part)
  }

  #write(place: Place, context: SchemaContext, depth: number): Written {
    const { value, resource, pointer, document } = place
    if (typeof value === 'boolean') return value
    if (!isJsonObject(value)) throw faultAt(place, [], shown(value), 'a schema: an object, true or false', 'correct it')
    if (depth > MAX_NESTING) throw faultAt(place, [], 'a schema nested deeper than any', `at most ${MAX_NESTING} levels`, 'put inner schemas into $defs')
    const refused: string[] = []
    const site = this.#site(place, value, context, depth, refused)
    const out: WrittenObject = {}
    if (depth === 0 || document.resources.has(pointer)) this.#writeScope(out, place, context)
    const decided = context.decided.has(keyOf(place))
    for (const [name, { write }] of resource.rules.keywords) {
      if (write === undefined || !Object.hasOwn(value, name) || value[name] === undefined) continue
      if (name !== '$ref' && resource.rules.refAlone && Object.hasOwn(value, '$ref')) continue
      // Alternatives that extend this very schema have been chosen from already.
      if (decided && (name === 'discriminator' || name === 'oneOf' || name === 'anyOf')) continue
      write(out, value[name], site)
    }
    if (refused.length > 0) out[context.direction === 'request' ? 'readOnly' : 'writeOnly'] = refused
    return saysNothing(out) ? true : out
  }

  /** What its resource offers to dynamic references. */
  #writeScope(out: WrittenObject, { resource }: Place, context: SchemaContext): void {
    const offered = [...resource.dynamicAnchors].filter(([anchor]) => this.#targets.isAsked(anchor))
    if (offered.length > 0) out.$scope = mapOf(offered.map(([anchor, place]) => [anchor, this.#targets.target(place, context)]))
  }

  /** The context inside of a schema that judges the value of the context. */
  #entering(place: Place, context: SchemaContext): SchemaContext {
    const bases = this.#discriminators.basesOf(place)
    return bases.size === 0 ? context : { ...context, decided: new Set([...context.decided, ...bases]) }
  }

  /** The schemas that a discriminator of this schema, or of one that it refers to, chooses from. */
  #chosenFrom(place: Place): readonly Place[] {
    let at: Place | undefined = place
    for (let steps = 0; at !== undefined && steps < MAX_NESTING; steps++) {
      const found = this.#discriminators.read(at)
      if (found !== undefined) return [...new Set(found.mapping.values())]
      const reference: unknown = isJsonObject(at.value) ? at.value.$ref : undefined
      at = typeof reference === 'string' ? this.#documents.resolve(at, reference) : undefined
    }
    return []
  }

  #refused({ inside }: InPlace, direction: SchemaContext['direction']): ReadonlySet<string> {
    if (direction === undefined) return NONE
    const refused = new Set<string>()
    for (const [key, places] of inside) {
      if (key.startsWith(PROPERTY) && places.some((place) => this.#isRefused(place, direction))) refused.add(key.slice(PROPERTY.length))
    }
    return refused
  }

  #isRefused(place: Place, direction: 'request' | 'response'): boolean {
    const said = this.#inPlace.read(place)
    return direction === 'request' ? said.readOnly : said.writeOnly
  }

  #site(place: Place, schema: Readonly<Record<string, unknown>>, context: SchemaContext, depth: number, refused: string[]): Site {
    const fault: Site['fault'] = (path, found, expected, fix) => faultAt(place, path, shown(found), expected, fix)
    const resolve = (reference: string, keyword: string): Place => {
      const at = this.#documents.resolve(place, reference)
      if (at === undefined) throw fault([keyword], reference, 'a reference to a schema that exists', 'correct the reference, or add what it names')
      return at
    }
    const target = (at: Place, decided = context.decided) => this.#targets.target(at, { ...context, decided })
    return {
      schema,
      xml: context.xml,
      fault,
      inner: (usage, ...path) => {
        const at = child(place, ...path)
        if (at === undefined) throw fault(path, undefined, 'a schema', 'correct or remove it')
        if (usage !== 'value') return this.write(at, context, usage, depth + 1)
        const { direction } = context
        if (PROPERTIES.has(path[0]) && direction !== undefined && this.#isRefused(at, direction)) {
          if (path[0] === 'properties') refused.push(String(path[1]))
          return false
        }
        const isShared = context.shared.has(path.join('/'))
        return this.write(at, isShared ? { ...context, closed: false } : context, 'value', depth + 1)
      },
      target: (reference, keyword) => target(resolve(reference, keyword)),
      dynamic: (reference, keyword) => {
        const at = resolve(reference, keyword)
        const anchor = keyword === '$recursiveRef' ? RECURSIVE : reference.slice(reference.indexOf('#') + 1)
        const offered = at.resource.dynamicAnchors.get(anchor)
        if (offered === undefined || keyOf(offered) !== keyOf(at)) return { initial: target(at) }
        this.#targets.ask(anchor)
        return { anchor, initial: target(at) }
      },
      isRefused: (name) => context.refused.has(name),
      dispatch: () => {
        const found = this.#discriminators.read(place)
        if (found === undefined) return undefined
        const own = keyOf(place)
        // The schema itself may be one of those that it decides between.
        const chosen = (at: Place) => target(at, keyOf(at) === own ? new Set([...context.decided, own]) : undefined)
        const mapping = mapOf([...found.mapping].map(([name, at]) => [name, chosen(at)]))
        return { property: found.property, mapping, ...(found.otherwise === undefined ? {} : { otherwise: chosen(found.otherwise) }) }
      },
    }
  }
}

const PROPERTY = 'properties/'
/** Keywords that say what properties are. */
const PROPERTIES: ReadonlySet<unknown> = new Set(['properties', 'patternProperties', 'additionalProperties', 'unevaluatedProperties'])
/** Parts may describe the same properties of the same properties without end. */
const MAX_TOGETHER = 3
const MAX_PARTS = 8

/** Adds what is said of a value by one schema, where there is any. */
function both(listing: WrittenObject, own: unknown): WrittenObject {
  return own === undefined || own === true ? listing : { ...listing, allOf: [own] }
}

/** Whether a schema says nothing of what is inside of its values. */
function isFlat({ inside, saysFurther, listsPatterns, hasTuple }: InPlace): boolean {
  return inside.size === 0 && !saysFurther && !listsPatterns && !hasTuple
}

/** Whether properties that nobody lists are refused although the author does not say so: some are listed, and nothing is said about others. */
function closes({ inside, saysFurther, freeMap, listsPatterns }: InPlace): boolean {
  return !saysFurther && !freeMap && (listsPatterns || [...inside.keys()].some((key) => key.startsWith(PROPERTY)))
}
