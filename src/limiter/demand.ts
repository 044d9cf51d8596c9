/** How long demand is remembered: what came counts for a third after so long. */
const MEMORY_MS = 2000

/** Estimates how many tokens of one key an isolate will want, from what it was lately asked for. */
export class Demand {
  #tokens = 0
  #atMs = 0

  /** Takes down that so many were asked for. */
  note(tokens: number, nowMs: number): void {
    this.#tokens = this.#decayed(nowMs) + tokens
    this.#atMs = nowMs
  }

  /** @returns the tokens to expect within so many milliseconds; for a key that was not asked for before, next to none. */
  within(ms: number, nowMs: number): number {
    return (this.#decayed(nowMs) * ms) / MEMORY_MS
  }

  #decayed(nowMs: number): number {
    return this.#tokens === 0 ? 0 : this.#tokens * Math.exp(-Math.max(0, nowMs - this.#atMs) / MEMORY_MS)
  }
}
