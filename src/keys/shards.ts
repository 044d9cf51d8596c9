import { shardOf } from '../lib/shard.ts'

/** How many objects the keys are spread over, for good: with another number, every key would be sought in another object. */
export const KEY_SHARDS = 64

/** @returns in which of the {@link KEY_SHARDS} a key lives, the same for ever. */
export function keyShardOf(id: string): number {
  return shardOf(id) & (KEY_SHARDS - 1)
}

/** A shard that is out of reach is asked again after this, not by every request. */
export const COOLDOWN_MS = 1000
/** It counts as out of reach for so long after it was tried in vain. */
const OUT_MS = 5 * COOLDOWN_MS

/** When each shard was last tried in vain: one that is out of reach says nothing of the others. */
export class Reach {
  readonly #failedAt = new Float64Array(KEY_SHARDS).fill(Number.NEGATIVE_INFINITY)

  fail(id: string, nowMs: number): void {
    this.#failedAt[keyShardOf(id)] = nowMs
  }

  answered(id: string): void {
    this.#failedAt[keyShardOf(id)] = Number.NEGATIVE_INFINITY
  }

  isOut(id: string, nowMs: number): boolean {
    return this.#isWithin(id, nowMs, OUT_MS)
  }

  isCooling(id: string, nowMs: number): boolean {
    return this.#isWithin(id, nowMs, COOLDOWN_MS)
  }

  /** A clock that was set back makes nothing last longer. */
  #isWithin(id: string, nowMs: number, ms: number): boolean {
    const failedAt = this.#failedAt[keyShardOf(id)] ?? Number.NEGATIVE_INFINITY
    return nowMs >= failedAt && nowMs - failedAt < ms
  }
}
