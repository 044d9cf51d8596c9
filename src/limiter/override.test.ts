import { describe, expect, it } from 'vitest'
import type { Cell } from '../core/limit.ts'
import { bucketOf, MAX_FILL_MS } from './bucket.ts'
import { openCounter } from './counters.ts'
import { type Override, overridden, overrideRow, readOverride } from './override.ts'

const START = Date.UTC(2026, 0, 1)
const DAY_MS = 86_400_000
const figures = (limit: number, burst?: number): Override => ({ limit, ...(burst !== undefined && { burst }), untilMs: START + 1000, reason: 'why' })

describe('override', () => {
  it.each<[string, Cell, Override, Partial<Cell>]>([
    ['a bucket', { id: 'a', tokens: 10, periodMs: 1000, burst: 5, weight: 2 }, figures(20, 9), { tokens: 20, periodMs: 1000, burst: 9, weight: 2 }],
    ['a bucket, but for its burst', { id: 'a', tokens: 10, periodMs: 1000, burst: 5 }, figures(20), { tokens: 20, burst: 5 }],
    ['a sliding window', { id: 'a', algorithm: 'sliding-window', limit: 5, windowMs: 1000 }, figures(20, 9), { limit: 20, windowMs: 1000 }],
    ['a fixed window', { id: 'a', algorithm: 'fixed-window', limit: 5, windowStartMs: START, windowEndMs: START + 1 }, figures(20), { limit: 20 }],
    ['what is in flight', { id: 'a', algorithm: 'concurrency', limit: 5, maxMs: 1000 }, figures(20), { limit: 20, maxMs: 1000 }],
    ['more in flight than can be counted', { id: 'a', algorithm: 'concurrency', limit: 5, maxMs: 1000 }, figures(5000), { limit: 4096 }],
    [
      'a bucket that would not fill in a year',
      { id: 'a', tokens: 1000, periodMs: 31 * DAY_MS, burst: 1000 },
      figures(1),
      { tokens: 1, periodMs: 31 * DAY_MS, burst: Math.floor(MAX_FILL_MS / (31 * DAY_MS)) },
    ],
  ])('gives %s other figures', (_, cell, override, expected) => {
    const counted = overridden(cell, override)
    expect(counted).toMatchObject({ id: 'a', ...expected })
    expect(() => openCounter(counted, undefined, START)).not.toThrow()
    if ('tokens' in counted) expect(bucketOf(counted)).not.toHaveProperty('fault')
  })

  it('holds for its time', () => {
    const row = overrideRow(figures(20, 9), START)
    expect(readOverride(row, START)).toEqual(figures(20, 9))
    expect(readOverride(row, START + 999)).toEqual(figures(20, 9))
    expect(readOverride(row, START + 1000)).toBeUndefined()
  })

  it('of a row that is none, or of one that was ended, is none', () => {
    expect(readOverride(undefined, START)).toBeUndefined()
    expect(readOverride(overrideRow(undefined, START), START)).toBeUndefined()
    for (const state of ['override/1 {', 'override/1 {"limit":-1,"reason":""}', 'override/2 {"limit":1,"reason":""}']) {
      expect(readOverride({ fullMs: START + 1, fullTicks: 0, state }, START)).toBeUndefined()
    }
  })
})
