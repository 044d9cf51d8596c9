import type { Cell } from '../core/limit.ts'
import type { CellRow, Counter } from './algorithm.ts'
import { openConcurrency } from './concurrency.ts'
import { isTokenBucket } from './figures.ts'
import { openFixedWindow } from './fixed-window.ts'
import { openSlidingWindow } from './sliding-window.ts'
import { openTokenBucket } from './token-bucket.ts'

/** Opens the counter of a cell by its algorithm. @param row what is stored of it, if anything. @throws {RangeError} for figures that cannot be counted. */
export function openCounter(cell: Cell, row: CellRow | undefined, nowMs: number): Counter {
  if (isTokenBucket(cell)) return openTokenBucket(cell, row, nowMs)
  if (cell.algorithm === 'sliding-window') return openSlidingWindow(cell, row, nowMs)
  if (cell.algorithm === 'fixed-window') return openFixedWindow(cell, row, nowMs)
  return openConcurrency(cell, row, nowMs)
}
