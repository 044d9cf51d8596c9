import { isWithin } from '../../lib/age.ts'
import { Lru } from '../../lib/lru.ts'

/** For so long nobody had an answer, and questions failed at its end: an outage. Where the issuer answers others, whoever makes it fail is none, however fast. */
export const OUTAGE_AFTER_MS = 2000

/** So many tokens of one caller must have failed in that time, for that caller to be restrained: a single one may be the token's own doing. */
export const FAILURES_OF_OUTAGE = 3

/** So many callers, each with a token of its own, must have failed in that time, for everybody to be restrained: one alone cannot bring it about. */
export const CALLERS_OF_OUTAGE = 3

/** In an outage the issuer is left alone for this long; then one question at a time tries, until there is an answer. */
export const COOLDOWN_MS = 5000

/** Callers with a failure in this row let those without one try first, for this long: whoever only fails cannot keep the place. */
export const YIELD_MS = 2500

/** The most callers of whom failures are remembered. */
export const MAX_CALLERS = 1000

/** Whose doing a failure is: the issuer's; the gateway's own as a client of it; or, by all that is known, the token's, which is no sign of an outage. */
export type Blame = 'issuer' | 'client' | 'token'

interface CallerFailures {
  atMs: number
  isOutage: boolean
  readonly tokens: { issuer: number; client: number }
}

/** Questions that failed in a row, with no answer in between: of how many tokens, of how many callers, and for how long. */
export class Failures {
  readonly #callers = new Lru<CallerFailures>({ maxEntries: MAX_CALLERS, maxBytes: Number.POSITIVE_INFINITY })
  readonly #callersBy = { issuer: 0, client: 0 }
  #beganAtMs: number | undefined
  /** The last failure of an outage for everybody. */
  #outageAtMs: number | undefined

  /** @param isNew the token has not failed before in this row. */
  add(caller: string, blame: Blame, isNew: boolean, now: number): void {
    const own = this.#callers.get(caller) ?? { atMs: now, isOutage: false, tokens: { issuer: 0, client: 0 } }
    own.atMs = now
    this.#callers.set(caller, own, 0)
    if (blame === 'token') return
    if (isNew) {
      if (own.tokens[blame] === 0) this.#callersBy[blame]++
      own.tokens[blame]++
    }
    this.#beganAtMs ??= now
    if (isWithin(this.#beganAtMs, now, OUTAGE_AFTER_MS)) return
    if (own.tokens[blame] >= FAILURES_OF_OUTAGE) own.isOutage = true
    if (this.#callersBy[blame] >= CALLERS_OF_OUTAGE) this.#outageAtMs = now
  }

  /**
   * Whether a caller has to leave the issuer alone.
   * @param open questions under way: `all` of them, and the caller's own.
   */
  restrains(caller: string, open: { readonly all: number; readonly own: number }, now: number): boolean {
    const own = this.#callers.get(caller)
    const isResting = own !== undefined && isWithin(own.atMs, now, COOLDOWN_MS)
    if (this.#outageAtMs === undefined) return own?.isOutage === true && (isResting || open.own > 0)
    return isResting || open.all > 0 || isWithin(this.#outageAtMs, now, own === undefined ? COOLDOWN_MS : COOLDOWN_MS + YIELD_MS)
  }
}
