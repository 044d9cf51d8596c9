import { deny, pass } from '../../core/decision.ts'
import { definePolicy } from '../../core/policy.ts'
import { AMBIGUOUS } from './ambiguous.ts'
import { compileConnectionRules } from './connection.ts'
import { compileHeaderRules } from './headers.ts'
import { transportSettings } from './settings.ts'
import { compileTargetRules } from './target.ts'

/** Refuses requests whose URL, connection or headers are not sound, before anything else looks at them. Every zone has it, with its defaults if it says nothing. */
export const transport = definePolicy({
  name: 'transport',
  stage: 'transport',
  settings: transportSettings,
  compile(settings) {
    const judgeTarget = compileTargetRules(settings)
    const judgeConnection = compileConnectionRules(settings)
    const judgeHeaders = compileHeaderRules(settings)
    return {
      request(x) {
        const { fault } = x.url
        if (fault !== undefined) return deny(400, 'transport.ambiguous-path', { detail: fault, problem: AMBIGUOUS })
        return judgeTarget(x) ?? judgeConnection(x) ?? judgeHeaders(x) ?? pass()
      },
    }
  },
})
