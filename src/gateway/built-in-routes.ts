import type { Policy } from '../core/policy.ts'
import { Problems } from '../core/problems.ts'
import { ANONYMOUS_STAGES, type Stage } from '../core/stage.ts'
import { compileRoute, type RouteParts } from './compile-route.ts'
import type { CompiledRoute } from './compiled.ts'
import type { AnyRoute, AnyZone } from './config.ts'
import { zonePolicies } from './policies-in-effect.ts'
import { metadataAnswer, type ProtectedResource } from './resource.ts'
import { issuersOf, scopesOf } from './resource-facts.ts'
import { parseRouteKey, type RoutePattern } from './route-key.ts'

/** The built-in route for what is not listed. */
export function unmatchedRoute(policies: readonly Policy[], credentialHeaders: readonly string[], handlersOf: RouteParts['handlersOf']): CompiledRoute {
  const pattern: RoutePattern = { key: 'unmatched', method: '*', shape: '', segments: [] }
  const route = anonymousRoute(pattern, policies, credentialHeaders, handlersOf)
  return { ...route, steps: route.steps.filter(({ stage }) => stage !== 'preflight'), preflightSteps: 0 }
}

/** The built-in route for the zone's metadata: a route like those of the configuration, so that it is found, limited, recorded and readable for browsers as they are. */
export function metadataRoute(
  zone: AnyZone,
  routes: readonly AnyRoute[],
  resource: ProtectedResource,
  credentialHeaders: readonly string[],
  handlersOf: RouteParts['handlersOf'],
): CompiledRoute {
  const pattern = parseRouteKey(`GET ${resource.metadataPath}`, [], new Problems()) as RoutePattern
  const route = anonymousRoute(pattern, zonePolicies(zone), credentialHeaders, handlersOf)
  const run = metadataAnswer(resource, zone.resource ?? {}, { issuers: issuersOf(routes), scopes: scopesOf(zone, routes) })
  return { ...route, steps: [...route.steps, { policy: 'resource', stage: 'decide', reporting: false, onError: 'deny', run }] }
}

/** What a zone asks of anybody, and the headers that it sets on everything. */
function anonymousRoute(
  pattern: RoutePattern,
  policies: readonly Policy[],
  credentialHeaders: readonly string[],
  handlersOf: RouteParts['handlersOf'],
): CompiledRoute {
  const asksAnybody = ({ stage }: { readonly stage: Stage }) => ANONYMOUS_STAGES.has(stage) || stage === 'preflight'
  const route = compileRoute({
    facts: { key: pattern.key, credentialHeaders },
    pattern,
    policies: policies.filter((policy) => asksAnybody(policy) || policy.stage === 'finish'),
    handlersOf,
    privateCaching: false,
  })
  return { ...route, steps: route.steps.filter(asksAnybody) }
}
