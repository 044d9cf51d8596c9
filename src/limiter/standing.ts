import type { Cell, LimitVerdict } from '../core/limit.ts'
import { LEASE_MS } from './algorithm.ts'
import { episodeMs } from './ban.ts'
import { capacityOf, isTokenBucket, weightOf } from './figures.ts'

/** How long an isolate believes a denial or a ban without asking again: what an operator changes takes effect everywhere within it. */
export const DENIAL_TRUST_MS = 5000
/** The same where charges may be given back. */
export const REFUNDABLE_TRUST_MS = 1000
/** After this part of it one question is asked, while the others still believe, so that they never ask all at once. */
const RECHECK_AT = 0.7

/** An isolate that is denied again and again asks no more often than this, and up to a fifth less, so that isolates do not ask in step. */
const QUIET_MS = 250
const QUIET_JITTER = 0.2
/** How long ago the last denial may be for a key to count as saturated. */
const SATURATED_MS = 1000

/**
 * What an isolate knows of the cells of one key, from the last answer of their object: not a verdict but the time from which there will be tokens again. For a token bucket that time
 * only moves on, so that a local "no" is as good as the object's, for whatever cost.
 */
export class Standing {
  /** The object said that the key is banned. */
  isBanned = false
  readonly #cells: readonly Cell[]
  readonly #random: () => number
  /** An object that bans hears of a denial at least so often; 0, when it bans nobody. */
  readonly #reportMs: number
  #verdicts: readonly LimitVerdict[] = []
  #cost = 0
  #isDenial = false
  #sentMs = Number.NEGATIVE_INFINITY
  #receivedMs = 0
  /** The cost that this isolate has asked for and not heard about: what it knows to be left is not for two. */
  #claimed = 0
  #quietUntilMs = Number.NEGATIVE_INFINITY
  #deniedMs = Number.NEGATIVE_INFINITY
  /** When the object last said a denial. */
  #heardDenialMs = Number.NEGATIVE_INFINITY
  /** Somebody is asking whether a denial is still true. */
  #recheckUntilMs = Number.NEGATIVE_INFINITY

  constructor(cells: readonly Cell[], random: () => number) {
    this.#cells = cells
    this.#random = random
    this.#reportMs = cells.reduce((least, cell) => (cell.ban === undefined ? least : Math.min(least || Number.POSITIVE_INFINITY, episodeMs(cell))), 0)
  }

  /** A request asks for so many now; to be ended by {@link settled}. */
  claim(cost: number): void {
    this.#claimed += cost
  }

  /** The request that asked for so many has its answer, or none. */
  settled(cost: number): void {
    this.#claimed -= cost
  }

  /** Takes in an answer. An answer to an earlier question says nothing new. @param isLease it brought more than was asked for, to live on in a quiet time. */
  heard(verdicts: readonly LimitVerdict[], cost: number, sentMs: number, receivedMs: number, isLease: boolean): void {
    const isDenial = verdicts.some(({ admitted }) => !admitted)
    const wasSaturated = sentMs - this.#deniedMs <= SATURATED_MS && sentMs >= this.#deniedMs
    if (isDenial) this.#deniedMs = this.#heardDenialMs = receivedMs
    if (wasSaturated && (isDenial || isLease)) this.#quietUntilMs = receivedMs + quietMs(this.#cells) * (1 + QUIET_JITTER * this.#random())
    if (sentMs < this.#sentMs) return
    this.#verdicts = verdicts
    this.#cost = cost
    this.#isDenial = isDenial
    this.isBanned = verdicts.some(({ banned }) => banned === true)
    this.#sentMs = sentMs
    this.#receivedMs = receivedMs
    this.#recheckUntilMs = Number.NEGATIVE_INFINITY
  }

  /** @returns whether the cells refuse so often that this isolate keeps quiet for a while. */
  isQuiet(nowMs: number): boolean {
    return nowMs < this.#quietUntilMs
  }

  /** @returns the verdicts for a request that is paid from a lease, of which so much is left after it. */
  admission(left: number, chargedMs: number | undefined, nowMs: number): LimitVerdict[] {
    const sinceMs = nowMs - this.#receivedMs
    return this.#verdicts.map((heard, i) => {
      const cell = this.#cells[i] as Cell
      const { remaining, resetMs, counted } = heard
      return {
        admitted: true,
        // While a lease was spent the cell may have filled again.
        remaining: Math.min(remaining + left * weightOf(cell), capacityOf(counted ?? cell)),
        retryAfterMs: 0,
        resetMs: Math.max(0, resetMs - sinceMs),
        ...(chargedMs !== undefined && { chargedMs }),
        ...(counted !== undefined && { counted }),
      }
    })
  }

  /** @returns the verdicts, if it is known without asking that the cells would refuse. */
  denial(cost: number, isRefundable: boolean, nowMs: number): LimitVerdict[] | undefined {
    const ageMs = nowMs - this.#sentMs
    // Since before the last question: the clock was set back, and no time that is known means anything.
    if (ageMs < 0 || ageMs > this.#trustMs(isRefundable)) return undefined
    const quietMs = this.#quietUntilMs - nowMs
    let isDenied = false
    const verdicts = this.#verdicts.map((heard, i) => {
      const verdict = this.#verdictOf(this.#cells[i] as Cell, heard, cost, nowMs)
      if (!verdict.admitted) isDenied = true
      return verdict
    })
    if (!isDenied && !(quietMs > 0 && verdicts.length > 0)) return undefined
    if (quietMs <= 0) return verdicts
    // In the quiet time the answer of the fullest cell is put off.
    const least = isDenied ? -1 : verdicts.reduce((best, { remaining }, i) => (remaining < (verdicts[best]?.remaining ?? 0) ? i : best), 0)
    return verdicts.map((verdict, i) =>
      verdict.admitted && i !== least ? verdict : { ...verdict, admitted: false, retryAfterMs: Math.max(verdict.retryAfterMs, Math.ceil(quietMs)) },
    )
  }

  /**
   * Takes down that a denial is to be given without asking. @returns false for one request at a time that should rather ask: the denial is getting old, or it is one that the object
   * does not know of, and bans for.
   */
  isBelieved(isRefundable: boolean, nowMs: number): boolean {
    const isOld = nowMs - this.#sentMs > this.#trustMs(isRefundable) * RECHECK_AT
    const isUnheard = this.#reportMs > 0 && !this.isBanned && nowMs - this.#heardDenialMs >= this.#reportMs
    if ((isOld || isUnheard) && nowMs >= this.#recheckUntilMs) {
      this.#recheckUntilMs = nowMs + LEASE_MS
      return false
    }
    this.#deniedMs = nowMs
    return true
  }

  #trustMs(isRefundable: boolean): number {
    return isRefundable && !this.isBanned ? REFUNDABLE_TRUST_MS : DENIAL_TRUST_MS
  }

  /** A time counts from when the question was sent as long as it decides, so that nobody is refused too long; and from when the answer came where it is told, so that nobody comes too early. */
  #verdictOf(asked: Cell, heard: LimitVerdict, cost: number, nowMs: number): LimitVerdict {
    const verdict = this.#standingOf(asked, heard, cost, nowMs)
    return heard.counted === undefined ? verdict : { ...verdict, counted: heard.counted }
  }

  #standingOf(asked: Cell, heard: LimitVerdict, cost: number, nowMs: number): LimitVerdict {
    const cell = heard.counted ?? asked
    const weight = weightOf(asked)
    const resetMs = Math.max(0, heard.resetMs - (nowMs - this.#sentMs))
    const latencyMs = this.#receivedMs - this.#sentMs
    const leftMs = heard.retryAfterMs - (nowMs - this.#sentMs)
    if (heard.banned === true && leftMs > 0) {
      return { admitted: false, remaining: 0, retryAfterMs: leftMs + latencyMs, resetMs: resetMs + latencyMs, banned: true }
    }
    // More than there ever is: of an operator's figures.
    if (isTokenBucket(cell) && cost * weight <= cell.burst) {
      const tokenMs = cell.periodMs / cell.tokens
      const claimed = this.#claimed * weight
      // What was heard is rounded up to the millisecond.
      const waitMs = resetMs - 1 + (cost * weight + claimed - cell.burst) * tokenMs
      const remaining = Math.max(0, Math.floor(cell.burst - claimed - resetMs / tokenMs))
      if (waitMs <= 0) return { admitted: true, remaining, retryAfterMs: 0, resetMs }
      return { admitted: false, remaining, retryAfterMs: Math.ceil(waitMs + 1 + latencyMs), resetMs: resetMs + latencyMs }
    }
    // A slot may come free at any moment.
    const isDenied = cell.algorithm !== 'concurrency' && this.#isDenial && !heard.admitted && cost === this.#cost && leftMs > 0
    return { admitted: !isDenied, remaining: heard.remaining, retryAfterMs: isDenied ? leftMs + latencyMs : 0, resetMs }
  }
}

/** No longer than half a bucket takes to fill: in the quiet time nothing is to run over. And none where a slot may come free at any moment. */
function quietMs(cells: readonly Cell[]): number {
  return cells.reduce((least, cell) => {
    if (cell.algorithm === 'concurrency') return 0
    return isTokenBucket(cell) ? Math.min(least, (cell.burst * cell.periodMs) / cell.tokens / 2) : least
  }, QUIET_MS)
}
