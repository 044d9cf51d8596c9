import type { Caller } from '../../core/exchange.ts'
import { isWithin } from '../../lib/age.ts'
import { networkOf } from '../../lib/ip.ts'
import { ANSWER_TIMEOUT_MS } from './endpoint.ts'
import { FailedTokens } from './failed-tokens.ts'
import { type Blame, Failures } from './failures.ts'

/** The most questions to an issuer that are under way at once, for each authenticator in an isolate and each {@link Lane}. */
export const MAX_OPEN = 64

/** The most of them that are asked for one client (its address, or its /64): a flood from one place leaves the rest to others. */
export const MAX_OPEN_OF_ONE = MAX_OPEN / 2

/** A question that has not come back after this is not waited for: its request may be gone. */
export const LOST_AFTER_MS = ANSWER_TIMEOUT_MS + 1000

/** Tokens that the issuer has called good before are asked about apart from all others: what strangers' tokens cause does not hold them up. */
export type Lane = 'known' | 'unknown'

/** A question that is under way. Plain data: whoever waits for its answer looks again and again, with timers of their own. */
export interface OpenQuestion {
  readonly token: string
  readonly lane: Lane
  readonly askedBy: string
  /** Milliseconds since the epoch. */
  readonly sinceMs: number
}

/** Why nobody may ask now: the token failed a moment ago, the issuer is left alone, or it is being asked enough. */
export type Restraint = 'failed' | 'cooling' | 'full'

/** What is being asked of an issuer, and whether it may be asked more. */
export class Questions {
  readonly #open = { known: new Set<OpenQuestion>(), unknown: new Set<OpenQuestion>() }
  readonly #failedTokens = new FailedTokens()
  #failures = { known: new Failures(), unknown: new Failures() }
  #row = 0
  #hasFailed = false

  /** Whether somebody asks about the token already. */
  isOpen(token: string, now: number): boolean {
    for (const open of [this.#open.known, this.#open.unknown]) {
      for (const question of open) if (question.token === token && !isLost(question, now)) return true
    }
    return false
  }

  /** @returns the question that may now be asked, for {@link close}, or why not. */
  open(token: string, lane: Lane, caller: Caller, now: number): OpenQuestion | Restraint {
    if (this.#failedTokens.has(token, now)) return 'failed'
    const open = this.#open[lane]
    const askedBy = nameOf(caller)
    let own = 0
    for (const question of open) {
      if (isLost(question, now)) open.delete(question)
      else if (question.askedBy === askedBy) own++
    }
    if (this.#failures[lane].restrains(askedBy, { all: open.size, own }, now)) return 'cooling'
    if (open.size >= MAX_OPEN || own >= MAX_OPEN_OF_ONE) return 'full'
    const question = { token, lane, askedBy, sinceMs: now }
    open.add(question)
    return question
  }

  close(question: OpenQuestion): void {
    this.#open[question.lane].delete(question)
  }

  /** Whoever is answered shows that the issuer answers: every failure before is forgotten. */
  answered({ token }: OpenQuestion): void {
    this.#failedTokens.delete(token)
    if (!this.#hasFailed) return
    this.#hasFailed = false
    this.#failures = { known: new Failures(), unknown: new Failures() }
    this.#row++
  }

  failed({ token, lane, askedBy }: OpenQuestion, blame: Blame, now: number): void {
    this.#hasFailed = true
    const isNew = this.#failedTokens.add(token, blame === 'token' ? undefined : this.#row, now)
    this.#failures[lane].add(askedBy, blame, isNew, now)
  }
}

/** A clock that was set back loses questions: better than to hold their places for ever. */
function isLost({ sinceMs }: OpenQuestion, now: number): boolean {
  return !isWithin(sinceMs, now, LOST_AFTER_MS)
}

function nameOf(caller: Caller): string {
  if (caller.kind === 'client') return networkOf(caller.ip, 32, 64) ?? caller.ip
  return caller.kind === 'worker' ? `worker:${caller.zone}` : ''
}
