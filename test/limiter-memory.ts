import type { Cell, LimitRequest, LimitVerdict, TokenBucketCell } from '../src/core/limit.ts'
import type { CellRow, RowStore } from '../src/limiter/algorithm.ts'
import { versionOf } from '../src/limiter/message.ts'
import { CellOwner } from '../src/limiter/owner.ts'

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

  take({ cells, cost, slot }: Pick<LimitRequest, 'cells' | 'cost' | 'slot'>, nowMs: number): readonly LimitVerdict[] {
    const { verdicts } = this.#owner.take({ v: versionOf(cells), cells, cost, ...(slot !== undefined && { slot }) }, nowMs)
    return verdicts
  }

  giveBack(charge: { readonly cells: readonly Cell[]; readonly count: number; readonly chargedMs: number }, nowMs: number): void {
    this.#owner.giveBack({ v: versionOf(charge.cells), ...charge }, nowMs)
  }

  /** Asks the owner itself. */
  run<T>(ask: (owner: CellOwner) => T): T {
    return ask(this.#owner)
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
