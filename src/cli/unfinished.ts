import * as v from 'valibot'
import type { PolicyUse } from '../gateway/policy-use.ts'
import { nobody } from '../policies/nobody/nobody.ts'
import { nobodySettings } from '../policies/nobody/settings.ts'

/** A route where `nobody` stands for an authenticator that has yet to be chosen. */
export interface UnfinishedRoute {
  readonly zone: string
  readonly route: string
  readonly why: string
}

/** @returns the routes with `nobody` in their authentication, each once, also where others stand beside it. */
export function unfinishedRoutes(uses: readonly PolicyUse[]): readonly UnfinishedRoute[] {
  const found = new Map<string, UnfinishedRoute>()
  for (const { zone, route, policy } of uses) {
    if (route === undefined || policy.name !== nobody.policyName) continue
    const key = `${zone} ${route}`
    if (!found.has(key)) found.set(key, { zone, route, why: v.parse(nobodySettings, policy.settings).why })
  }
  return [...found.values()]
}
