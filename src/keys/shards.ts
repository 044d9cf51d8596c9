import { Outage } from '../lib/outage.ts'
import { shardOf } from '../lib/shard.ts'
import type { CreateMessage, FindMessage, ListMessage, RehashMessage, RevokeMessage, RevokeOwnerMessage, RotateMessage, UsedMessage } from './message.ts'

/** How many objects the keys are spread over, for good: with another number, every key would be sought in another object. */
export const KEY_SHARDS = 64

/** @returns in which of the {@link KEY_SHARDS} a key lives, the same for ever. */
export function keyShardOf(id: string): number {
  return shardOf(id) & (KEY_SHARDS - 1)
}

/** The keyring, as an isolate asks one of its shards: a Durable Object's stub. */
export interface KeyringShard {
  find(message: FindMessage): Promise<unknown>
  create(message: CreateMessage): Promise<unknown>
  rotate(message: RotateMessage): Promise<unknown>
  revoke(message: RevokeMessage): Promise<unknown>
  revokeOwner(message: RevokeOwnerMessage): Promise<unknown>
  list(message: ListMessage): Promise<unknown>
  used(message: UsedMessage): Promise<unknown>
  rehash(message: RehashMessage): Promise<unknown>
}

/** A shard that has not answered by then counts as out of reach. */
export const BUDGET_MS = 1000
/** What an operator does may take longer than a request. */
export const OPERATION_BUDGET_MS = 10 * BUDGET_MS

/** Nobody can know what a key is worth: an outage, never the key's fault. */
export class KeyringUnavailable extends Error {
  override readonly name = 'KeyringUnavailable'
}

/** @returns what is thrown where no answer came in time. */
export function late(): Error {
  return new KeyringUnavailable('the keyring did not answer in time')
}

/** A shard that is out of reach is asked again after this, not by every request. */
export const COOLDOWN_MS = 1000

/** When each shard was last tried in vain: one that is out of reach says nothing of the others. */
export class Reach {
  readonly #outages = Array.from({ length: KEY_SHARDS }, () => new Outage(COOLDOWN_MS))

  fail(id: string, nowMs: number): void {
    this.#of(id).fail(nowMs)
  }

  answered(id: string): void {
    this.#of(id).answered()
  }

  isOut(id: string, nowMs: number): boolean {
    return this.#of(id).isOut(nowMs)
  }

  isCooling(id: string, nowMs: number): boolean {
    return this.#of(id).isCooling(nowMs)
  }

  #of(id: string): Outage {
    return this.#outages[keyShardOf(id)] as Outage
  }
}
