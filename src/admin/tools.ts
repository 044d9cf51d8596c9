import type { KeptSecret } from '../core/api-key.ts'
import type { AuditCheckpoint, AuditEntry } from '../core/audit.ts'
import type { RateLimitSettings } from '../policies/rate-limit/settings.ts'

/** A key's text, which is shown once, and what is kept of it. */
export interface Minted {
  readonly id: string
  readonly text: string
  readonly secret: KeptSecret
}

/** What a key's text is made of. */
export interface MintParts {
  readonly prefix: string
  readonly environment: string
  /** Random, and the same for the same operation. */
  readonly seed: string
  readonly pepper: string
}

/** Whose counter of a limit is meant: what the limit counts by. */
export interface Whose {
  readonly principal?: { readonly issuer: string; readonly subject: string }
  readonly credential?: { readonly issuer: string; readonly id: string }
  readonly ip?: string
  readonly country?: string
  readonly asn?: number
  readonly level?: string
  readonly route?: string
  readonly header?: Readonly<Record<string, string>>
}

/** A counter, or what would have to be said to name one. */
export type CounterName = { readonly owner: string; readonly cell: string } | { readonly missing: readonly string[] }

/** A public key that verifies checkpoints: an Ed25519 JWK (RFC 8037). */
export interface CheckpointKey {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
  readonly kid: string
}

/** What the admin API needs of the rooms that it stands before, beside their ports. */
export interface AdminTools {
  mintKey(parts: MintParts): Minted
  /** Another secret for a key that has an id. */
  mintSecret(parts: MintParts & { readonly id: string }): Minted
  counterOf(settings: RateLimitSettings, zone: string, whose: Whose): CounterName
  /** Writes a piece of the audit trail as NDJSON. */
  exportText(piece: {
    readonly entries: readonly AuditEntry[]
    readonly checkpoints: readonly AuditCheckpoint[]
    readonly keys: readonly CheckpointKey[]
  }): string
  /** @returns the public half of a signing key, as a secret holds it. */
  publicKeyOf(secret: string): Promise<CheckpointKey>
}
