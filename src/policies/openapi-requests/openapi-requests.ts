import { bodyLimitsOf, DEFAULT_MAX_BYTES, maxRatioOf } from '../../core/body-settings.ts'
import { type Decision, type Deny, pass } from '../../core/decision.ts'
import type { Exchange, Validated } from '../../core/exchange.ts'
import { definePolicy } from '../../core/policy.ts'
import type { Violation } from '../../core/problem.ts'
import { Schemas } from '../../json-schema/schemas.ts'
import { accepts } from '../../lib/accept.ts'
import { readPairs } from '../../lib/form-pairs.ts'
import { AMBIGUOUS_URL, badParameters, METHOD_OVERRIDE, NOT_ACCEPTABLE, noSuchPath, QUERY_DENIALS, QUERY_TOO_LONG, UNDESCRIBED } from './denials.ts'
import { type BodySizes, judgeBody } from './judge-body.ts'
import { type Plan, type PlanOptions, planOf } from './plan.ts'
import { type Settings, settings } from './settings.ts'
import { warmUp } from './warm.ts'

/**
 * Lets a request through only if it is as the API's description says: its path parameters, query, headers, cookies and body, and the media types that it accepts. What was received is
 * forwarded; what was read from it is for conditions and limits.
 */
export const openapiRequests = definePolicy({
  name: 'openapi-requests',
  stage: 'validate',
  settings,
  validates: () => ['params', 'query', 'headers', 'body'],
  describes: ({ description }) => description,
  check(given, path, problems) {
    if (given.maxRatio === undefined || given.compressed === 'accept') return
    problems.add([...path, 'maxRatio'], {
      found: 'maxRatio without compressed bodies',
      expected: "compressed: 'accept'",
      fix: "set compressed to 'accept', or remove maxRatio",
    })
  },
  compile(given) {
    const judge = new Judge(given)
    return { request: (x) => judge.request(x) }
  },
})

/** Ask for another method than the one that was matched. The gateway drops those that nobody describes; here they are refused, so that their senders hear of it. */
const OVERRIDES = ['x-http-method', 'x-http-method-override', 'x-method-override', 'x-original-method'] as const

const NOTHING: Readonly<Record<string, unknown>> = Object.freeze(Object.create(null))
const NO_PAIRS: readonly never[] = []

class Judge {
  readonly #given: Settings
  readonly #schemas: Schemas
  /** By the key of the route: as many as are described. */
  readonly #plans = new Map<string, Plan>()
  readonly #options: PlanOptions
  readonly #maxQueryBytes: number
  readonly #sizes: BodySizes
  readonly #checksAccept: boolean

  constructor(given: Settings) {
    this.#given = given
    this.#schemas = new Schemas((id) => given.description.schema(id))
    this.#options = optionsOf(given)
    this.#maxQueryBytes = given.maxQueryBytes ?? 8192
    this.#sizes = { maxBytes: given.maxBytes ?? DEFAULT_MAX_BYTES, maxUnreadBytes: given.maxUnreadBytes ?? 10_485_760, maxRatio: maxRatioOf(given) }
    this.#checksAccept = given.accept ?? true
    warmUp(this.#options)
  }

  request(x: Exchange): Decision | Promise<Decision> {
    if (x.url.fault !== undefined) return AMBIGUOUS_URL
    const plan = this.#planOf(x)
    if (plan === undefined) return UNDESCRIBED
    for (const name of OVERRIDES) if (x.headers.has(name) && !plan.overrides.has(name)) return METHOD_OVERRIDE
    if (this.#checksAccept && plan.answers.length > 0) {
      const accept = x.headers.get('accept')
      if (accept !== null && !accepts(accept, plan.answers)) return NOT_ACCEPTABLE
    }
    const found: Violation[] = []
    const params = plan.path === undefined ? NOTHING : plan.path(x.url.path, found)
    if (found.length > 0) return noSuchPath(found)
    const query = this.#queryOf(x, plan, found)
    if (isDeny(query)) return query
    const headers = plan.headers === undefined ? NOTHING : plan.headers(x.headers, found)
    plan.cookies?.(x.headers, found)
    const learned: Validated = { params, query: query.value, headers }
    const body = judgeBody(x, plan.body, this.#sizes, { found, learned })
    if (body !== undefined) return body
    return found.length > 0 ? badParameters(found) : pass({ validated: learned })
  }

  #planOf({ route }: Exchange): Plan | undefined {
    const known = this.#plans.get(route.key)
    if (known !== undefined) return known
    const operation = this.#given.description.operation(route.key)
    if (operation === undefined) return undefined
    const plan = planOf(route, operation, this.#schemas, this.#options)
    this.#plans.set(route.key, plan)
    return plan
  }

  #queryOf({ url: { search } }: Exchange, plan: Plan, found: Violation[]): Deny | { readonly value: unknown } {
    if (search.length > this.#maxQueryBytes) return QUERY_TOO_LONG
    if (plan.search !== undefined) return { value: plan.search(search.slice(1), found) }
    if (search === '') return { value: plan.query(NO_PAIRS, found) }
    const { pairs, fault } = readPairs(search.slice(1), this.#options.maxQueryParameters)
    return fault === undefined ? { value: plan.query(pairs, found) } : QUERY_DENIALS[fault]
  }
}

function optionsOf(given: Settings): PlanOptions {
  const { maxBytes = DEFAULT_MAX_BYTES, maxQueryParameters = 256, maxFields = 256 } = given
  return { ...bodyLimitsOf(given, maxBytes), maxQueryParameters, maxFields, strip: given.unlisted === 'strip' }
}

function isDeny(result: Deny | { readonly value: unknown }): result is Deny {
  return 'kind' in result
}
