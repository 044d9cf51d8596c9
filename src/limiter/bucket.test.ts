import { describe, expect, it } from 'vitest'
import { type BucketFigures, bucketOf } from './bucket.ts'

const COUNTS = 'tokens, period and burst must be whole numbers from 1'

describe('buckets', () => {
  it.each<[BucketFigures, number, number, number]>([
    [{ tokens: 600, periodMs: 60_000, burst: 60 }, 100, 1, 6000],
    [{ tokens: 1, periodMs: 1000, burst: 1 }, 1000, 1, 1000],
    [{ tokens: 3, periodMs: 10, burst: 2 }, 10, 3, 20],
    [{ tokens: 7919, periodMs: 1000, burst: 791 }, 1000, 7919, 791_000],
  ])('%o', (figures, ticksPerToken, ticksPerMs, capacityTicks) => {
    expect(bucketOf(figures)).toEqual({ ticksPerToken, ticksPerMs, capacityTicks })
  })

  it.each<[BucketFigures, string]>([
    [{ tokens: 0, periodMs: 1000, burst: 1 }, COUNTS],
    [{ tokens: 1, periodMs: 0, burst: 1 }, COUNTS],
    [{ tokens: 1, periodMs: 1000, burst: 0 }, COUNTS],
    [{ tokens: 1.5, periodMs: 1000, burst: 1 }, COUNTS],
    [{ tokens: -1, periodMs: 1000, burst: 1 }, COUNTS],
    [{ tokens: Number.NaN, periodMs: 1000, burst: 1 }, COUNTS],
    [{ tokens: 1, periodMs: Number.POSITIVE_INFINITY, burst: 1 }, COUNTS],
    [{ tokens: 2 ** 53, periodMs: 1000, burst: 1 }, COUNTS],
    [{ tokens: 2 ** 53 - 1, periodMs: 1000, burst: 1 }, 'the figures are too large to count exactly'],
    [{ tokens: 9_999_991, periodMs: 86_400_000, burst: 2 ** 40 }, 'the figures are too large to count exactly'],
    [{ tokens: 1, periodMs: 86_400_000, burst: 367 }, 'an empty bucket would need more than 366 days to fill'],
  ])('%o is refused', (figures, fault) => {
    expect(bucketOf(figures)).toEqual({ fault })
  })
})
