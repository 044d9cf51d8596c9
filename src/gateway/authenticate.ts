import type { Authentication, Authenticator } from '../core/authentication.ts'
import { type Decision, deny, pass, skip } from '../core/decision.ts'
import type { Exchange } from '../core/exchange.ts'
import type { Principal } from '../core/principal.ts'
import { cookieOf, isPresented } from '../lib/credential-place.ts'

type Judge = (x: Exchange) => Decision | Promise<Decision>

/** Verifies nothing by itself: turns a route's `authenticate` into one step that always ends in a principal or a denial. */
export function compileAuthentication(authentication: Authentication, handlerOf: (authenticator: Authenticator) => Judge): Judge {
  const judge = compile(authentication, handlerOf)
  const reasonPrefix = 'kind' in authentication ? 'authenticate' : authentication.name
  return (x) => {
    const decision = judge(x)
    return decision instanceof Promise ? decision.then((late) => conclude(late, x, reasonPrefix)) : conclude(decision, x, reasonPrefix)
  }
}

function compile(authentication: Authentication, handlerOf: (authenticator: Authenticator) => Judge): Judge {
  if (!('kind' in authentication)) return handlerOf(authentication)
  const parts = authentication.of.filter((part) => 'kind' in part || part.mode === 'enforce').map((part) => compile(part, handlerOf))
  return authentication.kind === 'anyOf' ? firstThatClaims(parts) : everyOne(parts)
}

/** Nobody claimed anything: 401. RFC 6750 §3.1 tells a credential that nobody understands from none at all. */
function conclude(decision: Decision, x: Exchange, reasonPrefix: string): Decision {
  if (decision.kind === 'pass' && decision.principal === undefined) throw new TypeError('an authenticator passed without a principal')
  if (decision.kind !== 'skip') return decision
  const presented = x.route.credentialHeaders.filter((place) => isPresented(place, x.headers))
  const challenges = decision.challenge ?? ''
  // A cookie that nobody understands is no bad Bearer token.
  const isBadToken = presented.some((place) => cookieOf(place) === undefined)
  const headers = challenges === '' ? {} : { 'www-authenticate': isBadToken ? `${challenges}, Bearer error="invalid_token"` : challenges }
  return deny(401, presented.length > 0 ? 'authenticate.unclaimed' : `${reasonPrefix}.missing`, { headers })
}

function firstThatClaims(parts: readonly Judge[]): Judge {
  const from = (x: Exchange, start: number, challenges: readonly string[]): Decision | Promise<Decision> => {
    let seen = challenges
    for (let i = start; i < parts.length; i++) {
      const decision = (parts[i] as Judge)(x)
      if (decision instanceof Promise) {
        const before = seen
        return decision.then((late) => (late.kind === 'skip' ? from(x, i + 1, withChallenge(before, late.challenge)) : late))
      }
      if (decision.kind !== 'skip') return decision
      seen = withChallenge(seen, decision.challenge)
    }
    return skip(seen.join(', '))
  }
  return (x) => from(x, 0, [])
}

function withChallenge(challenges: readonly string[], challenge: string | undefined): readonly string[] {
  return challenge === undefined || challenges.includes(challenge) ? challenges : [...challenges, challenge]
}

function everyOne(parts: readonly Judge[]): Judge {
  return async (x) => {
    let principal: Principal | undefined
    const missing: string[] = []
    let skipped = false
    for (const part of parts) {
      const decision = await part(x)
      if (decision.kind === 'skip') {
        skipped = true
        if (decision.challenge !== undefined) missing.push(decision.challenge)
        continue
      }
      if (decision.kind !== 'pass') return decision
      if (decision.principal === undefined) throw new TypeError('an authenticator passed without a principal')
      principal = principal === undefined ? decision.principal : { ...principal, factors: [...(principal.factors ?? []), decision.principal] }
    }
    if (!skipped && principal !== undefined) return pass({ principal })
    if (principal === undefined) return skip(missing.join(', '))
    return deny(401, 'authenticate.incomplete', missing.length === 0 ? {} : { headers: { 'www-authenticate': missing.join(', ') } })
  }
}
