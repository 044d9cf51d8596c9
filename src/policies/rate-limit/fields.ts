import { serializeInteger, serializeString } from 'structured-headers'
import type { Cell, LimitVerdict } from '../../core/limit.ts'
import { isTokenBucket, sameFigures } from '../../limiter/figures.ts'

/** 15 bytes of a pseudonym: as many of its characters are base64 without padding. */
const PARTITION_KEY_CHARACTERS = 20

/** Writes the members that a limit adds to the lists `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11 §3 and §4). */
export interface LimitFields {
  /** @returns `"per-ip";q=60;w=6;pk=:…:`: burst, and the seconds in which that many come back. */
  policy(cell: Cell, partition: string): string
  /** @returns `"per-ip";r=50;t=5;pk=:…:`: tokens left, and the seconds within which no more than these should be used. */
  standing(cell: Cell, verdict: LimitVerdict, cost: number, partition: string): string
}

/** Compiles the fields of one limit. Seconds are rounded up: no caller is told a higher rate than it has. */
export function compileFields(name: string): LimitFields {
  const item = serializeString(name)
  let policyOf: readonly [cell: Cell | undefined, text: string] = [undefined, '']
  return {
    policy(cell, partition) {
      // A limit's cells have the same figures nearly always.
      if (policyOf[0] === undefined || !sameFigures(policyOf[0], cell)) policyOf = [cell, item + quotaOf(cell)]
      return policyOf[1] + partition
    },
    standing(cell, verdict, cost, partition) {
      const seconds = windowSeconds(cell, verdict, cost)
      return `${item};r=${serializeInteger(verdict.remaining)}${seconds === undefined ? '' : `;t=${serializeInteger(seconds)}`}${partition}`
    },
  }
}

/** @returns the parameter `pk` of a counter: a keyed hash, never an identity. @param pseudonym of at least 20 characters, base64url. */
export function partitionKey(pseudonym: string): string {
  const bytes = pseudonym.slice(0, PARTITION_KEY_CHARACTERS)
  return `;pk=:${/[-_]/.test(bytes) ? bytes.replaceAll('-', '+').replaceAll('_', '/') : bytes}:`
}

function quotaOf(cell: Cell): string {
  if (isTokenBucket(cell)) return `;q=${cell.burst};w=${bucketSeconds(cell, cell.burst)}`
  if (cell.algorithm === 'concurrency') return `;q=${cell.limit};qu="concurrent-requests"`
  const windowMs = cell.algorithm === 'sliding-window' ? cell.windowMs : cell.windowEndMs - cell.windowStartMs
  return `;q=${cell.limit};w=${Math.ceil(windowMs / 1000)}`
}

function windowSeconds(cell: Cell, { admitted, remaining, retryAfterMs, resetMs }: LimitVerdict, cost: number): number | undefined {
  if (!admitted) return retryAfterSeconds(retryAfterMs)
  if (isTokenBucket(cell)) return bucketSeconds(cell, Math.max(remaining, cost))
  return cell.algorithm === 'concurrency' ? undefined : Math.max(1, Math.ceil(resetMs / 1000))
}

/** The seconds in which so many tokens come back: using them up over that time keeps to the rate. */
function bucketSeconds({ tokens, periodMs }: { readonly tokens: number; readonly periodMs: number }, count: number): number {
  return Math.max(1, Math.ceil((count * periodMs) / (tokens * 1000)))
}

/** @returns whole seconds, never fewer than the truth. */
export function retryAfterSeconds(retryAfterMs: number): number {
  return Math.max(1, Math.ceil(retryAfterMs / 1000))
}
