import { authenticatorsOf } from '../core/authentication.ts'
import type { RouteFacts } from '../core/exchange.ts'
import type { Handlers, Policy } from '../core/policy.ts'
import { Problems } from '../core/problems.ts'
import { metadataRoute, unmatchedRoute } from './built-in-routes.ts'
import { compileRoute, judgesBy } from './compile-route.ts'
import type { CompiledRoute, CompiledZone } from './compiled.ts'
import type { AnyRoute, AnyZone } from './config.ts'
import { findCompiled, LazyRoute, type Listed } from './lazy-route.ts'
import { routeTable } from './match.ts'
import { compileForward } from './origin.ts'
import { allInEffect, policiesInEffect, zonePolicies } from './policies-in-effect.ts'
import { protectedResource } from './resource.ts'
import { authenticationOf, authenticationsOf } from './route-authentication.ts'
import type { RouteKeyReader, RoutePattern } from './route-key.ts'
import { type UnlistedPaths, unlistedShapes } from './unlisted-path.ts'

/** Begins the names of the headers that tell the origin who is calling. */
export const DEFAULT_IDENTITY_PREFIX = 'x-portcullis-'

/** What a zone has in common with all others. */
export interface ZoneSurroundings {
  readonly handlersOf: (policy: Policy) => Handlers
  readonly reservedPrefixes: readonly string[]
  readonly unlistedPaths: UnlistedPaths
  readonly readKey: RouteKeyReader
}

/** Compiles a zone's controls, and puts its routes together when they are first asked for. */
export function compileZone(name: string, zone: AnyZone, { handlersOf, reservedPrefixes, unlistedPaths, readKey }: ZoneSurroundings): CompiledZone {
  const authenticators = authenticationsOf(zone.routes).flatMap(authenticatorsOf)
  // What cannot be compiled fails the start, not a request.
  for (const policy of allInEffect(zone)) handlersOf(policy)
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
  const patterns = Object.keys(zone.routes).map((key) => readKey(key, [], new Problems()) as RoutePattern)
  const routes = Object.values(zone.routes).map((route, i) => new LazyRoute(patterns[i] as RoutePattern, (pattern) => compile(pattern, route)))
  const own = resource === undefined ? [] : [metadataRoute(zone, resource, credentialHeaders, handlersOf)]
  return {
    name,
    listed: Object.keys(zone.routes),
    find: findCompiled(routeTable<Listed>([...routes, ...own.map((compiled) => ({ pattern: compiled.pattern, compiled }))])),
    unmatched: unmatchedRoute(zonePolicies(zone), credentialHeaders, handlersOf),
    conceal: zone.conceal ?? false,
    shapeOf: unlistedShapes(patterns, unlistedPaths),
  }
}
