import { DurableObject } from 'cloudflare:workers'
import type { Clock } from '../core/ports.ts'
import {
  type ChangeReply,
  type CreateMessage,
  type FindMessage,
  type FindReply,
  type ListMessage,
  type ListReply,
  type RehashMessage,
  type RevokeMessage,
  type RevokeOwnerMessage,
  type RevokeOwnerReply,
  type RotateMessage,
  readCreateMessage,
  readFindMessage,
  readListMessage,
  readRehashMessage,
  readRevokeMessage,
  readRevokeOwnerMessage,
  readRotateMessage,
  readUsedMessage,
  type UsedMessage,
} from '../keys/message.ts'
import { KeyOwner } from '../keys/owner.ts'
import { SqlKeyStore } from './sql-key-store.ts'

/**
 * The authority on one shard of the API keys: the platform's side of a {@link KeyOwner}. What it acknowledges is on disk before the reply leaves, and it keeps no state in memory:
 * neither a crash nor an eviction nor a second instance makes a revoked key good. It holds keyed hashes and never a secret. Each call throws a RangeError for messages that no Worker sends.
 */
export class Keyring extends DurableObject<Cloudflare.Env> {
  /** Replaced in tests. */
  clock: Clock = { now: () => Date.now() }
  readonly #owner = new KeyOwner(new SqlKeyStore(this.ctx.storage))

  find(message: FindMessage): FindReply {
    return this.#owner.find(readFindMessage(message).id)
  }

  create(message: CreateMessage): ChangeReply {
    return this.#owner.create(readCreateMessage(message), this.clock.now())
  }

  rotate(message: RotateMessage): ChangeReply {
    return this.#owner.rotate(readRotateMessage(message), this.clock.now())
  }

  revoke(message: RevokeMessage): ChangeReply {
    return this.#owner.revoke(readRevokeMessage(message), this.clock.now())
  }

  revokeOwner(message: RevokeOwnerMessage): RevokeOwnerReply {
    return this.#owner.revokeOwner(readRevokeOwnerMessage(message), this.clock.now())
  }

  list(message: ListMessage): ListReply {
    return this.#owner.list(readListMessage(message))
  }

  used(message: UsedMessage): void {
    this.#owner.used(readUsedMessage(message), this.clock.now())
  }

  rehash(message: RehashMessage): ChangeReply {
    return this.#owner.rehash(readRehashMessage(message), this.clock.now())
  }
}
