import type { Authentication } from '../core/authentication.ts'
import type { AnyRoute, AnyZone } from './config.ts'

/** @returns how a route finds out who is calling; nothing where it is public, or says neither. */
export function authenticationOf(route: AnyRoute): Authentication | undefined {
  return (route as { readonly authenticate?: Authentication }).authenticate
}

/** @returns what stands on a zone's routes, each once, in the order of the configuration: thousands of routes have a handful. */
export function authenticationsOf(routes: AnyZone['routes']): readonly Authentication[] {
  const found = new Set<Authentication>()
  for (const route of Object.values(routes)) {
    const authentication = authenticationOf(route)
    if (authentication !== undefined) found.add(authentication)
  }
  return [...found]
}
