import * as v from 'valibot'
import type { LimitVerdict, SlidingWindowCell } from '../core/limit.ts'
import { type CellRow, type Counter, LEASE_MS } from './algorithm.ts'
import { isCount, readState, WHOLE, writeState } from './counter-state.ts'
import { Pace, RESERVE_MS, RESERVE_SHARE } from './pace.ts'
import { MAX_RATE_TOKENS } from './rate.ts'
import { SpanList } from './span-list.ts'

/** The longest window. */
export const MAX_WINDOW_MS = 366 * 86_400_000
/** Up to so high a limit each use is remembered apart. Above it, those within one so-many-th of the window are remembered as one. */
export const EXACT_USES = 100

/** About what a window takes in memory, beside its spans. */
const BYTES = 512
const TAG = 'sliding-window/1'
/** Times count from `at`. */
const STATE = v.object({
  at: WHOLE,
  /** Of each span: its first charge, from there to the last, from there to the last use; how many tokens, and how many of them stranded. */
  spans: v.array(v.tuple([WHOLE, WHOLE, WHOLE, WHOLE, WHOLE])),
  /** So many more may have been charged, and the last of them used then. */
  ahead: v.tuple([WHOLE, WHOLE]),
})

/** Opens the counter of a sliding window; see {@link SlidingWindow}. @throws {RangeError} for a limit or a window that cannot be counted. */
export function openSlidingWindow(cell: SlidingWindowCell, row: CellRow | undefined, nowMs: number): Counter {
  return new SlidingWindow(cell, row, nowMs)
}

/**
 * In no window of length w, wherever it begins, are more than `limit` tokens used, however they were leased, given back, or forgotten in a crash.
 * Where the object's clock is wrong by up to ε, now this way and now that, the bound holds in windows of w − 2ε.
 *
 * It may admit less than the limit. A token counts for w after the last moment at which it may have been used, so each counts too long by
 * - what was left of its lease, if an isolate took it ahead;
 * - less than w/100, rounded up to a millisecond, where the limit is above {@link EXACT_USES}; nothing below.
 *
 * And what was reserved when the object last forgot counts as used: at most an eighth of the limit in all, however often that happens, and for no longer than
 * w + min(10 s, w/4) + a lease's life. A cell that is seldom used, or has a limit below 8, reserves nothing.
 * After the window was made longer, what had already left the shorter one is not known any more.
 */
class SlidingWindow implements Counter {
  readonly capacity: number
  readonly #windowMs: number
  readonly #reserveMs: number
  readonly #spans: SpanList
  readonly #pace: Pace
  /** What is stored covers so many more tokens, used by `#reservedUntilMs`. */
  #reserved = 0
  #reservedUntilMs = 0
  #isUnsaved = false
  /** Charges between these times may have been moved when the clock was set back: they are not found again. */
  #movedFromMs = 0
  #movedToMs = -1

  constructor({ limit, windowMs }: SlidingWindowCell, row: CellRow | undefined, nowMs: number) {
    if (!isCount(limit, MAX_RATE_TOKENS)) throw new RangeError(`the limit must be a whole number from 1 to ${MAX_RATE_TOKENS}`)
    if (!isCount(windowMs, MAX_WINDOW_MS)) throw new RangeError('the window must be from 1 ms to 366 days')
    this.capacity = limit
    this.#windowMs = windowMs
    this.#reserveMs = Math.min(RESERVE_MS, Math.ceil(windowMs / 4))
    this.#pace = new Pace(this.#reserveMs)
    this.#spans = new SpanList(limit > EXACT_USES ? Math.ceil(windowMs / EXACT_USES) : 1)
    if (row !== undefined) this.#open(row, nowMs)
  }

  get bytes(): number {
    return BYTES + this.#spans.bytes
  }

  available(nowMs: number): number {
    this.#settle(nowMs)
    return Math.max(0, this.capacity - this.#spans.total)
  }

  take(count: number, nowMs: number, leaseMs: number): void {
    if (!isCount(count, this.available(nowMs)) || leaseMs < 0 || leaseMs > LEASE_MS) throw new RangeError('more is taken than is there')
    this.#spans.add({ firstMs: nowMs, lastMs: nowMs, untilMs: nowMs + leaseMs, count, stranded: 0 })
    this.#pace.took(count, nowMs)
    if (count <= this.#reserved && nowMs + LEASE_MS <= this.#reservedUntilMs) this.#reserved -= count
    else this.#isUnsaved = true
  }

  giveBack(count: number, chargedMs: number, nowMs: number): void {
    this.#settle(nowMs)
    if (chargedMs > this.#latestMs(nowMs) || (chargedMs >= this.#movedFromMs && chargedMs <= this.#movedToMs)) return
    this.#spans.takeBack(count, chargedMs)
  }

  /** Does nothing: tokens are used up. */
  release(): void {}

  verdict(cost: number, admitted: boolean, nowMs: number): LimitVerdict {
    const remaining = this.available(nowMs)
    const lacking = cost - remaining
    return {
      admitted,
      remaining,
      retryAfterMs: admitted || lacking <= 0 ? 0 : this.#backMs(this.#spans.total - this.capacity + cost, nowMs),
      resetMs: this.#backMs(this.#spans.total, nowMs),
    }
  }

  unsaved(nowMs: number): CellRow | undefined {
    if (!this.#isUnsaved) return undefined
    this.#settle(nowMs)
    this.#isUnsaved = false
    const { total, stranded, spans } = this.#spans
    // Also beyond what is there now: by then older tokens are back.
    this.#reserved = Math.max(0, Math.min(this.#pace.ahead(nowMs), Math.floor(this.capacity / RESERVE_SHARE) - stranded))
    this.#reservedUntilMs = this.#reserved === 0 ? nowMs : this.#latestMs(nowMs)
    const at = Math.min(spans[0]?.firstMs ?? nowMs, nowMs)
    const state: v.InferOutput<typeof STATE> = {
      at,
      spans: spans.map((span) => [span.firstMs - at, span.lastMs - span.firstMs, span.untilMs - span.lastMs, span.count, span.stranded]),
      ahead: [this.#reserved, this.#reservedUntilMs - at],
    }
    const usedMs = Math.max(this.#spans.usedUpMs(total) ?? nowMs, this.#reservedUntilMs)
    return { fullMs: usedMs + this.#windowMs, fullTicks: 0, state: writeState(TAG, state) }
  }

  #open(row: CellRow, nowMs: number): void {
    const state = readState(TAG, STATE, row.state)
    if (state === undefined) {
      // In another algorithm's words: nothing is there until all would be.
      this.#addAt(Math.min(row.fullMs - this.#windowMs, nowMs), this.capacity, 0)
      return
    }
    const { at, spans, ahead } = state
    for (const [from, length, use, count, stranded] of spans) {
      const firstMs = at + from
      this.#spans.add({ firstMs, lastMs: firstMs + length, untilMs: firstMs + length + use, count, stranded })
    }
    if (ahead[0] > 0) this.#addAt(at + ahead[1], ahead[0], ahead[0])
  }

  #addAt(ms: number, count: number, stranded: number): void {
    this.#spans.add({ firstMs: ms, lastMs: ms, untilMs: ms, count, stranded })
  }

  /** Forgets what has left the window; and lets nothing be later than what could have been charged by now, or all would wait for as long as a clock was set back. */
  #settle(nowMs: number): void {
    this.#spans.forget(nowMs - this.#windowMs)
    const latestMs = this.#latestMs(nowMs)
    const movedMs = this.#spans.cap(latestMs)
    if (movedMs === undefined) return
    this.#movedFromMs = this.#movedToMs < 0 ? latestMs : Math.min(this.#movedFromMs, latestMs)
    this.#movedToMs = Math.max(this.#movedToMs, movedMs)
    this.#reserved = 0
    this.#isUnsaved = true
  }

  /** @returns the last use that a charge or a reservation of now can have. */
  #latestMs(nowMs: number): number {
    return nowMs + LEASE_MS + this.#reserveMs
  }

  /** @returns in how many milliseconds so many of the oldest tokens are back. */
  #backMs(count: number, nowMs: number): number {
    const usedMs = this.#spans.usedUpMs(count)
    return usedMs === undefined ? 0 : Math.max(0, usedMs + this.#windowMs - nowMs)
  }
}
