import { checkFailsClosed } from '../../core/check-fails-closed.ts'
import { type Decision, type Deny, pass } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import { type Judge, judgeFactors } from '../../core/judge-factors.ts'
import { definePolicy } from '../../core/policy.ts'
import type { Principal } from '../../core/principal.ts'
import type { Staleness } from '../../core/revocation.ts'
import { tokenRefusal } from '../../core/token-refusal.ts'
import { MAX_SECONDS, REVOCATION_SETTINGS, type RevocationSettings } from './settings.ts'

const DEFAULT_FAIL_AFTER_SECONDS = 300

/** Refuses credentials that were revoked before their time. It stands on every route that authenticates, with its defaults where the configuration does not name it. */
export const revocation = definePolicy({
  name: 'revocation',
  stage: 'authorize',
  settings: REVOCATION_SETTINGS,
  single: true,
  identityOnly: true,
  bindings: () => ['LEDGER'],

  check({ maxStalenessSeconds, failAfterSeconds }, path, problems, options) {
    if (failAfterSeconds !== undefined && (failAfterSeconds < maxStalenessSeconds || (maxStalenessSeconds === 0 && failAfterSeconds > 0))) {
      problems.add([...path, 'failAfterSeconds'], {
        found: `${failAfterSeconds}`,
        expected: maxStalenessSeconds === 0 ? 'nothing: where each request asks the ledger, nothing is kept' : `${maxStalenessSeconds} or more`,
        fix: maxStalenessSeconds === 0 ? 'leave it out' : 'raise it, or lower maxStalenessSeconds',
      })
    }
    checkFailsClosed(
      options,
      {
        why: 'failAfterSeconds says how long an outage of the ledger may let everybody pass',
        fix: `leave it out, and raise failAfterSeconds, up to ${MAX_SECONDS}`,
      },
      path,
      problems,
    )
  },

  compile(settings) {
    const staleness = stalenessOf(settings)
    const judge: Judge = (principal, x) => judgeBy(staleness, principal, x)
    return { request: (x) => judgeFactors(x, judge) }
  },
})

function stalenessOf({ maxStalenessSeconds, failAfterSeconds }: RevocationSettings): Staleness {
  const failAfter = failAfterSeconds ?? (maxStalenessSeconds === 0 ? 0 : Math.max(DEFAULT_FAIL_AFTER_SECONDS, maxStalenessSeconds))
  return { maxStalenessMs: maxStalenessSeconds * 1000, failAfterMs: failAfter * 1000 }
}

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
