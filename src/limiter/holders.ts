/** The most isolates that are told apart. With more the shares are a little larger than fair, and no bound depends on them. */
const MAX_HOLDERS = 1024

/** Counts the isolates that asked for one cell lately: what is there is shared out among them. */
export class Holders {
  readonly #withinMs: number
  /** When each was last seen, oldest first. */
  readonly #seenMs = new Map<string, number>()

  constructor(withinMs: number) {
    this.#withinMs = withinMs
  }

  /** How many are remembered. */
  get size(): number {
    return this.#seenMs.size
  }

  /** Takes down that this one asks now. @returns how many there are, itself included. */
  seen(holder: string, nowMs: number): number {
    this.#seenMs.delete(holder)
    this.#seenMs.set(holder, nowMs)
    for (const [oldest, seenMs] of this.#seenMs) {
      if (seenMs > nowMs - this.#withinMs && seenMs <= nowMs && this.#seenMs.size <= MAX_HOLDERS) break
      this.#seenMs.delete(oldest)
    }
    return this.#seenMs.size
  }
}
