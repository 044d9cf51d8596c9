import type { Authentication, Authenticator } from '../core/authentication.ts'
import type { Challenge } from '../core/challenge.ts'
import { type Decision, deny, pass, skip } from '../core/decision.ts'
import type { Exchange } from '../core/exchange.ts'
import type { Principal } from '../core/principal.ts'

const UNCLAIMED: Challenge = { scheme: 'Bearer', params: { error: 'invalid_token' } }

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
  const presented = x.route.credentialHeaders.some((name) => x.headers.has(name))
  const { challenges } = decision
  const offered = challenges.length > 0 && presented ? [...challenges, UNCLAIMED] : challenges
  return deny(401, presented ? 'authenticate.unclaimed' : `${reasonPrefix}.missing`, offered.length === 0 ? {} : { challenges: offered })
}

function firstThatClaims(parts: readonly Judge[]): Judge {
  const from = (x: Exchange, start: number, challenges: readonly Challenge[]): Decision | Promise<Decision> => {
    let seen = challenges
    for (let i = start; i < parts.length; i++) {
      const decision = (parts[i] as Judge)(x)
      if (decision instanceof Promise) {
        const before = seen
        return decision.then((late) => (late.kind === 'skip' ? from(x, i + 1, [...before, ...late.challenges]) : late))
      }
      if (decision.kind !== 'skip') return decision
      seen = [...seen, ...decision.challenges]
    }
    return skip(...seen)
  }
  return (x) => from(x, 0, [])
}

function everyOne(parts: readonly Judge[]): Judge {
  return async (x) => {
    let principal: Principal | undefined
    const missing: Challenge[] = []
    let skipped = false
    for (const part of parts) {
      const decision = await part(x)
      if (decision.kind === 'skip') {
        skipped = true
        missing.push(...decision.challenges)
        continue
      }
      if (decision.kind !== 'pass') return decision
      if (decision.principal === undefined) throw new TypeError('an authenticator passed without a principal')
      principal = principal === undefined ? decision.principal : { ...principal, factors: [...(principal.factors ?? []), decision.principal] }
    }
    if (!skipped && principal !== undefined) return pass({ principal })
    if (principal === undefined) return skip(...missing)
    return deny(401, 'authenticate.incomplete', missing.length === 0 ? {} : { challenges: missing })
  }
}
