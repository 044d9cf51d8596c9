import * as v from 'valibot'
import type { ConcurrencyCell, LimitVerdict } from '../core/limit.ts'
import { type CellRow, type Counter, LEASE_MS } from './algorithm.ts'
import { isCount, readState, WHOLE, writeState } from './counter-state.ts'
import { Pace, RESERVE_MS, RESERVE_SHARE } from './pace.ts'

/** The highest limit: all slots of a cell are in one row. */
export const MAX_CONCURRENCY = 4096
/** The longest life of a slot. */
export const MAX_SLOT_MS = 86_400_000
/** The longest name of a slot, in UTF-16 code units. */
export const MAX_SLOT_LENGTH = 128

/** About what a cell takes in memory, and each of its slots. */
const BYTES = 512
const SLOT_BYTES = 256

const TAG = 'concurrency/1'
const STATE = v.object({
  /** Of each slot: its name, how much it holds, when it ends. */
  slots: v.array(v.tuple([v.string(), WHOLE, WHOLE])),
  /** What was reserved before and lost: how much, and when it ends. */
  stranded: v.array(v.tuple([WHOLE, WHOLE])),
  /** So much more may be held, by slots of which the last ends then. */
  ahead: v.tuple([WHOLE, WHOLE]),
  /** The longest life of any of them. */
  longestMs: WHOLE,
})

interface Held {
  readonly count: number
  readonly endMs: number
  /** Whether the stored row names it; `before` says that it did so when the counter was opened, and that nobody may be left to release it. */
  readonly stored: 'no' | 'yes' | 'before'
}

/** Opens the counter of what is in flight; see {@link Concurrency}. @throws {RangeError} for a limit or a life that cannot be counted. */
export function openConcurrency(cell: ConcurrencyCell, row: CellRow | undefined, nowMs: number): Counter {
  return new Concurrency(cell, row, nowMs)
}

/**
 * At no time do slots hold more than `limit`. A slot ends when it is released or `maxMs` after it was taken, by the object's clock, whichever comes first; no crash, eviction or
 * second instance forgets one before. Who knows a slot's name can end it, so names must be random and are told to nobody; releasing one twice, or one that has ended, does nothing.
 * A changed `maxMs` is for slots taken from then on.
 *
 * It may admit less than the limit: releases that were not yet written when the object forgot come back until their slots' end, and what was reserved counts as held for up
 * to `maxMs` + 10 s; together at most an eighth of the limit, however often that happens. With a limit below 16 there is none of either, and each take and release is a row.
 */
class Concurrency implements Counter {
  readonly capacity: number
  readonly #maxMs: number
  readonly #slots = new Map<string, Held>()
  #stranded: { readonly count: number; readonly endMs: number }[] = []
  readonly #pace = new Pace(RESERVE_MS)
  #held = 0
  /** Held by slots that the stored row does not name: they are part of what it reserves. */
  #unnamed = 0
  /** Held by the slots that were there when the counter was opened. */
  #restored = 0
  /** Released, and still named by the stored row. */
  #ghosts = 0
  #reserved = 0
  #reservedUntilMs = 0
  /** No slot ends before. */
  #nextEndMs = Number.POSITIVE_INFINITY
  #longestMs: number
  #lastMs: number
  #isUnsaved = false

  constructor({ limit, maxMs }: ConcurrencyCell, row: CellRow | undefined, nowMs: number) {
    if (!isCount(limit, MAX_CONCURRENCY)) throw new RangeError(`the limit must be a whole number from 1 to ${MAX_CONCURRENCY}`)
    if (!isCount(maxMs, MAX_SLOT_MS)) throw new RangeError('a slot must live for 1 ms to 24 hours')
    this.capacity = limit
    this.#maxMs = maxMs
    this.#longestMs = maxMs
    this.#lastMs = nowMs
    if (row !== undefined) this.#open(row, nowMs)
  }

  get bytes(): number {
    return BYTES + SLOT_BYTES * (this.#slots.size + this.#stranded.length)
  }

  available(nowMs: number): number {
    this.#settle(nowMs)
    return Math.max(0, this.capacity - this.#held)
  }

  take(count: number, nowMs: number, _leaseMs: number, slot: string): void {
    if (slot === '' || slot.length > MAX_SLOT_LENGTH) throw new RangeError(`a slot's name must have 1 to ${MAX_SLOT_LENGTH} characters`)
    const available = this.available(nowMs)
    if (this.#slots.has(slot)) return
    if (!isCount(count, available)) throw new RangeError('more is taken than is there')
    this.#pace.took(count, nowMs)
    this.#hold(slot, { count, endMs: nowMs + this.#maxMs, stored: 'no' })
    if (this.#unnamed > this.#reserved || nowMs > this.#reservedUntilMs) this.#isUnsaved = true
  }

  /** Does nothing: slots are released. */
  giveBack(): void {}

  release(slot: string, nowMs: number): void {
    this.#settle(nowMs)
    const held = this.#slots.get(slot)
    if (held === undefined) return
    this.#end(slot, held)
    if (held.stored === 'no') return
    this.#ghosts += held.count
    if (this.#ghosts > this.#spareShare()) this.#isUnsaved = true
  }

  verdict(cost: number, admitted: boolean, nowMs: number): LimitVerdict {
    const remaining = this.available(nowMs)
    return {
      admitted,
      remaining,
      // When somebody releases, it is sooner: this is when it is certain.
      retryAfterMs: admitted || cost <= remaining ? 0 : this.#endOf(this.#held - this.capacity + cost) - nowMs,
      resetMs: Math.max(0, this.#lastEndMs() - nowMs),
    }
  }

  unsaved(nowMs: number): CellRow | undefined {
    if (!this.#isUnsaved) return undefined
    this.#settle(nowMs)
    this.#isUnsaved = false
    this.#reserved = Math.min(this.#pace.ahead(nowMs), this.#spareShare())
    this.#reservedUntilMs = nowMs + RESERVE_MS
    this.#unnamed = 0
    this.#ghosts = 0
    for (const [slot, held] of this.#slots) if (held.stored === 'no') this.#slots.set(slot, { ...held, stored: 'yes' })
    const aheadEndMs = this.#reservedUntilMs + this.#maxMs
    const state: v.InferOutput<typeof STATE> = {
      slots: Array.from(this.#slots, ([slot, { count, endMs }]) => [slot, count, endMs]),
      stranded: this.#stranded.map(({ count, endMs }) => [count, endMs]),
      ahead: [this.#reserved, aheadEndMs],
      longestMs: this.#longestMs,
    }
    const fullMs = Math.max(nowMs, this.#lastEndMs(), this.#reserved > 0 ? aheadEndMs : 0)
    return { fullMs, fullTicks: 0, state: writeState(TAG, state) }
  }

  #open(row: CellRow, nowMs: number): void {
    const state = readState(TAG, STATE, row.state)
    if (state === undefined) {
      // In another algorithm's words: nothing is there until all would be.
      this.#strand(this.capacity, Math.min(row.fullMs, nowMs + this.#maxMs))
      return
    }
    this.#longestMs = Math.max(this.#longestMs, state.longestMs)
    for (const [slot, count, endMs] of state.slots) this.#hold(slot, { count, endMs, stored: 'before' })
    for (const [count, endMs] of [...state.stranded, state.ahead]) if (count > 0) this.#strand(count, endMs)
    this.#bringDown(nowMs)
    this.#endAll(nowMs)
  }

  #hold(slot: string, held: Held): void {
    this.#slots.set(slot, held)
    this.#held += held.count
    if (held.stored === 'no') this.#unnamed += held.count
    if (held.stored === 'before') this.#restored += held.count
    this.#nextEndMs = Math.min(this.#nextEndMs, held.endMs)
  }

  #strand(count: number, endMs: number): void {
    this.#stranded.push({ count, endMs })
    this.#held += count
    this.#nextEndMs = Math.min(this.#nextEndMs, endMs)
  }

  #end(slot: string, held: Held): void {
    this.#slots.delete(slot)
    this.#held -= held.count
    if (held.stored === 'no') this.#unnamed -= held.count
    if (held.stored === 'before') this.#restored -= held.count
  }

  /** @returns how much may be reserved, and as much again be released without a write: what came over from before may be such already. */
  #spareShare(): number {
    return Math.floor(Math.max(0, this.capacity / RESERVE_SHARE - this.#restored - sumOf(this.#stranded)) / 2)
  }

  #settle(nowMs: number): void {
    if (nowMs < this.#lastMs) this.#bringDown(nowMs)
    this.#lastMs = nowMs
    if (nowMs >= this.#nextEndMs) this.#endAll(nowMs)
  }

  /** Ends what has lived for its whole life. */
  #endAll(nowMs: number): void {
    for (const [slot, held] of this.#slots) if (held.endMs <= nowMs) this.#end(slot, held)
    this.#held -= sumOf(this.#stranded.filter(({ endMs }) => endMs <= nowMs))
    this.#stranded = this.#stranded.filter(({ endMs }) => endMs > nowMs)
    this.#nextEndMs = Number.POSITIVE_INFINITY
    for (const { endMs } of this.#ends()) this.#nextEndMs = Math.min(this.#nextEndMs, endMs)
  }

  #lastEndMs(): number {
    return this.#ends().reduce((last, { endMs }) => Math.max(last, endMs), 0)
  }

  /** @returns when, counted from the first to end, so much is over. */
  #endOf(count: number): number {
    let sum = 0
    for (const { count: held, endMs } of this.#ends().toSorted((a, b) => a.endMs - b.endMs)) {
      sum += held
      if (sum >= count) return endMs
    }
    return this.#lastEndMs()
  }

  #ends(): { readonly count: number; readonly endMs: number }[] {
    return [...this.#slots.values(), ...this.#stranded]
  }

  /** Lets nothing end later than what could have been taken by now, or a slot lived for as long as a clock was set back. */
  #bringDown(nowMs: number): void {
    const latestMs = nowMs + this.#longestMs + RESERVE_MS + LEASE_MS
    for (const [slot, held] of this.#slots) if (held.endMs > latestMs) this.#slots.set(slot, { ...held, endMs: latestMs })
    this.#stranded = this.#stranded.map(({ count, endMs }) => ({ count, endMs: Math.min(endMs, latestMs) }))
    this.#nextEndMs = Math.min(this.#nextEndMs, latestMs)
  }
}

function sumOf(counts: readonly { readonly count: number }[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0)
}
