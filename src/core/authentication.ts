import type { Policy } from './policy.ts'

/** A control that finds out who is calling: a policy of the authenticate stage. */
export type Authenticator = Policy<never, 'authenticate'>

/** How a route finds out who is calling. */
export type Authentication =
  | Authenticator
  | { readonly kind: 'anyOf'; readonly of: readonly Authentication[] }
  | { readonly kind: 'allOf'; readonly of: readonly Authentication[] }

/** The first that claims a credential decides, in this order; nobody claims one: 401. */
export const anyOf = (...of: readonly Authentication[]): Authentication => ({ kind: 'anyOf', of })

/** Every one must verify its credential; the first gives the principal, the others are its factors. */
export const allOf = (...of: readonly Authentication[]): Authentication => ({ kind: 'allOf', of })

/** @returns the authenticators in it, in order. */
export function authenticatorsOf(authentication: Authentication): readonly Authenticator[] {
  return 'kind' in authentication ? authentication.of.flatMap(authenticatorsOf) : [authentication]
}
