/** Classes of decisions that may be written to the audit trail. */
export const AUDITED_DECISIONS = ['authentication-denied', 'revocation-used', 'runtime-rule-used', 'override-used', 'authorization-denied'] as const

/** One of {@link AUDITED_DECISIONS}. */
export type AuditedDecision = (typeof AUDITED_DECISIONS)[number]

/** What happened, as whoever saw it says it. Names, codes and pseudonyms only: what is personal stands in `personal`, apart. */
export interface AuditEvent {
  /** `admin.keys.create`, `decision.authentication-denied`… */
  readonly type: string
  /** Who did it, as a pseudonym; empty where nobody is known. */
  readonly actor: string
  /** What it was done to, as a code or a pseudonym. */
  readonly target: string
  /** `begun`, `done`, `refused`, `failed`, or the reason of a decision. */
  readonly outcome: string
  /** Further facts that are nobody's. */
  readonly facts: Readonly<Record<string, string | number | boolean>>
  /** Facts that are somebody's: kept apart from the chain, which holds their salted hash, and deleted after the retention. */
  readonly personal?: Readonly<Record<string, string>>
}

/** An admin action that changes something, before it does. */
export interface AuditOperation {
  /** A keyed hash of actor and idempotency key: the name of the operation. */
  readonly id: string
  /** A hash of method, path and body: the same operation has the same. */
  readonly fingerprint: string
  readonly event: AuditEvent
}

/** What became of {@link AuditTrail.begin}. */
export type OperationStart =
  /** To be done now: for the first time, or `again` because nobody knows whether it was done. `seed` is random, and the same each time. */
  | { readonly kind: 'do'; readonly seed: string; readonly again?: true }
  /** Was done: this is what was answered. `seed` as above. */
  | { readonly kind: 'done'; readonly seed: string; readonly status: number; readonly body: string }
  /** The idempotency key names another operation. */
  | { readonly kind: 'conflict' }

/** One link of the chain. */
export interface AuditEntry {
  readonly seq: number
  readonly atMs: number
  readonly type: string
  readonly actor: string
  readonly target: string
  readonly outcome: string
  readonly facts: Readonly<Record<string, string | number | boolean>>
  /** SHA-256 of salt and personal facts, base64url; absent where there are none. */
  readonly personalHash?: string
  /** While it is kept. */
  readonly personal?: { readonly salt: string; readonly text: string }
  /** Of the entry before; of the first, 43 times `A`. */
  readonly previous: string
  /** SHA-256 over all of it but `personal`, base64url. */
  readonly hash: string
}

/** A signature over the chain up to one entry. */
export interface AuditCheckpoint {
  readonly seq: number
  readonly hash: string
  readonly atMs: number
  /** Which key signed: the first 16 characters of its RFC 7638 thumbprint. */
  readonly keyId: string
  /** Ed25519 (RFC 8032), base64url. */
  readonly signature: string
}

/** A public key of the trail: an Ed25519 JWK (RFC 8037) whose `kid` is {@link AuditCheckpoint.keyId}. */
export interface AuditPublicKey {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
  readonly kid: string
}
