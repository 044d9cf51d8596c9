/** What an operator says of a key, and may say of it again. Times are milliseconds since the epoch. */
export interface KeySpec {
  /** Whose it is: the subject of the principal that it makes. Several keys may have one owner. */
  readonly owner: string
  /** For people. */
  readonly name: string
  /** The plan, as `rateLimit({ plans: { by: 'level' } })` and conditions know it. */
  readonly level?: string
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
  /** For people and conditions: `claim('metadata.…')`. */
  readonly metadata: Readonly<Record<string, string>>
  /** Figures of its own, by the limit's name: they take the place of the configured ones, in the limit's own period. */
  readonly limits: Readonly<Record<string, KeyLimit>>
  /** Networks (CIDR) that it may be used from; empty: any. */
  readonly allowedIps: readonly string[]
  /** Web origins that it may be used from; empty: any. */
  readonly allowedOrigins: readonly string[]
  /** Routes that it may be used on, as `zone` or `zone GET /v1/users/:id`; empty: any. */
  readonly allowedRoutes: readonly string[]
  readonly notBeforeMs?: number
  readonly expiresMs?: number
}

/** A key's own figures for one limit. */
export interface KeyLimit {
  readonly limit: number
  readonly burst?: number
}

/** One of a key's secrets, as a keyed hash: the secret itself is nowhere. */
export interface KeptSecret {
  /** HMAC-SHA-256 (RFC 2104) of the whole text of the key, base64url. */
  readonly hash: string
  /** Which pepper it was made with: {@link KeptSecret.hash} of another says nothing. */
  readonly pepper: string
  /** Until when it works beside the newer one; absent, as long as the key. */
  readonly untilMs?: number
}

/** A key as the keyring keeps it. */
export interface KeptKey extends KeySpec {
  readonly id: string
  /** What its text begins with. */
  readonly prefix: string
  readonly environment: string
  /** The newest first; two while one replaces the other. */
  readonly secrets: readonly KeptSecret[]
  readonly createdMs: number
  /** Who created it, for people. */
  readonly createdBy: string
  readonly rotatedMs?: number
  /** Since when it is no longer good, and why. */
  readonly revoked?: { readonly atMs: number; readonly by: string; readonly reason: string }
  /** About when it was last used: to the hour. */
  readonly lastUsedMs?: number
}

/** A key cannot become what it was to become: somebody else changed it meanwhile. */
export class KeyConflict extends Error {
  override readonly name = 'KeyConflict'
}
