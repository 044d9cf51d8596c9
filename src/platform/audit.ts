import { DurableObject } from 'cloudflare:workers'
import { Buffer } from 'node:buffer'
import { nextBatch } from '../audit/batch.ts'
import {
  type BeginMessage,
  type CheckpointsReply,
  type EndMessage,
  type EntriesReply,
  type KeysReply,
  MESSAGE_VERSION,
  type NoteMessage,
  type PageMessage,
  type PlainMessage,
  readBeginMessage,
  readEndMessage,
  readNoteMessage,
  readPageMessage,
  readPlainMessage,
  type SettingsMessage,
  type StartReply,
  type StatusReply,
} from '../audit/message.ts'
import { AuditOwner, SIGNED_EVERY, SIGNED_WITHIN_MS } from '../audit/owner.ts'
import { isPaused, pauseAfter } from '../audit/pauses.ts'
import { readSigningKey, type SigningKey } from '../audit/signing-key.ts'
import type { AuditCheckpoint } from '../core/audit.ts'
import type { Clock, Fetcher } from '../core/ports.ts'
import { send } from './audit-sink.ts'
import { needSecret } from './read-secret.ts'
import { SqlAuditStore } from './sql-audit-store.ts'

/** The most batches that one alarm sends. */
const BATCHES = 20
/** An alarm that failed is tried again after so long. */
const FAILED_PAUSE_MS = 60_000
/** The pause between the alarms of one piece of work, in which requests get their turn. */
const WORK_PAUSE_MS = 1000

/**
 * The authority on what was done: the platform's side of an {@link AuditOwner}. What it acknowledges is on disk before the reply leaves. Between reading and writing nothing
 * waits; signing and sending do, so they work on what is on disk already and look again before they write.
 */
export class Audit extends DurableObject<Cloudflare.Env> {
  /** Replaced in tests, like the next three. */
  clock: Clock = { now: () => Date.now() }
  bindings: Readonly<Record<string, unknown>> = this.env as unknown as Readonly<Record<string, unknown>>
  network: Fetcher = { fetch: (url, init) => fetch(url, init) }
  timer: (ms: number, run: () => void) => () => void = (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  }
  readonly #store = new SqlAuditStore(this.ctx.storage)
  readonly #owner = new AuditOwner(this.#store, (bytes) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('base64url'))
  /** Keys that were read, by the name and the text of their secret. */
  readonly #keys = new Map<string, { readonly text: string; readonly key: SigningKey }>()

  /** Begins an operation. When it rejects nothing was written, and nothing may be done. @throws {RangeError} for messages that no Worker sends. */
  async begin(given: BeginMessage): Promise<StartReply> {
    const message = readBeginMessage(given)
    return await this.#write(message, () => this.#owner.begin(message, this.clock.now()))
  }

  /** Ends an operation. @throws {RangeError} for messages that no Worker sends, and for an operation that never began. */
  async end(given: EndMessage): Promise<void> {
    const message = readEndMessage(given)
    await this.#write(message, () => this.#owner.end(message, this.clock.now()))
  }

  /** Writes down decisions. @throws {RangeError} for messages that no Worker sends. */
  async note(given: NoteMessage): Promise<void> {
    const message = readNoteMessage(given)
    await this.#write(message, () => this.#owner.decisions(message, this.clock.now()))
  }

  /** @returns entries after a number. @throws {RangeError} for messages that no Worker sends. */
  entries(given: PageMessage): EntriesReply {
    const { from, limit } = readPageMessage(given)
    return { v: MESSAGE_VERSION, entries: this.#owner.entries(from, limit) }
  }

  /** @returns checkpoints from a number on. @throws {RangeError} for messages that no Worker sends. */
  checkpoints(given: PageMessage): CheckpointsReply {
    const { from, limit } = readPageMessage(given)
    return { v: MESSAGE_VERSION, checkpoints: this.#owner.checkpoints(from, limit) }
  }

  /** Signs the chain as it stands. @returns the checkpoint; none of an empty chain. @throws where no key can sign. */
  async checkpoint(given: PlainMessage): Promise<CheckpointsReply> {
    const { settings } = readPlainMessage(given)
    this.#owner.use(settings)
    const checkpoint = await this.#sign(settings)
    await this.#wakeAt(this.clock.now())
    return { v: MESSAGE_VERSION, checkpoints: checkpoint === undefined ? [] : [checkpoint] }
  }

  /** @returns the public keys. A configured one that cannot be read is left out: what is signed can be verified all the same. */
  async keys(given: PlainMessage): Promise<KeysReply> {
    const { settings } = readPlainMessage(given)
    await Promise.allSettled(settings.signingKeys.map((name) => this.#key(name)))
    return { v: MESSAGE_VERSION, keys: this.#store.keys() }
  }

  /** @returns how the trail stands. */
  status(given: PlainMessage): StatusReply {
    readPlainMessage(given)
    return this.#owner.status()
  }

  /** Signs, deletes, sends. What fails is tried again later, and stops nothing else. */
  override async alarm(): Promise<void> {
    const { settings } = this.#owner.state
    const pauses = [
      await this.#step(async () => {
        const { signingAfterMs } = this.#owner.state
        if (settings !== undefined && this.#owner.unsigned > 0 && !isPaused(signingAfterMs, this.clock.now())) await this.#sign(settings).catch(() => {})
        return false
      }),
      await this.#step(() => this.#owner.sweep(this.clock.now())),
      await this.#step(async () => settings !== undefined && (await this.#export(settings))),
    ]
    const pauseMs = Math.max(...pauses)
    const now = this.clock.now()
    const due = this.#owner.dueMs(now)
    if (due !== undefined) await this.#wakeAt(Math.max(due, now + (due <= now ? Math.max(pauseMs, WORK_PAUSE_MS) : pauseMs)))
  }

  /** @returns the pause that one part of the alarm's work needs. */
  async #step(work: () => boolean | Promise<boolean>): Promise<number> {
    try {
      return (await work()) ? WORK_PAUSE_MS : 0
    } catch (error) {
      // A full disk, for one. The platform would try again a few times and then never more.
      console.error(JSON.stringify({ reason: 'audit.alarm', detail: String(error) }))
      return FAILED_PAUSE_MS
    }
  }

  /** Writes, and sees that the alarm comes in time: both or neither, since nothing waits between them. */
  async #write<T>({ settings }: { readonly settings: SettingsMessage }, work: () => T): Promise<T> {
    const alarmAt = await this.ctx.storage.getAlarm()
    this.#owner.use(settings)
    const result = work()
    const now = this.clock.now()
    const due = now + (this.#owner.unsigned >= SIGNED_EVERY ? 0 : SIGNED_WITHIN_MS)
    if (alarmAt === null || alarmAt > due) await this.ctx.storage.setAlarm(due)
    return result
  }

  async #wakeAt(atMs: number): Promise<void> {
    const alarmAt = await this.ctx.storage.getAlarm()
    if (alarmAt === null || alarmAt > atMs) await this.ctx.storage.setAlarm(atMs)
  }

  async #sign({ signingKeys }: SettingsMessage): Promise<AuditCheckpoint | undefined> {
    const head = this.#store.head()
    if (head.seq === this.#owner.signedSeq) return this.#store.lastCheckpoint()
    let signed: AuditCheckpoint
    try {
      const [first, ...others] = signingKeys
      const key = await this.#key(first as string)
      // The one before is published, if it still can be read: that it cannot is no reason to sign nothing.
      await Promise.allSettled(others.map((name) => this.#key(name)))
      signed = await key.sign(head, this.clock.now())
    } catch (error) {
      const failures = this.#owner.state.signingFailures + 1
      this.#owner.note({ signingFailures: failures, signingAfterMs: this.clock.now() + pauseAfter(failures), signingError: String(error) })
      console.error(JSON.stringify({ reason: 'audit.signing', detail: String(error) }))
      throw error
    }
    // Another call may have signed meanwhile, and more: then this signature comes too late to stand in its place.
    if (this.#owner.signedSeq < signed.seq) {
      this.#store.atomically(() => {
        this.#store.addCheckpoint(signed)
        const { signingError: _, ...state } = this.#owner.state
        this.#store.writeState({ ...state, signingFailures: 0, signingAfterMs: 0 })
      })
    }
    return this.#store.lastCheckpoint()
  }

  async #key(name: string): Promise<SigningKey> {
    const text = await needSecret(this.bindings, name)
    const known = this.#keys.get(name)
    if (known?.text === text) return known.key
    const key = await readSigningKey(text).catch((error: Error) => {
      throw new TypeError(`${name}: ${error.message}`)
    })
    this.#store.addKey(key.publicKey)
    this.#keys.set(name, { text, key })
    return key
  }

  /** Sends what is signed, in order. @returns whether there is more. */
  async #export({ sink }: SettingsMessage): Promise<boolean> {
    if (sink === undefined || isPaused(this.#owner.state.exportAfterMs, this.clock.now())) return false
    for (let i = 0; i < BATCHES; i++) {
      const batch = nextBatch(this.#owner, this.#store)
      if (batch === undefined) return false
      try {
        await send(batch, sink, this)
      } catch (error) {
        const failures = this.#owner.state.exportFailures + 1
        const detail = error instanceof Error ? error.message : 'an error'
        this.#owner.note({ exportFailures: failures, exportAfterMs: this.clock.now() + pauseAfter(failures), exportError: detail })
        console.error(JSON.stringify({ reason: 'audit.sink', detail, first: batch.firstSeq, last: batch.lastSeq, failures }))
        return false
      }
      const { exportError: _, ...state } = this.#owner.state
      this.#store.writeState({ ...state, exportedSeq: batch.lastSeq, exportFailures: 0, exportAfterMs: 0 })
    }
    return true
  }
}
