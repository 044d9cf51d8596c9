import type { Cell, LimitVerdict } from '../core/ports.ts'
import { isTokenBucket } from './figures.ts'

/** An isolate that is denied again and again asks no more often than this, and up to a fifth less, so that isolates do not ask in step. */
const QUIET_MS = 250
const QUIET_JITTER = 0.2
/** How long ago the last denial may be for a key to count as saturated. */
const SATURATED_MS = 1000
/** How long a denial is believed where charges may be given back. */
const REFUNDABLE_TRUST_MS = 1000

/**
 * What an isolate knows of the cells of one key, from the last answer of their object: not a verdict but the time from which there will be tokens again. For a token bucket that time
 * only moves on, so that a local "no" is as good as the object's, for whatever cost.
 */
export class Standing {
  readonly #cells: readonly Cell[]
  readonly #random: () => number
  #verdicts: readonly LimitVerdict[] = []
  #cost = 0
  #isDenial = false
  #sentMs = Number.NEGATIVE_INFINITY
  #receivedMs = 0
  /** Tokens that this isolate has asked for and not heard about: what it knows to be left is not for two. */
  #claimed = 0
  #quietUntilMs = Number.NEGATIVE_INFINITY
  #deniedMs = Number.NEGATIVE_INFINITY

  constructor(cells: readonly Cell[], random: () => number) {
    this.#cells = cells
    this.#random = random
  }

  /** A request asks for so many now; to be ended by {@link settled}. */
  claim(cost: number): void {
    this.#claimed += cost
  }

  /** The request that asked for so many has its answer, or none. */
  settled(cost: number): void {
    this.#claimed -= cost
  }

  /** Takes in an answer. An answer to an earlier question says nothing new. */
  heard(verdicts: readonly LimitVerdict[], cost: number, sentMs: number, receivedMs: number): void {
    const isDenial = verdicts.some(({ admitted }) => !admitted)
    const wasSaturated = sentMs - this.#deniedMs <= SATURATED_MS && sentMs >= this.#deniedMs
    if (isDenial) this.#deniedMs = receivedMs
    if (wasSaturated) this.#quietUntilMs = receivedMs + quietMs(this.#cells) * (1 + QUIET_JITTER * this.#random())
    if (sentMs < this.#sentMs) return
    this.#verdicts = verdicts
    this.#cost = cost
    this.#isDenial = isDenial
    this.#sentMs = sentMs
    this.#receivedMs = receivedMs
  }

  /** @returns whether the cells refuse so often that this isolate keeps quiet for a while. */
  isQuiet(nowMs: number): boolean {
    return nowMs < this.#quietUntilMs
  }

  /** @returns the verdicts for a request that is paid from a lease, of which so much is left after it. */
  admission(left: number, chargedMs: number | undefined, nowMs: number): LimitVerdict[] {
    return this.#verdicts.map(({ remaining, resetMs }) => ({
      admitted: true,
      remaining: remaining + left,
      retryAfterMs: 0,
      resetMs: Math.max(0, resetMs - (nowMs - this.#receivedMs)),
      ...(chargedMs !== undefined && { chargedMs }),
    }))
  }

  /** @returns the verdicts, if it is known without asking that the cells would refuse. */
  denial(cost: number, isRefundable: boolean, nowMs: number): LimitVerdict[] | undefined {
    // Since before the last question: the clock was set back, and no time that is known means anything.
    if (nowMs < this.#sentMs || (isRefundable && nowMs - this.#sentMs > REFUNDABLE_TRUST_MS)) return undefined
    const quietMs = this.#quietUntilMs - nowMs
    let isDenied = false
    const verdicts = this.#verdicts.map((heard, i) => {
      const verdict = this.#verdictOf(this.#cells[i] as Cell, heard, cost, nowMs)
      if (!verdict.admitted) isDenied = true
      return verdict
    })
    if (!isDenied && !(quietMs > 0 && verdicts.length > 0)) return undefined
    this.#deniedMs = nowMs
    if (quietMs <= 0) return verdicts
    // In the quiet time the answer of the fullest cell is put off.
    const least = isDenied ? -1 : verdicts.reduce((best, { remaining }, i) => (remaining < (verdicts[best]?.remaining ?? 0) ? i : best), 0)
    return verdicts.map((verdict, i) =>
      verdict.admitted && i !== least ? verdict : { ...verdict, admitted: false, retryAfterMs: Math.max(verdict.retryAfterMs, Math.ceil(quietMs)) },
    )
  }

  /** A time counts from when the question was sent as long as it decides, so that nobody is refused too long; and from when the answer came where it is told, so that nobody comes too early. */
  #verdictOf(cell: Cell, heard: LimitVerdict, cost: number, nowMs: number): LimitVerdict {
    const resetMs = Math.max(0, heard.resetMs - (nowMs - this.#sentMs))
    const latencyMs = this.#receivedMs - this.#sentMs
    if (isTokenBucket(cell)) {
      const tokenMs = cell.periodMs / cell.tokens
      // What was heard is rounded up to the millisecond.
      const waitMs = resetMs - 1 + (cost + this.#claimed - cell.burst) * tokenMs
      const remaining = Math.max(0, Math.floor(cell.burst - this.#claimed - resetMs / tokenMs))
      if (waitMs <= 0) return { admitted: true, remaining, retryAfterMs: 0, resetMs }
      return { admitted: false, remaining, retryAfterMs: Math.ceil(waitMs + 1 + latencyMs), resetMs: resetMs + latencyMs }
    }
    const retryAfterMs = heard.retryAfterMs - (nowMs - this.#sentMs)
    // A slot may come free at any moment.
    const isDenied = cell.algorithm !== 'concurrency' && this.#isDenial && !heard.admitted && cost === this.#cost && retryAfterMs > 0
    return { admitted: !isDenied, remaining: heard.remaining, retryAfterMs: isDenied ? retryAfterMs + latencyMs : 0, resetMs }
  }
}

/** No longer than half a bucket takes to fill: in the quiet time nothing is to run over. And none where a slot may come free at any moment. */
function quietMs(cells: readonly Cell[]): number {
  return cells.reduce((least, cell) => {
    if (cell.algorithm === 'concurrency') return 0
    return isTokenBucket(cell) ? Math.min(least, (cell.burst * cell.periodMs) / cell.tokens / 2) : least
  }, QUIET_MS)
}
