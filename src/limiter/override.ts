import * as v from 'valibot'
import type { Cell } from '../core/limit.ts'
import type { CellRow } from './algorithm.ts'
import { countable } from './bucket.ts'
import { MAX_CONCURRENCY } from './concurrency.ts'
import { readState, WHOLE, writeState } from './counter-state.ts'
import { isTokenBucket } from './figures.ts'

/** Other figures that an operator gave one cell for some time. */
export interface Override {
  /** Tokens a period, or of a window, or at the same time. */
  readonly limit: number
  /** Of a token bucket; absent, what it was. */
  readonly burst?: number
  readonly untilMs: number
  readonly reason: string
}

const TAG = 'override/1'
const STATE = v.object({ limit: WHOLE, burst: v.exactOptional(WHOLE), reason: v.string() })

/** The name of the row that a cell's override is kept in. */
export function overrideId(cellId: string): string {
  return `override|${cellId}`
}

/** @returns the row of an override; of none, one that may be deleted. */
export function overrideRow(override: Override | undefined, nowMs: number): CellRow {
  if (override === undefined) return { fullMs: nowMs, fullTicks: 0, state: '' }
  const { untilMs, ...state } = override
  return { fullMs: untilMs, fullTicks: 0, state: writeState(TAG, state) }
}

/** @returns the override that a row keeps, if it holds now. */
export function readOverride(row: CellRow | undefined, nowMs: number): Override | undefined {
  if (row === undefined || row.fullMs <= nowMs) return undefined
  const state = readState(TAG, STATE, row.state)
  return state === undefined ? undefined : { ...state, untilMs: row.fullMs }
}

/** @returns the cell with the override's figures, or the nearest that its algorithm can count. */
export function overridden(cell: Cell, { limit, burst }: Override): Cell {
  if (isTokenBucket(cell)) return { ...cell, ...countable({ tokens: limit, periodMs: cell.periodMs, burst: burst ?? cell.burst }, 1) }
  return { ...cell, limit: cell.algorithm === 'concurrency' ? Math.min(limit, MAX_CONCURRENCY) : limit }
}
