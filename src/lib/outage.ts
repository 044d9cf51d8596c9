import { isWithin } from './age.ts'

/** How many times as long as it is left alone something counts as out of reach after it was tried in vain. */
const OUT = 5

/** When something was last tried in vain: who is out of reach is tried again after a while, not by every request. */
export class Outage {
  readonly #cooldownMs: number
  #failedAtMs = Number.NEGATIVE_INFINITY

  constructor(cooldownMs: number) {
    this.#cooldownMs = cooldownMs
  }

  fail(nowMs: number): void {
    this.#failedAtMs = nowMs
  }

  answered(): void {
    this.#failedAtMs = Number.NEGATIVE_INFINITY
  }

  /** Whether it counts as out of reach: who can do without it need not wait for it. */
  isOut(nowMs: number): boolean {
    return isWithin(this.#failedAtMs, nowMs, OUT * this.#cooldownMs)
  }

  /** Whether it is left alone. */
  isCooling(nowMs: number): boolean {
    return isWithin(this.#failedAtMs, nowMs, this.#cooldownMs)
  }
}
