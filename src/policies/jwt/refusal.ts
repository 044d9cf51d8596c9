import type { ChallengeParams } from '../../core/challenge.ts'
import { type Deny, deny, type Skip, skip } from '../../core/decision.ts'
import { type TokenError, tokenChallenge, tokenRefusal } from '../../core/token-refusal.ts'
import type { Credential } from './credential.ts'
import type { JwtFault } from './fault.ts'
import type { JwtSettings } from './settings.ts'

/** What the authenticator says to requests that it does not let pass. */
export interface Refusals {
  readonly nothingOfOurs: Skip
  readonly multiple: Deny
  readonly syntax: Deny
  /** The answer to a request that somebody else's page may have made; `origin` is what it says of itself. */
  crossSite(origin: string | null): Deny
  /** The answer to a token that does not hold. */
  token(fault: JwtFault): Deny
}

const CROSS_SITE = { detail: 'Requests of other sites are not accepted with this cookie.' } as const

/** Writes every refusal that can be written at start. */
export function refusalsOf(settings: Pick<JwtSettings, 'realm' | 'acr' | 'maxAgeSeconds'>, { scheme }: Pick<Credential, 'scheme'>): Refusals {
  const challenge = tokenChallenge(scheme, settings.realm)
  // That the token is good and the user must authenticate again, or better, is the one thing that is told (RFC 9470 §3).
  const stepUp: TokenError = {
    error: 'insufficient_user_authentication',
    error_description: 'The user must authenticate again',
    ...sufficientAuthentication(settings),
  }
  return {
    nothingOfOurs: Object.freeze(skip(challenge)),
    multiple: tokenRefusal(400, 'jwt.multiple', challenge),
    syntax: tokenRefusal(400, 'jwt.syntax', challenge),
    crossSite: (origin) => deny(403, 'jwt.csrf', { detail: origin ?? 'no Origin', problem: CROSS_SITE }),
    token: ({ reason, detail }) => tokenRefusal(401, reason, challenge, detail, reason === 'jwt.step-up' ? stepUp : undefined),
  }
}

/** @returns which authentication would do, as parameters of the challenge. */
function sufficientAuthentication({ acr, maxAgeSeconds }: Pick<JwtSettings, 'acr' | 'maxAgeSeconds'>): ChallengeParams {
  return {
    ...(acr !== undefined && { acr_values: [acr].flat().join(' ') }),
    ...(maxAgeSeconds !== undefined && { max_age: `${maxAgeSeconds}` }),
  }
}
