import { describe, expect, it } from 'vitest'
import { CounterWorld } from '../../test/counter-world.ts'
import type { TokenBucketCell } from '../core/limit.ts'
import type { CellRow } from './algorithm.ts'
import { type BucketState, bucketRow, readBucketRow } from './bucket-row.ts'
import { openTokenBucket } from './token-bucket.ts'

const START = Date.UTC(2026, 0, 1)
const SLOW: TokenBucketCell = { id: 'a', tokens: 100, periodMs: 60_000, burst: 100 }
const QUICK: TokenBucketCell = { id: 'a', tokens: 10, periodMs: 1000, burst: 10 }

const own: BucketState = { figures: '3/10/2', tat: { ms: 1000, ticks: 2 } }
const other: BucketState = { figures: '100/60000/100', tat: { ms: 61_000, ticks: 0 } }

describe('the row of a token bucket', () => {
  it.each<[string, BucketState, BucketState | undefined, CellRow]>([
    ['one state', own, undefined, { fullMs: 1000, fullTicks: 2, state: '3/10/2' }],
    ['two states', own, other, { fullMs: 61_000, fullTicks: 0, state: '3/10/2@1000+2 100/60000/100@61000+0' }],
    ['two states, its own the later', other, own, { fullMs: 61_000, fullTicks: 0, state: '100/60000/100@61000+0 3/10/2@1000+2' }],
  ])('says %s', (_, mine, theirs, row) => {
    expect(bucketRow(mine, theirs)).toEqual(row)
    expect(readBucketRow(row)).toEqual({ own: mine, ...(theirs !== undefined && { other: theirs }) })
  })

  it.each(['', 'sliding-window/1 {"at":0}', '3/10/2@1000', '3/10/2@1000+2 '])('of other words, %j, is one state', (state) => {
    expect(readBucketRow({ fullMs: 7, fullTicks: 1, state })).toEqual({ own: { figures: state, tat: { ms: 7, ticks: 1 } } })
  })
})

describe('a token bucket of two sets of figures, as in a gradual deployment', () => {
  it('is not filled up under one of them by asking with the other', () => {
    const world = new CounterWorld(openTokenBucket, SLOW, START)
    const had = { slow: 0, quick: 0 }
    for (let i = 0; i < 400; i++) {
      const nowMs = START + i
      world.change(SLOW, nowMs)
      if (world.take(1, nowMs)) had.slow++
      world.change(QUICK, nowMs)
      if (world.take(1, nowMs)) had.quick++
    }
    expect(had.slow).toBeLessThanOrEqual(100)
    expect(had.quick).toBeLessThanOrEqual(10 + 4)
  })

  it('forgets neither in a restart, nor which is which when they come in another order', () => {
    const world = new CounterWorld(openTokenBucket, SLOW, START)
    expect(world.take(100, START)).toBe(true)
    world.change(QUICK, START)
    world.restart(START)
    world.change(SLOW, START)
    expect(world.owner.available(START)).toBe(0)
    expect(world.owner.available(START + 600)).toBe(1)
  })

  it('is one of one set again when the other would be full', () => {
    const world = new CounterWorld(openTokenBucket, QUICK, START)
    world.take(10, START)
    world.change(SLOW, START)
    world.take(1, START + 1001)
    expect(world.row?.state).toBe('100/60000/100')
  })
})
