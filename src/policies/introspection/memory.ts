import type { Deny, Pass } from '../../core/decision.ts'
import { isWithin } from '../../lib/age.ts'
import { Lru } from '../../lib/lru.ts'
import { type AnswerRules, type CheckedAnswer, timeFault } from './rules.ts'

/** The most accepted tokens that one authenticator remembers in an isolate. */
export const MAX_ACCEPTED = 5000

/** The most memory that they may take. */
export const MAX_ACCEPTED_BYTES = 16 * 1024 * 1024

/** A token that was refused is refused for this long without asking again. */
export const REFUSED_FOR_MS = 5000

/** The most refused tokens that are remembered, apart from the accepted ones: a flood of them pushes out only its like. */
export const MAX_REFUSED = 5000

/** The most memory that they may take. */
export const MAX_REFUSED_BYTES = 4 * 1024 * 1024

/** An accepted token, and the decision that it led to. */
export interface AcceptedToken {
  readonly decision: Pass
  readonly checked: CheckedAnswer
  /** When the question was sent: what the issuer says is no newer. */
  readonly askedAtMs: number
  /** The size of the answer. */
  readonly answerBytes: number
}

interface RefusedToken {
  readonly decision: Deny
  readonly askedAtMs: number
}

/**
 * Remembers what an issuer said of tokens, by their whole text, in memory only. What time can change is checked on every use;
 * whatever else the rules judge cannot change within one authenticator.
 */
export class TokenMemory {
  readonly #rules: AnswerRules
  readonly #maxAgeMs: number
  readonly #accepted = new Lru<AcceptedToken>({ maxEntries: MAX_ACCEPTED, maxBytes: MAX_ACCEPTED_BYTES })
  readonly #refused = new Lru<RefusedToken>({ maxEntries: MAX_REFUSED, maxBytes: MAX_REFUSED_BYTES })

  /** @param maxAgeMs how long an answer serves; 0: not at all. */
  constructor(rules: AnswerRules, maxAgeMs: number) {
    this.#rules = rules
    this.#maxAgeMs = maxAgeMs
  }

  /** @returns the token, if the issuer's word on it still serves at `now`. */
  accepted(token: string, now: number): AcceptedToken | undefined {
    const known = this.#accepted.get(token)
    if (known === undefined) return undefined
    if (now >= known.askedAtMs && timeFault(known.checked, this.#rules, now) === undefined) {
      return isWithin(known.askedAtMs, now, this.#maxAgeMs) ? known : undefined
    }
    this.#accepted.delete(token)
    return undefined
  }

  /** Whether the issuer called the token good when it was last asked, however long ago: worth asking about before strangers' tokens, and nothing else. */
  wasAccepted(token: string): boolean {
    return this.#accepted.get(token) !== undefined
  }

  /** @returns the refusal, if it was a moment ago. */
  refused(token: string, now: number): Deny | undefined {
    const known = this.#refused.get(token)
    if (known === undefined) return undefined
    if (isWithin(known.askedAtMs, now, REFUSED_FOR_MS)) return known.decision
    this.#refused.delete(token)
    return undefined
  }

  /** An answer that comes late does not undo what a later question brought. */
  accept(token: string, accepted: AcceptedToken): void {
    const refused = this.#refused.get(token)
    if (refused !== undefined && refused.askedAtMs > accepted.askedAtMs) return
    this.#refused.delete(token)
    this.#accepted.set(token, accepted, 2 * token.length + 4 * accepted.answerBytes + 1024)
  }

  refuse(token: string, decision: Deny, askedAtMs: number): void {
    const accepted = this.#accepted.get(token)
    if (accepted !== undefined && accepted.askedAtMs > askedAtMs) return
    this.#accepted.delete(token)
    this.#refused.set(token, Object.freeze({ decision, askedAtMs }), 2 * token.length + 512)
  }

  /** Whether a token that serves has so little time left that it is worth asking again before it is over. */
  isAging({ askedAtMs }: AcceptedToken, now: number): boolean {
    return now - askedAtMs >= 0.75 * this.#maxAgeMs
  }
}
