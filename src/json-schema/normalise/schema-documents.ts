import { isJsonObject } from '../../lib/json-object.ts'
import { parsePointer } from '../../lib/json-pointer.ts'
import type { SchemaFault } from '../schema-fault.ts'
import { type Rules, rulesOf, withVocabularies } from './dialects.ts'
import { own } from './keyword.ts'
import { child, childrenOf, faultAt, isSame, MAX_NESTING, type Place, type Resource, type SchemaDocument, shown } from './schema-place.ts'
import { canonicalUri, resolveUri, splitUri } from './uri.ts'

/** The name of `$recursiveAnchor: true` among dynamic anchors: no name that an author can give. */
export const RECURSIVE = '#'

/** All documents that schemas may refer to, and what is where in them. */
export class SchemaDocuments {
  readonly #given: Readonly<Record<string, unknown>>
  readonly #resources = new Map<string, Resource>()
  readonly #entered = new Set<string>()
  #documents = 0
  #written = 0

  constructor(given: Readonly<Record<string, unknown>>) {
    this.#given = given
  }

  /** Takes in a schema that was written by hand. */
  enter(schema: unknown, rules: Rules): Place {
    // Hierarchical, so that relative identifiers inside of it can be resolved.
    return this.#enter(`schema:///${this.#written++}`, schema, rules, '')
  }

  /** @returns what a URI names, its fragment included; undefined where there is nothing. `rules`: of a document that does not say. */
  find(uri: string, rules: Rules): Place | undefined {
    const [given, fragment] = splitUri(uri)
    const base = canonicalUri(given)
    const resource = this.#resources.get(base) ?? this.#load(base, rules)
    return resource && this.#within(resource, fragment)
  }

  /** @returns what a reference in a schema means. @throws {SchemaFault} where it is no URI reference */
  resolve(from: Place, reference: string): Place | undefined {
    const uri = resolveUri(reference, from.resource.uri)
    if (uri === undefined) throw faultAt(from, [], shown(reference), 'a URI reference', 'correct it; give the schema an $id if it is relative')
    const [base, fragment] = splitUri(uri)
    // A schema's own URI means itself, whatever else may have taken that name.
    return base === from.resource.uri ? this.#within(from.resource, fragment) : this.find(uri, from.resource.rules)
  }

  #within(resource: Resource, fragment: string): Place | undefined {
    if (fragment !== '' && !fragment.startsWith('/')) return resource.anchors.get(fragment)
    let place: Place | undefined = resource.begin
    for (const token of fragment === '' ? [] : parsePointer(fragment)) {
      place = child(place, token)
      if (place === undefined) return undefined
    }
    this.#scan(place, place.resource, true, 0)
    return child(place)
  }

  #load(base: string, rules: Rules): Resource | undefined {
    const given = Object.keys(this.#given)
    // Most are named by their own URIs; some only by the identifiers that stand in them.
    for (const uri of [...given.filter((key) => canonicalUri(key) === base), ...given]) {
      if (!this.#entered.has(uri)) this.#enter(uri, this.#given[uri], rules, uri)
      const resource = this.#resources.get(base)
      if (resource !== undefined) return resource
    }
    return undefined
  }

  #enter(uri: string, root: unknown, rules: Rules, shownAs: string): Place {
    this.#entered.add(uri)
    const document: SchemaDocument = { number: this.#documents++, shownAs, resources: new Map(), scanned: new Set(), root }
    const base = canonicalUri(uri)
    const at = { document, pointer: '', value: root }
    if (typeof own(root, 'openapi') === 'string') return this.#enterOpenApi(at, base, rules)
    const resource = this.#register(at, base, this.#rulesAt(at, rules))
    this.#scan(resource.begin, resource, false, 0)
    return child(resource.begin) as Place
  }

  /** An OpenAPI document is no schema: those of its components are, wherever else schemas stand in it. */
  #enterOpenApi(at: Omit<Place, 'resource'>, uri: string, rules: Rules): Place {
    const self = own(at.value, '$self')
    const base = (typeof self === 'string' ? resolveUri(self, uri) : undefined) ?? uri
    const resource = this.#register(at, splitUri(base)[0], this.#rulesAt(at, rules, 'jsonSchemaDialect'))
    if (!this.#resources.has(uri)) this.#resources.set(uri, resource)
    const components = child(resource.begin, 'components', 'schemas')
    for (const component of components === undefined ? [] : childrenOf(components)) this.#scan(component, resource, false, 0)
    return resource.begin
  }

  #rulesAt(at: Omit<Place, 'resource'>, inherited: Rules, keyword = '$schema'): Rules {
    const dialect = own(at.value, keyword)
    // OpenAPI 3.0 knows neither keyword.
    if (typeof dialect !== 'string' || inherited.names === 'none') return inherited
    const fault = (found: string, expected: string) =>
      faultAt(at, [keyword], found, expected, 'write the schema in draft-07 or 2020-12, or add the metaschema to the documents')
    const rules = rulesOf(dialect) ?? this.#rulesOfMetaschema(dialect)
    if (rules === undefined) throw fault(shown(dialect), 'a dialect that is known')
    if (typeof rules === 'string') throw fault(shown(rules), 'vocabularies that are known')
    return rules
  }

  /** @returns what a metaschema of somebody's own makes of the dialect that it is written in; undefined where it is not known. */
  #rulesOfMetaschema(uri: string): Rules | string | undefined {
    const given = Object.keys(this.#given).find((key) => canonicalUri(key) === canonicalUri(uri))
    const metaschema = given === undefined ? undefined : this.#given[given]
    const dialect = own(metaschema, '$schema')
    const rules = typeof dialect === 'string' ? rulesOf(dialect) : undefined
    const vocabularies = own(metaschema, '$vocabulary')
    return rules !== undefined && isJsonObject(vocabularies) ? withVocabularies(rules, vocabularies) : rules
  }

  #register(at: Omit<Place, 'resource'>, uri: string, rules: Rules): Resource {
    const begin = { ...at } as { -readonly [K in keyof Place]: Place[K] }
    const resource: Resource = { uri, rules, begin, anchors: new Map(), dynamicAnchors: new Map() }
    begin.resource = resource
    at.document.resources.set(at.pointer, resource)
    if (!this.#resources.has(uri)) this.#resources.set(uri, resource)
    return resource
  }

  /** Looks for identifiers and anchors in a schema and in those inside of it. `late`: it stands where none was expected. */
  #scan(place: Place, around: Resource, late: boolean, depth: number): void {
    const { document, pointer, value } = place
    if (!isJsonObject(value) || document.scanned.has(pointer)) return
    document.scanned.add(pointer)
    if (depth > MAX_NESTING) throw faultAt(place, [], 'a schema nested deeper than any', `at most ${MAX_NESTING} levels`, 'put inner schemas into $defs')
    const resource = this.#identify(place, around, late)
    const { rules } = resource
    const here = { ...place, resource }
    if (rules.names === '$anchor') nameAnchors(here, late)
    for (const [name, { holds }] of rules.keywords) {
      const inside = own(value, name)
      if (holds === undefined || inside === undefined) continue
      const at = child(here, name) as Place
      const places = holds === 'map' || Array.isArray(inside) ? childrenOf(at) : [at]
      for (const inner of places) this.#scan(inner, resource, late, depth + 1)
    }
  }

  #identify(place: Place, around: Resource, late: boolean): Resource {
    const id = own(place.value, '$id')
    if (typeof id !== 'string' || around.rules.names === 'none' || (around.rules.refAlone && own(place.value, '$ref') !== undefined)) return around
    const uri = resolveUri(id, around.uri)
    if (uri === undefined) throw faultAt(place, ['$id'], shown(id), 'a URI reference', 'correct or remove $id')
    const [base, fragment] = splitUri(uri)
    const begins = !(around.rules.names === '$id' && id.startsWith('#')) && base !== around.uri
    const taken = begins ? this.#resources.get(base) : undefined
    // What stands where no schema was expected may only repeat what others say.
    if (taken !== undefined && !late && !isSame(taken.begin.value, place.value)) throw faultTwice(place, '$id', id)
    const resource = begins ? this.#register(place, base, this.#rulesAt(place, around.rules)) : around
    if (resource.rules.names === '$id' && fragment !== '') nameAnchor(resource.anchors, fragment, { ...place, resource }, '$id', late)
    return resource
  }
}

function nameAnchors(place: Place, late: boolean): void {
  const { anchors, dynamicAnchors, rules } = place.resource
  const dynamic = rules.keywords.has('$dynamicRef') ? own(place.value, '$dynamicAnchor') : undefined
  if (typeof dynamic === 'string') {
    nameAnchor(dynamicAnchors, dynamic, place, '$dynamicAnchor', late)
    nameAnchor(anchors, dynamic, place, '$dynamicAnchor', late)
  }
  const anchor = own(place.value, '$anchor')
  if (typeof anchor === 'string') nameAnchor(anchors, anchor, place, '$anchor', late)
  if (rules.keywords.has('$recursiveRef') && own(place.value, '$recursiveAnchor') === true) dynamicAnchors.set(RECURSIVE, place)
}

function nameAnchor(anchors: Map<string, Place>, name: string, place: Place, keyword: string, late: boolean): void {
  const taken = anchors.get(name)
  if (taken !== undefined && !late && !isSame(taken.value, place.value)) throw faultTwice(place, keyword, name)
  if (taken === undefined) anchors.set(name, place)
}

function faultTwice(place: Place, keyword: string, name: string): SchemaFault {
  return faultAt(place, [keyword], `${shown(name)} a second time`, 'a name that no other schema has', 'rename one of them')
}
