import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bucketCell, MemoryOwner } from '../../test/limiter-memory.ts'
import type { Cell } from '../core/ports.ts'

const START = Date.UTC(2026, 0, 1)

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

interface Request {
  readonly at: number
  readonly cost: number
}

/** Takes the earliest out. */
function next<E extends { readonly at: number }>(events: E[]): E | undefined {
  const at = Math.min(...events.map((event) => event.at))
  const first = events.findIndex((event) => event.at === at)
  return first === -1 ? undefined : events.splice(first, 1)[0]
}

function timed(requests: readonly { readonly pauseMs: number; readonly cost: number }[]): Request[] {
  let at = START
  return requests.map(({ pauseMs, cost }) => {
    at += pauseMs
    return { at, cost }
  })
}

describe('owner: token buckets', () => {
  it('admits in any interval of length w at most burst + rate·w, to the last token, however often its memory is lost', () => {
    fc.assert(
      fc.property(scenario, fc.array(fc.nat({ max: 60 }), { maxLength: 6 }), ({ of, requests }, losses) => {
        const owner = new MemoryOwner()
        const admitted: Request[] = []
        timed(requests).forEach(({ at, cost }, i) => {
          if (losses.includes(i)) owner.hibernate()
          if (owner.take({ cells: [{ id: 'a', ...of }], cost }, at)[0]?.admitted) admitted.push({ at, cost })
        })
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

  it('says exactly when to come back, and a denial writes nothing', () => {
    fc.assert(
      fc.property(scenario, ({ of, requests }) => {
        const cells = [{ id: 'a', ...of }]
        const owner = new MemoryOwner()
        const past: Request[] = []
        const admittedAt = (at: number, cost: number) => {
          const again = new MemoryOwner()
          for (const request of past) again.take({ cells, cost: request.cost }, request.at)
          return again.take({ cells, cost }, at)[0]?.admitted
        }
        for (const { at, cost } of timed(requests)) {
          const writes = owner.store.writes
          const [verdict] = owner.take({ cells, cost }, at)
          if (verdict?.admitted === false) {
            expect(owner.store.writes).toBe(writes)
            expect(admittedAt(at + verdict.retryAfterMs - 1, cost)).toBe(false)
            expect(admittedAt(at + verdict.retryAfterMs, cost)).toBe(true)
          } else past.push({ at, cost })
        }
      }),
      { numRuns: 300 },
    )
  })

  it('never denies a client that paces itself at the rate, however long, on a clock that shows whole milliseconds, and over pauses that make it forget', () => {
    fc.assert(
      fc.property(
        figures,
        fc.array(fc.record({ after: fc.nat({ max: 300 }), pauseMs: fc.integer({ min: 10_000, max: 60_000 }) }), { maxLength: 4 }),
        (of, pauses) => {
          const { tokens, periodMs } = of
          const owner = new MemoryOwner()
          const whole = bucketCell('whole', tokens, periodMs, 1)
          const rounded = bucketCell('rounded', tokens, periodMs, 1 + Math.ceil(tokens / periodMs))
          const stepMs = Math.ceil(periodMs / tokens)
          let pausedMs = 0
          for (let i = 0; i < 300; i++) {
            for (const { after, pauseMs } of pauses) if (after === i) pausedMs += pauseMs
            // Idle for so long, the platform takes the object out of memory.
            if (stepMs >= 10_000 || pauses.some(({ after }) => after === i)) owner.hibernate()
            expect(owner.take({ cells: [whole], cost: 1 }, START + pausedMs + i * stepMs)[0]?.admitted).toBe(true)
            expect(owner.take({ cells: [rounded], cost: 1 }, START + pausedMs + Math.ceil((i * periodMs) / tokens))[0]?.admitted).toBe(true)
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  it('is full again after resetMs, and not before', () => {
    fc.assert(
      fc.property(scenario, ({ of, requests }) => {
        const cells = [{ id: 'a', ...of }]
        const past: Request[] = []
        for (const { at, cost } of timed(requests).slice(0, 20)) {
          const replay = () => {
            const owner = new MemoryOwner()
            for (const request of past) owner.take({ cells, cost: request.cost }, request.at)
            return owner
          }
          const [verdict] = replay().take({ cells, cost }, at)
          past.push({ at, cost })
          const resetMs = verdict?.resetMs ?? 0
          expect(replay().take({ cells, cost: of.burst }, at + resetMs)[0]?.admitted).toBe(true)
          if (resetMs > 0) expect(replay().take({ cells, cost: of.burst }, at + resetMs - 1)[0]?.admitted).toBe(false)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('admits no more than that, to the last token, where costs are given back after the fact', () => {
    // Buckets that fill while charges wait to be given back: what came back by itself already must not come back twice.
    const fewer = fc.record({ tokens: fc.integer({ min: 5, max: 15 }), periodMs: fc.integer({ min: 500, max: 2000 }), burst: fc.integer({ min: 1, max: 12 }) })
    const step = fc.record({
      pauseMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 2500 })),
      cost: fc.integer({ min: 1, max: 12 }),
      back: fc.option(fc.record({ count: fc.integer({ min: 1, max: 12 }), afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3000 })) })),
    })
    fc.assert(
      fc.property(fewer, fc.array(step, { maxLength: 80 }), (of, steps) => {
        const cells = [{ id: 'a', ...of }]
        const owner = new MemoryOwner()
        const admitted: { readonly at: number; cost: number }[] = []
        const events: { readonly at: number; readonly run: () => void }[] = []
        let at = START
        for (const { pauseMs, cost, back } of steps) {
          at += pauseMs
          const sent = { at, cost: Math.min(cost, of.burst) }
          events.push({
            at,
            run() {
              const [verdict] = owner.take({ cells, cost: sent.cost }, sent.at)
              if (verdict?.admitted !== true) return
              const admission = { ...sent }
              admitted.push(admission)
              if (back === null) return
              const count = Math.min(back.count, sent.cost)
              const event = {
                at: sent.at + back.afterMs,
                run() {
                  admission.cost -= count
                  owner.giveBack({ cells, count, chargedMs: verdict.chargedMs ?? 0 }, event.at)
                },
              }
              events.push(event)
            },
          })
        }
        for (let event = next(events); event !== undefined; event = next(events)) event.run()
        for (let first = 0; first < admitted.length; first++) {
          let sum = 0
          for (const { at, cost } of admitted.slice(first)) {
            sum += cost
            expect((sum - of.burst) * of.periodMs).toBeLessThanOrEqual((at - (admitted[first]?.at ?? 0)) * of.tokens)
          }
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('gives a needless cost back in full while the cell is busy', () => {
    const owner = new MemoryOwner()
    const cells = [bucketCell('a', 10, 1000, 10)]
    owner.take({ cells, cost: 5 }, START)
    const [verdict] = owner.take({ cells, cost: 5 }, START)
    owner.giveBack({ cells, count: 4, chargedMs: verdict?.chargedMs ?? 0 }, START + 200)
    expect(owner.take({ cells, cost: 6 }, START + 200)[0]?.admitted).toBe(true)
    expect(owner.take({ cells, cost: 1 }, START + 200)[0]?.admitted).toBe(false)
  })

  it('gives nothing back twice: neither by itself and on demand, nor for two charges at once', () => {
    const owner = new MemoryOwner()
    const cells = [bucketCell('a', 10, 1000, 10)]
    const charge = (cost: number, at: number) => owner.take({ cells, cost }, at)[0]?.chargedMs ?? 0
    const first = charge(3, START)
    const second = charge(5, START)
    charge(7, START + 500)
    owner.giveBack({ cells, count: 3, chargedMs: first }, START + 500)
    // Without the first the cell had been full by now: all of the second has come back by itself.
    owner.giveBack({ cells, count: 5, chargedMs: second }, START + 500)
    expect(owner.take({ cells, cost: 4 }, START + 500)[0]?.admitted).toBe(false)
    expect(owner.take({ cells, cost: 3 }, START + 500)[0]?.admitted).toBe(true)
  })

  it('takes of every cell or of none', () => {
    const owner = new MemoryOwner()
    const wide = bucketCell('wide', 100, 1000, 10)
    const narrow = bucketCell('narrow', 1, 1000, 1)
    expect(owner.take({ cells: [wide, narrow], cost: 1 }, START)).toEqual([
      { admitted: true, remaining: 9, retryAfterMs: 0, resetMs: 10, chargedMs: START },
      { admitted: true, remaining: 0, retryAfterMs: 0, resetMs: 1000, chargedMs: START },
    ])
    const before = new Map(owner.store.rows)
    expect(owner.take({ cells: [wide, narrow], cost: 1 }, START)).toEqual([
      { admitted: true, remaining: 9, retryAfterMs: 0, resetMs: 10 },
      { admitted: false, remaining: 0, retryAfterMs: 1000, resetMs: 1000 },
    ])
    expect(owner.store.rows).toEqual(before)
    expect(owner.take({ cells: [narrow, wide], cost: 1 }, START + 1000).map(({ admitted }) => admitted)).toEqual([true, true])
  })

  it.each([['in memory'], ['forgotten']])('grants a burst after the figures were changed as soon as the new figures can explain: %s', (where) => {
    const owner = new MemoryOwner()
    owner.take({ cells: [bucketCell('a', 1, 86_400_000, 1)], cost: 1 }, START)
    if (where === 'forgotten') owner.hibernate()
    const cells = [bucketCell('a', 10, 1000, 5)]
    expect(owner.take({ cells, cost: 1 }, START + 1)[0]).toEqual({ admitted: false, remaining: 0, retryAfterMs: 100, resetMs: 500 })
    expect(owner.store.writes, 'the one write of a denial').toBe(2)
    if (where === 'forgotten') owner.hibernate()
    owner.take({ cells, cost: 1 }, START + 2)
    expect(owner.store.writes).toBe(2)
    expect(owner.take({ cells, cost: 1 }, START + 101)[0]?.admitted).toBe(true)
  })

  it('after the clock was set back by an hour, neither forgives what was taken nor makes anyone wait for an hour', () => {
    const cells = [bucketCell('a', 10, 1000, 5)]
    const owner = new MemoryOwner()
    for (let i = 0; i < 5; i++) owner.take({ cells, cost: 1 }, START)
    expect(owner.take({ cells, cost: 1 }, START - 3_600_000)[0]).toEqual({ admitted: false, remaining: 0, retryAfterMs: 100, resetMs: 500 })
    expect(owner.take({ cells, cost: 1 }, START - 3_600_000 + 100)[0]?.admitted).toBe(true)
  })

  it('the same after its memory was lost, but for what was reserved and what two clocks may differ by', () => {
    const cells = [bucketCell('a', 10, 1000, 5)]
    const owner = new MemoryOwner()
    owner.take({ cells, cost: 5 }, START)
    owner.hibernate()
    const [verdict] = owner.take({ cells, cost: 1 }, START - 3_600_000)
    expect(verdict?.admitted).toBe(false)
    expect(verdict?.retryAfterMs).toBeGreaterThanOrEqual(100)
    expect(verdict?.retryAfterMs).toBeLessThanOrEqual(100 + 64 * 100 + 10_000)
    owner.hibernate()
    expect(owner.take({ cells, cost: 1 }, START - 3_600_000 + (verdict?.retryAfterMs ?? 0))[0]?.admitted).toBe(true)
  })

  it.each<[string, Cell[], number, string]>([
    ['no tokens', [bucketCell('a', 0, 1000, 1)], 1, 'tokens, period and burst must be whole numbers from 1'],
    ['a cost of nothing', [bucketCell('a', 1, 1000, 1)], 0, 'the cost must be a whole number from 1 to the burst'],
    ['a cost below nothing, which would give tokens back', [bucketCell('a', 1, 1000, 1)], -1, 'the cost must be a whole number from 1 to the burst'],
    ['a cost that no wait can satisfy', [bucketCell('a', 1, 1000, 1)], 2, 'the cost must be a whole number from 1 to the burst'],
    ['one cell twice', [bucketCell('a', 1, 1000, 1), bucketCell('a', 1, 1000, 1)], 1, 'a cell is named twice'],
  ])('refuses %s', (_, cells, cost, message) => {
    const owner = new MemoryOwner()
    expect(() => owner.take({ cells, cost }, START)).toThrow(new RangeError(message))
    expect(owner.store.writes).toBe(0)
  })
})
