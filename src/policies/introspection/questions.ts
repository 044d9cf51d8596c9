import type { Caller } from '../../core/exchange.ts'
import { networkOf } from '../../lib/ip.ts'
import { ANSWER_TIMEOUT_MS } from './endpoint.ts'

/** The most questions to an issuer that are under way at once, for each authenticator in an isolate. */
export const MAX_OPEN = 64

/** The most of them that are asked for one client (its address, or its /64): a flood from one place leaves the rest to others. */
export const MAX_OPEN_OF_ONE = MAX_OPEN / 2

/** So many failures in a row, without an answer in between, are an outage: a single one may be a token's own doing. */
export const FAILURES_OF_OUTAGE = 3

/** In an outage the issuer is left alone for this long; then one question at a time tries, until there is an answer. */
export const COOLDOWN_MS = 5000

/** A question that has not come back after this is not waited for: its request may be gone. */
export const LOST_AFTER_MS = ANSWER_TIMEOUT_MS + 1000

/** A question that is under way. Plain data: whoever waits for its answer looks again and again, with timers of their own. */
export interface OpenQuestion {
  readonly token: string
  readonly askedBy: string
  /** Milliseconds since the epoch. */
  readonly sinceMs: number
}

/** Why nobody may ask now. */
export type Restraint = 'cooling' | 'full'

/** What is being asked of an issuer, and whether it may be asked more. */
export class Questions {
  readonly #open = new Set<OpenQuestion>()
  #failures = 0
  #coolUntilMs = Number.NEGATIVE_INFINITY

  /** Whether somebody asks about the token already. */
  isOpen(token: string, now: number): boolean {
    for (const question of this.#open) if (question.token === token && !isLost(question, now)) return true
    return false
  }

  /** @returns the question that may now be asked, for {@link close}, or why not. */
  open(token: string, caller: Caller, now: number): OpenQuestion | Restraint {
    if (now < this.#coolUntilMs && this.#coolUntilMs - now <= COOLDOWN_MS) return 'cooling'
    for (const question of this.#open) if (isLost(question, now)) this.#open.delete(question)
    if (this.#failures >= FAILURES_OF_OUTAGE && this.#open.size > 0) return 'cooling'
    const askedBy = nameOf(caller)
    if (this.#open.size >= MAX_OPEN) return 'full'
    let ofOne = 0
    for (const question of this.#open) if (question.askedBy === askedBy) ofOne++
    if (ofOne >= MAX_OPEN_OF_ONE) return 'full'
    const question = { token, askedBy, sinceMs: now }
    this.#open.add(question)
    return question
  }

  close(question: OpenQuestion): void {
    this.#open.delete(question)
  }

  answered(): void {
    this.#failures = 0
  }

  failed(now: number): void {
    this.#failures++
    if (this.#failures >= FAILURES_OF_OUTAGE) this.#coolUntilMs = now + COOLDOWN_MS
  }
}

/** A clock that was set back loses questions: better than to hold their places for ever. */
function isLost({ sinceMs }: OpenQuestion, now: number): boolean {
  return now < sinceMs || now - sinceMs >= LOST_AFTER_MS
}

function nameOf(caller: Caller): string {
  if (caller.kind === 'client') return networkOf(caller.ip, 32, 64) ?? caller.ip
  return caller.kind === 'worker' ? `worker:${caller.zone}` : ''
}
