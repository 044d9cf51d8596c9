import { type Deny, deny } from '../core/decision.ts'
import type { DenyStatus } from '../core/problem.ts'
import type { Reason } from '../core/reason.ts'

/** Seconds after which a caller may try again when a control or the gateway itself failed. */
const RETRY_AFTER_SECONDS = '5'

/** The denial for a control that failed: it says that this gateway cannot answer now, never why. */
export function failure(policy: string, status: DenyStatus = 503): Deny {
  return deny(status, failureReason(policy), status === 503 ? { headers: { 'retry-after': RETRY_AFTER_SECONDS } } : {})
}

/** The reason that stands for a failure of the control with this label. */
export function failureReason(label: string): Reason {
  return `${nameOf(label)}.error`
}

/** The reason that says that the control with this label failed and decided by itself. */
export function fallbackReason(label: string): Reason {
  return `${nameOf(label)}.fallback`
}

function nameOf(label: string): string {
  const colon = label.indexOf(':')
  return colon < 0 ? label : label.slice(0, colon)
}
