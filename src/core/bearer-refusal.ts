import { type Deny, deny } from './decision.ts'
import type { Reason } from './reason.ts'

/** What the caller learns (RFC 6750 §3.1) is the same for every token that is refused: which check failed is none of its business. */
const TOLD = {
  400: { error: 'invalid_request', description: 'The request must carry one well-formed Bearer credential' },
  401: { error: 'invalid_token', description: 'The access token is not valid here' },
} as const

/** @returns the challenge of the Bearer scheme (RFC 6750 §3). The realm must hold no quotation mark and no backslash. */
export function bearerChallenge(realm: string | undefined): string {
  return realm === undefined ? 'Bearer' : `Bearer realm="${realm}"`
}

/** Refuses a Bearer credential; frozen, because requests with the same credential may share it. */
export function bearerRefusal(status: 400 | 401, reason: Reason, challenge: string, detail?: string): Deny {
  const { error, description } = TOLD[status]
  const separator = challenge === 'Bearer' ? ' ' : ', '
  return Object.freeze(
    deny(status, reason, {
      ...(detail !== undefined && { detail }),
      problem: { detail: `${description}.` },
      headers: { 'www-authenticate': `${challenge}${separator}error="${error}", error_description="${description}"` },
    }),
  )
}
