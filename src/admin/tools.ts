import type { KeptSecret } from '../core/api-key.ts'
import type { AuditCheckpoint, AuditEntry, AuditPublicKey } from '../core/audit.ts'

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

/** Whose counter of a limit is meant: what the limit counts by. `null`: a caller who has none. */
export interface Whose {
  readonly principal?: { readonly issuer: string; readonly subject: string } | null
  readonly credential?: { readonly issuer: string; readonly id: string } | null
  readonly level?: string | null
  readonly roles?: readonly string[]
  readonly claims?: Readonly<Record<string, unknown>>
  readonly ip?: string
  readonly country?: string | null
  readonly asn?: number | null
  readonly ja4?: string | null
  readonly route?: string
  readonly headers?: Readonly<Record<string, string | null>>
  readonly params?: Readonly<Record<string, string | null>>
  readonly body?: unknown
  readonly worker?: string
}

/** What only the gateway knows of a zone, where a limit counts by a header that holds a credential. */
export interface ZoneFacts {
  readonly credentialHeaders: readonly string[]
  pseudonym(value: string): string
}

/** A counter, or what would have to be said to name one. */
export type CounterName = { readonly owner: string; readonly cell: string } | { readonly missing: readonly string[] }

/** What the admin API needs of the rooms that it stands before, beside their ports. */
export interface AdminTools {
  mintKey(parts: MintParts): Minted
  /** Another secret for a key that has an id. */
  mintSecret(parts: MintParts & { readonly id: string }): Minted
  /** @param settings of a `rate-limit`, as the configuration has them. */
  counterOf(settings: unknown, zone: string, whose: Whose, facts: ZoneFacts): CounterName
  /** Writes a piece of the audit trail as NDJSON. */
  exportText(piece: {
    readonly entries: readonly AuditEntry[]
    readonly checkpoints: readonly AuditCheckpoint[]
    readonly keys: readonly AuditPublicKey[]
  }): string
}
