import { Lru } from '../lib/lru.ts'
import { LEASE_MS } from './algorithm.ts'

/** How long an owner is not asked that did not answer, and up to a fifth longer, so that isolates do not ask in step. */
export const COOL_DOWN_MS = 1000
const COOL_DOWN_JITTER = 0.2
/** How many owners are remembered; one that was forgotten is asked. */
const MEMORY = { maxEntries: 1000, maxBytes: 256 * 1024 }
/** About what an owner takes beside its name. */
const OUTAGE_BYTES = 128

/** An owner that did not answer in time. Whether it charged is not known. */
export class LimiterTimeout extends Error {
  override readonly name = 'LimiterTimeout'

  constructor(budgetMs: number) {
    super(`rate limiter: no answer within ${budgetMs} ms`)
  }
}

/** An owner that was not asked, because it did not answer a moment ago. Nothing was charged. */
export class LimiterUnavailable extends Error {
  override readonly name = 'LimiterUnavailable'

  constructor() {
    super('rate limiter: not asked, having had no answer a moment ago')
  }
}

/** Remembers which owners are out of reach: for a while nobody asks them, then one does. */
export class Outages {
  readonly #random: () => number
  readonly #outages = new Lru<{ untilMs: number }>(MEMORY)

  /** @param random gives a number from 0, below 1. */
  constructor(random: () => number) {
    this.#random = random
  }

  /** How many owners are remembered. */
  get size(): number {
    return this.#outages.size
  }

  /** @returns whether that owner is not to be asked now. */
  isOut(owner: string, nowMs: number): boolean {
    const outage = this.#outages.get(owner)
    return outage !== undefined && nowMs < outage.untilMs && outage.untilMs - nowMs <= COOL_DOWN_MS * (1 + COOL_DOWN_JITTER)
  }

  /** @returns whether the caller is to ask that owner now; after a cool-down, the others then wait for what becomes of it. */
  mayAsk(owner: string, nowMs: number): boolean {
    if (this.isOut(owner, nowMs)) return false
    const outage = this.#outages.get(owner)
    if (outage !== undefined) outage.untilMs = nowMs + LEASE_MS
    return true
  }

  /** Takes down how asking an owner failed: too late, or by an object that says that it is overloaded. Any other failure is an answer. */
  failed(owner: string, error: unknown, nowMs: number): void {
    const isOut = error instanceof LimiterTimeout || (typeof error === 'object' && error !== null && 'overloaded' in error && error.overloaded === true)
    if (!isOut) this.#outages.delete(owner)
    else this.#outages.set(owner, { untilMs: nowMs + COOL_DOWN_MS * (1 + COOL_DOWN_JITTER * this.#random()) }, OUTAGE_BYTES + 2 * owner.length)
  }

  /** An owner answered. */
  answered(owner: string): void {
    this.#outages.delete(owner)
  }
}
