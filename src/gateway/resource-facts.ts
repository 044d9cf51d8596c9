import { authenticatorsOf } from '../core/authentication.ts'
import type { AnyRoute, AnyZone } from './config.ts'
import { allInEffect } from './policies-in-effect.ts'
import { authenticationsOf } from './route-authentication.ts'

/** @returns the issuers of the routes' enforcing authenticators, each once, in their order. */
export function issuersOf(routes: readonly AnyRoute[]): readonly string[] {
  const found = authenticationsOf(routes).flatMap((authentication) =>
    authenticatorsOf(authentication).flatMap(({ issuers, mode }) => (mode === 'enforce' ? issuers : [])),
  )
  return [...new Set(found)]
}

/** @returns the scopes that enforcing controls of a zone's routes ask for, each once, sorted. */
export function scopesOf(zone: Pick<AnyZone, 'policies'>, routes: readonly AnyRoute[]): readonly string[] {
  const found = allInEffect(zone, routes).flatMap(({ scopes, mode }) => (mode === 'enforce' ? scopes : []))
  return [...new Set(found)].toSorted()
}
