import { DurableObject } from 'cloudflare:workers'

/** A fixed window in memory: what most tutorials build. It forgets when it is evicted. */
export class Counter extends DurableObject {
  #resetAt = 0
  #count = 0

  /** Counts one request. @returns how many there were in this window, and when the next begins. */
  hit(windowSeconds: number): { readonly count: number; readonly resetAt: number } {
    const now = Date.now()
    if (now >= this.#resetAt) {
      this.#resetAt = now + windowSeconds * 1000
      this.#count = 0
    }
    this.#count += 1
    return { count: this.#count, resetAt: this.#resetAt }
  }
}
