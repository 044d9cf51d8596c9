/** How long demand is remembered: what came counts for a third after so long. */
const MEMORY_MS = 2000
/** A key is known for at least so long: what came in less says little of what is to come. */
const LEAST_KNOWN_MS = 500
/** So little is left of what came long ago that it tells nothing: the key begins anew. */
const FORGOTTEN = 0.1

/** Estimates how many tokens of one key an isolate will want, from what it was lately asked for. */
export class Demand {
  #tokens = 0
  /** What was there before the last that was asked for. */
  #before = 0
  #atMs = 0
  /** Since when demand is remembered. */
  #sinceMs = 0

  /** Takes down that so many were asked for. */
  note(tokens: number, nowMs: number): void {
    this.#before = this.#tokens * this.#left(nowMs)
    if (this.#before < FORGOTTEN || nowMs < this.#sinceMs) this.#sinceMs = nowMs
    this.#tokens = this.#before + tokens
    this.#atMs = nowMs
  }

  /** @returns the tokens to expect within so many milliseconds; for a key that was not asked for before, next to none. */
  within(ms: number, nowMs: number): number {
    const left = this.#left(nowMs)
    const knownMs = Math.max(LEAST_KNOWN_MS, nowMs - this.#sinceMs)
    // The last one alone says nothing; what came before it came in the time that the key is known.
    const known = this.#before / (1 - Math.exp(-knownMs / MEMORY_MS))
    return (Math.max(this.#tokens, known) * left * ms) / MEMORY_MS
  }

  #left(nowMs: number): number {
    return Math.exp(-Math.max(0, nowMs - this.#atMs) / MEMORY_MS)
  }
}
