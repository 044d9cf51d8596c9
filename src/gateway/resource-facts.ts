import { authenticatorsOf } from '../core/authentication.ts'
import type { AnyZone } from './config.ts'
import { allInEffect } from './policies-in-effect.ts'
import { authenticationsOf } from './route-authentication.ts'

/** @returns the issuers of a zone's enforcing authenticators, each once, in the order of the configuration. */
export function issuersOf({ routes }: Pick<AnyZone, 'routes'>): readonly string[] {
  const found = authenticationsOf(routes).flatMap((authentication) =>
    authenticatorsOf(authentication).flatMap(({ issuers, mode }) => (mode === 'enforce' ? issuers : [])),
  )
  return [...new Set(found)]
}

/** @returns the scopes that enforcing controls of a zone's routes ask for, each once, sorted. */
export function scopesOf(zone: Pick<AnyZone, 'policies' | 'routes'>): readonly string[] {
  const found = allInEffect(zone).flatMap(({ scopes, mode }) => (mode === 'enforce' ? scopes : []))
  return [...new Set(found)].toSorted()
}
