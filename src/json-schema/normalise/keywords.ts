import { isJsonObject } from '../../lib/json-object.ts'
import type { SchemaObject } from '../schema-node.ts'
import { alsoAllOf, type Keyword, mapOf, type Site, type Usage, type Written, type WrittenObject } from './keyword.ts'
import { unicodePattern } from './pattern.ts'

type Name = keyof SchemaObject & string

/** A keyword that holds one schema. */
export function one(name: Name, usage: Usage): Keyword {
  return { name, holds: 'schemas', write: (out, _value, site) => set(out, name, site.inner(usage, name)) }
}

/** A keyword that holds a list of schemas. */
export function list(name: Name, usage: Usage): Keyword {
  return { name, holds: 'schemas', write: (out, value, site) => set(out, name, innerList(name, value, usage, site)) }
}

/** A keyword that holds schemas by name. */
export function byName(name: Name, usage: Usage): Keyword {
  return { name, holds: 'map', write: (out, value, site) => set(out, name, innerMap(name, value, usage, site)) }
}

/** Holds schemas for others to refer to. */
export function definitions(name: string): Keyword {
  return { name, holds: 'map' }
}

function set(out: WrittenObject, name: Name, value: unknown): void {
  out[name] = value
}

/** @returns the schemas of a list, written. */
function innerList(keyword: string, value: unknown, usage: Usage, site: Site): readonly Written[] {
  if (!Array.isArray(value) || value.length === 0) throw site.fault([keyword], value, 'a list of schemas that is not empty', `correct or remove ${keyword}`)
  return value.map((_, i) => site.inner(usage, keyword, i))
}

function innerMap(keyword: string, value: unknown, usage: Usage, site: Site): Readonly<Record<string, Written>> {
  const names = Object.keys(objectOf(keyword, value, site))
  return mapOf(names.map((name) => [name, site.inner(usage, keyword, name)]))
}

/** @returns the value of a keyword that must be an object. */
export function objectOf(keyword: string, value: unknown, site: Site): Readonly<Record<string, unknown>> {
  if (!isJsonObject(value)) throw site.fault([keyword], value, 'an object', `correct or remove ${keyword}`)
  return value
}

/** A keyword whose value is kept if it is of its kind. */
function plain(name: Name, is: (value: unknown) => boolean, expected: string): Keyword {
  return {
    name,
    write(out, value, site) {
      if (!is(value)) throw site.fault([name], value, expected, `correct or remove ${name}`)
      out[name] = value
    },
  }
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isCount = (value: unknown): boolean => isNumber(value) && value >= 0 && Number.isInteger(value)
const isNames = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((name) => typeof name === 'string')

/** A keyword that counts. */
export function count(name: Name): Keyword {
  return plain(name, isCount, 'a whole number that is not negative')
}

/** A keyword that is a number. */
export function figure(name: Name): Keyword {
  return plain(name, isNumber, 'a number')
}

const TYPES: ReadonlySet<unknown> = new Set(['null', 'boolean', 'object', 'array', 'number', 'integer', 'string'])
const isTypes = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 && value.every((type) => TYPES.has(type)) : TYPES.has(value))

/** `type`. */
export const type: Keyword = plain('type', isTypes, 'null, boolean, object, array, number, integer, string, or a list of these')
/** `multipleOf`. */
export const multipleOf: Keyword = plain('multipleOf', (value) => isNumber(value) && value > 0, 'a number above 0')
/** `required`, without what is refused in this direction. */
export const required: Keyword = {
  name: 'required',
  write(out, value, site) {
    const names = namesOf(value, ['required'], site)
    if (names.length > 0) out.required = names
  },
}
/** `format`. */
export const format: Keyword = plain('format', (value) => typeof value === 'string', 'the name of a format')

/** `uniqueItems`. */
export const uniqueItems: Keyword = {
  name: 'uniqueItems',
  write(out, value, site) {
    if (typeof value !== 'boolean') throw site.fault(['uniqueItems'], value, 'true or false', 'correct or remove uniqueItems')
    if (value) out.uniqueItems = true
  },
}

/** `const`. */
export const constant: Keyword = {
  name: 'const',
  write(out, value, site) {
    out.const = json(value, ['const'], site)
  },
}

/** `enum`. */
export const enumeration: Keyword = {
  name: 'enum',
  write(out, value, site) {
    if (!Array.isArray(value)) throw site.fault(['enum'], value, 'a list of values', 'correct or remove enum')
    out.enum = value.map((item, i) => json(item, ['enum', i], site))
  },
}

const MAX_VALUE_DEPTH = 64

/** @returns the value, which must be one that JSON can write. */
function json(value: unknown, path: readonly (string | number)[], site: Site): unknown {
  const sound = (item: unknown, depth: number): boolean => {
    if (depth > MAX_VALUE_DEPTH) return false
    if (Array.isArray(item)) return item.every((inside) => sound(inside, depth + 1))
    if (isJsonObject(item)) return Object.values(item).every((inside) => sound(inside, depth + 1))
    return item === null || typeof item === 'boolean' || typeof item === 'string' || isNumber(item)
  }
  if (!sound(value, 0)) throw site.fault(path, value, 'a value that JSON can write', 'correct or remove it')
  return value
}

/** `pattern`. */
export const pattern: Keyword = {
  name: 'pattern',
  write(out, value, site) {
    out.pattern = patternOf(value, ['pattern'], site)
  },
}

/** `patternProperties`. */
export const patternProperties: Keyword = {
  name: 'patternProperties',
  holds: 'map',
  write(out, value, site) {
    const patterns = Object.keys(objectOf('patternProperties', value, site))
    const path = (name: string) => ['patternProperties', name]
    out.patternProperties = mapOf(patterns.map((name) => [patternOf(name, path(name), site), site.inner('value', 'patternProperties', name)]))
  },
}

function patternOf(value: unknown, path: readonly string[], site: Site): string {
  const rewritten = typeof value === 'string' ? unicodePattern(value) : undefined
  if (rewritten !== undefined) return rewritten
  throw site.fault(path, value, 'a regular expression of ECMA-262, read with the `u` flag', 'rewrite the pattern for JavaScript')
}

/** `dependentRequired`. */
export const dependentRequired: Keyword = {
  name: 'dependentRequired',
  write(out, value, site) {
    const entries = Object.entries(objectOf('dependentRequired', value, site))
    out.dependentRequired = mapOf(entries.map(([name, names]) => [name, namesOf(names, ['dependentRequired', name], site)]))
  },
}

function namesOf(value: unknown, path: readonly string[], site: Site): readonly string[] {
  if (!isNames(value)) throw site.fault(path, value, 'a list of property names', 'correct or remove it')
  return [...new Set(value)].filter((name) => !site.isRefused(name))
}

/** `dependencies` of draft-07, which 2020-12 still reads: names or a schema. Written behind the keywords that it became. */
export const dependencies: Keyword = {
  name: 'dependencies',
  holds: 'map',
  write(out, value, site) {
    const entries = Object.entries(objectOf('dependencies', value, site))
    const names = entries.filter(([, needed]) => Array.isArray(needed))
    const schemas = entries.filter(([, needed]) => !Array.isArray(needed))
    const rest: WrittenObject = {}
    if (names.length > 0) rest.dependentRequired = mapOf(names.map(([name, needed]) => [name, namesOf(needed, ['dependencies', name], site)]))
    if (schemas.length > 0) rest.dependentSchemas = mapOf(schemas.map(([name]) => [name, site.inner('here', 'dependencies', name)]))
    if (out.dependentRequired === undefined && out.dependentSchemas === undefined) Object.assign(out, rest)
    else alsoAllOf(out, [rest])
  },
}

/** `items` of draft-07 and 2019-09: a schema for all items, or a list for the first ones, with `additionalItems` for the others. */
export const itemsOrList: Keyword = {
  name: 'items',
  holds: 'schemas',
  write(out, value, site) {
    if (!Array.isArray(value)) out.items = site.inner('value', 'items')
    else {
      if (value.length > 0) out.prefixItems = innerList('items', value, 'value', site)
      if (Object.hasOwn(site.schema, 'additionalItems')) out.items = site.inner('value', 'additionalItems')
    }
  },
}

/** `allOf`. */
export const allOf: Keyword = {
  name: 'allOf',
  holds: 'schemas',
  write: (out, value, site) => alsoAllOf(out, innerList('allOf', value, 'here', site)),
}

/** `$dynamicRef`, or its forerunner `$recursiveRef`. */
export function dynamicReference(name: '$dynamicRef' | '$recursiveRef'): Keyword {
  return {
    name,
    write(out, value, site) {
      if (typeof value !== 'string') throw site.fault([name], value, 'a URI reference', `correct or remove ${name}`)
      const { anchor, initial } = site.dynamic(value, name)
      if (anchor !== undefined) out.$dynamicRef = { anchor, initial }
      else alsoAllOf(out, [{ $ref: initial }])
    },
  }
}

/** `$ref`. */
export const reference: Keyword = {
  name: '$ref',
  write(out, value, site) {
    if (typeof value !== 'string') throw site.fault(['$ref'], value, 'a URI reference', 'correct or remove $ref')
    out.$ref = site.target(value, '$ref')
  },
}
