import type { Authentication } from '../core/authentication.ts'
import type { AnyRoute } from './config.ts'

/** @returns how a route finds out who is calling; nothing where it is public, or says neither. */
export function authenticationOf(route: AnyRoute): Authentication | undefined {
  return (route as { readonly authenticate?: Authentication }).authenticate
}

/** @returns what stands on routes, each once, in their order. */
export function authenticationsOf(routes: readonly AnyRoute[]): readonly Authentication[] {
  const found = new Set<Authentication>()
  for (const route of routes) {
    const authentication = authenticationOf(route)
    if (authentication !== undefined) found.add(authentication)
  }
  return [...found]
}
