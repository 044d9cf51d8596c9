import { type Challenge, withParams } from './challenge.ts'
import { type Deny, deny } from './decision.ts'
import type { Reason } from './reason.ts'

/** What the caller learns (RFC 6750 §3.1) is the same for every token that is refused: which check failed is none of its business. */
const TOLD = {
  400: { error: 'invalid_request', error_description: 'The request must carry one well-formed Bearer credential' },
  401: { error: 'invalid_token', error_description: 'The access token is not valid here' },
} as const

/** @returns the challenge of the Bearer scheme (RFC 6750 §3). */
export function bearerChallenge(realm: string | undefined): Challenge {
  return { scheme: 'Bearer', ...(realm !== undefined && { params: { realm } }) }
}

/** Refuses a Bearer credential; frozen, because requests with the same credential may share it. */
export function bearerRefusal(status: 400 | 401, reason: Reason, challenge: Challenge, detail?: unknown): Deny {
  return Object.freeze(
    deny(status, reason, {
      ...(detail !== undefined && { detail }),
      problem: { detail: `${TOLD[status].error_description}.` },
      challenges: [withParams(challenge, TOLD[status])],
    }),
  )
}
