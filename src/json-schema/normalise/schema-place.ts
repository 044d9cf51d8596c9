import { isJsonObject } from '../../lib/json-object.ts'
import { jsonPointer, parsePointer } from '../../lib/json-pointer.ts'
import { SchemaFault } from '../schema-fault.ts'
import type { Rules } from './dialects.ts'
import { own } from './keyword.ts'

/** A JSON document in which schemas stand. */
export interface SchemaDocument {
  /** Different for each document of a pool. */
  readonly number: number
  /** Shown before pointers into it; empty for the one that was written by hand. */
  readonly shownAs: string
  /** Schema resources by the JSON pointer at which they begin. */
  readonly resources: Map<string, Resource>
  /** Pointers of schemas in which identifiers were looked for. */
  readonly scanned: Set<string>
  readonly root: unknown
}

/** A schema resource (2020-12 Core §4.3.5): what its own URI makes of relative references and anchors. */
export interface Resource {
  readonly uri: string
  readonly rules: Rules
  readonly begin: Place
  readonly anchors: Map<string, Place>
  readonly dynamicAnchors: Map<string, Place>
}

/** Where a schema stands. */
export interface Place {
  readonly document: SchemaDocument
  /** RFC 6901, from the document's beginning. */
  readonly pointer: string
  readonly value: unknown
  /** The innermost that it stands in. */
  readonly resource: Resource
}

/** Deepest nesting of schemas inside of each other in one document. */
export const MAX_NESTING = 100

/** @returns what is inside of a place, by its key; the place itself, in the resource that begins there, without key. */
export function child(place: Place, ...keys: readonly (string | number)[]): Place | undefined {
  let { pointer, value, resource } = place
  resource = place.document.resources.get(pointer) ?? resource
  for (const key of keys) {
    const inside: unknown = Array.isArray(value) ? (/^(?:0|[1-9]\d*)$/.test(String(key)) ? value[Number(key)] : undefined) : own(value, String(key))
    if (inside === undefined) return undefined
    pointer += `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`
    value = inside
    resource = place.document.resources.get(pointer) ?? resource
  }
  return { document: place.document, pointer, value, resource }
}

/** @returns what is directly inside of a place. */
export function childrenOf(place: Place): readonly Place[] {
  const keys = Array.isArray(place.value) ? place.value.keys() : Object.keys(isJsonObject(place.value) ? place.value : {})
  return [...keys].flatMap((key) => child(place, key) ?? [])
}

/** @returns what tells a place from all others of a pool. */
export function keyOf({ document, pointer }: Place): string {
  return `${document.number}${pointer}`
}

/** @returns a fault at a place, or inside of it. `found`: in words; see {@link shown}. */
export function faultAt(
  place: Pick<Place, 'document' | 'pointer'>,
  path: readonly (string | number)[],
  found: string,
  expected: string,
  fix: string,
): SchemaFault {
  const way = [...(place.pointer === '' ? [] : parsePointer(place.pointer)), ...path]
  return new SchemaFault({ pointer: `${place.document.shownAs}${jsonPointer('#', way)}`, found, expected, fix })
}

const MAX_SHOWN = 80

/** @returns a value of a schema as its author knows it, short. */
export function shown(value: unknown): string {
  const text = (typeof value === 'string' ? JSON.stringify(value) : safeText(value)) ?? String(value)
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}

function safeText(value: unknown): string | undefined {
  if (Array.isArray(value)) return 'a list'
  if (isJsonObject(value)) return 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}

/** @returns whether two values are the same JSON; what JSON cannot write is nothing else's. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  try {
    return JSON.stringify(a) === JSON.stringify(b)
  } catch {
    return false
  }
}
