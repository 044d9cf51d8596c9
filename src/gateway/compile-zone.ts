import { authenticatorsOf } from '../core/authentication.ts'
import type { RouteFacts } from '../core/exchange.ts'
import type { Handlers, Policy } from '../core/policy.ts'
import { metadataRoute, unmatchedRoute } from './built-in-routes.ts'
import { compileRoute, judgesBy } from './compile-route.ts'
import type { CompiledRoute, CompiledZone } from './compiled.ts'
import type { AnyRoute, AnyZone, RouteKey } from './config.ts'
import { routeTable } from './match.ts'
import { compileForward } from './origin.ts'
import { allInEffect, policiesInEffect, zonePolicies } from './policies-in-effect.ts'
import { protectedResource } from './resource.ts'
import { authenticationOf, authenticationsOf } from './route-authentication.ts'
import { patternOf, type RoutePattern } from './route-key.ts'
import { type UnlistedPaths, unlistedShapes } from './unlisted-path.ts'
import type { RoutesReader } from './zone-routes.ts'

/** Begins the names of the headers that tell the origin who is calling. */
export const DEFAULT_IDENTITY_PREFIX = 'x-portcullis-'

/** What a zone has in common with all others. */
export interface ZoneSurroundings {
  readonly handlersOf: (policy: Policy) => Handlers
  readonly reservedPrefixes: readonly string[]
  readonly unlistedPaths: UnlistedPaths
  readonly routesOf: RoutesReader
}

/** Compiles a zone's controls, and puts its routes together when they are first asked for. */
export function compileZone(name: string, zone: AnyZone, { handlersOf, reservedPrefixes, unlistedPaths, routesOf }: ZoneSurroundings): CompiledZone {
  const { keys, kinds } = routesOf(zone)
  const authenticators = authenticationsOf(kinds).flatMap(authenticatorsOf)
  // What cannot be compiled fails the start, not a request.
  for (const policy of allInEffect(zone, kinds)) handlersOf(policy)
  for (const authenticator of authenticators) judgesBy(handlersOf)(authenticator)
  const credentialHeaders = [...new Set(authenticators.flatMap(({ credentials, mode }) => (mode === 'enforce' ? credentials : [])))]
  const resource = zone.resource === undefined ? undefined : protectedResource(zone.resource, zone.hosts)
  const inEffect = policiesInEffect(zone)
  const compile = (pattern: RoutePattern, route: AnyRoute): CompiledRoute => {
    const authentication = authenticationOf(route)
    const facts: RouteFacts = { key: pattern.key, credentialHeaders, ...(route.websocket !== undefined && { websocketOrigins: route.websocket.origins }) }
    return compileRoute({
      facts,
      pattern,
      policies: inEffect(route),
      ...(authentication !== undefined && { authentication }),
      ...(resource !== undefined && { resource }),
      handlersOf,
      privateCaching: authentication !== undefined && route.caching !== 'keep',
      forward: compileForward(zone.origin, route.timeouts, {
        identityPrefix: zone.identityPrefix ?? DEFAULT_IDENTITY_PREFIX,
        reservedPrefixes,
        credentialHeaders,
        forwardCredential: route.forwardCredential ?? false,
        websocket: route.websocket !== undefined,
      }),
    })
  }
  const own = resource === undefined ? undefined : metadataRoute(zone, kinds, resource, credentialHeaders, handlersOf)
  return {
    name,
    listed: keys,
    find: routeTable(own === undefined ? keys : [...keys, own.pattern.key], (key) =>
      key === own?.pattern.key ? own : compile(patternOf(key), zone.routes[key as RouteKey] as AnyRoute),
    ),
    unmatched: unmatchedRoute(zonePolicies(zone), credentialHeaders, handlersOf),
    conceal: zone.conceal ?? false,
    shapeOf: unlistedShapes(() => literalsOf(keys.map(patternOf)), unlistedPaths),
  }
}

function literalsOf(patterns: readonly RoutePattern[]): ReadonlySet<string> {
  return new Set(patterns.flatMap(({ segments }) => segments.flatMap((segment) => (segment.kind === 'literal' ? [segment.text] : []))))
}
