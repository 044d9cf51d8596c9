import { type Challenge, type ChallengeParams, withParams } from '../../core/challenge.ts'
import { type Decision, type Deny, deny, type Pass, pass, skip } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import { definePolicy, type Handlers } from '../../core/policy.ts'
import type { Reason } from '../../core/reason.ts'
import type { Shared } from '../../core/shared.ts'
import { readBare, readBearer } from '../../lib/bearer.ts'
import { checkInlineKeys } from './check-keys.ts'
import type { JwtFault } from './fault.ts'
import { discoveryLocation, type KeyLocation } from './fetch-keys.ts'
import { inlineKeySet } from './key-set.ts'
import { jwtPrincipal } from './principal.ts'
import { sharedKeySet } from './remote-key-set.ts'
import { jwtRules, stepUpFault, timeFault } from './rules.ts'
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
  // A token in a header of its own comes from elsewhere: its client does not get it from the issuer.
  issuers: ({ issuer, header }) => (header === undefined && isIssuerUrl(issuer) ? [issuer] : []),
  bindings: ({ keySet }) => ('service' in keySet && keySet.service !== undefined ? [keySet.service] : []),
  check: ({ issuer, keySet, algorithms }, path, problems) => {
    if ('jwks' in keySet) checkInlineKeys(keySet.jwks.keys, algorithms, [...path, 'keySet', 'jwks', 'keys'], problems)
    if ('discovery' in keySet && !isIssuerUrl(issuer)) {
      problems.add([...path, 'issuer'], {
        found: JSON.stringify(issuer),
        expected: 'an https URL, for discovery',
        fix: 'write the issuer as its tokens have it, or name the key set by url',
      })
    }
  },
  compile,
})

function compile(settings: JwtSettings, shared: Shared): Handlers {
  const { issuer, algorithms, keySet, realm, header } = settings
  const rules = jwtRules(settings)
  const keys = 'jwks' in keySet ? inlineKeySet(keySet.jwks, algorithms) : sharedKeySet(locationOf(settings), algorithms, shared)
  const cache = new TokenCache(rules)
  const challenge: Challenge = { scheme: 'Bearer', ...(realm !== undefined && { params: { realm } }) }
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
    const decision: Pass = Object.freeze(pass({ principal: jwtPrincipal(claims, checked.subject, key.kid, settings) }))
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
function stepUpChallenge({ acr, maxAgeSeconds }: JwtSettings): ChallengeParams {
  return { ...(acr !== undefined && { acr_values: [acr].flat().join(' ') }), ...(maxAgeSeconds !== undefined && { max_age: `${maxAgeSeconds}` }) }
}

function locationOf({ issuer, keySet }: JwtSettings): KeyLocation {
  if ('url' in keySet) return keySet
  return discoveryLocation(issuer, 'service' in keySet ? keySet.service : undefined)
}

function isIssuerUrl(issuer: string): boolean {
  const url = URL.parse(issuer)
  return url !== null && url.protocol === 'https:' && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
}

function refusal(status: 400 | 401, reason: Reason, challenge: Challenge, detail?: string, stepUp?: ChallengeParams): Deny {
  const { error, description } = stepUp === undefined ? TOLD[status] : STEP_UP
  return deny(status, reason, {
    ...(detail !== undefined && { detail }),
    problem: { detail: `${description}.` },
    challenges: [withParams(challenge, { error, error_description: description, ...stepUp })],
  })
}
