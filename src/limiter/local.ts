import type { Cell, LimitRequest, LimitVerdict } from '../core/limit.ts'
import { Lru, type LruBounds } from '../lib/lru.ts'
import type { CellRow, RowStore } from './algorithm.ts'
import { countable } from './bucket.ts'
import { isTokenBucket } from './figures.ts'
import { versionOf } from './message.ts'
import { CellOwner } from './owner.ts'

/** What is kept of cells that are counted now, and of others. A key that was forgotten begins anew: this is a makeshift, and bounded. */
const LIVE: LruBounds = { maxEntries: 2000, maxBytes: 1024 * 1024 }
const ROWS: LruBounds = { maxEntries: 5000, maxBytes: 1024 * 1024 }
/** About what a row takes beside its name and its state. */
const ROW_BYTES = 128

/**
 * Counts in this isolate alone, with its part of the figures, while the object is out of reach: the bound then is that of the whole limit only if no more isolates than assumed
 * serve the key, and nothing that the object counted is known here. A part is never so small that a request could not be had at all. Bans and overrides are the object's.
 */
export class LocalLimiter {
  readonly #assumedIsolates: number
  readonly #mostCost: number
  readonly #rows = new LruRows()
  readonly #owner = new CellOwner(this.#rows, LIVE, 0)
  /**
   * @param assumedIsolates how many isolates serve one key at the same time: a whole number from 1.
   * @param mostCost the most that one request takes of a cell.
   */
  constructor(assumedIsolates: number, mostCost = 1) {
    this.#assumedIsolates = assumedIsolates
    this.#mostCost = mostCost
  }

  /** How many cells are remembered, in memory and as rows, and about how many bytes they take. */
  get memory(): { readonly cells: number; readonly bytes: number } {
    const { cells, bytes } = this.#owner.memory
    return { cells: cells + this.#rows.size, bytes: bytes + this.#rows.bytes }
  }

  /** @returns a verdict for each cell, in order; when one refuses, no cell was charged. */
  take(request: LimitRequest, nowMs: number): readonly LimitVerdict[] {
    const { cost, slot, refundable } = request
    const cells = this.#partsOf(request)
    const reply = this.#owner.take(
      { v: versionOf(cells), cells, cost, ...(slot !== undefined && { slot }), ...(refundable !== undefined && { refundable }) },
      nowMs,
    )
    return reply.verdicts
  }

  /** Gives back `amount` of the cost that {@link take} charged with these verdicts. */
  giveBack(request: LimitRequest, [verdict]: readonly LimitVerdict[], amount: number, nowMs: number): void {
    const chargedMs = verdict?.chargedMs
    if (chargedMs === undefined || amount < 1) return
    const cells = this.#partsOf(request)
    this.#owner.giveBack({ v: versionOf(cells), cells, count: amount, chargedMs }, nowMs)
  }

  /** Ends the slot that {@link take} took. */
  release(request: LimitRequest, nowMs: number): void {
    if (request.slot === undefined) return
    const cells = this.#partsOf(request)
    this.#owner.release({ v: versionOf(cells), cells, slot: request.slot }, nowMs)
  }

  #partsOf({ cells }: LimitRequest): readonly Cell[] {
    return cells.map((cell) => this.#partOf(cell))
  }

  #partOf(whole: Cell): Cell {
    const cell = withoutBan(whole)
    if (!isTokenBucket(cell)) return { ...cell, limit: this.#amountOf(cell.limit) }
    const { tokens, periodMs, burst } = cell
    const figures = { tokens, periodMs: periodMs * this.#assumedIsolates, burst: this.#amountOf(burst) }
    return { ...cell, ...countable(figures, Math.min(burst, this.#mostCost)) }
  }

  #amountOf(whole: number): number {
    return Math.max(Math.floor(whole / this.#assumedIsolates), Math.min(whole, this.#mostCost))
  }
}

function withoutBan({ ban: _, ...cell }: Cell): Cell {
  return cell
}

/** Rows in memory, those that were used longest ago forgotten. */
class LruRows implements RowStore {
  readonly #rows = new Lru<CellRow>(ROWS)

  get size(): number {
    return this.#rows.size
  }

  get bytes(): number {
    return this.#rows.bytes
  }

  read(id: string): CellRow | undefined {
    return this.#rows.get(id)
  }

  write(id: string, row: CellRow): void {
    this.#rows.set(id, row, ROW_BYTES + 2 * (id.length + row.state.length))
  }
}
