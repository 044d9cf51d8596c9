import type { HeaderEdits, Pass } from '../core/decision.ts'
import type { Verdict } from '../core/record.ts'
import type { Arrival } from './arrive.ts'
import type { CompiledRoute, Step } from './compiled.ts'
import { type Passage, shadowOf } from './passage.ts'
import { Trace } from './trace.ts'

/** The platform writes the length of what it sends; the client's is that of what it sent. */
const WITHOUT_LENGTH: HeaderEdits = { 'content-length': null }

/** How a request ended. */
export interface Ending {
  readonly response: Response
  readonly verdict: Verdict
  readonly reason: string
  /** The label of the policy that decided, or empty. */
  readonly policy: string
}

/** What the pipeline learns of one request on its way. */
export class Journey {
  readonly arrival: Arrival
  readonly passage: Passage
  readonly route: CompiledRoute
  /** The route whose headers answers carry. */
  guise: CompiledRoute
  readonly trace: Trace
  readonly toOrigin: HeaderEdits[] = []
  readonly toClient: HeaderEdits[] = []
  /** Milliseconds until the origin's headers; -1 when it was not asked. */
  originMs = -1
  /** What the origin answered. */
  origin: Response | undefined
  /** What reporting response handlers would have done: `policy:reason`. */
  readonly reportedLate: string[] = []
  #shadow: Passage | undefined

  constructor(arrival: Arrival) {
    this.arrival = arrival
    this.passage = arrival.passage
    this.route = arrival.route
    this.guise = arrival.guise ?? arrival.route
    this.trace = new Trace(arrival.route.steps)
  }

  /** What reporting policies see. */
  get shadow(): Passage {
    this.#shadow ??= shadowOf(this.passage)
    return this.#shadow
  }

  /** The exchange that a step may see. */
  viewOf({ reporting }: { readonly reporting: boolean }): Passage {
    return reporting ? this.shadow : this.passage
  }

  /** Takes over what a step learned; what a reporting one learned stays among reporting ones. */
  learn(step: Step, { principal, validated, body, toOrigin, toClient }: Pass): void {
    const learner = this.viewOf(step)
    if (principal !== undefined && step.stage === 'authenticate') learner.principal = principal
    if (principal !== undefined && step.stage === 'authenticate' && !step.reporting) this.guise = this.route
    if (validated !== undefined) learner.validated = { ...learner.validated, ...validated }
    if (step.reporting) return
    if (body !== undefined) {
      this.passage.body.replace(body)
      this.toOrigin.push(WITHOUT_LENGTH)
    }
    if (toOrigin !== undefined) this.toOrigin.push(toOrigin)
    if (toClient !== undefined) this.toClient.push(toClient)
  }
}
