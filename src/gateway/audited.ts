import type { AuditEvent, AuditedDecision } from '../core/audit.ts'
import { failureReason } from './failure.ts'
import type { Ending, Journey } from './journey.ts'

/** The controls whose denials come of what an operator set, without a deployment. */
const RUNTIME_RULES: ReadonlySet<string> = new Set(['kill-switch', 'bans', 'caller-bans'])
/** The controls whose denials come of what was revoked. */
const REVOCATIONS: ReadonlySet<string> = new Set(['revocation', 'status-list'])
/** Why a limit passes a request that it counts with an operator's figures. */
const OVERRIDDEN = 'rate-limit.overridden'
/** The most characters of a fact here: the trail takes no more. */
const FACT_CHARACTERS = 256
const TARGET_CHARACTERS = 128

/** Gives the audit trail a decision, behind the response, where it is of a class that is written down. Never throws. */
export function noteDecision(audited: ReadonlySet<AuditedDecision>, journey: Journey, ending: Ending): void {
  const { ports, background } = journey.passage
  try {
    const decision = classOf(journey, ending, audited)
    if (decision !== undefined) ports.audit.note(eventOf(decision, journey, ending), background)
  } catch (error) {
    ports.notice('audit.note', `a decision was not written: ${String(error)}`)
  }
}

/** @returns the class of a decision, if it is one of these. */
function classOf(journey: Journey, ending: Ending, audited: ReadonlySet<AuditedDecision>): AuditedDecision | undefined {
  const refusal = refusalOf(journey, ending)
  if (refusal !== undefined && audited.has(refusal)) return refusal
  return audited.has('override-used') && usedOverride(journey, ending) ? 'override-used' : undefined
}

function refusalOf({ route }: Journey, { verdict, reason, policy }: Ending): AuditedDecision | undefined {
  // A kill switch refuses with 503, which otherwise is a failure and nobody's decision.
  if (policy === '' || (verdict !== 'deny' && verdict !== 'error') || reason === failureReason(policy)) return undefined
  const name = policy.split(':')[0] as string
  if (RUNTIME_RULES.has(name)) return 'runtime-rule-used'
  if (verdict !== 'deny') return undefined
  if (REVOCATIONS.has(name)) return 'revocation-used'
  const stage = route.steps.find((step) => step.policy === policy && !step.reporting)?.stage
  return stage === 'authenticate' ? 'authentication-denied' : stage === 'authorize' ? 'authorization-denied' : undefined
}

function usedOverride({ trace }: Journey, { verdict, policy }: Ending): boolean {
  if (trace.passedFor(OVERRIDDEN)) return true
  if (verdict === 'allow' || policy.split(':')[0] !== 'rate-limit') return false
  const detail = trace.refusalDetail
  return typeof detail === 'object' && detail !== null && 'overridden' in detail && detail.overridden !== undefined && detail.overridden !== false
}

/** Names, codes and pseudonyms: nothing here is anybody's in the clear. */
function eventOf(decision: AuditedDecision, { passage, route }: Journey, { response, verdict, reason, policy }: Ending): AuditEvent {
  const { ports, principal, caller, zone, requestId } = passage
  const client = caller.kind === 'client' ? ports.pseudonym(caller.ip) : caller.kind === 'worker' ? `worker:${caller.zone}` : ''
  return {
    type: `decision.${decision}`,
    actor: principal === undefined ? '' : ports.pseudonym(principal.id),
    target: `${zone} ${route.facts.key}`.slice(0, TARGET_CHARACTERS),
    outcome: verdict === 'allow' ? OVERRIDDEN : reason.slice(0, TARGET_CHARACTERS),
    facts: {
      zone,
      route: route.facts.key.slice(0, FACT_CHARACTERS),
      reason: reason.slice(0, FACT_CHARACTERS),
      policy: policy.slice(0, FACT_CHARACTERS),
      status: response.status,
      client: client.slice(0, FACT_CHARACTERS),
      ...(principal?.credentialId !== undefined && { credential: ports.pseudonym(principal.credentialId) }),
      request: requestId,
    },
  }
}
