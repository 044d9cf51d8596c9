import * as v from 'valibot'
import type { FixedWindowCell, LimitVerdict } from '../core/limit.ts'
import { type CellRow, type Counter, LEASE_MS } from './algorithm.ts'
import { isCount, readState, WHOLE, writeState } from './counter-state.ts'
import { Pace, RESERVE_MS, RESERVE_SHARE } from './pace.ts'
import { MAX_RATE_TOKENS } from './rate.ts'
import { MAX_WINDOW_MS } from './sliding-window.ts'

/** How long a window may still be asked for when it is over by the object's clock: as much as the clocks of its callers may lag behind. Later that is a failure. */
export const GRACE_MS = 60_000
/** The most windows that are remembered beside the present one. Each change of a limit's calendar makes one, until it is over. */
const MAX_OTHERS = 4

/** About what one window takes in memory. */
const BYTES = 512

const TAG = 'fixed-window/1'
const STATE = v.object({
  /** Of each window: its beginning, its length, the last use, the tokens used, how many of them stranded. */
  windows: v.array(v.tuple([WHOLE, WHOLE, WHOLE, WHOLE, WHOLE])),
  /** In the first of them so many more may have been used, the last of them then. */
  ahead: v.tuple([WHOLE, WHOLE]),
})

interface Spent {
  readonly startMs: number
  readonly endMs: number
  lastMs: number
  used: number
  /** How many of them were only reserved, and lost by a restart. */
  stranded: number
}

/** Opens the counter of a calendar window; see {@link FixedWindow}. @throws {RangeError} for a limit or a window that cannot be counted. */
export function openFixedWindow(cell: FixedWindowCell, row: CellRow | undefined, nowMs: number): Counter {
  return new FixedWindow(cell, row, nowMs)
}

/**
 * In each window at most `limit` tokens are taken, however they were given back or forgotten in a crash. Which window it is, the asking side says, so a lease must not
 * outlive its window there; the bound holds for each window by the clocks of those who ask.
 * What other windows counted (the limit was by the month and is by the day, or of another time zone) is kept until they are over, and counts in full in every window that
 * overlaps them and had begun by their last use: a change of the calendar forgives nothing that was spent in the present window, even if it is taken back later.
 *
 * It may admit less than the limit: what was reserved when the object last forgot counts as used until the window is over, at most an eighth of the limit in all, however
 * often that happens. A cell that is seldom used, or has a limit below 8, reserves nothing.
 */
class FixedWindow implements Counter {
  readonly capacity: number
  readonly #present: Spent
  #others: Spent[] = []
  readonly #pace = new Pace(RESERVE_MS)
  /** What is stored covers so many more tokens, used by `#reservedUntilMs`. */
  #reserved = 0
  #reservedUntilMs = 0
  #isUnsaved = false

  constructor({ limit, windowStartMs: startMs, windowEndMs: endMs }: FixedWindowCell, row: CellRow | undefined, nowMs: number) {
    if (!isCount(limit, MAX_RATE_TOKENS)) throw new RangeError(`the limit must be a whole number from 1 to ${MAX_RATE_TOKENS}`)
    if (!isCount(startMs + 1, Number.MAX_SAFE_INTEGER - MAX_WINDOW_MS) || !isCount(endMs - startMs, MAX_WINDOW_MS)) {
      throw new RangeError('the window must be from 1 ms to 366 days, after the beginning of 1970')
    }
    this.capacity = limit
    this.#present = { startMs, endMs, lastMs: startMs, used: 0, stranded: 0 }
    if (row !== undefined) this.#open(row, nowMs)
  }

  get bytes(): number {
    return BYTES * (1 + this.#others.length)
  }

  available(nowMs: number): number {
    if (nowMs >= this.#present.endMs + GRACE_MS)
      throw new RangeError('the window is over: the clocks of the asking side and of its object differ by more than a minute')
    return this.#remaining()
  }

  take(count: number, nowMs: number, leaseMs: number): void {
    if (!isCount(count, this.available(nowMs)) || leaseMs < 0 || leaseMs > LEASE_MS) throw new RangeError('more is taken than is there')
    const usedMs = nowMs + leaseMs
    this.#present.used += count
    this.#present.lastMs = Math.max(this.#present.lastMs, usedMs)
    this.#pace.took(count, nowMs)
    if (count <= this.#reserved && usedMs <= this.#reservedUntilMs) this.#reserved -= count
    else this.#isUnsaved = true
  }

  giveBack(count: number): void {
    // The figures that come with it are those of the charge: it was of this window.
    this.#present.used = Math.max(this.#present.stranded, this.#present.used - count)
  }

  /** Does nothing: tokens are used up. */
  release(): void {}

  verdict(cost: number, admitted: boolean, nowMs: number): LimitVerdict {
    const remaining = this.#remaining()
    const { startMs, endMs } = this.#present
    // What another calendar's window counted after the end of this one counts in the next, of which the length is not known here.
    const spills = this.#others.some((other) => this.#overlaps(other) && other.lastMs >= endMs)
    const overMs = spills ? endMs + 2 * (endMs - startMs) : endMs
    return {
      admitted,
      remaining,
      retryAfterMs: admitted || cost <= remaining ? 0 : Math.max(0, overMs - nowMs),
      resetMs: this.#spent() === 0 ? 0 : Math.max(0, overMs - nowMs),
    }
  }

  unsaved(nowMs: number): CellRow | undefined {
    if (!this.#isUnsaved) return undefined
    this.#isUnsaved = false
    const most = Math.min(Math.floor(this.capacity / RESERVE_SHARE) - this.#present.stranded, this.capacity - this.#spent())
    this.#reserved = Math.max(0, Math.min(this.#pace.ahead(nowMs), most))
    this.#reservedUntilMs = nowMs + LEASE_MS + RESERVE_MS
    this.#others = bounded(this.#others.filter((other) => !isForgotten(other, nowMs)))
    const windows = [this.#present, ...this.#others]
    const state: v.InferOutput<typeof STATE> = {
      windows: windows.map(({ startMs, endMs, lastMs, used, stranded }) => [startMs, endMs - startMs, lastMs, used, stranded]),
      ahead: [this.#reserved, this.#reservedUntilMs],
    }
    return { fullMs: Math.max(...windows.map(({ endMs }) => endMs)) + GRACE_MS, fullTicks: 0, state: writeState(TAG, state) }
  }

  #open(row: CellRow, nowMs: number): void {
    const state = readState(TAG, STATE, row.state)
    if (state === undefined) {
      // In another algorithm's words: nothing is there until all would be.
      if (row.fullMs > nowMs) this.#present.used = this.capacity
      return
    }
    for (const [at, [startMs, length, lastMs, used, stranded]] of state.windows.entries()) {
      const [lost, lostMs] = at === 0 ? state.ahead : [0, 0]
      const spent: Spent = {
        startMs,
        endMs: startMs + length,
        lastMs: lost > 0 ? Math.max(lastMs, lostMs) : lastMs,
        used: used + lost,
        stranded: stranded + lost,
      }
      if (startMs === this.#present.startMs && spent.endMs === this.#present.endMs) Object.assign(this.#present, spent)
      else if (!isForgotten(spent, nowMs)) this.#others.push(spent)
    }
  }

  #remaining(): number {
    return Math.max(0, this.capacity - this.#spent())
  }

  /** @returns all that was, or may have been, taken in the present window. */
  #spent(): number {
    return this.#others.reduce((sum, other) => (this.#overlaps(other) && other.lastMs >= this.#present.startMs ? sum + other.used : sum), this.#present.used)
  }

  #overlaps(other: Spent): boolean {
    return other.startMs < this.#present.endMs && this.#present.startMs < other.endMs
  }
}

function isForgotten({ endMs, used }: Spent, nowMs: number): boolean {
  return used === 0 || nowMs >= endMs + GRACE_MS
}

/** Makes one of those that are over first until they are few enough. The one counts wherever any of them would. */
function bounded(others: readonly Spent[]): Spent[] {
  const windows = others.toSorted((a, b) => a.endMs - b.endMs)
  while (windows.length > MAX_OTHERS) {
    const [a, b] = windows
    if (a === undefined || b === undefined) break
    const one: Spent = {
      startMs: Math.min(a.startMs, b.startMs),
      endMs: Math.max(a.endMs, b.endMs),
      lastMs: Math.max(a.lastMs, b.lastMs),
      used: a.used + b.used,
      stranded: a.stranded + b.stranded,
    }
    windows.splice(0, 2, one)
  }
  return windows
}
