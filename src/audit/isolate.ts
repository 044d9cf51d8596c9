import type { AuditCheckpoint, AuditEntry, AuditEvent, AuditOperation, AuditPublicKey, OperationStart } from '../core/audit.ts'
import type { AuditTrail, Background, Clock } from '../core/ports.ts'
import {
  type BeginMessage,
  type CheckpointsReply,
  type EndMessage,
  type EntriesReply,
  type KeysReply,
  MAX_PAGE,
  MESSAGE_VERSION,
  type NoteMessage,
  type PageMessage,
  type PlainMessage,
  readStartReply,
  readStatusReply,
  type SettingsMessage,
  type StartReply,
  type StatusReply,
} from './message.ts'
import { NoteBook } from './notes.ts'
import type { AuditSettings } from './settings.ts'

/** The object, as an isolate calls it. */
export interface AuditObject {
  begin(message: BeginMessage): Promise<StartReply>
  end(message: EndMessage): Promise<void>
  note(message: NoteMessage): Promise<void>
  entries(message: PageMessage): Promise<EntriesReply>
  checkpoints(message: PageMessage): Promise<CheckpointsReply>
  checkpoint(message: PlainMessage): Promise<CheckpointsReply>
  keys(message: PlainMessage): Promise<KeysReply>
  status(message: PlainMessage): Promise<StatusReply>
}

/** What an isolate's side of the trail needs from outside. */
export interface IsolateTrailOptions {
  readonly clock: Clock
  readonly settings: AuditSettings
  readonly pause: (ms: number) => Promise<void>
  readonly notice: (detail: string) => void
  /** A stub of its own for each call. */
  readonly owner: () => AuditObject
}

/** The trail as a Worker sees it: it asks the object each time, and collects decisions behind the responses. */
export class IsolateTrail implements AuditTrail {
  readonly #head: { readonly v: typeof MESSAGE_VERSION; readonly settings: SettingsMessage }
  readonly #owner: () => AuditObject
  readonly #notes: NoteBook

  constructor({ clock, settings, pause, notice, owner }: IsolateTrailOptions) {
    const { signingKeys, retentionDays, sink } = settings
    this.#head = { v: MESSAGE_VERSION, settings: { signingKeys: [...signingKeys], retentionDays, ...(sink !== undefined && { sink }) } }
    this.#owner = owner
    this.#notes = new NoteBook({
      ...{ clock, pause, notice },
      send: async ({ events, suppressed, lost }) => await owner().note({ ...this.#head, events: [...events], suppressed, lost }),
    })
  }

  async begin({ id, fingerprint, event }: AuditOperation): Promise<OperationStart> {
    const { v: _, ...start } = readStartReply(await this.#owner().begin({ ...this.#head, operation: { id, fingerprint, event } }))
    return start
  }

  async end(id: string, { event, status, body }: { readonly event: AuditEvent; readonly status: number; readonly body: string }): Promise<void> {
    await this.#owner().end({ ...this.#head, id, event, status, body })
  }

  note(event: AuditEvent, background: Background): void {
    this.#notes.add(event, background)
  }

  async entries(afterSeq: number, limit: number): Promise<readonly AuditEntry[]> {
    return (await this.#owner().entries({ ...this.#head, from: afterSeq, limit: Math.min(limit, MAX_PAGE) })).entries
  }

  async checkpoints(fromSeq: number, limit: number): Promise<readonly AuditCheckpoint[]> {
    return (await this.#owner().checkpoints({ ...this.#head, from: fromSeq, limit: Math.min(limit, MAX_PAGE) })).checkpoints
  }

  async checkpoint(): Promise<AuditCheckpoint | undefined> {
    return (await this.#owner().checkpoint(this.#head)).checkpoints[0]
  }

  async publicKeys(): Promise<readonly AuditPublicKey[]> {
    return (await this.#owner().keys(this.#head)).keys
  }

  async status(): ReturnType<AuditTrail['status']> {
    const { v: _, ...status } = readStatusReply(await this.#owner().status(this.#head))
    return status
  }
}
