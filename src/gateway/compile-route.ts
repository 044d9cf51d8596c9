import { type Authentication, authenticatorsOf } from '../core/authentication.ts'
import type { Decision } from '../core/decision.ts'
import type { Exchange, RouteFacts } from '../core/exchange.ts'
import type { Handlers, Policy } from '../core/policy.ts'
import { PROBLEM_MEDIA_TYPE } from '../core/problem.ts'
import { STAGES } from '../core/stage.ts'
import { compileAuthentication } from './authenticate.ts'
import type { CompiledRoute, Step } from './compiled.ts'
import type { Forward } from './origin.ts'
import type { RoutePattern } from './route-key.ts'

/** Everything that one route is made of. */
export interface RouteParts {
  readonly facts: RouteFacts
  readonly pattern: RoutePattern
  /** In the order of the configuration. */
  readonly policies: readonly Policy[]
  readonly authentication?: Authentication
  readonly handlersOf: (policy: Policy) => Handlers
  readonly privateCaching: boolean
  readonly forward?: Forward
}

/** Puts a route's controls into the order of the stages and takes out of the requests' way whatever is constant. */
export function compileRoute(parts: RouteParts): CompiledRoute {
  const { facts, pattern, policies, handlersOf, privateCaching, forward } = parts
  const steps = [...policies.flatMap((policy) => stepOf(policy, handlersOf)), ...authenticationSteps(parts)].toSorted(
    (a, b) => STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage),
  )
  const enforced = policies.filter(({ mode }) => mode === 'enforce')
  const constants = Object.assign({}, ...enforced.map((policy) => handlersOf(policy).responseHeaders)) as Record<string, string | null>
  const constantHeaders = Object.entries(constants).filter((entry): entry is [string, string] => entry[1] !== null)
  const everyone = [...policies, ...(parts.authentication === undefined ? [] : authenticatorsOf(parts.authentication))]
  return {
    facts,
    pattern,
    steps,
    preflightSteps: steps.findLastIndex(({ stage, reporting }) => stage === 'preflight' && !reporting) + 1,
    hasReporting: steps.some(({ reporting }) => reporting),
    responders: policies.flatMap((policy) => {
      const { response } = handlersOf(policy)
      return response === undefined ? [] : [{ policy: policy.label, reporting: policy.mode === 'report', onError: policy.onError, run: response }]
    }),
    finishers: enforced.flatMap((policy) => handlersOf(policy).finish ?? []),
    settlers: everyone.flatMap((policy) => {
      const { settle } = handlersOf(policy)
      return settle === undefined ? [] : [{ policy: policy.label, reporting: policy.mode === 'report', run: settle }]
    }),
    constantHeaders,
    strippedHeaders: new Set(Object.entries(constants).flatMap(([name, value]) => (value === null ? [name] : []))),
    denialHeaders: new Headers([...constantHeaders, ['content-type', PROBLEM_MEDIA_TYPE], ['cache-control', 'no-store']]),
    privateCaching,
    ...(forward !== undefined && { forward }),
  }
}

function stepOf(policy: Policy, handlersOf: RouteParts['handlersOf']): readonly Step[] {
  const { request } = handlersOf(policy)
  return request === undefined
    ? []
    : [{ policy: policy.label, stage: policy.stage, reporting: policy.mode === 'report', onError: policy.onError, run: request }]
}

/** One step that decides, and one for each authenticator that only reports. */
function authenticationSteps({ authentication, handlersOf }: RouteParts): readonly Step[] {
  if (authentication === undefined) return []
  const judgeOf = (policy: Policy): ((x: Exchange) => Decision | Promise<Decision>) => {
    const { request } = handlersOf(policy)
    if (request === undefined) throw new TypeError(`${policy.name} judges no request`)
    return request
  }
  const single = !('kind' in authentication)
  return [
    ...authenticatorsOf(authentication).flatMap((policy) => (policy.mode === 'report' ? stepOf(policy, handlersOf) : [])),
    {
      policy: single ? authentication.label : 'authenticate',
      stage: 'authenticate',
      reporting: false,
      onError: 'deny',
      run: compileAuthentication(authentication, judgeOf),
    },
  ]
}
