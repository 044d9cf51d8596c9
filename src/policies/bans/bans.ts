import { type Decision, deny, pass } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import { judgeByRules } from '../../core/judge-by-rules.ts'
import { definePolicy } from '../../core/policy.ts'
import type { CopiedRule, ListRule } from '../../core/runtime-rule.ts'
import { checkStaleness, stalenessOf } from '../../core/staleness-settings.ts'
import { factsOf } from './facts.ts'
import { BANS_SETTINGS } from './settings.ts'

/** Refuses connections that an operator has banned. It stands before every route, with its defaults where the configuration does not name it. */
export const bans = definePolicy({
  name: 'bans',
  stage: 'access',
  settings: BANS_SETTINGS,
  single: true,
  bindings: () => ['LEDGER'],
  check: checkStaleness,

  compile(settings) {
    return {
      request: judgeByRules(stalenessOf(settings), (rules, x) => {
        const ban = rules.banOf(factsOf(x), x.ports.clock.now())
        return ban === undefined ? pass() : banned(ban, x)
      }),
    }
  },
})

/** An id holds a hash of what is banned, and whoever has all addresses at hand has all their hashes. */
function banned({ id, target }: CopiedRule<ListRule>, { ports }: Exchange): Decision {
  return deny(403, `bans.${target}`, { detail: { by: target, rule: target === 'ip' ? ports.pseudonym(id) : id } })
}
