import { type Decision, type Deny, pass } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import { type Judge, judgeFactors } from '../../core/judge-factors.ts'
import { definePolicy } from '../../core/policy.ts'
import type { Principal } from '../../core/principal.ts'
import type { Staleness } from '../../core/revocation.ts'
import { checkClosedStaleness, stalenessOf } from '../../core/staleness-settings.ts'
import { tokenRefusal } from '../../core/token-refusal.ts'
import { REVOCATION_SETTINGS } from './settings.ts'

/** Refuses credentials that were revoked before their time. It stands on every route that authenticates, with its defaults where the configuration does not name it. */
export const revocation = definePolicy({
  name: 'revocation',
  stage: 'authorize',
  settings: REVOCATION_SETTINGS,
  single: true,
  identityOnly: true,
  bindings: () => ['LEDGER'],
  check: checkClosedStaleness,

  compile(settings) {
    const staleness = stalenessOf(settings)
    const judge: Judge = (principal, x) => judgeBy(staleness, principal, x)
    return { request: (x) => judgeFactors(x, judge) }
  },
})

function judgeBy(staleness: Staleness, principal: Principal, x: Exchange): Decision | Promise<Decision> {
  const { revocable } = principal
  if (revocable === undefined) return pass()
  const found = x.ports.revocations.find(revocable, staleness, x)
  if (found instanceof Promise) return found.then((late) => decide(late, principal))
  return decide(found, principal)
}

function decide(found: string | undefined, { scheme }: Principal): Decision {
  return found === undefined ? pass() : revoked(found, scheme)
}

/** The caller learns what it would of any other bad token. The operator learns what it was revoked by, never whose it is. */
function revoked(name: string, scheme: string): Deny {
  return tokenRefusal(401, 'revocation.revoked', { scheme }, { by: name.slice(0, name.indexOf('|')) })
}
