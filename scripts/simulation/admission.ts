import type { Cell } from '../../src/core/limit.ts'

/** A request that was admitted. Times are true ones. */
export interface Admission {
  /** What it took from, as its isolate named it. */
  readonly cells: readonly Cell[]
  /** How often the figures had been changed when it came. */
  readonly era: number
  readonly cost: number
  /** When it came to its isolate. */
  readonly askedMs: number
  /** When the object charged it, if it asked the object. */
  readonly chargedMs: number | undefined
  /** When its isolate admitted it. */
  readonly atMs: number
  /** How much of its cost it gave back. */
  returned: number
  /** When it was over; infinite, while it is not. */
  endMs: number
}
