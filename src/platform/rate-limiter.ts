import { DurableObject } from 'cloudflare:workers'
import type { Clock } from '../core/ports.ts'
import {
  type GiveBackMessage,
  type ReleaseMessage,
  readGiveBackMessage,
  readReleaseMessage,
  readTakeMessage,
  type TakeMessage,
  type TakeReply,
} from '../limiter/message.ts'
import {
  type DescribeMessage,
  type DescribeReply,
  type LiftBanMessage,
  type OverrideMessage,
  readDescribeMessage,
  readLiftBanMessage,
  readOverrideMessage,
} from '../limiter/operator-message.ts'
import { CellOwner } from '../limiter/owner.ts'
import { SqlRowStore } from './sql-row-store.ts'

/** How long cells that are full again may lie about, and how often an object at most wakes for them. */
export const SWEEP_EVERY_MS = 300_000
/** The pause between the alarms of one sweep, in which requests get their turn. */
const SWEEP_PAUSE_MS = 1000

/**
 * Owns the cells of one principal or of one shard: the platform's side of a {@link CellOwner}. A row in SQLite stands for all that was granted up to it and is there before
 * the reply leaves, so neither hibernation nor a crash nor a second instance forgives anything. A denial writes nothing, and no timer keeps the object awake.
 */
export class RateLimiter extends DurableObject<Cloudflare.Env> {
  /** Replaced in tests. */
  clock: Clock = { now: () => Date.now() }
  readonly #store = new SqlRowStore(this.ctx.storage.sql)
  readonly #owner = new CellOwner(this.#store)
  /** An alarm is set, or about to be. */
  #armed = false
  /** The last cell that the current sweep has looked at. */
  #sweptTo = ''
  /** When the first of the cells that the current sweep has left will be full. */
  #nextFullMs = Number.POSITIVE_INFINITY

  /** Takes tokens of all the message's cells or of none. @throws {RangeError} for messages that no Worker sends. */
  async take(message: TakeMessage): Promise<TakeReply> {
    const reply = this.#owner.take(readTakeMessage(message), this.clock.now())
    // Only after all is read and written: an await lets other requests in.
    await this.#ensureAlarm()
    return reply
  }

  /** Takes back what a request did not need after all. @throws {RangeError} for messages that no Worker sends. */
  async giveBack(message: GiveBackMessage): Promise<void> {
    this.#owner.giveBack(readGiveBackMessage(message), this.clock.now())
    await this.#ensureAlarm()
  }

  /** Ends a slot. @throws {RangeError} for messages that no Worker sends. */
  async release(message: ReleaseMessage): Promise<void> {
    this.#owner.release(readReleaseMessage(message), this.clock.now())
    await this.#ensureAlarm()
  }

  /** Gives a cell an operator's figures, or its own back: from the next take on here, and in every isolate within a lease's life or the trust in a denial. @throws {RangeError} for what is no such message. */
  async override(message: OverrideMessage): Promise<void> {
    this.#owner.override(readOverrideMessage(message), this.clock.now())
    await this.#ensureAlarm()
  }

  /** Ends a ban: here at once, and in every isolate within the trust in a denial. @throws {RangeError} for what is no such message. */
  async liftBan(message: LiftBanMessage): Promise<void> {
    this.#owner.liftBan(readLiftBanMessage(message), this.clock.now())
    await this.#ensureAlarm()
  }

  /** Says how cells stand, and changes nothing. @throws {RangeError} for what is no such message. */
  describe(message: DescribeMessage): DescribeReply {
    return this.#owner.describe(readDescribeMessage(message), this.clock.now())
  }

  /** Deletes cells that are full again: a full cell and no cell are the same. */
  override async alarm(): Promise<void> {
    const now = this.clock.now()
    const { full, last, isEnd, nextFullMs } = this.#store.sweep(this.#sweptTo, now)
    for (const id of full) this.#owner.forget(id)
    this.#sweptTo = isEnd ? '' : last
    this.#nextFullMs = Math.min(this.#nextFullMs, nextFullMs)
    if (!isEnd) return this.ctx.storage.setAlarm(now + SWEEP_PAUSE_MS)
    const nextMs = this.#nextFullMs
    this.#nextFullMs = Number.POSITIVE_INFINITY
    // A cell that came behind the sweep's back is not in nextMs: only the table knows whether anything is left.
    if (!this.#store.isClear()) {
      const inMs = Math.max(SWEEP_EVERY_MS, nextMs < Number.POSITIVE_INFINITY ? nextMs - now : 0)
      // Cells that come meanwhile may be full long before.
      if (inMs > SWEEP_EVERY_MS) this.#rest()
      return this.ctx.storage.setAlarm(now + inMs)
    }
    this.#rest()
    this.#store.forget()
    // An object with storage is billed for it as long as it exists.
    await this.ctx.storage.deleteAll()
  }

  async #ensureAlarm(): Promise<void> {
    if (this.#armed || !this.#store.hasWritten) return
    this.#armed = true
    const atMs = await this.ctx.storage.getAlarm()
    const nextMs = this.clock.now() + SWEEP_EVERY_MS
    if (atMs === null || atMs > nextMs) await this.ctx.storage.setAlarm(nextMs)
  }

  /** The next cell that is written sets an alarm. */
  #rest(): void {
    this.#armed = false
    this.#store.hasWritten = false
  }
}
