import { type Authentication, authenticatorsOf } from '../core/authentication.ts'
import type { AnyZone } from './config.ts'
import { policiesInEffect } from './policies-in-effect.ts'

/** @returns the issuers of a zone's enforcing authenticators, each once, in the order of the configuration. */
export function issuersOf({ routes }: Pick<AnyZone, 'routes'>): readonly string[] {
  const found = Object.values(routes).flatMap((route) => {
    const { authenticate } = route as { readonly authenticate?: Authentication }
    return authenticate === undefined ? [] : authenticatorsOf(authenticate).flatMap(({ issuers, mode }) => (mode === 'enforce' ? issuers : []))
  })
  return [...new Set(found)]
}

/** @returns the scopes that enforcing controls of a zone's routes ask for, each once, sorted. */
export function scopesOf(zone: Pick<AnyZone, 'policies' | 'routes'>): readonly string[] {
  const found = Object.values(zone.routes).flatMap((route) => policiesInEffect(zone, route).flatMap(({ scopes, mode }) => (mode === 'enforce' ? scopes : [])))
  return [...new Set(found)].toSorted()
}
