/** The longest time for which tokens are reserved ahead: who comes less often than that writes a row each time, and loses nothing by a restart. */
export const RESERVE_MS = 10_000
/** All reservations that a restart can strand are together at most the limit divided by this. */
export const RESERVE_SHARE = 8

/** Says how much to reserve with each write, so that a busy cell writes seldom and a quiet one has nothing to lose when its object forgets. */
export class Pace {
  readonly #reserveMs: number
  /** What was taken of late: of each charge, e⁻¹ is left after `#reserveMs`. */
  #recent = 0
  /** The same, without the last charge. */
  #before = 0
  #tookMs = 0

  /** @param reserveMs for how long is reserved. */
  constructor(reserveMs: number) {
    this.#reserveMs = reserveMs
  }

  /** So many were taken. */
  took(count: number, nowMs: number): void {
    this.#before = this.#recent * this.#left(nowMs)
    this.#recent = this.#before + count
    this.#tookMs = nowMs
  }

  /** @returns how many are to be reserved: about as many as came in so long a time before the last charge, and nothing for the first. */
  ahead(nowMs: number): number {
    return Math.floor(this.#before * this.#left(nowMs))
  }

  #left(nowMs: number): number {
    return Math.exp(-Math.max(0, nowMs - this.#tookMs) / this.#reserveMs)
  }
}
