import type { Cell } from '../core/limit.ts'
import { Lru, type LruBounds } from '../lib/lru.ts'
import { LEASE_MS, type RowStore } from './algorithm.ts'
import { banId } from './ban.ts'
import { isLeasable, isTokenBucket } from './figures.ts'
import { LiveCell } from './live-cell.ts'
import type { GiveBackMessage, ReleaseMessage, TakeMessage, TakeReply } from './message.ts'
import { type DescribeMessage, type DescribeReply, type LiftBanMessage, MAX_OVERRIDE_MS, OPERATOR_VERSION, type OverrideMessage } from './operator-message.ts'
import { overrideId, overrideRow } from './override.ts'
import { Sightings } from './sightings.ts'

/** How many cells are counted in memory, and about how many bytes they may take; the others are opened from their rows. */
const MEMORY: LruBounds = { maxEntries: 10_000, maxBytes: 16 * 1024 * 1024 }
/** What is kept of a cell in memory may grow by this part before it is weighed anew. */
const GROWTH = 0.25

/**
 * One isolate gets at most so many parts of what is there, where each other leaseholder of late counts for one more. It decides nothing but calls: a smaller share makes scattered
 * keys ask more often, a larger one refuses keys near their limit what others hold and do not spend (docs/decisions/0010-scattered-keys.md).
 */
const SHARES = 3

/**
 * What the one object that owns cells does with them: takes of all that a message names or of none, leases tokens to isolates, and has in storage what it must not forget
 * before it answers. It knows no platform and waits for nothing.
 */
export class CellOwner {
  readonly #store: RowStore
  readonly #live: Lru<LiveCell>
  readonly #usedWithinMs: number
  /** A flood of keys that never come back passes through memory without staying there. */
  readonly #sightings = new Sightings()

  /** @param usedWithinMs how long after its charge a token may be used: by an isolate that leased it, or by a request whose answer was long on the way. */
  constructor(store: RowStore, memory: LruBounds = MEMORY, usedWithinMs = LEASE_MS) {
    this.#store = store
    this.#live = new Lru(memory)
    this.#usedWithinMs = usedWithinMs
  }

  /** How many cells are in memory, and about how many bytes they take. */
  get memory(): { readonly cells: number; readonly bytes: number } {
    return { cells: this.#live.size, bytes: this.#live.bytes }
  }

  /**
   * Charges the cost, and of leasable cells as much more as is wanted and as one isolate's share of what is there.
   * @returns a verdict for each cell. `retryAfterMs` is exact: then, and not 1 ms before, the same take succeeds if nobody else takes.
   * @throws {RangeError} for figures that cannot be counted, a cost that no such cell can ever grant, or one cell named twice.
   */
  take({ v, cells, cost, want, holder, slot, returns, refundable }: TakeMessage, nowMs: number): TakeReply {
    if (!Number.isSafeInteger(cost) || cost < 1) throw new RangeError('the cost must be a whole number from 1 to the burst')
    const asked = this.#open(cells, nowMs, refundable === true || (want ?? 0) > cost)
    for (const { cell, live } of asked) live.check(cell, cost)
    const isLeased = want !== undefined && asked.every(({ cell, live }) => isLeasable(live.countedOf(cell)))
    let granted = isLeased ? Math.max(cost, want) : cost
    return this.#saving(asked, nowMs, () => {
      for (const { count, chargedMs } of returns ?? []) for (const { cell, live } of asked) live.giveBack(cell, count, chargedMs, nowMs)
      for (const { cell, live } of asked) {
        const available = live.available(cell, nowMs)
        const share = isLeased ? Math.max(cost, Math.floor((SHARES * available) / (live.sharedBy(holder ?? '', nowMs) + SHARES - 1))) : cost
        granted = available < cost ? 0 : Math.min(granted, share, available)
        if (granted === 0) break
      }
      const verdicts = asked.map(({ cell, live }) =>
        granted === 0 ? live.refuse(cell, cost, refundable === true, nowMs) : live.charge(cell, granted, cost, this.#usedWithinMs, slot ?? '', nowMs),
      )
      return { v, verdicts, granted }
    })
  }

  /** Takes back what an earlier take charged, as far as each cell's bound allows. Of a cell that is counted by other figures by now, nothing: the charge stays. */
  giveBack({ cells, count, chargedMs }: GiveBackMessage, nowMs: number): void {
    const counted = cells.filter((cell) => {
      const known = this.#live.get(cell.id)
      // A bucket that was just opened has nothing to give back to.
      return known === undefined ? !isTokenBucket(cell) : known.isOf(cell)
    })
    // Nothing is said that would have to be in storage first.
    for (const { cell, live } of this.#open(counted, nowMs, false)) live.giveBack(cell, count, chargedMs, nowMs)
  }

  /** Ends a slot, by whatever figures its cell is counted by now. */
  release({ cells, slot }: ReleaseMessage, nowMs: number): void {
    const asked: Asked[] = []
    for (const cell of cells) {
      const known = this.#live.get(cell.id)
      if (known !== undefined) asked.push({ cell, live: known })
      else if (cell.algorithm === 'concurrency') asked.push(...this.#open([cell], nowMs, false))
    }
    this.#saving(asked, nowMs, () => {
      for (const { live } of asked) live.release(slot, nowMs)
    })
  }

  /** Counts a cell by other figures from the next take on, or by its own again. @throws {RangeError} for a time that is over, or more than 366 days away. */
  override(message: OverrideMessage, nowMs: number): void {
    const { id } = message
    if (message.limit !== null && !(message.untilMs > nowMs && message.untilMs <= nowMs + MAX_OVERRIDE_MS)) {
      throw new RangeError('figures can be overridden until a time from now on, within 366 days')
    }
    if (message.limit === null && this.#store.read(overrideId(id)) === undefined) return
    this.#store.write(overrideId(id), overrideRow(message.limit === null ? undefined : message, nowMs))
    this.#live.delete(id)
  }

  /** Ends the ban of a cell's key, and forgets what led to it. */
  liftBan({ id }: LiftBanMessage, nowMs: number): void {
    if (this.#store.read(banId(id)) === undefined) return
    this.#store.write(banId(id), { fullMs: nowMs, fullTicks: 0, state: '' })
    this.#live.get(id)?.rereadBan()
  }

  /** Says how cells stand. Charges, writes and remembers nothing. */
  describe({ cells }: DescribeMessage, nowMs: number): DescribeReply {
    const states = cells.map((cell) => {
      const known = this.#live.get(cell.id)
      const live = known?.isOf(cell) && !known.isOver(nowMs) ? known : new LiveCell(cell, this.#store, nowMs)
      return live.state(cell, nowMs)
    })
    return { v: OPERATOR_VERSION, cells: states }
  }

  /** Forgets what is in memory of a cell: to be called when its row is deleted. */
  forget(id: string): void {
    this.#live.delete(id)
  }

  /** @param isWarm more is to come of these cells: what is known of them is worth its memory. */
  #open(cells: readonly Cell[], nowMs: number, isWarm: boolean): Asked[] {
    if (new Set(cells.map(({ id }) => id)).size !== cells.length) throw new RangeError('a cell is named twice')
    return cells.map((cell) => {
      const known = this.#live.get(cell.id)
      if (known?.isOf(cell) && !known.isOver(nowMs)) return { cell, live: known }
      const live = new LiveCell(cell, this.#store, nowMs)
      // A token bucket that was charged but once has all it knows in its row.
      if (isWarm || known !== undefined || !isTokenBucket(cell) || this.#sightings.isSeenAgain(cell.id)) this.#keep(cell.id, live)
      return { cell, live }
    })
  }

  #keep(id: string, live: LiveCell): void {
    live.keptBytes = Math.ceil(live.bytes * (1 + GROWTH))
    this.#live.set(id, live, live.keptBytes)
  }

  /** Does that, and has in storage what must be there before its result is said. Whatever fails on the way, memory never knows less than storage and what was said. */
  #saving<T>(asked: readonly Asked[], nowMs: number, work: () => T): T {
    try {
      const result = work()
      for (const { cell, live } of asked) {
        live.save(cell, nowMs)
        if (live.keptBytes > 0 && live.bytes > live.keptBytes) this.#keep(cell.id, live)
      }
      return result
    } catch (error) {
      for (const { cell } of asked) this.#live.delete(cell.id)
      throw error
    }
  }
}

/** A cell as a request names it, and what is in memory of it. */
interface Asked {
  readonly cell: Cell
  readonly live: LiveCell
}
