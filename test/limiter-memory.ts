import type { Cell, LimitRequest, LimitVerdict, TokenBucketCell } from '../src/core/ports.ts'
import type { CellRow } from '../src/limiter/algorithm.ts'
import { MESSAGE_VERSION } from '../src/limiter/message.ts'
import { CellOwner, type RowStore } from '../src/limiter/owner.ts'

/** Rows in a map, and how often one was written. */
export class MemoryRows implements RowStore {
  readonly rows = new Map<string, CellRow>()
  writes = 0
  read(id: string): CellRow | undefined {
    return this.rows.get(id)
  }
  write(id: string, row: CellRow): void {
    this.writes++
    this.rows.set(id, row)
  }
}

/** The real owner of cells over rows in memory, asked as by an isolate that takes no leases. */
export class MemoryOwner {
  readonly store = new MemoryRows()
  #owner = new CellOwner(this.store)

  take(request: Pick<LimitRequest, 'cells' | 'cost'>, nowMs: number): readonly LimitVerdict[] {
    const { verdicts } = this.#owner.take({ v: MESSAGE_VERSION, cells: request.cells, cost: request.cost }, nowMs)
    return verdicts
  }

  giveBack(charge: { readonly cells: readonly Cell[]; readonly count: number; readonly chargedMs: number }, nowMs: number): void {
    this.#owner.giveBack({ v: MESSAGE_VERSION, ...charge }, nowMs)
  }

  /** Forgets what is in memory. */
  hibernate(): void {
    this.#owner = new CellOwner(this.store)
  }
}

/** A token bucket by its figures. */
export function bucketCell(id: string, tokens: number, periodMs: number, burst: number): TokenBucketCell {
  return { id, tokens, periodMs, burst }
}
