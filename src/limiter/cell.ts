import type { LimitVerdict } from '../core/limit.ts'
import type { Bucket } from './bucket.ts'

/**
 * The whole state of a cell: when it will be full again (GCRA's theoretical arrival time), as whole milliseconds since the epoch and the ticks of a begun one.
 * A time and not a level, so that it means the same after the limit's figures were changed. No state: the cell is full.
 */
export interface Tat {
  readonly ms: number
  readonly ticks: number
}

/** @returns the ticks that a cell lacks now; more than its bucket holds when its figures were changed or the clock was set back. */
export function lackingTicks(bucket: Bucket, tat: Tat | undefined, nowMs: number): number {
  return tat === undefined ? 0 : Math.max(0, (tat.ms - nowMs) * bucket.ticksPerMs + tat.ticks)
}

/** @returns the state of a cell that lacks so many ticks now. */
export function tatOf(bucket: Bucket, lacking: number, nowMs: number): Tat {
  const ticks = lacking % bucket.ticksPerMs
  return { ms: nowMs + (lacking - ticks) / bucket.ticksPerMs, ticks }
}

/** Says how a cell stands that lacks so many ticks. `admitted`: whether `cost` more tokens are, or were, to be had. */
export function verdictOf(bucket: Bucket, lacking: number, cost: number, admitted: boolean): LimitVerdict {
  const { capacityTicks, ticksPerMs, ticksPerToken } = bucket
  return {
    admitted,
    remaining: Math.max(0, Math.floor((capacityTicks - lacking) / ticksPerToken)),
    retryAfterMs: admitted ? 0 : Math.ceil((lacking + cost * ticksPerToken - capacityTicks) / ticksPerMs),
    resetMs: Math.ceil(lacking / ticksPerMs),
  }
}
