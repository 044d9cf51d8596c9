import type { Place } from './place.ts'
import { escapeKey } from './place.ts'

/** Formats of text that names a place to fetch. */
const URL_FORMATS: ReadonlySet<string> = new Set(['uri', 'url', 'iri', 'uri-reference', 'iri-reference'])
/** Names of such fields where no format is said. */
const URL_NAME = /(?:^|[_-]|[a-z](?=U))(?:url|uri|URL|URI|Url|Uri)s?$/
const MAX_DEPTH = 8
const MAX_FIELDS = 200
/** Schemas looked at for one body: those that refer to each other many times have more ways through them than anybody waits for. */
const MAX_VISITS = 20_000

/** @param start how a place is written: `#` for a body, `query/name` for a parameter. @returns the places of texts that hold URLs; `*` stands for each item of a list. */
export function urlFields(schema: Place, start: string, name = ''): readonly string[] {
  const found = new Set<string>()
  let visits = 0
  const visit = (given: Place, at: string, name: string, depth: number, way: ReadonlySet<string>): void => {
    const place = given.resolved()
    if (depth > MAX_DEPTH || found.size >= MAX_FIELDS || visits++ >= MAX_VISITS || way.has(place.pointer) || place.is('readOnly')) return
    const further = new Set(way).add(place.pointer)
    const isText = [place.child('type')?.value].flat().includes('string')
    const format = place.text('format')
    if (isText && at !== '#' && !place.has('enum') && (format === undefined ? URL_NAME.test(name) : URL_FORMATS.has(format))) found.add(at)
    for (const key of ['allOf', 'anyOf', 'oneOf']) for (const part of place.child(key)?.items() ?? []) visit(part, at, name, depth + 1, further)
    const properties = place.child('properties')
    for (const key of properties?.isObject() ? Object.keys(properties.value as object) : []) {
      visit(properties?.child(key) as Place, `${at}/${escapeKey(key)}`, key, depth + 1, further)
    }
    const items = place.child('items')
    if (items?.isObject()) visit(items, `${at}/*`, name, depth + 1, further)
  }
  visit(schema, start, name, 0, new Set())
  return [...found]
}
