import { type Authentication, authenticatorsOf } from '../core/authentication.ts'
import type { RouteFacts } from '../core/exchange.ts'
import type { Handlers, Judgement, Policy } from '../core/policy.ts'
import { PROBLEM_MEDIA_TYPE } from '../core/problem.ts'
import { STAGES } from '../core/stage.ts'
import { compileAuthentication } from './authenticate.ts'
import type { CompiledRoute, Step } from './compiled.ts'
import type { Forward } from './origin.ts'
import type { ProtectedResource } from './resource.ts'
import type { RoutePattern } from './route-key.ts'

/** What every cache obeys, and nothing that some obey before it (RFC 9213 §2.2) or beside it. */
const PRIVATE_CACHING: Readonly<Record<string, string | null>> = {
  'cache-control': 'private, no-store',
  'cdn-cache-control': null,
  'cloudflare-cdn-cache-control': null,
  'surrogate-control': null,
  expires: null,
  pragma: null,
}

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
  readonly resource?: ProtectedResource
}

/** Puts a route's controls into the order of the stages and takes out of the requests' way whatever is constant. */
export function compileRoute(parts: RouteParts): CompiledRoute {
  const { facts, pattern, policies, handlersOf, privateCaching, forward, resource } = parts
  const judgements = joined(policies, handlersOf)
  const steps = [...policies.flatMap((policy) => stepOf(policy, handlersOf, judgements.get(policy))), ...authenticationSteps(parts)].toSorted(
    (a, b) => STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage),
  )
  const enforced = policies.filter(({ mode }) => mode === 'enforce')
  const constants = Object.assign({}, ...enforced.map((policy) => handlersOf(policy).responseHeaders)) as Record<string, string | null>
  const passed = privateCaching ? { ...constants, ...PRIVATE_CACHING } : constants
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
    enders: policies.flatMap((policy) => {
      const { ended } = handlersOf(policy)
      return ended === undefined ? [] : [{ policy: policy.label, reporting: policy.mode === 'report', run: ended }]
    }),
    constantHeaders,
    passedHeaders: new Map(Object.entries(passed).filter((entry): entry is [string, string] => entry[1] !== null)),
    strippedHeaders: new Set(Object.keys(passed).filter((name) => passed[name] === null)),
    denialHeaders: new Headers([...constantHeaders, ['content-type', PROBLEM_MEDIA_TYPE], ['cache-control', 'no-store']]),
    ...(forward !== undefined && { forward }),
    ...(resource !== undefined && { resource }),
  }
}

function stepOf(policy: Policy, handlersOf: RouteParts['handlersOf'], judgement?: Judgement): readonly Step[] {
  const { request, local } = handlersOf(policy)
  const run = judgement ?? request
  if (run === undefined) return []
  const { label, stage, mode, onError } = policy
  return [{ policy: label, stage, reporting: mode === 'report', onError, run, ...(local !== undefined && { local }) }]
}

/** Controls of one kind that stand in one stage ask outside together, if they know how to; those that only report among themselves. */
function joined(policies: readonly Policy[], handlersOf: RouteParts['handlersOf']): ReadonlyMap<Policy, Judgement> {
  const judgements = new Map<Policy, Judgement>()
  for (const members of Map.groupBy(policies, ({ name, stage, mode }) => `${name} ${stage} ${mode}`).values()) {
    const [first] = members
    if (first?.join === undefined || members.length < 2) continue
    const found = first.join(members.map(handlersOf))
    for (const [i, member] of members.entries()) judgements.set(member, found[i] as Judgement)
  }
  return judgements
}

/** @returns what an authenticator judges with. */
export function judgesBy(handlersOf: RouteParts['handlersOf']): (authenticator: Policy) => Judgement {
  return (authenticator) => {
    const { request } = handlersOf(authenticator)
    if (request === undefined) throw new TypeError(`${authenticator.name} judges no request`)
    return request
  }
}

/** One step that decides, and one for each authenticator that only reports. */
function authenticationSteps({ authentication, handlersOf }: RouteParts): readonly Step[] {
  if (authentication === undefined) return []
  const single = !('kind' in authentication)
  return [
    ...authenticatorsOf(authentication).flatMap((policy) => (policy.mode === 'report' ? stepOf(policy, handlersOf) : [])),
    {
      policy: single ? authentication.label : 'authenticate',
      stage: 'authenticate',
      reporting: false,
      onError: 'deny',
      run: compileAuthentication(authentication, judgesBy(handlersOf)),
    },
  ]
}
