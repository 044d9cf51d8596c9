import { type Decision, type Deny, deny, type Pass, pass, skip } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import { definePolicy, type Handlers } from '../../core/policy.ts'
import type { Reason } from '../../core/reason.ts'
import { readBare, readBearer } from '../../lib/bearer.ts'
import { isAsymmetric, isHmac } from './algorithms.ts'
import { checkSettings } from './check.ts'
import type { JwtFault } from './fault.ts'
import { discoveryLocation } from './fetch-keys.ts'
import { inlineKeySet, type KeySet, remoteKeySet } from './key-set.ts'
import { jwtPrincipal } from './principal.ts'
import { jwtRules, stepUpFault, timeFault } from './rules.ts'
import { type SecretKeys, secretKeys } from './secret-keys.ts'
import { JWT_SETTINGS, type JwtSettings } from './settings.ts'
import { isJwtShaped, readToken } from './token.ts'
import { TokenCache } from './token-cache.ts'
import { type VerifiedJwt, verifyToken } from './verify.ts'

/** Authenticates by a signed JSON Web Token of one issuer in `Authorization: Bearer` (RFC 6750, RFC 7519, RFC 8725, RFC 9068). */
export const jwt = definePolicy({
  name: 'jwt',
  stage: 'authenticate',
  settings: JWT_SETTINGS,
  credentials: ({ header }) => [header ?? 'authorization'],
  bindings: ({ keySet }) => ('secret' in keySet ? [keySet.secret].flat() : 'service' in keySet && keySet.service !== undefined ? [keySet.service] : []),
  check: checkSettings,
  compile,
})

function compile(settings: JwtSettings): Handlers {
  const { issuer, realm, header } = settings
  const rules = jwtRules(settings)
  const keys = keysOf(settings)
  const cache = new TokenCache(rules)
  const challenge = realm === undefined ? 'Bearer' : `Bearer realm="${realm}"`
  const nothingOfOurs = Object.freeze(skip(challenge))
  const multiple = refusal(400, 'jwt.multiple', challenge)
  const syntax = refusal(400, 'jwt.syntax', challenge)

  const stepUp = stepUpChallenge(settings)
  const refused = ({ reason, detail }: JwtFault): Deny => refusal(401, reason, challenge, detail, reason === 'jwt.step-up' ? stepUp : undefined)

  const finish = async (token: string, verifying: Promise<VerifiedJwt | JwtFault>, x: Exchange): Promise<Decision> => {
    const verified = await verifying
    if ('reason' in verified) return refused(verified)
    const { claims, checked, key } = verified
    // Keys may have been waited for.
    const now = x.ports.clock.now()
    const late = timeFault(checked, rules, now) ?? stepUpFault(checked, rules, now)
    if (late !== undefined) return refused(late)
    const decision: Pass = Object.freeze(pass({ principal: jwtPrincipal(claims, checked.subject, settings) }))
    cache.set(token, { decision, checked, key, verifiedAtMs: now })
    return decision
  }

  return {
    request(x) {
      const bearer = header === undefined ? readBearer(x.headers.get('authorization')) : readBare(x.headers.get(header))
      switch (bearer.kind) {
        case 'absent':
        case 'other':
          return nothingOfOurs
        case 'multiple':
          return multiple
        case 'malformed':
          return syntax
        case 'token':
          break
      }
      const { token: compact } = bearer
      if (!isJwtShaped(compact)) return nothingOfOurs
      const ring = keys.current(x)
      const known = ring && cache.get(compact, ring, x.ports.clock.now())
      if (known !== undefined) return known
      const token = readToken(compact)
      if ('reason' in token) return refused(token)
      const { iss } = token.claims
      if (typeof iss === 'string' && iss !== issuer) return nothingOfOurs
      const verifying = verifyToken(token, (kid, alg) => keys.find(kid, alg, x), rules, x.ports.clock.now())
      return verifying instanceof Promise ? finish(compact, verifying, x) : refused(verifying)
    },
  }
}

/** What the caller learns (RFC 6750 §3.1) is the same for every token that is refused: which check failed is none of its business. */
const TOLD = {
  400: { error: 'invalid_request', description: 'The request must carry one well-formed Bearer credential' },
  401: { error: 'invalid_token', description: 'The access token is not valid here' },
} as const

/** That the token is good and the user must authenticate again, or better, is the one thing that is told (RFC 9470 §3). */
const STEP_UP = { error: 'insufficient_user_authentication', description: 'The user must authenticate again' } as const

/** @returns which authentication would do, as parameters of the challenge. */
function stepUpChallenge({ acr, maxAgeSeconds }: JwtSettings): string {
  const values = acr === undefined ? '' : `, acr_values="${[acr].flat().join(' ')}"`
  return `${values}${maxAgeSeconds === undefined ? '' : `, max_age="${maxAgeSeconds}"`}`
}

/** HMAC is for secrets and nothing else is: what an issuer publishes is never given an algorithm that would take it for one. */
function keysOf({ issuer, algorithms, keySet }: JwtSettings): KeySet | SecretKeys {
  if ('secret' in keySet) return secretKeys([keySet.secret].flat(), algorithms.filter(isHmac))
  const asymmetric = algorithms.filter(isAsymmetric)
  if ('jwks' in keySet) return inlineKeySet(keySet.jwks, asymmetric)
  return remoteKeySet('url' in keySet ? keySet : discoveryLocation(issuer, keySet.service), asymmetric)
}

function refusal(status: 400 | 401, reason: Reason, challenge: string, detail?: string, stepUp?: string): Deny {
  const { error, description } = stepUp === undefined ? TOLD[status] : STEP_UP
  const separator = challenge === 'Bearer' ? ' ' : ', '
  return deny(status, reason, {
    ...(detail !== undefined && { detail }),
    problem: { detail: `${description}.` },
    headers: { 'www-authenticate': `${challenge}${separator}error="${error}", error_description="${description}"${stepUp ?? ''}` },
  })
}
