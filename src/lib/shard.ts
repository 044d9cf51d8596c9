/** How many shards there are, for good: with another number, every counter would be sought in another object. */
export const SHARDS = 256

/**
 * Says in which of the {@link SHARDS} a key lives: FNV-1a over its UTF-16 code units, then murmur3's finaliser, because FNV alone mixes the last characters badly.
 * It spreads keys and hides nothing: whoever chooses a key can choose its shard.
 * @returns 0 to 255, the same for the same key for ever.
 */
export function shardOf(key: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) & (SHARDS - 1)
}
