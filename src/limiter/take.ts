import type { Cell, LimitVerdict } from '../core/ports.ts'
import { type Bucket, bucketOf } from './bucket.ts'
import { afterTaking, lackingTicks, type Tat, tatOf, verdictOf } from './cell.ts'

/** Where cells are kept. Synchronous: between reading and writing a cell nobody else may come in. */
export interface CellStore {
  read(id: string): Tat | undefined
  write(id: string, tat: Tat): void
}

/**
 * Takes `cost` tokens of every cell, or of none. Over any interval of length w a cell admits at most burst + rate·w tokens.
 * A denial writes nothing, but for a state that the cell's figures cannot have brought about (they were changed, or the clock was set back):
 * that is brought down to an empty cell once, so that nobody waits for longer than an empty cell makes them wait.
 * @returns a verdict for each cell, in order. `retryAfterMs` is exact: then, and not 1 ms before, the same take succeeds if nobody else takes.
 * @throws {RangeError} for figures that no bucket can have, a cost that no such cell can ever grant, or one cell named twice.
 */
export function takeAll(store: CellStore, cells: readonly Cell[], cost: number, nowMs: number): LimitVerdict[] {
  const standings = cells.map((cell) => standing(store, cell, cost, nowMs))
  if (new Set(cells.map((cell) => cell.id)).size !== cells.length) throw new RangeError('a cell is named twice')
  const admitted = standings.every(({ after }) => after !== undefined)
  return standings.map(({ id, bucket, lacking, excessive, after }) => {
    const lackingNow = admitted && after !== undefined ? after : lacking
    if (admitted || excessive) store.write(id, tatOf(bucket, lackingNow, nowMs))
    return verdictOf(bucket, lackingNow, cost, after !== undefined)
  })
}

interface Standing {
  readonly id: string
  readonly bucket: Bucket
  /** At most an empty cell's. */
  readonly lacking: number
  /** The stored state lacks more than an empty cell does. */
  readonly excessive: boolean
  /** What is lacking once `cost` tokens are taken; undefined when they are not there. */
  readonly after: number | undefined
}

function standing(store: CellStore, { id, tokens, periodMs, burst }: Cell, cost: number, nowMs: number): Standing {
  const bucket = bucketOf({ tokens, periodMs, burst })
  if ('fault' in bucket) throw new RangeError(bucket.fault)
  if (!Number.isSafeInteger(cost) || cost < 1 || cost > burst) throw new RangeError('the cost must be a whole number from 1 to the burst')
  const stored = lackingTicks(bucket, store.read(id), nowMs)
  const lacking = Math.min(stored, bucket.capacityTicks)
  return { id, bucket, lacking, excessive: stored > lacking, after: afterTaking(bucket, lacking, cost) }
}
