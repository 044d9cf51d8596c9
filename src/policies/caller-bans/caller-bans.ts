import { type Decision, deny, pass } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import { judgeByRules } from '../../core/judge-by-rules.ts'
import { definePolicy } from '../../core/policy.ts'
import type { Principal } from '../../core/principal.ts'
import type { CallerFacts, RulesInForce } from '../../core/runtime-rule.ts'
import { checkClosedStaleness, stalenessOf } from '../../core/staleness-settings.ts'
import { CALLER_BANS_SETTINGS } from './settings.ts'

/** The control whose credentials' ids are the ids of API keys. */
const KEY_METHOD = 'api-key'

/** Refuses verified callers and API keys that an operator has banned. It stands on every route that authenticates, with its defaults where the configuration does not name it. */
export const callerBans = definePolicy({
  name: 'caller-bans',
  stage: 'authorize',
  settings: CALLER_BANS_SETTINGS,
  single: true,
  identityOnly: true,
  bindings: () => ['LEDGER'],
  check: checkClosedStaleness,

  compile(settings) {
    const judge = judgeByRules(stalenessOf(settings), judgeAll)
    return {
      request(x) {
        if (x.principal === undefined) throw new TypeError('nobody to judge')
        return judge(x)
      },
    }
  },
})

/** Every credential that made the caller known is judged: one that is banned is one too many. */
function judgeAll(rules: RulesInForce, x: Exchange): Decision {
  const { principal, ports } = x
  for (const one of [...(principal === undefined ? [] : [principal]), ...(principal?.factors ?? [])]) {
    const ban = rules.callerBanOf(callerOf(one, x), ports.clock.now())
    // An id holds a hash of whom it concerns: whoever guesses names could tell.
    if (ban !== undefined) return deny(403, `caller-bans.${ban.target}`, { detail: { by: ban.target, rule: ports.pseudonym(ban.id) } })
  }
  return pass()
}

function callerOf({ issuer, subject, method, credentialId }: Principal, { zone }: Exchange): CallerFacts {
  return { zone, issuer, subject, ...(method === KEY_METHOD && credentialId !== undefined && { keyId: credentialId }) }
}
