import { type Decision, deny, pass } from '../../core/decision.ts'
import { judgeByRules } from '../../core/judge-by-rules.ts'
import { definePolicy } from '../../core/policy.ts'
import type { Reason } from '../../core/reason.ts'
import type { CopiedRule, StopRule } from '../../core/runtime-rule.ts'
import { checkStaleness, stalenessOf } from '../../core/staleness-settings.ts'
import { KILL_SWITCH_SETTINGS } from './settings.ts'

/** Whoever is asked to come back later than that asks earlier all the same. */
const MAX_RETRY_AFTER_SECONDS = 3600

/** Answers 503 where an operator has stopped a route, a zone or the whole gateway. It stands before every route, with its defaults where the configuration does not name it. */
export const killSwitch = definePolicy({
  name: 'kill-switch',
  stage: 'access',
  settings: KILL_SWITCH_SETTINGS,
  single: true,
  bindings: () => ['LEDGER'],
  check: checkStaleness,

  compile(settings) {
    return {
      request: judgeByRules(stalenessOf(settings), (rules, { zone, route, ports }) => {
        const now = ports.clock.now()
        const stop = rules.stopOf(zone, route.key, now)
        return stop === undefined ? pass() : stopped(stop, now)
      }),
    }
  },
})

function stopped(stop: CopiedRule<StopRule>, nowMs: number): Decision {
  const { id, untilMs, retryAfterSeconds = Math.min(MAX_RETRY_AFTER_SECONDS, Math.ceil((untilMs - nowMs) / 1000)) } = stop
  return deny(503, reasonOf(stop), { detail: { rule: id, untilMs }, headers: { 'retry-after': `${retryAfterSeconds}` } })
}

function reasonOf({ fromMs, zone, route }: CopiedRule<StopRule>): Reason {
  if (fromMs !== undefined) return 'kill-switch.maintenance'
  if (zone === undefined) return 'kill-switch.gateway'
  return route === undefined ? 'kill-switch.zone' : 'kill-switch.route'
}
