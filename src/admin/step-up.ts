import { type Condition, compileCondition } from '../core/condition.ts'
import { deny } from '../core/decision.ts'
import type { Exchange } from '../core/exchange.ts'
import { isNumericDate } from '../lib/numeric-date.ts'
import { Refusal } from './refusal.ts'
import { BOOTSTRAP } from './role.ts'

/** What whoever changes something must have done to sign in. */
export interface StepUp {
  readonly when: Condition<never>
  /** What the challenge asks for. */
  readonly acr?: string | readonly string[]
  /** How long ago the sign-in (`auth_time`) may be. */
  readonly maxAgeSeconds?: number
  /** Bootstrap tokens need none: they can have done nothing. */
  readonly exempt?: readonly 'bootstrap-token'[]
}

/** How far the issuer's clock may be ahead. */
const CLOCK_TOLERANCE_MS = 5000

/** @returns what throws the challenge of RFC 9470 where somebody has not signed in well or lately enough. */
export function compileStepUp({ when, acr, maxAgeSeconds, exempt = [] }: StepUp): (x: Exchange) => void {
  const holds = compileCondition(when)
  const params = {
    error: 'insufficient_user_authentication',
    error_description: 'Changing something needs a stronger or more recent sign-in',
    ...(acr !== undefined && { acr_values: [acr].flat().join(' ') }),
    ...(maxAgeSeconds !== undefined && { max_age: String(maxAgeSeconds) }),
  }
  const isRecent = ({ principal, ports }: Exchange): boolean => {
    if (maxAgeSeconds === undefined) return true
    const at = principal?.claims.auth_time
    if (!isNumericDate(at)) return false
    const ageMs = ports.clock.now() - at * 1000
    return ageMs >= -CLOCK_TOLERANCE_MS && ageMs <= maxAgeSeconds * 1000
  }
  return (x) => {
    if (x.principal?.method === BOOTSTRAP && exempt.includes(BOOTSTRAP)) return
    if (holds(x) === true && isRecent(x)) return
    throw new Refusal(
      deny(401, 'admin.step-up', { problem: { detail: `${params.error_description}.` }, challenges: [{ scheme: x.principal?.scheme ?? 'Bearer', params }] }),
    )
  }
}
