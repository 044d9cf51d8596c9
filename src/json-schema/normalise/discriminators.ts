import { isJsonObject } from '../../lib/json-object.ts'
import { parsePointer } from '../../lib/json-pointer.ts'
import { own } from './keyword.ts'
import { keywordOf } from './said-in-place.ts'
import type { SchemaDocuments } from './schema-documents.ts'
import { child, childrenOf, faultAt, keyOf, type Place, type SchemaDocument, shown } from './schema-place.ts'

/** What an OpenAPI discriminator decides between. */
export interface Discrimination {
  readonly property: string
  readonly mapping: ReadonlyMap<string, Place>
  readonly otherwise: Place | undefined
}

const NO_BASES: ReadonlySet<string> = new Set()

/** Reads OpenAPI's discriminators (3.2 §4.25): of alternatives, and of schemas that others extend with `allOf`. */
export class Discriminators {
  readonly #documents: SchemaDocuments
  readonly #bases = new Map<string, ReadonlySet<string>>()
  readonly #children = new Map<SchemaDocument, ReadonlyMap<string, readonly Place[]>>()

  constructor(documents: SchemaDocuments) {
    this.#documents = documents
  }

  /** @returns what a schema's own discriminator decides between; undefined without one, and where it has nothing to decide. @throws {SchemaFault} */
  read(place: Place): Discrimination | undefined {
    const at = keywordOf(place, 'discriminator')
    if (at === undefined) return undefined
    const property = own(at.value, 'propertyName')
    if (typeof property !== 'string')
      throw faultAt(place, ['discriminator'], shown(at.value), 'an object with propertyName', 'name the property, or remove discriminator')
    const mapping = this.#implied(place)
    if (mapping === undefined) return undefined
    for (const [name, target] of this.#explicit(place)) mapping.set(name, target)
    const fallback = own(at.value, 'defaultMapping')
    const otherwise = typeof fallback === 'string' ? this.#meant(place, fallback, ['discriminator', 'defaultMapping']) : undefined
    return mapping.size === 0 ? undefined : { property, mapping, otherwise }
  }

  /** @returns the keys of the schemas with discriminators that a component extends: inside of it, they must not decide again. */
  basesOf(place: Place): ReadonlySet<string> {
    if (!isComponent(place)) return NO_BASES
    const key = keyOf(place)
    const known = this.#bases.get(key)
    if (known !== undefined) return known
    this.#bases.set(key, NO_BASES)
    const bases = new Set<string>()
    const allOf = keywordOf(place, 'allOf')
    for (const part of allOf === undefined ? [] : childrenOf(allOf)) this.#collectBases(part, bases, new Set([key]))
    const found = bases.size === 0 ? NO_BASES : bases
    this.#bases.set(key, found)
    return found
  }

  #collectBases(place: Place, bases: Set<string>, seen: Set<string>): void {
    const key = keyOf(place)
    if (seen.has(key)) return
    seen.add(key)
    if (keywordOf(place, 'discriminator') !== undefined) bases.add(key)
    const allOf = keywordOf(place, 'allOf')
    for (const part of allOf === undefined ? [] : childrenOf(allOf)) this.#collectBases(part, bases, seen)
    const reference = keywordOf(place, '$ref')?.value
    const target = typeof reference === 'string' ? this.#documents.resolve(place, reference) : undefined
    if (target !== undefined) this.#collectBases(target, bases, seen)
  }

  /** The names that schemas have among the components; undefined where an alternative has none. */
  #implied(place: Place): Map<string, Place> | undefined {
    const mapping = new Map<string, Place>()
    const alternatives = ['oneOf', 'anyOf'].flatMap((name) => keywordOf(place, name) ?? [])
    if (alternatives.length === 0) {
      const children = this.#childrenOf(place)
      for (const other of children.length > 0 && isComponent(place) ? [place, ...children] : children) mapping.set(nameOf(other), other)
      return mapping
    }
    for (const alternative of alternatives.flatMap(childrenOf)) {
      const reference = keywordOf(alternative, '$ref')?.value
      const target = typeof reference === 'string' ? this.#documents.resolve(alternative, reference) : undefined
      if (target !== undefined) {
        mapping.set(nameOf(target), target)
        // Alternatives inside of an alternative are told apart by the same property, by their own names.
        if (own(own(target.value, 'discriminator'), 'propertyName') === own(own(place.value, 'discriminator'), 'propertyName'))
          for (const [name, inner] of this.#namesInside(target)) if (!mapping.has(name)) mapping.set(name, inner)
      } else if (mayBeObject(alternative)) return undefined
    }
    return mapping
  }

  #namesInside(place: Place): Iterable<readonly [string, Place]> {
    const key = `inside ${keyOf(place)}`
    if (this.#bases.has(key)) return []
    this.#bases.set(key, NO_BASES)
    try {
      return this.read(place)?.mapping ?? []
    } finally {
      this.#bases.delete(key)
    }
  }

  #explicit(place: Place): readonly (readonly [string, Place])[] {
    const mapping = own(own(place.value, 'discriminator'), 'mapping')
    if (mapping === undefined) return []
    if (!isJsonObject(mapping)) throw faultAt(place, ['discriminator', 'mapping'], shown(mapping), 'an object', 'correct or remove mapping')
    return Object.entries(mapping).map(([name, target]) => [name, this.#meant(place, target, ['discriminator', 'mapping', name])])
  }

  /** A value of a mapping is the name of a component, or a URI reference. */
  #meant(place: Place, value: unknown, path: readonly string[]): Place {
    if (typeof value === 'string') {
      const component = child(place.document.resources.get('')?.begin as Place, 'components', 'schemas', value)
      const target = component ?? this.#documents.resolve(place, value)
      if (target !== undefined) return target
    }
    throw faultAt(place, path, shown(value), "a component's name or a reference to a schema that exists", 'correct the reference, or add what it names')
  }

  #childrenOf(place: Place): readonly Place[] {
    const { document } = place
    let children = this.#children.get(document)
    if (children === undefined) {
      const all = new Map<string, Place[]>()
      const components = child(document.resources.get('')?.begin as Place, 'components', 'schemas')
      for (const component of components === undefined ? [] : childrenOf(components))
        for (const base of this.basesOf(component)) {
          const extending = all.get(base) ?? []
          all.set(base, extending)
          extending.push(component)
        }
      children = all
      this.#children.set(document, children)
    }
    return children.get(keyOf(place)) ?? []
  }
}

const COMPONENT = /^\/components\/schemas\/[^/]+$/

function isComponent({ pointer }: Place): boolean {
  return COMPONENT.test(pointer)
}

function nameOf({ pointer, resource }: Place): string {
  return pointer === '' ? (resource.uri.split('/').at(-1) ?? '') : (parsePointer(pointer).at(-1) as string)
}

function mayBeObject({ value }: Place): boolean {
  const type = own(value, 'type')
  return type === undefined || [type].flat().includes('object')
}
