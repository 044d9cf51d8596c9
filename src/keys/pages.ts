import type { KeptKey } from '../core/api-key.ts'
import { MAX_PAGE } from './message.ts'
import { KEY_SHARDS } from './shards.ts'

/** So many shards are asked at once. */
export const SHARDS_AT_ONCE = 8

/** A page of one shard, behind an id. */
export type ShardPage = (shard: number, after: string, limit: number) => Promise<{ readonly keys: readonly KeptKey[]; readonly isMore: boolean }>

/** A cursor is the shard and the last id that was given of it, and nothing to be understood outside. */
const CURSOR = /^([0-9a-f]{2})([0-9A-Za-z]{0,16})$/

/**
 * A page over all shards, in the order of shards and then of ids: it changes for no key, whatever is created meanwhile.
 * @throws {RangeError} for a cursor that no page gave, or a limit that is none.
 */
export async function pageOf(read: ShardPage, cursor: string, limit: number): Promise<{ readonly keys: readonly KeptKey[]; readonly next?: string }> {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_PAGE) throw new RangeError(`keyring: a page has 1 to ${MAX_PAGE} keys`)
  let [shard, after] = placeOf(cursor)
  const keys: KeptKey[] = []
  let last = cursor
  // One shard mostly has enough; where it has not, as with the few keys of one owner, more are asked together each time.
  for (let atOnce = 1; shard < KEY_SHARDS; atOnce = Math.min(2 * atOnce, SHARDS_AT_ONCE)) {
    const shards = Array.from({ length: Math.min(atOnce, KEY_SHARDS - shard) }, (_, i) => shard + i)
    const pages = await Promise.all(shards.map((each, i) => read(each, i === 0 ? after : '', limit)))
    for (const [i, page] of pages.entries()) {
      for (const key of page.keys) {
        if (keys.length === limit) return { keys, next: last }
        keys.push(key)
        last = cursorOf(shards[i] ?? 0, key.id)
      }
      if (page.isMore) return { keys, next: last }
    }
    shard += shards.length
    after = ''
  }
  return { keys }
}

function placeOf(cursor: string): [shard: number, after: string] {
  if (cursor === '') return [0, '']
  const [, shard = '', after = ''] = CURSOR.exec(cursor) ?? []
  const number = Number.parseInt(shard, 16)
  if (!(number < KEY_SHARDS)) throw new RangeError('keyring: that is no cursor of a page')
  return [number, after]
}

function cursorOf(shard: number, id: string): string {
  return shard.toString(16).padStart(2, '0') + id
}
