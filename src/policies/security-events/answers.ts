import { type Deny, deny, type Reply, reply } from '../../core/decision.ts'
import type { Consequences } from './consequences.ts'
import type { SetFault, SetReason } from './fault.ts'

/** What a transmitter is told (RFC 8935 §2.4), and the one sentence for each that it gets. */
const TOLD = {
  invalid_request: 'The request is not a Security Event Token that can be taken here.',
  invalid_key: 'The token is not signed with a key that is accepted here.',
  invalid_issuer: 'No events of this issuer are taken here.',
  invalid_audience: 'The token is not meant for this recipient.',
  access_denied: 'The issuer of the token may not say this here.',
} as const

/** Every other reason is the request's own fault. */
const ERRORS: Partial<Record<SetReason, keyof typeof TOLD>> = {
  'security-events.algorithm': 'invalid_key',
  'security-events.key': 'invalid_key',
  'security-events.signature': 'invalid_key',
  'security-events.issuer': 'invalid_issuer',
  'security-events.audience': 'invalid_audience',
  'security-events.foreign-subject': 'access_denied',
}

/** Refuses a token as transmitters understand it (RFC 8935 §2.3). */
export function refusal({ reason, detail }: SetFault): Deny {
  const err = ERRORS[reason] ?? 'invalid_request'
  return deny(400, reason, {
    detail,
    headers: { 'content-language': 'en' },
    document: { mediaType: 'application/json', text: JSON.stringify({ err, description: TOLD[err] }) },
  })
}

/** What is wrong with a request, whatever its body: HTTP's own errors (RFC 8935 §2.3). */
export const UNSUPPORTED_TYPE = deny(415, 'security-events.content-type', { problem: { detail: 'The body must be application/secevent+jwt.' } })
/** See {@link UNSUPPORTED_TYPE}. */
export const TOO_LARGE = deny(413, 'security-events.too-large', { problem: { detail: 'The body is too large.' } })

/** Says that a token was taken (RFC 8935 §2.2). Once it is verified, what it says is no reason to refuse it: its transmitter could only send it again. */
export function taken({ revocations, unusable, unknown }: Consequences): Reply {
  return reply(new Response(null, { status: 202 }), reasonOf(revocations.length, unusable.length, unknown.length))
}

function reasonOf(revoked: number, unusable: number, unknown: number): Reply['reason'] {
  if (revoked > 0) return 'security-events.revoked'
  if (unusable > 0) return 'security-events.unusable'
  return unknown > 0 ? 'security-events.unknown' : 'security-events.acknowledged'
}
