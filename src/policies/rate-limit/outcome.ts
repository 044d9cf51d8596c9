import type { Outcome } from '../../core/exchange.ts'
import type { RateLimitSettings } from './settings.ts'

/** @returns a function that says whether a request that ended like this counts. */
export function compileOutcome(wanted: RateLimitSettings['outcome']): ((outcome: Outcome) => boolean) | undefined {
  if (wanted === undefined) return undefined
  const statuses = new Set(wanted.statuses)
  const denials = new Set(wanted.denials)
  return ({ origin, reason, reachedOrigin }) => {
    if (origin !== undefined) return statuses.has(origin.status)
    // What the origin made of it nobody knows: a guess that it never answers must not be free.
    if (reachedOrigin) return true
    return denials.has(reason) || denials.has(reason.slice(0, reason.indexOf('.')))
  }
}
