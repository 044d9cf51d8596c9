import type { Authentication, Authenticator } from '../core/authentication.ts'
import { type Decision, deny, type Pass, pass, type Skip, skip } from '../core/decision.ts'
import type { Exchange } from '../core/exchange.ts'
import type { Judgement } from '../core/policy.ts'
import type { Principal } from '../core/principal.ts'
import { isPresented, type Missing, offered } from './unclaimed.ts'

/** Judges a request; authenticators that skip it are added to `missing`. */
type Judge = (x: Exchange, missing: Missing[]) => Decision | Promise<Decision>

/** Verifies nothing by itself: turns a route's `authenticate` into one step that always ends in a principal or a denial. */
export function compileAuthentication(authentication: Authentication, handlerOf: (authenticator: Authenticator) => Judgement): Judgement {
  const judge = compile(authentication, handlerOf)
  const reasonPrefix = 'kind' in authentication ? 'authenticate' : authentication.name
  return (x) => {
    const missing: Missing[] = []
    const decision = judge(x, missing)
    return decision instanceof Promise ? decision.then((late) => conclude(late, x, missing, reasonPrefix)) : conclude(decision, x, missing, reasonPrefix)
  }
}

function compile(authentication: Authentication, handlerOf: (authenticator: Authenticator) => Judgement): Judge {
  if (!('kind' in authentication)) return alone(handlerOf(authentication), authentication.credentials)
  const parts = authentication.of.filter((part) => 'kind' in part || part.mode === 'enforce').map((part) => compile(part, handlerOf))
  return authentication.kind === 'anyOf' ? firstThatClaims(parts) : everyOne(parts)
}

/** Nobody claimed anything: 401. */
function conclude(decision: Decision, x: Exchange, missing: readonly Missing[], reasonPrefix: string): Decision {
  if (decision.kind === 'pass' && decision.principal === undefined) throw new TypeError('an authenticator passed without a principal')
  if (decision.kind !== 'skip') return decision
  return deny(401, isPresented(missing, x) ? 'authenticate.unclaimed' : `${reasonPrefix}.missing`, offered(missing, x))
}

function alone(judge: Judgement, credentials: readonly string[]): Judge {
  const noted = (decision: Decision, missing: Missing[]): Decision => {
    if (decision.kind === 'skip') missing.push({ challenges: decision.challenges, credentials })
    return decision
  }
  return (x, missing) => {
    const decision = judge(x)
    return decision instanceof Promise ? decision.then((late) => noted(late, missing)) : noted(decision, missing)
  }
}

function firstThatClaims(parts: readonly Judge[]): Judge {
  const from = (x: Exchange, missing: Missing[], before: number, start: number): Decision | Promise<Decision> => {
    // Whoever is asked later may claim: then nothing is missing here.
    const claimed = (decision: Decision): Decision => {
      missing.length = before
      return decision
    }
    for (let i = start; i < parts.length; i++) {
      const decision = (parts[i] as Judge)(x, missing)
      if (decision instanceof Promise) return decision.then((late) => (late.kind === 'skip' ? from(x, missing, before, i + 1) : claimed(late)))
      if (decision.kind !== 'skip') return claimed(decision)
    }
    return skip()
  }
  return (x, missing) => from(x, missing, missing.length, 0)
}

/** What the parts of an `allOf` said so far. */
interface Sum {
  readonly verified?: Pass
  readonly skipped: boolean
}

function everyOne(parts: readonly Judge[]): Judge {
  const from = (x: Exchange, missing: Missing[], before: number, start: number, given: Sum): Decision | Promise<Decision> => {
    let sum = given
    for (let i = start; i < parts.length; i++) {
      const decision = (parts[i] as Judge)(x, missing)
      if (decision instanceof Promise) {
        const soFar = sum
        return decision.then((late) => (goesOn(late) ? from(x, missing, before, i + 1, plus(soFar, late)) : late))
      }
      if (!goesOn(decision)) return decision
      sum = plus(sum, decision)
    }
    const { verified, skipped } = sum
    if (verified === undefined) return skip()
    return skipped ? deny(401, 'authenticate.incomplete', offered(missing.slice(before), x)) : verified
  }
  return (x, missing) => from(x, missing, missing.length, 0, { skipped: false })
}

function goesOn(decision: Decision): decision is Pass | Skip {
  return decision.kind === 'pass' || decision.kind === 'skip'
}

function plus({ verified, skipped }: Sum, decision: Pass | Skip): Sum {
  if (decision.kind === 'skip') return { ...(verified !== undefined && { verified }), skipped: true }
  if (decision.principal === undefined) throw new TypeError('an authenticator passed without a principal')
  return { verified: verified?.principal === undefined ? decision : both(verified, verified.principal, decision, decision.principal), skipped }
}

/** The first gives the principal, the other is its factor; what both have to tell origin and client is told. */
function both(first: Pass, principal: Principal, other: Pass, { factors = [], ...factor }: Principal): Pass {
  return pass({
    principal: { ...principal, factors: [...(principal.factors ?? []), factor, ...factors] },
    toOrigin: { ...first.toOrigin, ...other.toOrigin },
    toClient: { ...first.toClient, ...other.toClient },
  })
}
