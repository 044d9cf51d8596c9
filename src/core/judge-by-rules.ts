import { type Decision, pass } from './decision.ts'
import type { Exchange } from './exchange.ts'
import type { Judgement } from './policy.ts'
import type { Staleness } from './revocation.ts'
import type { RulesInForce } from './runtime-rule.ts'

/** Judges by the rules that change without a deployment; at once where their copy is young enough, and for next to nothing while there are none. */
export function judgeByRules(staleness: Staleness, judge: (rules: RulesInForce, x: Exchange) => Decision): Judgement {
  return (x) => {
    const rules = x.ports.runtime.current(staleness, x)
    if (rules instanceof Promise) return rules.then((late) => (late.isEmpty ? pass() : judge(late, x)))
    return rules.isEmpty ? pass() : judge(rules, x)
  }
}
