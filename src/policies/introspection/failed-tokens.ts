import { isWithin } from '../../lib/age.ts'
import { Lru } from '../../lib/lru.ts'

/** A token about which the issuer gave no answer is not asked about again for this long: its requests are 503 meanwhile. */
export const FAILED_FOR_MS = 2000

/** The most such tokens that are remembered, apart from all others. */
export const MAX_FAILED = 1000

/** The most memory that they may take. */
export const MAX_FAILED_BYTES = 1024 * 1024

interface FailedToken {
  readonly atMs: number
  /** The row of failures in which it counted; undefined: in none. */
  readonly row: number | undefined
}

/** Remembers tokens about which the issuer gave no answer, by their whole text: to spare it, and so that one token counts once. */
export class FailedTokens {
  readonly #tokens = new Lru<FailedToken>({ maxEntries: MAX_FAILED, maxBytes: MAX_FAILED_BYTES })

  /** Whether it was a moment ago. */
  has(token: string, now: number): boolean {
    const failed = this.#tokens.get(token)
    return failed !== undefined && isWithin(failed.atMs, now, FAILED_FOR_MS)
  }

  /** @param row the row of failures that it counts in; undefined where it counts in none. @returns whether it is new in that row. */
  add(token: string, row: number | undefined, now: number): boolean {
    const before = this.#tokens.get(token)?.row
    this.#tokens.set(token, { atMs: now, row }, 2 * token.length + 256)
    return row !== undefined && row !== before
  }

  delete(token: string): void {
    this.#tokens.delete(token)
  }
}
