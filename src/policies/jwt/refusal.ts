import { type Deny, deny, type Skip, skip } from '../../core/decision.ts'
import type { Reason } from '../../core/reason.ts'
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

/** What the caller learns (RFC 6750 §3.1) is the same for every token that is refused: which check failed is none of its business. */
const TOLD = {
  400: { error: 'invalid_request', description: 'The request must carry one well-formed Bearer credential' },
  401: { error: 'invalid_token', description: 'The access token is not valid here' },
} as const

const CROSS_SITE = { detail: 'Requests of other sites are not accepted with this cookie.' } as const

/** That the token is good and the user must authenticate again, or better, is the one thing that is told (RFC 9470 §3). */
const STEP_UP = { error: 'insufficient_user_authentication', description: 'The user must authenticate again' } as const

/** Writes every refusal that can be written at start. */
export function refusalsOf(settings: Pick<JwtSettings, 'realm' | 'acr' | 'maxAgeSeconds'>, { scheme }: Pick<Credential, 'scheme'>): Refusals {
  const { realm } = settings
  const challenge = realm === undefined ? scheme : `${scheme} realm="${realm}"`
  const stepUp = stepUpChallenge(settings)
  const refusal = (status: 400 | 401, reason: Reason, detail?: string): Deny => {
    const isStepUp = reason === 'jwt.step-up'
    const { error, description } = isStepUp ? STEP_UP : TOLD[status]
    const told = description.replace('Bearer', scheme)
    return deny(status, reason, {
      ...(detail !== undefined && { detail }),
      problem: { detail: `${told}.` },
      headers: {
        'www-authenticate': `${challenge}${realm === undefined ? ' ' : ', '}error="${error}", error_description="${told}"${isStepUp ? stepUp : ''}`,
      },
    })
  }
  return {
    nothingOfOurs: Object.freeze(skip(challenge)),
    multiple: refusal(400, 'jwt.multiple'),
    syntax: refusal(400, 'jwt.syntax'),
    crossSite: (origin) => deny(403, 'jwt.csrf', { detail: origin ?? 'no Origin', problem: CROSS_SITE }),
    token: ({ reason, detail }) => refusal(401, reason, detail),
  }
}

/** @returns which authentication would do, as parameters of the challenge. */
function stepUpChallenge({ acr, maxAgeSeconds }: Pick<JwtSettings, 'acr' | 'maxAgeSeconds'>): string {
  const values = acr === undefined ? '' : `, acr_values="${[acr].flat().join(' ')}"`
  return `${values}${maxAgeSeconds === undefined ? '' : `, max_age="${maxAgeSeconds}"`}`
}
