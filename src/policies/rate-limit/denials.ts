import { type Deny, deny } from '../../core/decision.ts'
import type { PublicProblem } from '../../core/problem.ts'
import type { Cost } from './cost.ts'
import { retryAfterSeconds } from './fields.ts'

/** RFC 9457 types of draft-ietf-httpapi-ratelimit-headers-11 §5. */
const TYPES = 'https://iana.org/assignments/http-problem-types#'

/** The longest period that a binding of the platform counts in: it does not say how much of it is left. */
const EDGE_RETRY_AFTER_SECONDS = '60'

/** Whose limit was met. */
export type Exceeded = 'limit' | 'ceiling of the /48'

/** How one limit refuses. */
export interface Denials {
  readonly unknownCaller: Deny
  /** What no number of tokens is taken for. */
  readonly uncounted: Readonly<Record<Exclude<ReturnType<Cost['of']>, number>, Deny>>
  readonly edge: Deny
  /** @param isOverridden an operator's figures decided. */
  exceeded(retryAfterMs: number, exceeded: Exceeded, isOverridden: boolean): Deny
  banned(retryAfterMs: number, exceeded: Exceeded, isOverridden: boolean): Deny
  fallback(retryAfterMs: number): Deny
}

/** @param limit its name, which callers see. */
export function denialsOf(limit: string): Denials {
  const problem = (type: string): PublicProblem => ({ type: `${TYPES}${type}`, violatedPolicies: [limit] })
  const [quotaExceeded, abnormalUsage, reducedCapacity] = [problem('quota-exceeded'), problem('abnormal-usage-detected'), problem('temporary-reduced-capacity')]
  const detail = (retryAfterMs: number, exceeded: Exceeded, isOverridden: boolean) => ({
    limit,
    retryAfterMs,
    exceeded,
    ...(isOverridden && { overridden: true }),
  })
  const headers = (retryAfterMs: number) => ({ 'retry-after': `${retryAfterSeconds(retryAfterMs)}` })
  return {
    unknownCaller: deny(403, 'rate-limit.unknown-caller'),
    uncounted: {
      'too-large': deny(413, 'rate-limit.too-large', { detail: { limit } }),
      'length-unknown': deny(411, 'rate-limit.length-unknown', { detail: { limit } }),
      'too-costly': deny(400, 'rate-limit.too-costly', { detail: { limit }, problem: { detail: 'The request costs more than any may.' } }),
    },
    edge: deny(429, 'rate-limit.edge', { detail: { limit }, problem: quotaExceeded, headers: { 'retry-after': EDGE_RETRY_AFTER_SECONDS } }),
    exceeded: (retryAfterMs, exceeded, isOverridden) =>
      deny(429, 'rate-limit.exceeded', { detail: detail(retryAfterMs, exceeded, isOverridden), problem: quotaExceeded, headers: headers(retryAfterMs) }),
    banned: (retryAfterMs, exceeded, isOverridden) =>
      deny(429, 'rate-limit.banned', { detail: detail(retryAfterMs, exceeded, isOverridden), problem: abnormalUsage, headers: headers(retryAfterMs) }),
    fallback: (retryAfterMs) => deny(503, 'rate-limit.fallback', { detail: { limit, retryAfterMs }, problem: reducedCapacity, headers: headers(retryAfterMs) }),
  }
}
