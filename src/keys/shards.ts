import { Outage } from '../lib/outage.ts'
import { shardOf } from '../lib/shard.ts'

/** How many objects the keys are spread over, for good: with another number, every key would be sought in another object. */
export const KEY_SHARDS = 64

/** @returns in which of the {@link KEY_SHARDS} a key lives, the same for ever. */
export function keyShardOf(id: string): number {
  return shardOf(id) & (KEY_SHARDS - 1)
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
