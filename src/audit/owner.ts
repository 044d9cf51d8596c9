import type { AuditCheckpoint, AuditEntry, AuditEvent } from '../core/audit.ts'
import { link } from './entry.ts'
import type { BeginMessage, EndMessage, NoteMessage, SettingsMessage, StartReply, StatusReply } from './message.ts'
import { isPaused } from './pauses.ts'
import { type Counts, counted, hasRoom } from './room.ts'
import type { AuditState, AuditStore, OperationRow } from './store.ts'

/** An entry is signed so long after it was written at the latest, and at once when so many are not. */
export const SIGNED_WITHIN_MS = 60_000
export const SIGNED_EVERY = 1000
/** Operations are remembered for so long after they ended or, without an end, began; their seeds no longer. */
export const OPERATION_MS = 86_400_000
/** The most decisions that are written in an hour: whoever provokes denials must not fill the disk that admin actions need. */
export const DECISIONS_PER_HOUR = 10_000
/** Of each class so many of them are written all the same. */
export const OWN_PER_HOUR = DECISIONS_PER_HOUR / 10
/** With so many bytes written no decision is written any more; what is left of 10 GB is for admin actions. */
export const DECISION_BYTES = 8_000_000_000
/** The most rows that one sweep changes. */
export const SWEEP_ROWS = 1000
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const SALT_BYTES = 16
const SEED_BYTES = 32

/** @returns so many random bytes, base64url. */
export type RandomText = (bytes: number) => string

const FIRST: AuditState = {
  ...{ exportedSeq: 0, batchSeq: 0, exportFailures: 0, exportAfterMs: 0, signingFailures: 0, signingAfterMs: 0 },
  ...{ hourMs: 0, decisions: 0, suppressed: 0, lost: 0 },
}

/** Keeps the chain, the operations and what is left to do. The pure half of the `Audit` object: nothing in it waits, so nobody comes in between. */
export class AuditOwner {
  readonly #store: AuditStore
  readonly #random: RandomText

  constructor(store: AuditStore, random: RandomText) {
    this.#store = store
    this.#random = random
  }

  /** What the object remembers beside the chain. */
  get state(): AuditState {
    return this.#store.readState() ?? FIRST
  }

  /** Changes some of it. */
  note(changes: Partial<AuditState>): void {
    this.#store.writeState({ ...this.state, ...changes })
  }

  /** Takes over what a Worker says of the configuration: alarms have nobody to ask. */
  use(settings: SettingsMessage): void {
    if (JSON.stringify(settings) !== JSON.stringify(this.state.settings)) this.note({ settings })
  }

  /** Begins an operation, unless it is known. */
  begin({ operation }: BeginMessage, nowMs: number): StartReply {
    const { id, fingerprint, event } = operation
    const known = this.#store.operation(id)
    if (known !== undefined && nowMs < known.atMs + OPERATION_MS) {
      if (known.fingerprint !== fingerprint) return { v: 1, kind: 'conflict' }
      const { seed, answer } = known
      return answer === undefined ? { v: 1, kind: 'do', seed, again: true } : { v: 1, kind: 'done', seed, ...answer }
    }
    return this.#store.atomically(() => {
      if (known !== undefined) this.#end(known, nowMs)
      const seed = this.#random(SEED_BYTES)
      const { seq } = this.#append(event, nowMs)
      this.#store.writeOperation({ id, fingerprint, seed, atMs: nowMs, begunSeq: seq })
      return { v: 1, kind: 'do', seed }
    })
  }

  /** Ends an operation; again changes nothing. @throws {RangeError} for one that never began, or began too long ago. */
  end({ id, event, status, body }: EndMessage, nowMs: number): void {
    const known = this.#store.operation(id)
    if (known === undefined) throw new RangeError('audit: no such operation has begun')
    if (known.answer !== undefined) return
    this.#store.atomically(() => {
      this.#append({ ...event, facts: { ...event.facts, begun: known.begunSeq } }, nowMs)
      this.#store.writeOperation({ ...known, atMs: nowMs, answer: { status, body } })
    })
  }

  /** Writes down decisions as far as there is room, and how many there were beyond that. */
  decisions({ events, suppressed = 0, lost = 0 }: NoteMessage, nowMs: number, maxPerHour = DECISIONS_PER_HOUR, maxBytes = DECISION_BYTES): void {
    this.#store.atomically(() => {
      const hourMs = nowMs - (nowMs % HOUR_MS)
      const before = this.state
      const isSameHour = before.hourMs === hourMs
      let written = isSameHour ? before.decisions : 0
      let writtenOf: Counts = (isSameHour ? before.decisionsOf : undefined) ?? {}
      const hasBytes = this.#store.bytes() < maxBytes
      const room = { shared: maxPerHour, own: Math.min(OWN_PER_HOUR, maxPerHour) }
      let left = 0
      for (const event of events) {
        if (!hasBytes || !hasRoom(written, writtenOf, event.type, room)) left++
        else {
          this.#append(event, nowMs)
          written++
          writtenOf = counted(writtenOf, event.type)
        }
      }
      const untold = { suppressed: before.suppressed + suppressed + left, lost: before.lost + lost }
      const isTold = left === 0 && hasBytes && written < maxPerHour
      // That it is told is an entry, too: a flood must not fill the disk with these.
      const told = isTold && untold.suppressed + untold.lost > 0 ? 1 : 0
      this.note({ hourMs, decisions: written + told, decisionsOf: writtenOf, ...(isTold ? this.#tell(untold, nowMs) : untold) })
    })
  }

  /** Writes down how many decisions were not. */
  #tell({ suppressed, lost }: Pick<AuditState, 'suppressed' | 'lost'>, nowMs: number): Pick<AuditState, 'suppressed' | 'lost'> {
    if (suppressed + lost > 0) {
      this.#append({ type: 'decision.suppressed', actor: '', target: '', outcome: 'too-many', facts: { suppressed, lost } }, nowMs)
    }
    return { suppressed: 0, lost: 0 }
  }

  entries(afterSeq: number, limit: number): readonly AuditEntry[] {
    return this.#store.entries(afterSeq, limit)
  }

  checkpoints(fromSeq: number, limit: number): readonly AuditCheckpoint[] {
    return this.#store.checkpoints(fromSeq, limit)
  }

  status(): StatusReply {
    const { seq, hash } = this.#store.head()
    const { exportedSeq, exportError, signingError } = this.state
    return {
      ...{ v: 1, lastSeq: seq, lastHash: hash, signedSeq: this.signedSeq, exportedSeq },
      ...(exportError !== undefined && { exportError }),
      ...(signingError !== undefined && { signingError }),
    }
  }

  /** The last entry that is signed. */
  get signedSeq(): number {
    return this.#store.lastCheckpoint()?.seq ?? 0
  }

  /** How many entries are not. */
  get unsigned(): number {
    return this.#store.head().seq - this.signedSeq
  }

  /** Deletes what has been kept for long enough, a bounded number of rows. @returns whether there may be more. */
  sweep(nowMs: number): boolean {
    return this.#store.atomically(() => {
      const { settings, hourMs, suppressed, lost } = this.state
      const over = this.#store.operationsUntil(nowMs - OPERATION_MS, SWEEP_ROWS)
      for (const operation of over) {
        this.#end(operation, nowMs)
        this.#store.deleteOperation(operation.id)
      }
      const forgotten = settings === undefined ? 0 : this.#store.forget(nowMs - settings.retentionDays * DAY_MS, SWEEP_ROWS)
      if (suppressed + lost > 0 && nowMs >= hourMs + HOUR_MS)
        this.note({ hourMs: nowMs - (nowMs % HOUR_MS), decisions: 1, decisionsOf: {}, ...this.#tell({ suppressed, lost }, nowMs) })
      return over.length === SWEEP_ROWS || forgotten === SWEEP_ROWS
    })
  }

  /** Nobody will ever say how it ended: that is written down, too. */
  #end({ answer, begunSeq }: OperationRow, nowMs: number): void {
    if (answer !== undefined) return
    const [begun] = this.#store.entries(begunSeq - 1, 1)
    const { type = 'admin.unknown', actor = '', target = '' } = begun ?? {}
    this.#append({ type, actor, target, outcome: 'unknown', facts: { begun: begunSeq } }, nowMs)
  }

  /** @returns when there is something to do next, if there will be. */
  dueMs(nowMs: number): number | undefined {
    const { settings, signingAfterMs, exportAfterMs, exportedSeq, hourMs, suppressed, lost } = this.state
    const due: number[] = []
    const { signedSeq } = this
    const [unsigned] = this.#store.entries(signedSeq, 1)
    if (unsigned !== undefined) due.push(Math.max(this.unsigned >= SIGNED_EVERY ? nowMs : unsigned.atMs + SIGNED_WITHIN_MS, dueAfter(signingAfterMs, nowMs)))
    if (settings?.sink !== undefined && exportedSeq < signedSeq) due.push(dueAfter(exportAfterMs, nowMs))
    const [operation] = this.#store.operationsUntil(Number.MAX_SAFE_INTEGER, 1)
    if (operation !== undefined) due.push(operation.atMs + OPERATION_MS)
    const personalMs = this.#store.oldestPersonalMs()
    if (settings !== undefined && personalMs !== undefined) due.push(personalMs + settings.retentionDays * DAY_MS)
    if (suppressed + lost > 0) due.push(hourMs + HOUR_MS)
    return due.length === 0 ? undefined : Math.max(nowMs, Math.min(...due))
  }

  #append(event: AuditEvent, nowMs: number): AuditEntry {
    const entry = link(event, this.#store.head(), nowMs, () => this.#random(SALT_BYTES))
    this.#store.append(entry)
    return entry
  }
}

function dueAfter(pausedUntilMs: number, nowMs: number): number {
  return isPaused(pausedUntilMs, nowMs) ? pausedUntilMs : nowMs
}
