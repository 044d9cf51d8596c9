import type { Cell, TokenBucketCell } from '../core/limit.ts'
import { LEASE_MS } from './algorithm.ts'

/** @returns how many of the cell's tokens go for each one of a request's cost. */
export function weightOf({ weight }: Cell): number {
  return weight ?? 1
}

/** @returns the most tokens that there can be at once. */
export function capacityOf(cell: Cell): number {
  return isTokenBucket(cell) ? cell.burst : cell.limit
}

/** @returns whether both cells count by the same algorithm and figures, whatever their weights, so that one counter counts for both. */
export function sameFigures(a: Cell, b: Cell): boolean {
  if (isTokenBucket(a)) {
    return isTokenBucket(b) && a.tokens === b.tokens && a.periodMs === b.periodMs && a.burst === b.burst && (a.strict === true) === (b.strict === true)
  }
  if (a.algorithm === 'sliding-window') return b.algorithm === 'sliding-window' && a.limit === b.limit && a.windowMs === b.windowMs
  if (a.algorithm === 'concurrency') return b.algorithm === 'concurrency' && a.limit === b.limit && a.maxMs === b.maxMs
  return b.algorithm === 'fixed-window' && a.limit === b.limit && a.windowStartMs === b.windowStartMs && a.windowEndMs === b.windowEndMs
}

/** A window of so many has a few to spare for leases, however long it is. */
const LARGE_LIMIT = 1000

/**
 * @returns whether isolates may take tokens of this cell ahead of their requests. Not where those of less than one request come back in the life of a lease: whoever asks as often as a
 * lease would pay off is soon refused, and every token that a lease strands until then is missed.
 */
export function isLeasable(cell: Cell): boolean {
  const weight = weightOf(cell)
  if (isTokenBucket(cell)) return cell.strict !== true && cell.tokens * LEASE_MS >= cell.periodMs * weight
  if (cell.algorithm === 'concurrency') return false
  const windowMs = cell.algorithm === 'sliding-window' ? cell.windowMs : cell.windowEndMs - cell.windowStartMs
  return cell.limit >= LARGE_LIMIT * weight || cell.limit * LEASE_MS >= windowMs * weight
}

/** @returns whether the cell is a token bucket, said or unsaid. */
export function isTokenBucket(cell: Cell): cell is TokenBucketCell {
  return cell.algorithm === undefined || cell.algorithm === 'token-bucket'
}
