import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cell } from '../core/ports.ts'
import type { Tat } from './cell.ts'
import { type CellStore, takeAll } from './take.ts'

const START = Date.UTC(2026, 0, 1)

class MemoryStore implements CellStore {
  readonly rows = new Map<string, Tat>()
  writes = 0
  read(id: string): Tat | undefined {
    return this.rows.get(id)
  }
  write(id: string, tat: Tat): void {
    this.writes++
    this.rows.set(id, tat)
  }
}

function cellOf(id: string, tokens: number, periodMs: number, burst: number): Cell {
  return { id, tokens, periodMs, burst }
}

/** Rates that divide badly, so that nothing holds by luck of round numbers. */
const figures = fc.record({
  tokens: fc.integer({ min: 1, max: 10_000 }),
  periodMs: fc.integer({ min: 1, max: 120_000 }),
  burst: fc.integer({ min: 1, max: 50 }),
})
/** Requests: the pause before each, and its cost. */
const traffic = (maxCost: number) =>
  fc.array(fc.record({ pauseMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5000 })), cost: fc.integer({ min: 1, max: maxCost }) }), { maxLength: 60 })
const scenario = figures.chain((of) => fc.record({ of: fc.constant(of), requests: traffic(of.burst) }))

describe('take', () => {
  it('admits in any interval of length w at most burst + rate·w, to the last token', () => {
    fc.assert(
      fc.property(scenario, ({ of, requests }) => {
        const store = new MemoryStore()
        const admitted: { at: number; cost: number }[] = []
        let now = START
        for (const { pauseMs, cost } of requests) {
          now += pauseMs
          if (takeAll(store, [{ id: 'a', ...of }], cost, now)[0]?.admitted) admitted.push({ at: now, cost })
        }
        for (let first = 0; first < admitted.length; first++) {
          let sum = 0
          for (const { at, cost } of admitted.slice(first)) {
            sum += cost
            // Integers on both sides: (sum - burst) / tokens ≤ w / period.
            expect((sum - of.burst) * of.periodMs).toBeLessThanOrEqual((at - (admitted[first]?.at ?? 0)) * of.tokens)
          }
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('says exactly when to come back, and a denial changes nothing', () => {
    fc.assert(
      fc.property(scenario, ({ of, requests }) => {
        const store = new MemoryStore()
        const cells = [{ id: 'a', ...of }]
        let now = START
        for (const { pauseMs, cost } of requests) {
          now += pauseMs
          const before = store.rows.get('a')
          const writes = store.writes
          const [verdict] = takeAll(store, cells, cost, now)
          if (verdict === undefined || verdict.admitted) continue
          expect(store.rows.get('a')).toEqual(before)
          expect(store.writes).toBe(writes)
          const early = new MemoryStore()
          const late = new MemoryStore()
          if (before !== undefined) for (const copy of [early, late]) copy.rows.set('a', before)
          expect(takeAll(early, cells, cost, now + verdict.retryAfterMs - 1)[0]?.admitted).toBe(false)
          expect(takeAll(late, cells, cost, now + verdict.retryAfterMs)[0]?.admitted).toBe(true)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('never denies a client that paces itself at the rate, however long, on a clock that shows whole milliseconds', () => {
    fc.assert(
      fc.property(figures, ({ tokens, periodMs }) => {
        const store = new MemoryStore()
        const whole = cellOf('whole', tokens, periodMs, 1)
        const rounded = cellOf('rounded', tokens, periodMs, 1 + Math.ceil(tokens / periodMs))
        for (let i = 0; i < 300; i++) {
          expect(takeAll(store, [whole], 1, START + i * Math.ceil(periodMs / tokens))[0]?.admitted).toBe(true)
          expect(takeAll(store, [rounded], 1, START + Math.ceil((i * periodMs) / tokens))[0]?.admitted).toBe(true)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('is full again after resetMs, and not before', () => {
    fc.assert(
      fc.property(scenario, ({ of, requests }) => {
        const store = new MemoryStore()
        let now = START
        for (const { pauseMs, cost } of requests) {
          now += pauseMs
          const [verdict] = takeAll(store, [{ id: 'a', ...of }], cost, now)
          const left = { ...store.rows.get('a') }
          const probe = (at: number) => {
            const copy = new MemoryStore()
            if (left.ms !== undefined && left.ticks !== undefined) copy.rows.set('a', { ms: left.ms, ticks: left.ticks })
            return takeAll(copy, [{ id: 'a', ...of }], of.burst, at)[0]?.admitted
          }
          expect(probe(now + (verdict?.resetMs ?? 0))).toBe(true)
          if (verdict !== undefined && verdict.resetMs > 0) expect(probe(now + verdict.resetMs - 1)).toBe(false)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('takes of every cell or of none', () => {
    const store = new MemoryStore()
    const wide = cellOf('wide', 100, 1000, 10)
    const narrow = cellOf('narrow', 1, 1000, 1)
    expect(takeAll(store, [wide, narrow], 1, START)).toEqual([
      { admitted: true, remaining: 9, retryAfterMs: 0, resetMs: 10 },
      { admitted: true, remaining: 0, retryAfterMs: 0, resetMs: 1000 },
    ])
    const before = new Map(store.rows)
    expect(takeAll(store, [wide, narrow], 1, START)).toEqual([
      { admitted: true, remaining: 9, retryAfterMs: 0, resetMs: 10 },
      { admitted: false, remaining: 0, retryAfterMs: 1000, resetMs: 1000 },
    ])
    expect(store.rows).toEqual(before)
    expect(takeAll(store, [narrow, wide], 1, START + 1000).map(({ admitted }) => admitted)).toEqual([true, true])
  })

  it('grants a burst after the figures were changed as soon as the new figures can explain', () => {
    const store = new MemoryStore()
    takeAll(store, [cellOf('a', 1, 86_400_000, 1)], 1, START)
    const generous = cellOf('a', 10, 1000, 5)
    expect(takeAll(store, [generous], 1, START + 1)[0]).toEqual({ admitted: false, remaining: 0, retryAfterMs: 100, resetMs: 500 })
    expect(store.writes, 'the one write of a denial').toBe(2)
    takeAll(store, [generous], 1, START + 2)
    expect(store.writes).toBe(2)
    expect(takeAll(store, [generous], 1, START + 101)[0]?.admitted).toBe(true)
  })

  it('after the clock was set back by an hour, neither forgives what was taken nor makes anyone wait for an hour', () => {
    const store = new MemoryStore()
    const cell = cellOf('a', 10, 1000, 5)
    takeAll(store, [cell], 5, START)
    const [verdict] = takeAll(store, [cell], 1, START - 3_600_000)
    expect(verdict).toEqual({ admitted: false, remaining: 0, retryAfterMs: 100, resetMs: 500 })
    expect(takeAll(store, [cell], 1, START - 3_600_000 + 100)[0]?.admitted).toBe(true)
  })

  it.each<[string, Cell[], number, string]>([
    ['no tokens', [cellOf('a', 0, 1000, 1)], 1, 'tokens, period and burst must be whole numbers from 1'],
    ['a cost of nothing', [cellOf('a', 1, 1000, 1)], 0, 'the cost must be a whole number from 1 to the burst'],
    ['a cost below nothing, which would give tokens back', [cellOf('a', 1, 1000, 1)], -1, 'the cost must be a whole number from 1 to the burst'],
    ['a cost that no wait can satisfy', [cellOf('a', 1, 1000, 1)], 2, 'the cost must be a whole number from 1 to the burst'],
    ['one cell twice', [cellOf('a', 1, 1000, 1), cellOf('a', 1, 1000, 1)], 1, 'a cell is named twice'],
  ])('refuses %s', (_, cells, cost, message) => {
    const store = new MemoryStore()
    expect(() => takeAll(store, cells, cost, START)).toThrow(new RangeError(message))
    expect(store.writes).toBe(0)
  })
})
