import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cell, ConcurrencyCell, LimitRequest, LimitVerdict } from '../core/limit.ts'
import { LocalLimiter } from './local.ts'

const START = Date.UTC(2026, 0, 1)
const DAY_MS = 86_400_000
const ask = (cost: number, ...cells: Cell[]): LimitRequest => ({ owner: 'o', cells, cost })
const isAdmitted = (verdicts: readonly LimitVerdict[]) => verdicts.every(({ admitted }) => admitted)

/** How many requests of this cost are had at once, and how many after so long. */
function had(limiter: LocalLimiter, cell: Cell, cost: number, nowMs: number): number {
  for (let count = 0; ; count++) if (!isAdmitted(limiter.take({ ...ask(cost, cell), slot: `${nowMs} ${count}` }, nowMs))) return count
}

describe('the limiter of one isolate alone', () => {
  it.each<[string, Cell, number, number, number]>([
    ['a bucket', { id: 'a', tokens: 100, periodMs: 1000, burst: 50 }, 1, 5, 5],
    ['a bucket with a small burst', { id: 'a', tokens: 100, periodMs: 1000, burst: 5 }, 1, 1, 1],
    ['a bucket whose requests cost more than its part', { id: 'a', tokens: 100, periodMs: 1000, burst: 50 }, 20, 1, 0],
    ['a bucket that weighs more than its part', { id: 'a', tokens: 100, periodMs: 1000, burst: 50, weight: 20 }, 1, 1, 0],
    ['a strict bucket', { id: 'a', tokens: 100, periodMs: 1000, burst: 50, strict: true }, 1, 5, 5],
    ['a sliding window', { id: 'a', algorithm: 'sliding-window', limit: 55, windowMs: 1000 }, 1, 5, 5],
    ['a sliding window with a small limit', { id: 'a', algorithm: 'sliding-window', limit: 5, windowMs: 1000 }, 2, 1, 1],
    ['a fixed window', { id: 'a', algorithm: 'fixed-window', limit: 55, windowStartMs: START, windowEndMs: START + DAY_MS }, 1, 5, 0],
    ['what is in flight', { id: 'a', algorithm: 'concurrency', limit: 55, maxMs: 1000 }, 1, 5, 5],
  ])('has a tenth of %s, and of its rate', (_, cell, cost, atOnce, later) => {
    const limiter = new LocalLimiter(10, cost * (cell.weight ?? 1))
    expect(had(limiter, cell, cost, START)).toBe(atOnce)
    expect(had(limiter, cell, cost, START + 1000)).toBe(later)
  })

  it('alone has all of it', () => {
    expect(had(new LocalLimiter(1), { id: 'a', tokens: 100, periodMs: 1000, burst: 50 }, 1, START)).toBe(50)
  })

  it('says what is true of its part', () => {
    const limiter = new LocalLimiter(10)
    const cell: Cell = { id: 'a', tokens: 100, periodMs: 1000, burst: 20 }
    expect(limiter.take(ask(1, cell), START)).toEqual([{ admitted: true, remaining: 1, retryAfterMs: 0, resetMs: 100, chargedMs: START }])
    limiter.take(ask(1, cell), START)
    expect(limiter.take(ask(1, cell), START)).toEqual([{ admitted: false, remaining: 0, retryAfterMs: 100, resetMs: 200 }])
  })

  it('takes of all cells or of none', () => {
    const limiter = new LocalLimiter(1)
    const [wide, narrow]: Cell[] = [
      { id: 'wide', tokens: 1, periodMs: 1000, burst: 5 },
      { id: 'narrow', tokens: 1, periodMs: 1000, burst: 1 },
    ]
    const both = ask(1, wide as Cell, narrow as Cell)
    expect([limiter.take(both, START), limiter.take(both, START)].map(isAdmitted)).toEqual([true, false])
    expect(had(limiter, wide as Cell, 1, START)).toBe(4)
  })

  it('takes back what was not needed', () => {
    const limiter = new LocalLimiter(2, 10)
    const window: Cell = { id: 'window', algorithm: 'sliding-window', limit: 20, windowMs: 60_000 }
    const verdicts = limiter.take(ask(10, window), START)
    limiter.giveBack(ask(10, window), verdicts, 4, START + 10)
    expect(had(limiter, window, 1, START + 10)).toBe(4)
    limiter.giveBack(ask(10, window), limiter.take(ask(10, window), START + 10), 4, START + 10)
    expect(had(limiter, window, 1, START + 10), 'nothing, of a denial').toBe(0)
  })

  it('ends slots', () => {
    const limiter = new LocalLimiter(2)
    const flight: ConcurrencyCell = { id: 'flight', algorithm: 'concurrency', limit: 2, maxMs: 60_000 }
    expect(isAdmitted(limiter.take({ ...ask(1, flight), slot: 'x' }, START))).toBe(true)
    expect(isAdmitted(limiter.take({ ...ask(1, flight), slot: 'y' }, START))).toBe(false)
    limiter.release({ ...ask(1, flight), slot: 'x' }, START)
    limiter.release(ask(1, flight), START)
    expect(isAdmitted(limiter.take({ ...ask(1, flight), slot: 'y' }, START))).toBe(true)
  })

  it('bans nobody', () => {
    const limiter = new LocalLimiter(1)
    const cell: Cell = { id: 'a', tokens: 1, periodMs: 1000, burst: 1, ban: { after: 1, withinMs: 60_000, forMs: 60_000, maxMs: 60_000 } }
    expect([START, START].map((nowMs) => isAdmitted(limiter.take(ask(1, cell), nowMs)))).toEqual([true, false])
    expect(isAdmitted(limiter.take(ask(1, cell), START + 1000))).toBe(true)
  })

  it('forgives nothing to whoever asks for much and little in turn', () => {
    const limiter = new LocalLimiter(10, 20)
    const cell: Cell = { id: 'a', tokens: 100, periodMs: 1000, burst: 20 }
    let sum = 0
    // 10 tokens a second, for ten seconds.
    for (let ms = 0; ms < 10_000; ms += 10) {
      for (const cost of [20, 1, 20, 1]) if (isAdmitted(limiter.take(ask(cost, cell), START + ms))) sum += cost
    }
    expect(sum).toBeLessThanOrEqual(20 + 100)
  })

  it('counts every cell that a policy may name, over any interval no more than its part: burst/n + rate/n·w', () => {
    const bucket = fc
      .record({
        tokens: fc.integer({ min: 1, max: 10_000_000 }),
        periodMs: fc.oneof(fc.integer({ min: 1000, max: 120_000 }), fc.integer({ min: 1000, max: 31 * DAY_MS })),
        burst: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 1_000_000 })),
        factor: fc.constantFrom(1, 16, 65_536),
      })
      .map(({ tokens, periodMs, burst, factor }) => ({ tokens: tokens * factor, periodMs, burst: burst * factor }))
      .filter(({ tokens, periodMs, burst }) => (burst * periodMs) / tokens < 366 * DAY_MS)
    fc.assert(
      fc.property(
        bucket,
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.array(fc.integer({ min: 0, max: 50_000 }), { maxLength: 20 }),
        (of, n, wanted, pauses) => {
          const cost = Math.min(wanted, of.burst)
          const limiter = new LocalLimiter(n, cost)
          let [nowMs, sum] = [START, 0]
          for (const pauseMs of [0, ...pauses]) {
            nowMs += pauseMs
            for (let i = 0; i < 5; i++) if (isAdmitted(limiter.take(ask(cost, { id: 'a', ...of }), nowMs))) sum += cost
          }
          const burst = Math.max(cost, of.burst / n)
          // A burst that would not come back in a year makes the rate higher than its part.
          const rate = Math.max(of.tokens / of.periodMs / n, cost / (365 * DAY_MS))
          expect(sum).toBeGreaterThanOrEqual(cost)
          expect(sum).toBeLessThanOrEqual(burst + rate * (nowMs - START) + 1e-6 * sum)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('is bounded whatever the number of keys', () => {
    const limiter = new LocalLimiter(4)
    for (let i = 0; i < 100_000; i++) limiter.take(ask(1, { id: `key ${i}`, tokens: 10, periodMs: 1000, burst: 8 }), START)
    expect(limiter.memory.cells).toBeLessThanOrEqual(2000 + 5000)
    expect(limiter.memory.bytes).toBeLessThanOrEqual(2 * 1024 * 1024)
  })
})
