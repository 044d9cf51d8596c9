import { ageAt, isWithin } from '../lib/age.ts'
import { Lru } from '../lib/lru.ts'
import type { DatedKey } from './message.ts'
import type { KeyAsOf } from './near.ts'

/** The most keys that an isolate keeps a copy of. */
export const MAX_COPIES = 10_000
/** The most memory that they may take. */
export const MAX_COPY_BYTES = 24 * 1024 * 1024
/** For so long an isolate remembers that there is no key of an id. Nobody knows the id of a key before it is there, so a new key does not meet this. */
export const UNKNOWN_FOR_MS = 2000
/** The most ids of which that is remembered, apart from the keys: a flood of them pushes out only its like. */
export const MAX_UNKNOWN = 5000

/** A key as an isolate knows it. It never changes: what is learned is another one. */
export interface Copy extends KeyAsOf {
  /** When it was learned from the owner; before that, nothing of it was known here. */
  readonly learnedMs: number
  readonly bytes: number
}

/** What one isolate knows of keys, and which of two things it believes. */
export class Copies {
  readonly #keys = new Lru<Copy>({ maxEntries: MAX_COPIES, maxBytes: MAX_COPY_BYTES })
  readonly #unknown = new Lru<number>({ maxEntries: MAX_UNKNOWN, maxBytes: Number.POSITIVE_INFINITY })

  get(id: string): Copy | undefined {
    return this.#keys.get(id)
  }

  /** Whether the owner said a moment ago that there is no such key. */
  isUnknown(id: string, nowMs: number, maxStalenessMs: number): boolean {
    const asOfMs = this.#unknown.get(id)
    return asOfMs !== undefined && isWithin(asOfMs, nowMs, Math.min(UNKNOWN_FOR_MS, maxStalenessMs))
  }

  /**
   * Takes in what the owner said. Answers come in any order: a lower version is believed only if it was asked for after the higher one was heard, of an owner that was restored from a backup.
   * @returns what is known then.
   */
  learn({ version, key }: DatedKey, asOfMs: number, nowMs: number): Copy {
    const mine = this.#keys.get(key.id)
    this.#unknown.delete(key.id)
    if (mine !== undefined && version < mine.version && asOfMs <= mine.learnedMs) return mine
    if (mine?.version === version) return this.#keep({ ...mine, asOfMs: Math.max(asOfMs, mine.asOfMs), learnedMs: nowMs })
    return this.#keep({ version, key, asOfMs, learnedMs: nowMs, bytes: bytesOf(version, key) })
  }

  /** Takes in what the location knows, unless it is older than what is known here, or of an older version. @returns what is known then. */
  learnNear({ version, key, asOfMs }: KeyAsOf): Copy | undefined {
    const mine = this.#keys.get(key.id)
    if (mine === undefined) return this.#keep({ version, key, asOfMs, learnedMs: Number.NEGATIVE_INFINITY, bytes: bytesOf(version, key) })
    if (version < mine.version || asOfMs <= mine.asOfMs) return undefined
    return version === mine.version ? this.#keep({ ...mine, asOfMs }) : this.#keep({ ...mine, version, key, asOfMs, bytes: bytesOf(version, key) })
  }

  /** Takes in that there is no such key. @returns what is known all the same, because it was heard later. */
  learnNone(id: string, asOfMs: number): Copy | undefined {
    const mine = this.#keys.get(id)
    if (mine !== undefined && asOfMs <= mine.learnedMs) return mine
    this.#keys.delete(id)
    this.#unknown.set(id, asOfMs, 0)
    return undefined
  }

  /** What is known of a key is worth nothing any more: it may have been changed, and the answer was lost. */
  doubt(id: string): void {
    const mine = this.#keys.get(id)
    if (mine !== undefined) this.#keep({ ...mine, asOfMs: Number.NEGATIVE_INFINITY })
  }

  #keep(copy: Copy): Copy {
    this.#keys.set(copy.key.id, copy, copy.bytes)
    return copy
  }
}

/** How old what is known is. */
export function ageOf({ asOfMs }: Copy, nowMs: number): number {
  return ageAt(asOfMs, nowMs)
}

/** The texts of the key, what controls make of it (networks, sets, a principal), and the objects around both. */
function bytesOf(version: number, key: DatedKey['key']): number {
  return 4 * JSON.stringify([version, key]).length + 512
}
