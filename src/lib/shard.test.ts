import { describe, expect, it } from 'vitest'
import { SHARDS, shardOf } from './shard.ts'

describe('shards', () => {
  it.each<[string, number]>([
    ['', 11],
    ['a', 179],
    ['192.0.2.1', 73],
    ['2001:db8:1::/48', 211],
    ['ключ', 120],
  ])('%j stays in its shard for ever', (key, shard) => {
    expect(shardOf(key)).toBe(shard)
  })

  it('spreads neighbours evenly: no shard holds more than twice its part', () => {
    const counts = new Array<number>(SHARDS).fill(0)
    for (let i = 0; i < 65_536; i++) {
      const shard = shardOf(`3:api6:per-ip2:ip${i >> 8}.${i & 255}`)
      counts[shard] = (counts[shard] ?? 0) + 1
    }
    expect(Math.min(...counts)).toBeGreaterThan(128)
    expect(Math.max(...counts)).toBeLessThan(512)
  })
})
