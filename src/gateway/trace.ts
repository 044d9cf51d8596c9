import type { Decision, Deny, Reply } from '../core/decision.ts'
import type { TracedDecision, TraceEntry } from '../core/record.ts'
import type { Responder, Step } from './compiled.ts'
import { fallbackReason } from './failure.ts'

/** A control failed: it threw, or answered with something that is no decision. */
export interface Failure {
  readonly kind: 'error'
  readonly error: unknown
  /** What the control decided by itself instead. */
  readonly instead?: Decision
}

/** The way of one request so far: what each of a route's steps said, beside the steps themselves. */
export class Trace {
  readonly #steps: readonly Step[]
  readonly #decisions: (Decision | Failure)[] = []
  #waits: (number | undefined)[] | undefined
  readonly #answers: { readonly by: Responder; readonly decision: Deny | Reply | Failure }[] = []
  #conclusion: Deny | Failure | undefined

  constructor(steps: readonly Step[]) {
    this.#steps = steps
  }

  /** Whether any step failed. */
  failed = false

  add(decision: Decision | Failure): void {
    if (decision.kind === 'error') this.failed = true
    this.#decisions.push(decision)
  }

  /** Notes that the step which is about to be added had to wait. */
  waited(milliseconds: number): void {
    this.#waits ??= []
    this.#waits[this.#decisions.length] = milliseconds
  }

  /** What reporting steps would have done, and what failed without a consequence: `policy:reason`, joined by spaces. */
  reported(): string {
    const found: string[] = []
    for (const [i, decision] of this.#decisions.entries()) {
      const step = this.#steps[i] as Step
      if (!step.reporting && !(decision.kind === 'error' && step.onError !== 'deny')) continue
      if (decision.kind === 'error') found.push(decision.instead === undefined ? `${step.policy}:error` : `${step.policy}:${fallbackReason(step.policy)}`)
      else if (decision.kind === 'deny' || decision.kind === 'reply') found.push(`${step.policy}:${decision.reason}`)
    }
    return found.join(' ')
  }

  /** Notes that a response handler would not let the origin's answer out as it is. */
  answered(by: Responder, decision: Deny | Reply | Failure): void {
    this.#answers.push({ by, decision })
  }

  /** Notes how the gateway itself ended the request: no route, an origin that does not answer, a fault of its own. */
  conclude(conclusion: Deny | Failure): void {
    this.#conclusion = conclusion
  }

  /** Whether a step passed for that reason. */
  passedFor(reason: string): boolean {
    return this.#decisions.some((decision) => decision.kind === 'pass' && decision.reason === reason)
  }

  /** What the last step said for the operator, where it refused. */
  get refusalDetail(): unknown {
    const last = this.#decisions.at(-1)
    return last?.kind === 'deny' ? last.detail : undefined
  }

  /** The whole way, in words. */
  entries(): readonly TraceEntry[] {
    const entries = this.#decisions.map((decision, i): TraceEntry => {
      const { policy, stage, reporting } = this.#steps[i] as Step
      const waitedMs = this.#waits?.[i]
      return { policy, stage, mode: reporting ? 'report' : 'enforce', ...describe(decision), ...(waitedMs !== undefined && { waitedMs }) }
    })
    for (const { by, decision } of this.#answers)
      entries.push({ policy: by.policy, stage: 'respond', mode: by.reporting ? 'report' : 'enforce', ...describe(decision) })
    if (this.#conclusion !== undefined) entries.push({ policy: 'gateway', stage: 'origin', mode: 'enforce', ...describe(this.#conclusion) })
    return entries
  }
}

function describe(decision: Decision | Failure): TracedDecision {
  const { kind: outcome } = decision
  if (outcome === 'error') return { outcome, detail: String(decision.error), ...(decision.instead !== undefined && { instead: describe(decision.instead) }) }
  if (outcome === 'skip') return { outcome }
  const { reason, detail } = decision
  return { outcome, ...(reason !== undefined && { reason }), ...(detail !== undefined && { detail }) }
}
