import { type Challenge, type ChallengeParams, withParams } from './challenge.ts'
import { type Deny, deny } from './decision.ts'
import type { Reason } from './reason.ts'

/** @returns the challenge of a scheme (RFC 6750 §3). */
export function tokenChallenge(scheme: string, realm: string | undefined): Challenge {
  return { scheme, ...(realm !== undefined && { params: { realm } }) }
}

/** What a caller is told of a refused token, as parameters of the challenge; the description also stands in the problem document. */
export type TokenError = ChallengeParams & { readonly error: string; readonly error_description: string }

/**
 * Refuses a token; frozen, because requests with the same token may share it.
 * @param told default: what is the same for every token that is refused (RFC 6750 §3.1), since which check failed is none of the caller's business.
 */
export function tokenRefusal(status: 400 | 401, reason: Reason, challenge: Challenge, detail?: unknown, told = toldOf(status, challenge)): Deny {
  return Object.freeze(
    deny(status, reason, {
      ...(detail !== undefined && { detail }),
      problem: { detail: `${told.error_description}.` },
      challenges: [withParams(challenge, told)],
    }),
  )
}

function toldOf(status: 400 | 401, { scheme }: Challenge): TokenError {
  if (status === 401) return { error: 'invalid_token', error_description: 'The access token is not valid here' }
  return { error: 'invalid_request', error_description: `The request must carry one well-formed ${scheme} credential` }
}
