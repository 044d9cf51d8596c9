import type { AuditCheckpoint, AuditEntry, AuditPublicKey } from '../core/audit.ts'
import type { Head } from './entry.ts'
import type { SettingsMessage } from './message.ts'

/** An operation, as it is remembered. */
export interface OperationRow {
  readonly id: string
  readonly fingerprint: string
  readonly seed: string
  /** When it began or, once it is done, ended. */
  readonly atMs: number
  /** The number of the entry that says that it began. */
  readonly begunSeq: number
  readonly answer?: { readonly status: number; readonly body: string }
}

/** What the object remembers beside the chain. */
export interface AuditState {
  readonly settings?: SettingsMessage
  /** The last entry that the sink has. */
  readonly exportedSeq: number
  /** The last entry of the batch that is on its way: the same batch is sent until the sink has it. */
  readonly batchSeq: number
  /** How often in a row the sink failed, and when it is tried again. */
  readonly exportFailures: number
  readonly exportAfterMs: number
  readonly exportError?: string
  /** The same for signing. */
  readonly signingFailures: number
  readonly signingAfterMs: number
  readonly signingError?: string
  /** The hour that is being counted, and how many decisions were written in it. */
  readonly hourMs: number
  readonly decisions: number
  /** How many of each class. Absent: an object of a former version wrote it last. */
  readonly decisionsOf?: Readonly<Record<string, number>>
  /** Decisions that were not written, and wait to be told. */
  readonly suppressed: number
  readonly lost: number
}

/** Where the trail is kept. Synchronous: between reading and writing nobody else may come in. Whatever cannot be written throws. */
export interface AuditStore {
  /** Does all of it or nothing. */
  atomically<T>(work: () => T): T
  readState(): AuditState | undefined
  writeState(state: AuditState): void
  /** The last entry, or the head of an empty chain. */
  head(): Head
  append(entry: AuditEntry): void
  /** @returns up to `limit` entries after that one, oldest first. */
  entries(afterSeq: number, limit: number): readonly AuditEntry[]
  /** Deletes the personal facts of up to `limit` entries until then. @returns how many. */
  forget(untilMs: number, limit: number): number
  /** When the oldest entry was written that still has personal facts. */
  oldestPersonalMs(): number | undefined
  lastCheckpoint(): AuditCheckpoint | undefined
  addCheckpoint(checkpoint: AuditCheckpoint): void
  checkpoints(fromSeq: number, limit: number): readonly AuditCheckpoint[]
  keys(): readonly AuditPublicKey[]
  addKey(key: AuditPublicKey): void
  operation(id: string): OperationRow | undefined
  writeOperation(row: OperationRow): void
  /** @returns up to `limit` operations that began or ended until then, oldest first. */
  operationsUntil(untilMs: number, limit: number): readonly OperationRow[]
  deleteOperation(id: string): void
  /** How much of its space it takes, in bytes. */
  bytes(): number
}
