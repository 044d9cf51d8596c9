import { type KeptKey, type KeptSecret, KeyConflict } from '../core/api-key.ts'
import type { Clock, Keys } from '../core/ports.ts'
import { inTime } from '../lib/in-time.ts'
import type { Copies } from './copies.ts'
import { KEY_ID } from './key-text.ts'
import { readChangeReply, readCreateMessage, readFindReply, readListReply, readRevokeOwnerReply, MESSAGE_VERSION as V } from './message.ts'
import type { NearKeys } from './near.ts'
import { pageOf, SHARDS_AT_ONCE } from './pages.ts'
import { KEY_SHARDS, type KeyringShard, KeyringUnavailable, keyShardOf, late, OPERATION_BUDGET_MS } from './shards.ts'

/** What operations need: the shards, and the copies that learn what was done. */
interface OperationParts {
  readonly clock: Clock
  readonly copies: Copies
  readonly near: NearKeys
  shard(number: number): KeyringShard
}

/** What operators do with keys. Their answers come from the owner, and the isolate's copies learn of them. */
export class KeyOperations implements Omit<Keys, 'find' | 'newer' | 'used' | 'rehash'> {
  readonly #parts: OperationParts

  constructor(parts: OperationParts) {
    this.#parts = parts
  }

  async read(id: string): Promise<KeptKey | undefined> {
    if (!KEY_ID.test(id)) return undefined
    const asOfMs = this.#parts.clock.now()
    const { found } = readFindReply(await inTime(this.#shardOf(id).find({ v: V, id }), OPERATION_BUDGET_MS, late))
    if (found === undefined) this.#parts.copies.learnNone(id, asOfMs)
    else this.#parts.copies.learn(found, asOfMs, this.#parts.clock.now())
    return found?.key
  }

  async create(given: Parameters<Keys['create']>[0]): Promise<KeptKey> {
    // Here too, so that whoever creates hears that it is no key: the class of an error does not come through from another machine.
    const message = readCreateMessage({ v: V, key: given })
    const created = await this.change(given.id, (shard) => shard.create(message))
    if (created === undefined) throw new KeyringUnavailable('the keyring kept no key')
    return created
  }

  async rotate(id: string, secret: KeptSecret, overlapUntilMs: number | undefined): Promise<KeptKey | undefined> {
    if (!KEY_ID.test(id)) return undefined
    const { hash, pepper } = secret
    const overlap = overlapUntilMs === undefined ? { overlapUntilMs: this.#parts.clock.now(), atOnce: true as const } : { overlapUntilMs }
    return await this.change(id, (shard) => shard.rotate({ v: V, id, secret: { hash, pepper }, ...overlap }))
  }

  async revoke(id: string, by: string, reason: string): Promise<KeptKey | undefined> {
    if (!KEY_ID.test(id)) return undefined
    return await this.change(id, (shard) => shard.revoke({ v: V, id, by, reason }))
  }

  async revokeOwner(owner: string, by: string, reason: string): Promise<number> {
    let next = 0
    let count = 0
    const failures: unknown[] = []
    const lane = async () => {
      while (next < KEY_SHARDS) {
        const number = next++
        try {
          for (let isMore = true; isMore; ) {
            const asOfMs = this.#parts.clock.now()
            const answer = this.#parts.shard(number).revokeOwner({ v: V, owner, by, reason })
            const reply = readRevokeOwnerReply(await inTime(answer, OPERATION_BUDGET_MS, late))
            for (const found of reply.revoked) this.#parts.copies.learn(found, asOfMs, this.#parts.clock.now())
            count += reply.revoked.length
            isMore = reply.isMore
          }
        } catch (error) {
          // The others are ended all the same; who asks again ends the rest.
          failures.push(error)
        }
      }
    }
    await Promise.all(Array.from({ length: SHARDS_AT_ONCE }, lane))
    if (failures.length > 0) throw new KeyringUnavailable(`${failures.length} of ${KEY_SHARDS} shards did not answer: ${String(failures[0])}`)
    return count
  }

  async list({ cursor, limit, owner }: Parameters<Keys['list']>[0]): ReturnType<Keys['list']> {
    const read = async (number: number, after: string, most: number) => {
      const page = this.#parts.shard(number).list({ v: V, after, limit: most, ...(owner !== undefined && { owner }) })
      return readListReply(await inTime(page, OPERATION_BUDGET_MS, late))
    }
    return await pageOf(read, cursor, limit)
  }

  /** Changes a key: in force in this isolate when it resolves, and for those of the location that ask it. @throws {KeyConflict} where somebody else has changed it. */
  async change(id: string, run: (shard: KeyringShard) => Promise<unknown>): Promise<KeptKey | undefined> {
    const asOfMs = this.#parts.clock.now()
    try {
      const { found, conflict } = readChangeReply(await inTime(run(this.#shardOf(id)), OPERATION_BUDGET_MS, late))
      if (conflict !== undefined) throw new KeyConflict(conflict)
      if (found === undefined) return undefined
      await this.#parts.near.write(this.#parts.copies.learn(found, asOfMs, this.#parts.clock.now()))
      return found.key
    } catch (error) {
      // It may have been done: what was known before is worth nothing then.
      if (!(error instanceof KeyConflict)) this.#parts.copies.doubt(id)
      throw error
    }
  }

  #shardOf(id: string): KeyringShard {
    return this.#parts.shard(keyShardOf(id))
  }
}
