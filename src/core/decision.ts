import type { Challenge } from './challenge.ts'
import type { Validated } from './exchange.ts'
import type { Principal } from './principal.ts'
import type { DenyStatus, ProtocolDocument, PublicProblem } from './problem.ts'
import type { Reason } from './reason.ts'

/** Header changes by lower-case name; `null` removes the header. */
export type HeaderEdits = Readonly<Record<string, string | null>>

/** Go on, with what was learned. */
export interface Pass {
  readonly kind: 'pass'
  readonly principal?: Principal
  readonly toOrigin?: HeaderEdits
  readonly toClient?: HeaderEdits
  /** What the validate stage found sound. */
  readonly validated?: Validated
  /** What goes to the origin as the body instead of what came: what was decided on, where that is not the bytes that were received. */
  readonly body?: Uint8Array<ArrayBuffer>
  /** Why it passed, where that is not plain: for the trace. */
  readonly reason?: Reason
  readonly detail?: unknown
}

/** Nothing of mine in this request: an authenticator's answer to a request without its credential. */
export interface Skip {
  readonly kind: 'skip'
  /** What `WWW-Authenticate` says of this authenticator (RFC 9110 §11.6.1). */
  readonly challenges: readonly Challenge[]
}

/** Answered here: a preflight, a redirect. Of a response handler: what goes out instead of what the origin answered. */
export interface Reply {
  readonly kind: 'reply'
  readonly response: Response
  readonly reason: Reason
  /** For the operator. */
  readonly detail?: unknown
}

/** Refused. `detail` is for the operator, `problem` is the part that the caller may read. */
export interface Deny {
  readonly kind: 'deny'
  readonly status: DenyStatus
  readonly reason: Reason
  readonly detail?: unknown
  readonly problem?: PublicProblem
  /** What the caller gets instead of a problem document. */
  readonly document?: ProtocolDocument
  /** Never `www-authenticate`: that is made of {@link challenges}. */
  readonly headers?: Readonly<Record<string, string>> & { readonly 'www-authenticate'?: never }
  /** What `WWW-Authenticate` says. */
  readonly challenges?: readonly Challenge[]
}

/** What a control says of a request. */
export type Decision = Pass | Skip | Reply | Deny

const PASS: Pass = Object.freeze({ kind: 'pass' })
const SKIP: Skip = Object.freeze({ kind: 'skip', challenges: [] })

/** Lets the request go on; without arguments it allocates nothing. */
export function pass(learned?: Omit<Pass, 'kind'>): Pass {
  return learned === undefined ? PASS : { kind: 'pass', ...learned }
}

/** Says that the request carries nothing for this control to judge. */
export function skip(...challenges: readonly Challenge[]): Skip {
  return challenges.length === 0 ? SKIP : { kind: 'skip', challenges }
}

/** Answers the request here, without the origin. */
export function reply(response: Response, reason: Reason, detail?: unknown): Reply {
  return { kind: 'reply', response, reason, ...(detail !== undefined && { detail }) }
}

/** Refuses the request. */
export function deny(status: DenyStatus, reason: Reason, more?: Omit<Deny, 'kind' | 'status' | 'reason'>): Deny {
  return { kind: 'deny', status, reason, ...more }
}
