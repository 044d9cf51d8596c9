import { type Deny, deny } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import { parseQuery, type QueryFault } from '../../lib/query.ts'
import { outermostKeys } from './schema-tree.ts'
import type { StandardSchema } from './standard-schema.ts'
import { conclude, type Step } from './step.ts'
import { compileValidator } from './validator.ts'

/** Judges the path parameters. Names are the route's own, so those that the schema does not list are no offence of the client. */
export function paramsStep(schema: StandardSchema): Step {
  const validator = compileValidator(schema, { place: 'path', closed: false })
  return {
    part: 'params',
    judge: (x) => conclude(validator(x.params, true), (errors) => deny(404, 'validate.params', { detail: errors, problem: { errors } })),
  }
}

/** How the query is read before a schema sees it. */
export interface QueryOptions {
  readonly repeatable: ReadonlySet<string>
  readonly maxParameters: number
  readonly maxBytes: number
}

/** Judges the query parameters. */
export function queryStep(schema: StandardSchema, { repeatable, maxParameters, maxBytes }: QueryOptions): Step {
  const validator = compileValidator(schema, { place: 'query', closed: true })
  const rules = { repeatable, maxParameters }
  return {
    part: 'query',
    judge(x) {
      if (x.url.search.length > maxBytes) return TOO_LONG
      const reading = parseQuery(x.url.search, rules)
      if (reading.fault !== undefined) return QUERY_DENIALS[reading.fault]
      return conclude(validator(reading.parameters, true), (errors) => deny(400, 'validate.query', { detail: errors, problem: { errors } }))
    },
  }
}

/** Judges headers: only those that the schema lists, where its structure can be read; there are always others. */
export function headersStep(schema: StandardSchema): Step {
  const validator = compileValidator(schema, { place: 'header', closed: false })
  const names = outermostKeys(schema)
  return {
    part: 'headers',
    judge: (x) => conclude(validator(headersOf(x, names), true), (errors) => deny(400, 'validate.headers', { detail: errors, problem: { errors } })),
  }
}

/** @param names the headers wanted; none means all. */
function headersOf({ headers: given }: Exchange, names: readonly string[]): Readonly<Record<string, string>> {
  const headers: Record<string, string> = Object.create(null)
  if (names.length === 0) for (const [name, value] of given) headers[name] = value
  for (const name of names) {
    const value = given.get(name)
    if (value !== null) headers[name] = value
  }
  return headers
}

const syntax = (detail: QueryFault, sentence: string): Deny => deny(400, 'validate.query-syntax', { detail, problem: { detail: sentence } })
const TOO_LONG = deny(400, 'validate.query-size', { problem: { detail: 'The query is too long.' } })
const QUERY_DENIALS: Readonly<Record<QueryFault, Deny>> = {
  encoding: syntax('encoding', 'The query is not valid percent-encoded UTF-8.'),
  nul: syntax('nul', 'The query holds a character that is not allowed.'),
  separator: syntax('separator', 'A semicolon in the query must be percent-encoded.'),
  'empty-parameter': syntax('empty-parameter', 'The query has a parameter without a name.'),
  'too-many': deny(400, 'validate.query-size', { problem: { detail: 'The query has too many parameters.' } }),
  'forbidden-name': deny(400, 'validate.forbidden-key', { problem: { detail: 'The query has a parameter name that is not allowed.' } }),
  duplicate: deny(400, 'validate.duplicate-parameter', { problem: { detail: 'The query has a parameter more than once.' } }),
}
