import type { Exchange } from '../../core/exchange.ts'
import { jsonPointer, parsePointer } from '../../lib/json-pointer.ts'
import { parseQuery } from '../../lib/query.ts'

/** A value that should be a URL, and where it stands: a pointer as problems have it. */
export interface Found {
  readonly value: unknown
  pointer(): string
}

/** Finds the values of one field. */
export type Find = (x: Exchange, found: Found[]) => void

/** A query in which nobody can tell what a field is. */
export class UnreadableQuery extends Error {
  override readonly name = 'UnreadableQuery'
}

/** Whether a field is in the body. */
export function isInBody(field: string): boolean {
  return field.startsWith('#')
}

/** Whether a field is in the query. */
export function isInQuery(field: string): boolean {
  return field.startsWith('query/')
}

/** Compiles one of the settings' fields. */
export function compileField(field: string): Find {
  if (isInBody(field)) {
    const path = parsePointer(field.slice(1))
    return ({ validated: { body } }, found) => {
      if (!Array.isArray(body) || isOfList(path)) return walk(body, path, [], found)
      // A batch, or JSON texts one behind the other: the field is one of each.
      for (const [i, each] of body.entries()) walk(each, path, [i], found)
    }
  }
  const name = field.slice(field.indexOf('/') + 1)
  if (isInQuery(field)) return (x, found) => inQuery(x.url.search, name, found)
  const header = name.toLowerCase()
  return ({ headers }, found) => {
    // Several of one name are one text with commas and spaces, which is no URL.
    const value = headers.get(header)
    if (value !== null) found.push({ value, pointer: () => jsonPointer('header', [header]) })
  }
}

/** Whether a pointer says itself which items of a list it means. */
function isOfList([first = '*']: readonly string[]): boolean {
  return first === '*' || /^\d+$/.test(first)
}

function walk(value: unknown, path: readonly string[], at: readonly PropertyKey[], found: Found[]): void {
  if (value === undefined || value === null) return
  const [key, ...rest] = path
  if (key === undefined) {
    found.push({ value, pointer: () => jsonPointer('#', at) })
    return
  }
  if (typeof value !== 'object') return
  const inner = value as Readonly<Record<string, unknown>>
  if (key === '*') for (const each of Object.keys(inner)) walk(inner[each], rest, [...at, each], found)
  else if (Object.hasOwn(inner, key)) walk(inner[key], rest, [...at, key], found)
}

/** What stands in the URL is what is forwarded: each value of that name counts, whichever the origin takes. @throws {UnreadableQuery} */
function inQuery(search: string, name: string, found: Found[]): void {
  if (search.length <= 1) return
  for (const pair of search.slice(1).split('&')) {
    const { parameters, fault } = parseQuery(`?${pair}`, ONE)
    if (fault !== undefined || pair === '') throw new UnreadableQuery(fault ?? 'empty-parameter')
    const value = parameters[name]
    if (value !== undefined) found.push({ value, pointer: () => jsonPointer('query', [name]) })
  }
}

const ONE = { repeatable: new Set<string>(), maxParameters: 1 }
