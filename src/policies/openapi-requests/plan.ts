import type { RouteFacts } from '../../core/exchange.ts'
import type { Schemas } from '../../json-schema/schemas.ts'
import type { JsonLimits } from '../../lib/json-body.ts'
import type { BodyOptions } from '../../openapi/body-readers.ts'
import type { Operation, ParameterPlace } from '../../openapi/description.ts'
import { cookieParameters, headerParameters, isJudged, type ReadHeaders } from '../../openapi/read-headers.ts'
import { pathParameters, type ReadPath } from '../../openapi/read-path.ts'
import { queryParameters, type ReadQuery } from '../../openapi/read-query.ts'
import { type ReadSearch, wholeQuery } from '../../openapi/read-querystring.ts'
import { BodyPlan } from './body-plan.ts'

/** How the requests of one operation are judged: made when the first one comes. */
export interface Plan {
  readonly path: ReadPath | undefined
  readonly query: ReadQuery
  /** The whole query as one value; then there are no parameters in it. */
  readonly search: ReadSearch | undefined
  readonly headers: ReadHeaders | undefined
  readonly cookies: ReadHeaders | undefined
  readonly body: BodyPlan | undefined
  /** Media types of successful answers; empty where none is described. */
  readonly answers: readonly string[]
  /** Lower-case names of headers that ask for another method, as far as they are described. */
  readonly overrides: ReadonlySet<string>
}

/** What plans are made with. */
export interface PlanOptions extends BodyOptions {
  readonly json: JsonLimits
  readonly maxQueryParameters: number
}

/** @returns the plan of an operation under its route. */
export function planOf(
  { key, credentialHeaders }: Pick<RouteFacts, 'key' | 'credentialHeaders'>,
  operation: Operation,
  schemas: Schemas,
  options: PlanOptions,
): Plan {
  const parameters = (operation.parameters ?? []).filter((parameter) => isJudged(parameter, credentialHeaders))
  const standing = (place: ParameterPlace) => parameters.filter((parameter) => parameter.in === place)
  const [path, header, cookie] = [standing('path'), standing('header'), standing('cookie')]
  return {
    path: path.length === 0 ? undefined : pathParameters(path, key, schemas, options.json),
    query: queryParameters(standing('query'), schemas, options.json),
    search: operation.querystring === undefined ? undefined : wholeQuery(operation.querystring, schemas, options),
    headers: header.length === 0 ? undefined : headerParameters(header, schemas, options.json),
    cookies: cookie.length === 0 ? undefined : cookieParameters(cookie, schemas, options.json),
    body: operation.body === undefined ? undefined : new BodyPlan(operation.body, schemas, options),
    answers: answersOf(operation),
    overrides: new Set(header.map(({ name }) => name.toLowerCase())),
  }
}

/** Where one success is described without a body there need not be any: nothing can be unacceptable. */
function answersOf({ responses }: Operation): readonly string[] {
  const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'))
  const types = successes.map(([, { content = {} }]) => Object.keys(content).map((range) => range.split(';', 1)[0]?.trim() ?? range))
  return types.some((one) => one.length === 0) ? [] : types.flat()
}
