import type { KeptKey } from '../core/api-key.ts'
import type {
  ChangeReply,
  CreateMessage,
  DatedKey,
  FindReply,
  ListMessage,
  ListReply,
  RehashMessage,
  RevokeMessage,
  RevokeOwnerMessage,
  RevokeOwnerReply,
  RotateMessage,
  UsedMessage,
} from './message.ts'
import { isSecretInForce, MAX_SECRETS } from './verify.ts'

/** Two secrets of a key work no longer than this beside each other. */
export const MAX_OVERLAP_MS = 30 * 86_400_000
/** How far the clocks of a Worker and an object may differ. */
const MAX_SKEW_MS = 60_000
/** The most keys that one call ends. */
export const MAX_REVOKED_AT_ONCE = 100
/** So many operations that gave a key a secret are remembered. */
const MAX_APPLIED = 16
/** How exactly it is known when a key was last used. */
export const USED_TO_MS = 3_600_000

/** One row of the keyring. */
export interface KeyRow extends DatedKey {
  /** The hashes that were given to the key, the newest first, as the operations said them: an operation that comes again is known by its own. */
  readonly applied: readonly string[]
}

/** Where a keyring keeps its rows. Synchronous: between reading and writing nobody else may come in. */
export interface KeyStore {
  /** Does all of it or nothing. */
  atomically<T>(work: () => T): T
  read(id: string): KeyRow | undefined
  write(row: KeyRow): void
  /** Writes nothing of the row but when its key was last used. */
  writeUsed(id: string, atMs: number): void
  /** @returns up to `limit` rows behind that id, by id; those of one owner where one is named. */
  page(afterId: string, limit: number, owner?: string): readonly KeyRow[]
  /** @returns up to `limit` rows of an owner whose keys were not revoked. */
  live(owner: string, limit: number): readonly KeyRow[]
}

/** Decides what keys there are. The pure half of the `Keyring` object. */
export class KeyOwner {
  readonly #store: KeyStore

  constructor(store: KeyStore) {
    this.#store = store
  }

  find(id: string): FindReply {
    const row = this.#store.read(id)
    return { v: 1, ...(row !== undefined && { found: datedOf(row) }) }
  }

  /** Keeps a new key. The same again changes nothing: its answer may have been lost. */
  create({ key: { secret, ...spec } }: CreateMessage, nowMs: number): ChangeReply {
    return this.#store.atomically(() => {
      const row = this.#store.read(spec.id)
      if (row !== undefined) {
        const isSame = row.applied.includes(secret.hash) && row.key.owner === spec.owner
        return isSame ? changed(row) : conflict('there is another key of this id')
      }
      return this.#write({ key: { ...spec, secrets: [secret], createdMs: Math.floor(nowMs) }, version: 0, applied: [secret.hash] }, nowMs)
    })
  }

  /** Gives a key another secret. The same again changes nothing, and what was replaced since does not come back. */
  rotate({ id, secret, overlapUntilMs, atOnce }: RotateMessage, nowMs: number): ChangeReply {
    if (overlapUntilMs > nowMs + MAX_OVERLAP_MS + MAX_SKEW_MS) throw new RangeError(`keyring: the overlap is longer than ${MAX_OVERLAP_MS / 86_400_000} days`)
    return this.#store.atomically(() => {
      const row = this.#store.read(id)
      if (row === undefined) return { v: 1 }
      const { key, applied } = row
      const working = key.secrets.filter((one) => isSecretInForce(one, nowMs))
      const place = applied.indexOf(secret.hash)
      if (place === 0 || (place === 1 && working.length === MAX_SECRETS)) return changed(row)
      if (place > 0) return conflict('this secret was replaced since')
      if (key.revoked !== undefined) return conflict('the key is revoked')
      if (working.length >= MAX_SECRETS && !atOnce) return conflict('two secrets work already')
      const former = atOnce ? [] : working.map((one) => ({ ...one, untilMs: overlapUntilMs })).filter((one) => isSecretInForce(one, nowMs))
      const next: KeptKey = { ...key, secrets: [secret, ...former], rotatedMs: Math.floor(nowMs) }
      return this.#write({ ...row, key: next, applied: [secret.hash, ...applied].slice(0, MAX_APPLIED) }, nowMs)
    })
  }

  /** Ends a key for good. Who ended it first, and why, stays. */
  revoke({ id, by, reason }: RevokeMessage, nowMs: number): ChangeReply {
    return this.#store.atomically(() => {
      const row = this.#store.read(id)
      if (row === undefined) return { v: 1 }
      return row.key.revoked === undefined ? this.#end(row, by, reason, nowMs) : changed(row)
    })
  }

  /** Ends keys of an owner, so many at a time. */
  revokeOwner({ owner, by, reason }: RevokeOwnerMessage, nowMs: number): RevokeOwnerReply {
    return this.#store.atomically(() => {
      const rows = this.#store.live(owner, MAX_REVOKED_AT_ONCE + 1)
      const now = rows.slice(0, MAX_REVOKED_AT_ONCE)
      return { v: 1, revoked: now.map((row) => this.#end(row, by, reason, nowMs).found as DatedReply), isMore: rows.length > now.length }
    })
  }

  list({ after, limit, owner }: ListMessage): ListReply {
    const rows = this.#store.page(after, limit + 1, owner)
    return { v: 1, keys: rows.slice(0, limit).map((row) => datedOf(row).key), isMore: rows.length > limit }
  }

  /** Notes when a key was used, to the hour. A clock that is ahead says nothing of the future. */
  used({ id, atMs }: UsedMessage, nowMs: number): void {
    const hourMs = hourOf(Math.min(atMs, nowMs + MAX_SKEW_MS))
    this.#store.atomically(() => {
      const row = this.#store.read(id)
      if (row !== undefined && (row.key.lastUsedMs ?? 0) < hourMs) this.#store.writeUsed(id, hourMs)
    })
  }

  /** Replaces a hash by one of the same secret under another pepper, if it is still there. */
  rehash({ id, before, after }: RehashMessage, nowMs: number): ChangeReply {
    return this.#store.atomically(() => {
      const row = this.#store.read(id)
      if (row === undefined) return { v: 1 }
      const at = row.key.secrets.findIndex(({ hash, pepper }) => hash === before.hash && pepper === before.pepper)
      if (at < 0) return changed(row)
      const secrets = row.key.secrets.map((kept, i) => (i === at ? { ...kept, hash: after.hash, pepper: after.pepper } : kept))
      return this.#write({ ...row, key: { ...row.key, secrets } }, nowMs)
    })
  }

  #end(row: KeyRow, by: string, reason: string, nowMs: number): ChangeReply {
    return this.#write({ ...row, key: { ...row.key, revoked: { atMs: Math.floor(nowMs), by, reason } } }, nowMs)
  }

  /** The version goes with time: a keyring that was restored from a backup never gives one again that it has given. */
  #write(row: KeyRow, nowMs: number): ChangeReply {
    const next = { ...row, version: Math.max(row.version + 1, Math.floor(nowMs)) }
    this.#store.write(next)
    return changed(next)
  }
}

/** @returns the beginning of the hour, in milliseconds since the epoch. */
export function hourOf(ms: number): number {
  return Math.floor(ms / USED_TO_MS) * USED_TO_MS
}

type DatedReply = NonNullable<ChangeReply['found']>

/** What is kept is what a message brought: its shape is that of messages. */
function datedOf({ version, key }: KeyRow): DatedReply {
  return { version, key: key as DatedReply['key'] }
}

function changed(row: KeyRow): ChangeReply {
  return { v: 1, found: datedOf(row) }
}

function conflict(why: string): ChangeReply {
  return { v: 1, conflict: why }
}
