import type { AuditSettings } from '../audit/settings.ts'
import type { AuditedDecision } from '../core/audit.ts'
import type { Decision, Deny, Reply } from '../core/decision.ts'
import type { Exchange, Outcome, RouteFacts } from '../core/exchange.ts'
import type { HeaderWriter, Judgement, OnError } from '../core/policy.ts'
import type { Stage } from '../core/stage.ts'
import type { RecordSettings, StateSettings } from './config.ts'
import type { Found } from './match.ts'
import type { Forward } from './origin.ts'
import type { PolicyUse } from './policy-use.ts'
import type { ProtectedResource } from './resource.ts'
import type { RoutePattern } from './route-key.ts'

/** One control's handler at one place of a route's way. */
export interface Step {
  /** The policy's label. */
  readonly policy: string
  readonly stage: Stage
  readonly reporting: boolean
  /** What a throw means. */
  readonly onError: OnError
  readonly run: Judgement
  /** Decides instead when it failed and `onError` is `local`. */
  readonly local?: (x: Exchange) => Decision
}

/** One control's handler for the origin's response. */
export interface Responder {
  readonly policy: string
  readonly reporting: boolean
  readonly onError: OnError
  run(response: Response, x: Exchange): Response | Deny | Reply | Promise<Response | Deny | Reply>
}

/** A route with everything decided that can be decided before a request comes. */
export interface CompiledRoute {
  readonly facts: RouteFacts
  readonly pattern: RoutePattern
  /** In the order of the stages, then of the configuration. */
  readonly steps: readonly Step[]
  /** How many of the steps a preflight runs: all up to the end of its stage. */
  readonly preflightSteps: number
  readonly hasReporting: boolean
  readonly responders: readonly Responder[]
  readonly finishers: readonly ((headers: HeaderWriter, x: Exchange) => void)[]
  readonly settlers: readonly Settler[]
  /** Who wants to know when the response's body is over. */
  readonly enders: readonly Ender[]
  /** Headers of every response that are the same for every request. */
  readonly constantHeaders: readonly (readonly [name: string, value: string])[]
  /** The same for what the origin answered, with the caching of what is somebody's own. */
  readonly passedHeaders: ReadonlyMap<string, string>
  /** Lower-case names of the origin's headers that never leave. */
  readonly strippedHeaders: ReadonlySet<string>
  /** What every denial of this route carries, ready to copy. */
  readonly denialHeaders: Headers
  /** Absent on the built-in routes: they end in a denial. */
  readonly forward?: Forward
  /** What challenges point to. */
  readonly resource?: ProtectedResource
}

/** One control's handler for what became of a request. */
export interface Settler {
  readonly policy: string
  readonly reporting: boolean
  run(outcome: Outcome, x: Exchange): void | Promise<void>
}

/** One control's handler for the end of a response. */
export interface Ender {
  readonly policy: string
  readonly reporting: boolean
  run(x: Exchange): void
}

/** A zone, ready to match and to run. */
export interface CompiledZone {
  readonly name: string
  /** The keys of its routes, as the configuration lists them: for whoever explains or checks it. */
  readonly listed: readonly string[]
  readonly find: (path: string, method: string) => Found<CompiledRoute>
  /** What requests run that match nothing. */
  readonly unmatched: CompiledRoute
  readonly conceal: boolean
  /** What may be written down of a path that no route has; absent where there is no zone to know it. */
  readonly shapeOf?: (path: string) => string
}

/** What hangs beside the zones, ready to run. */
export interface CompiledMount {
  readonly host: string
  readonly path: string
  readonly route: CompiledRoute
}

/** A configuration, ready to run. */
export interface CompiledGateway {
  readonly zones: ReadonlyMap<string, CompiledZone>
  /** Where requests for unknown hosts run. */
  readonly nowhere: CompiledZone
  /** What operators change it by, if it has that. */
  readonly admin?: CompiledMount
  /** Names of all bindings and secrets without which it must not run. */
  readonly bindings: readonly string[]
  /** Which of them are secrets: set at the Worker, or in the Secrets Store. */
  readonly secrets: readonly string[]
  /** Secrets that must not be guessed: nothing runs while one has fewer than 32 characters. */
  readonly strongSecrets: readonly string[]
  /** Changes whenever the configuration does. */
  readonly policyHash: string
  /** Every control where the configuration names it, for whoever explains or checks it. */
  readonly uses: readonly PolicyUse[]
  readonly record: Required<Pick<RecordSettings, 'clientIp'>> & { readonly pseudonymKeys: readonly string[] }
  readonly state: StateSettings
  /** What the audit trail's object is told, and the decisions that are written down; absent where there is no trail. */
  readonly audit?: { readonly settings: AuditSettings; readonly decisions: ReadonlySet<AuditedDecision> }
}
