import { isJson } from '../content/media-kind.ts'
import { MAX_VIOLATIONS, type Violation } from '../core/problem.ts'
import type { Schemas } from '../json-schema/schemas.ts'
import { decodePercent, readPairs } from '../lib/form-pairs.ts'
import type { JsonLimits } from '../lib/json-body.ts'
import type { Operation } from './description.ts'
import { FormValue } from './form-value.ts'
import { jsonOf, note } from './parameter-value.ts'
import { NOT_TEXT, Unread } from './unread.ts'

/** Reads a query as one value. What is wrong is added to `found`. @param search without its question mark */
export type ReadSearch = (search: string, found: Violation[]) => unknown

const PLACE = 'query'

/** @returns a reader for `in: querystring` (OpenAPI 3.2 §4.12.2): the query as a form, as JSON, or as a text. */
export function wholeQuery(
  querystring: NonNullable<Operation['querystring']>,
  schemas: Schemas,
  { json, maxQueryParameters }: { readonly json: JsonLimits; readonly maxQueryParameters: number },
): ReadSearch {
  const { mediaType, schema, required } = querystring
  const validator = schema === undefined ? undefined : schemas.validator(schema)
  const form = mediaType === 'application/x-www-form-urlencoded' ? new FormValue(querystring, schemas, json, PLACE) : undefined
  const read = (search: string, found: Violation[]): unknown => {
    if (form === undefined) {
      const text = decodePercent(search)
      return text === undefined ? NOT_TEXT : isJson(mediaType) ? jsonOf(text, json) : text
    }
    const { pairs, fault } = readPairs(search, maxQueryParameters)
    if (fault !== undefined) return NOT_TEXT
    const reading = form.read(pairs, false)
    if (reading.violations === undefined) return reading.value
    for (const violation of reading.violations) note(found, violation)
    return undefined
  }
  return (search, found) => {
    if (search === '') {
      if (required) note(found, { pointer: PLACE, rule: 'required', detail: 'required' })
      return undefined
    }
    const before = found.length
    const value = read(search, found)
    if (found.length > before) return undefined
    if (value instanceof Unread) note(found, { pointer: PLACE, rule: 'style', detail: `expected: ${value.detail}` })
    else if (validator === undefined || validator.test(value)) return value
    else if (found.length < MAX_VIOLATIONS) found.push(...validator.violations(value, PLACE, MAX_VIOLATIONS - found.length))
    return undefined
  }
}
