import type { Pass } from '../../core/decision.ts'
import type { KeyRing, VerificationKey } from '../../jose/key-ring.ts'
import { Lru } from '../../lib/lru.ts'
import { type CheckedClaims, type JwtRules, stepUpFault, timeFault } from './rules.ts'

/** A verified token is verified again after this, whatever its own expiry. */
export const TOKEN_TTL_MS = 60_000

/** The most tokens that one authenticator remembers in an isolate. */
export const MAX_CACHED_TOKENS = 5000

/** The most memory that they may take, by {@link costOf}. */
export const MAX_CACHED_BYTES = 16 * 1024 * 1024

/** A token that was verified, and the decision that it led to. */
export interface CachedToken {
  readonly decision: Pass
  readonly checked: CheckedClaims
  readonly key: VerificationKey
  readonly verifiedAtMs: number
}

/**
 * Remembers verified tokens by their whole text, in memory only. Failures are never remembered.
 * What time and key rotation can change is checked on every use; issuer, audience and type cannot change within one authenticator.
 */
export class TokenCache {
  readonly #rules: JwtRules
  readonly #tokens = new Lru<CachedToken>({ maxEntries: MAX_CACHED_TOKENS, maxBytes: MAX_CACHED_BYTES })

  constructor(rules: JwtRules) {
    this.#rules = rules
  }

  /** @returns the decision, if the token still holds at `now` with these keys. */
  get(token: string, keys: KeyRing, now: number): Pass | undefined {
    const cached = this.#tokens.get(token)
    if (cached === undefined) return undefined
    if (now - cached.verifiedAtMs < TOKEN_TTL_MS && keys.has(cached.key) && this.#isInForce(cached, now)) return cached.decision
    this.#tokens.delete(token)
    return undefined
  }

  #isInForce({ checked }: CachedToken, now: number): boolean {
    return timeFault(checked, this.#rules, now) === undefined && stepUpFault(checked, this.#rules, now) === undefined
  }

  set(token: string, cached: CachedToken): void {
    this.#tokens.set(token, cached, costOf(token))
  }
}

/** The text itself, its parsed claims and scopes at about three times their size, and the objects around them. */
function costOf(token: string): number {
  return 4 * token.length + 1024
}
