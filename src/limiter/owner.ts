import type { Cell } from '../core/ports.ts'
import { Lru } from '../lib/lru.ts'
import { type CellRow, type Counter, LEASE_MS } from './algorithm.ts'
import { openCounter } from './counters.ts'
import { isLeasable, isTokenBucket, sameFigures } from './figures.ts'
import { Holders } from './holders.ts'
import { type GiveBackMessage, MESSAGE_VERSION, type ReleaseMessage, type TakeMessage, type TakeReply } from './message.ts'
import { Sightings } from './sightings.ts'

/** Where an owner keeps its cells. Synchronous: between reading and writing nobody else may come in. */
export interface RowStore {
  read(id: string): CellRow | undefined
  /** What is written is safe before any reply that was given after it leaves. */
  write(id: string, row: CellRow): void
}

/** How many cells are counted in memory, and about how many bytes they may take; the others are opened from their rows. */
const MEMORY = { maxEntries: 5000, maxBytes: 8 * 1024 * 1024 }
/** About what a counter takes beside the name of its cell. */
const COUNTER_BYTES = 1024

/**
 * How many fair shares one isolate gets at most. With one, scattered keys make a call a request; with two, four in five, and in no simulated scenario below its limit was anybody
 * refused for it, since isolates give back what they do not spend. Without a cap keys near their limit are.
 */
const SHARES = 2

interface Live {
  readonly cell: Cell
  readonly counter: Counter
  /** Made when somebody wants a lease. */
  holders: Holders | undefined
}

/**
 * What the one object that owns cells does with them: takes of all that a message names or of none, leases tokens to isolates, and has in storage what it must not forget
 * before it answers. It knows no platform and waits for nothing.
 */
export class CellOwner {
  readonly #store: RowStore
  readonly #live = new Lru<Live>(MEMORY)
  /** A flood of keys that never come back passes through memory without staying there. */
  readonly #sightings = new Sightings()

  constructor(store: RowStore) {
    this.#store = store
  }

  /**
   * Charges the cost, and of leasable cells as much more as is wanted and as one isolate's share of what is there.
   * @returns a verdict for each cell. `retryAfterMs` is exact: then, and not 1 ms before, the same take succeeds if nobody else takes.
   * @throws {RangeError} for figures that cannot be counted, a cost that no such cell can ever grant, or one cell named twice.
   */
  take({ cells, cost, want, holder, slot, returns, refundable }: TakeMessage, nowMs: number): TakeReply {
    const isWarm = refundable === true || (want ?? 0) > cost
    const live = this.#open(cells, nowMs, isWarm)
    if (!Number.isSafeInteger(cost) || cost < 1 || live.some(({ counter }) => cost > counter.capacity)) {
      throw new RangeError('the cost must be a whole number from 1 to the burst')
    }
    const isLeased = want !== undefined && cells.every(isLeasable)
    let granted = isLeased ? Math.max(cost, want) : cost
    return this.#saving(live, nowMs, () => {
      for (const { count, chargedMs } of returns ?? []) for (const { counter } of live) counter.giveBack(count, chargedMs, nowMs)
      for (const entry of live) {
        const { counter } = entry
        const available = counter.available(nowMs)
        const share = isLeased ? Math.max(cost, Math.floor((SHARES * available) / holdersOf(entry).seen(holder ?? '', nowMs))) : cost
        granted = available < cost ? 0 : Math.min(granted, share, available)
        if (granted === 0) break
      }
      const leaseMs = isLeased ? LEASE_MS : 0
      const verdicts = live.map(({ counter }) => {
        if (granted === 0) return counter.verdict(cost, counter.available(nowMs) >= cost, nowMs)
        counter.take(granted, nowMs, leaseMs, slot ?? '')
        return { ...counter.verdict(cost, true, nowMs), chargedMs: nowMs }
      })
      return { v: MESSAGE_VERSION, verdicts, granted }
    })
  }

  /** Takes back what an earlier take charged, as far as each cell's bound allows. */
  giveBack({ cells, count, chargedMs }: GiveBackMessage, nowMs: number): void {
    const live = this.#open(cells, nowMs, false)
    this.#saving(live, nowMs, () => {
      for (const { counter } of live) counter.giveBack(count, chargedMs, nowMs)
    })
  }

  /** Ends a slot. */
  release({ cells, slot }: ReleaseMessage, nowMs: number): void {
    const live = this.#open(cells, nowMs, false)
    this.#saving(live, nowMs, () => {
      for (const { counter } of live) counter.release(slot, nowMs)
    })
  }

  /** Forgets what is in memory of a cell: to be called when its row is deleted. */
  forget(id: string): void {
    this.#live.delete(id)
  }

  /** @param isWarm more is to come of these cells: what is known of them is worth its memory. */
  #open(cells: readonly Cell[], nowMs: number, isWarm: boolean): Live[] {
    if (new Set(cells.map(({ id }) => id)).size !== cells.length) throw new RangeError('a cell is named twice')
    return cells.map((cell) => {
      const known = this.#live.get(cell.id)
      if (known !== undefined && sameFigures(known.cell, cell)) return known
      const opened: Live = { cell, counter: openCounter(cell, this.#store.read(cell.id), nowMs), holders: undefined }
      // A token bucket that was charged but once has all it knows in its row.
      if (isWarm || known !== undefined || !isTokenBucket(cell) || this.#sightings.isSeenAgain(cell.id))
        this.#live.set(cell.id, opened, COUNTER_BYTES + 2 * cell.id.length)
      return opened
    })
  }

  /** Does that, and has in storage what must be there before its result is said. Whatever fails on the way, memory never knows less than storage and what was said. */
  #saving<T>(live: readonly Live[], nowMs: number, work: () => T): T {
    try {
      const result = work()
      for (const { cell, counter } of live) {
        const row = counter.unsaved(nowMs)
        if (row !== undefined) this.#store.write(cell.id, row)
      }
      return result
    } catch (error) {
      for (const { cell } of live) this.#live.delete(cell.id)
      throw error
    }
  }
}

function holdersOf(live: Live): Holders {
  live.holders ??= new Holders(LEASE_MS)
  return live.holders
}
