import { DurableObject } from 'cloudflare:workers'
import type { Clock } from '../core/ports.ts'
import type { Tat } from '../limiter/cell.ts'
import { MESSAGE_VERSION, readTakeMessage, type TakeMessage, type TakeReply } from '../limiter/message.ts'
import { type CellStore, takeAll } from '../limiter/take.ts'

/** How long cells that are full again may lie about, and how often an object at most wakes for them. */
export const SWEEP_EVERY_MS = 300_000
/** The most rows that one alarm looks at. */
export const SWEEP_ROWS = 1000
/** The pause between the alarms of one sweep, in which requests get their turn. */
const SWEEP_PAUSE_MS = 1000

/**
 * Owns the cells of one principal or of one shard. Every charge is in SQLite before its reply leaves; nothing is known in memory alone, so neither hibernation
 * nor a crash forgives anything, and memory does not grow with the number of keys. A denial writes nothing.
 */
export class RateLimiter extends DurableObject<Cloudflare.Env> {
  /** Replaced in tests. */
  clock: Clock = { now: () => Date.now() }
  readonly #store = new SqlCellStore(this.ctx.storage.sql)
  /** An alarm is set, or about to be. */
  #armed = false
  /** The last cell that the current sweep has looked at. */
  #sweptTo = ''
  /** When the first of the cells that the current sweep has left will be full. */
  #nextFullMs = Number.POSITIVE_INFINITY

  /** Takes tokens of all the message's cells or of none. @throws {RangeError} for messages that no Worker sends. */
  async take(message: TakeMessage): Promise<TakeReply> {
    const { cells, cost } = readTakeMessage(message)
    const verdicts = takeAll(this.#store, cells, cost, this.clock.now())
    // Only after all is read and written: an await lets other requests in.
    if (!this.#armed && this.#store.hasWritten) await this.#arm()
    return { v: MESSAGE_VERSION, verdicts }
  }

  /** Deletes cells that are full again: a full cell and no cell are the same. */
  override async alarm(): Promise<void> {
    const now = this.clock.now()
    const { last, isEnd, nextFullMs } = this.#store.sweep(this.#sweptTo, now)
    this.#sweptTo = isEnd ? '' : last
    this.#nextFullMs = Math.min(this.#nextFullMs, nextFullMs)
    if (!isEnd) return this.ctx.storage.setAlarm(now + SWEEP_PAUSE_MS)
    const nextMs = this.#nextFullMs
    this.#nextFullMs = Number.POSITIVE_INFINITY
    // A cell that came behind the sweep's back is not in nextMs: only the table knows whether anything is left.
    if (!this.#store.isClear()) return this.ctx.storage.setAlarm(now + Math.max(SWEEP_EVERY_MS, nextMs < Number.POSITIVE_INFINITY ? nextMs - now : 0))
    this.#armed = false
    this.#store.forget()
    // An object with storage is billed for it as long as it exists.
    await this.ctx.storage.deleteAll()
  }

  async #arm(): Promise<void> {
    this.#armed = true
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(this.clock.now() + SWEEP_EVERY_MS)
  }
}

type CellRow = { readonly id: string; readonly tat_ms: number; readonly tat_ticks: number }

/** Cells as rows of SQLite. */
class SqlCellStore implements CellStore {
  readonly #sql: SqlStorage
  #hasTable = false
  /** A cell was written since the object woke or was swept clear. */
  hasWritten = false

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  read(id: string): Tat | undefined {
    this.#ensureTable()
    for (const { tat_ms: ms, tat_ticks: ticks } of this.#sql.exec<CellRow>('SELECT tat_ms, tat_ticks FROM cell WHERE id = ?', id)) return { ms, ticks }
    return undefined
  }

  write(id: string, tat: Tat): void {
    this.#ensureTable()
    this.hasWritten = true
    this.#sql.exec(
      'INSERT INTO cell (id, tat_ms, tat_ticks) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET tat_ms = ?2, tat_ticks = ?3',
      id,
      tat.ms,
      tat.ticks,
    )
  }

  /** Looks at the cells after `from` in the order of their ids, deletes the full ones, and says where it stopped and when the first of the others will be full. */
  sweep(from: string, nowMs: number): { readonly last: string; readonly isEnd: boolean; readonly nextFullMs: number } {
    this.#ensureTable()
    const rows = this.#sql.exec<CellRow>('SELECT id, tat_ms, tat_ticks FROM cell WHERE id > ? ORDER BY id LIMIT ?', from, SWEEP_ROWS).toArray()
    let nextFullMs = Number.POSITIVE_INFINITY
    for (const { id, tat_ms: ms, tat_ticks: ticks } of rows) {
      const fullMs = ticks === 0 ? ms : ms + 1
      if (fullMs <= nowMs) this.#sql.exec('DELETE FROM cell WHERE id = ?', id)
      else nextFullMs = Math.min(nextFullMs, fullMs)
    }
    return { last: rows.at(-1)?.id ?? '', isEnd: rows.length < SWEEP_ROWS, nextFullMs }
  }

  /** @returns whether there is no cell at all. */
  isClear(): boolean {
    return this.#sql.exec('SELECT 1 FROM cell LIMIT 1').toArray().length === 0
  }

  /** To be called when the storage is deleted. */
  forget(): void {
    this.#hasTable = false
    this.hasWritten = false
  }

  #ensureTable(): void {
    if (this.#hasTable) return
    // Without an index beside it, a charge is one row written.
    this.#sql.exec('CREATE TABLE IF NOT EXISTS cell (id TEXT PRIMARY KEY, tat_ms INTEGER NOT NULL, tat_ticks INTEGER NOT NULL) WITHOUT ROWID')
    this.#hasTable = true
  }
}
