import { DurableObject } from 'cloudflare:workers'
import type { Clock } from '../core/ports.ts'
import {
  type AddRulesMessage,
  type FindMessage,
  type FindReply,
  type LiftMessage,
  type ListMessage,
  type ListReply,
  type ListRulesMessage,
  MESSAGE_VERSION,
  type RemoveRulesMessage,
  type RevokeMessage,
  type RulesReply,
  readAddRulesMessage,
  readFindMessage,
  readLiftMessage,
  readListMessage,
  readListRulesMessage,
  readRemoveRulesMessage,
  readRevokeMessage,
  readSnapshotMessage,
  type SnapshotMessage,
  type SnapshotReply,
} from '../ledger/message.ts'
import { RevocationOwner } from '../ledger/owner.ts'
import { SqlLedgerStore } from './sql-ledger-store.ts'

/** How often the ledger wakes to delete what is over, while there is anything. */
export const SWEEP_EVERY_MS = 3_600_000
/** The most rows that one alarm deletes. */
export const SWEEP_ROWS = 1000
/** The pause between the alarms of one sweep, in which requests get their turn. */
const SWEEP_PAUSE_MS = 1000

/**
 * The authority on what was revoked and on the rules that change without a deployment: the platform's side of a {@link RevocationOwner}. What it acknowledges is on disk before the reply leaves, so neither a crash nor an
 * eviction un-revokes anything. It keeps no state in memory that a second instance could not read from disk but a filter, which only ever says too much.
 */
export class Ledger extends DurableObject<Cloudflare.Env> {
  /** Replaced in tests. */
  clock: Clock = { now: () => Date.now() }
  readonly #store = new SqlLedgerStore(this.ctx.storage)
  readonly #owner = new RevocationOwner(this.#store)

  /** Revokes. @throws {RangeError} for messages that no Worker sends. */
  async revoke(message: RevokeMessage): Promise<void> {
    this.#owner.revoke(readRevokeMessage(message), this.clock.now())
    await this.#ensureAlarm()
  }

  /** Takes revocations back. @throws {RangeError} for messages that no Worker sends. */
  async lift(message: LiftMessage): Promise<void> {
    this.#owner.lift(readLiftMessage(message).subjects, this.clock.now())
    await this.#ensureAlarm()
  }

  /** Adds rules, or replaces those that concern the same. @throws {RangeError} for messages that no Worker sends. */
  async addRules(message: AddRulesMessage): Promise<RulesReply> {
    const reply = this.#owner.addRules(readAddRulesMessage(message), this.clock.now())
    await this.#ensureAlarm()
    return reply
  }

  /** Ends rules. @throws {RangeError} for messages that no Worker sends. */
  removeRules(message: RemoveRulesMessage): RulesReply {
    return this.#owner.removeRules(readRemoveRulesMessage(message).ids, this.clock.now())
  }

  /** Lists the rules. @throws {RangeError} for messages that no Worker sends. */
  listRules(message: ListRulesMessage): RulesReply {
    return this.#owner.listRules(readListRulesMessage(message), this.clock.now())
  }

  /** Says what is revoked and which rules there are: all, or what has changed. @throws {RangeError} for messages that no Worker sends. */
  snapshot(message: SnapshotMessage): SnapshotReply {
    return this.#owner.snapshot(readSnapshotMessage(message), this.clock.now())
  }

  /** Says whether one credential is revoked. @throws {RangeError} for messages that no Worker sends. */
  find(message: FindMessage): FindReply {
    const found = this.#owner.find(readFindMessage(message), this.clock.now())
    return { v: MESSAGE_VERSION, ...(found !== undefined && { found }) }
  }

  /** Lists what is in force. @throws {RangeError} for messages that no Worker sends. */
  list(message: ListMessage): ListReply {
    return { v: MESSAGE_VERSION, revocations: this.#owner.list(readListMessage(message), this.clock.now()) }
  }

  /** Deletes what is over. */
  override async alarm(): Promise<void> {
    const now = this.clock.now()
    const isMore = this.#owner.sweep(now, SWEEP_ROWS)
    // Not when the first row is over: another may come that is over before it.
    if (!this.#store.isEmpty()) await this.ctx.storage.setAlarm(now + (isMore ? SWEEP_PAUSE_MS : SWEEP_EVERY_MS))
  }

  async #ensureAlarm(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(this.clock.now() + SWEEP_EVERY_MS)
  }
}
