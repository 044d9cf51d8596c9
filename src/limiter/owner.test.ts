import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bucketCell, MemoryOwner, MemoryRows } from '../../test/limiter-memory.ts'
import type { BanFigures, Cell, ConcurrencyCell, FixedWindowCell, SlidingWindowCell } from '../core/limit.ts'
import { banId } from './ban.ts'
import { overrideId } from './override.ts'
import { CellOwner } from './owner.ts'

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

  it.each([['in memory'], ['forgotten']])('lacks as many tokens after its figures were changed, and never more than the new ones have: %s', (where) => {
    const owner = new MemoryOwner()
    const forget = () => {
      if (where === 'forgotten') owner.hibernate()
    }
    const [few, many] = [[bucketCell('a', 2, 86_400_000, 2)], [bucketCell('a', 10, 1000, 5)]]
    owner.take({ cells: few, cost: 2 }, START)
    forget()
    expect(owner.take({ cells: many, cost: 4 }, START)[0]).toEqual({ admitted: false, remaining: 3, retryAfterMs: 100, resetMs: 200 })
    expect(owner.store.writes, 'the one write of a denial').toBe(2)
    forget()
    expect(owner.take({ cells: many, cost: 3 }, START)[0]).toMatchObject({ admitted: true, remaining: 0 })
    forget()
    expect(owner.take({ cells: few, cost: 1 }, START)[0]).toMatchObject({ admitted: false, retryAfterMs: 43_200_000 })
    forget()
    expect(owner.take({ cells: many, cost: 4 }, START)[0]?.admitted, 'turning from one to the other forgives nothing').toBe(false)
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

/** Every algorithm, with so many tokens. */
const everyCell = (id: string, tokens: number): readonly Cell[] => [
  { ...bucketCell(id, tokens, 60_000, tokens) },
  { id, algorithm: 'sliding-window', limit: tokens, windowMs: 60_000 },
  { id, algorithm: 'fixed-window', limit: tokens, windowStartMs: START, windowEndMs: START + 60_000 },
  { id, algorithm: 'concurrency', limit: tokens, maxMs: 60_000 },
]

describe('owner: weights', () => {
  it.each(everyCell('a', 20))('a request takes its cost times what the cell weighs: $algorithm', (cell) => {
    const owner = new CellOwner(new MemoryRows())
    const take = (weight: number, cost: number) => owner.take({ v: 2, cells: [{ ...cell, weight }], cost, slot: crypto.randomUUID() }, START).verdicts[0]
    expect(take(3, 2)).toMatchObject({ admitted: true, remaining: 14 })
    expect(take(7, 2)).toMatchObject({ admitted: true, remaining: 0 })
    expect(take(1, 1)).toMatchObject({ admitted: false, remaining: 0 })
    expect(() => take(7, 3)).toThrow('the cost must be a whole number from 1 to the burst')
  })

  it('together with others takes of all or of none, of each by its weight', () => {
    const owner = new MemoryOwner()
    const cells: Cell[] = [{ ...bucketCell('a', 1, 1000, 10), weight: 4 }, bucketCell('b', 1, 1000, 10)]
    const left = () => owner.take({ cells, cost: 1 }, START).map(({ admitted, remaining }) => [admitted, remaining])
    expect(left()).toEqual([
      [true, 6],
      [true, 9],
    ])
    expect(left()).toEqual([
      [true, 2],
      [true, 8],
    ])
    expect(left()).toEqual([
      [false, 2],
      [true, 8],
    ])
  })

  it('is leased and given back by the request', () => {
    const owner = new CellOwner(new MemoryRows())
    const cells: Cell[] = [{ ...bucketCell('a', 100, 1000, 100), weight: 10 }]
    const { granted, verdicts } = owner.take({ v: 2, cells, cost: 1, want: 50, holder: 'one' }, START)
    expect(granted).toBe(10)
    owner.giveBack({ v: 2, cells, count: 9, chargedMs: verdicts[0]?.chargedMs ?? 0 }, START)
    expect(owner.take({ v: 2, cells, cost: 9 }, START).verdicts).toMatchObject([{ admitted: true, remaining: 0 }])
  })

  it('admits in any interval of length w tokens for at most burst + rate·w, whatever each request weighs, leases and gives back', () => {
    const step = fc.record({
      pauseMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3000 })),
      weight: fc.integer({ min: 1, max: 9 }),
      cost: fc.integer({ min: 1, max: 3 }),
      want: fc.integer({ min: 1, max: 9 }),
      back: fc.boolean(),
      isLost: fc.boolean(),
    })
    fc.assert(
      fc.property(figures, fc.array(step, { maxLength: 60 }), (of, steps) => {
        const rows = new MemoryRows()
        let owner = new CellOwner(rows)
        const charged: { readonly at: number; cost: number }[] = []
        let at = START
        for (const { pauseMs, weight, cost, want, back, isLost } of steps) {
          at += pauseMs
          if (isLost) owner = new CellOwner(rows)
          if (cost * weight > of.burst) continue
          const cells: Cell[] = [{ id: 'a', ...of, weight }]
          const { granted = 0, verdicts } = owner.take({ v: 2, cells, cost, want, holder: 'one' }, at)
          const kept = back && granted > cost ? cost : granted
          if (kept < granted) owner.giveBack({ v: 2, cells, count: granted - kept, chargedMs: verdicts[0]?.chargedMs ?? 0 }, at)
          charged.push({ at, cost: kept * weight })
        }
        for (let first = 0; first < charged.length; first++) {
          let sum = 0
          for (const { at, cost } of charged.slice(first)) {
            sum += cost
            expect((sum - of.burst) * of.periodMs).toBeLessThanOrEqual((at - (charged[first]?.at ?? 0)) * of.tokens)
          }
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('owner: bans', () => {
  const ban: BanFigures = { after: 2, withinMs: 60_000, forMs: 20_000, maxMs: 60_000 }
  const cell: Cell = { ...bucketCell('a', 1, 1000, 2), ban }
  const take = (owner: MemoryOwner, nowMs: number, ...cells: Cell[]) => owner.take({ cells: cells.length === 0 ? [cell] : cells, cost: 1 }, nowMs)

  /** Two episodes, 2 s apart. */
  function banned(): MemoryOwner {
    const owner = new MemoryOwner()
    for (const atMs of [START, START + 2000]) for (let i = 0; i < 3; i++) take(owner, atMs)
    return owner
  }

  it('keep a key out that goes on, from the denial that is one too many', () => {
    const owner = new MemoryOwner()
    for (let i = 0; i < 2; i++) expect(take(owner, START)[0]?.admitted).toBe(true)
    expect(take(owner, START)).toEqual([{ admitted: false, remaining: 0, retryAfterMs: 1000, resetMs: 2000 }])
    for (let i = 0; i < 2; i++) expect(take(owner, START + 2000)[0]?.admitted).toBe(true)
    const out = { admitted: false, remaining: 0, banned: true }
    expect(take(owner, START + 2000)).toEqual([{ ...out, retryAfterMs: 20_000, resetMs: 20_000 }])
    expect(take(owner, START + 21_999)).toEqual([{ ...out, retryAfterMs: 1, resetMs: 1 }])
    expect(take(owner, START + 22_000)[0]?.admitted).toBe(true)
  })

  it('charge nothing, and leave what other cells say as it is', () => {
    const owner = banned()
    const other = bucketCell('other', 1, 1000, 5)
    const verdicts = take(owner, START + 3000, other, cell)
    expect(verdicts).toMatchObject([
      { admitted: true, remaining: 5 },
      { admitted: false, banned: true },
    ])
    expect(verdicts[0]?.chargedMs).toBeUndefined()
    expect(owner.take({ cells: [other], cost: 5 }, START + 3000)[0]?.admitted).toBe(true)
  })

  it('write a row an episode and none for any other denial', () => {
    const owner = new MemoryOwner()
    for (let i = 0; i < 2; i++) take(owner, START)
    const before = owner.store.writes
    for (let i = 0; i < 100; i++) take(owner, START)
    expect(owner.store.writes - before).toBe(1)
    for (let i = 0; i < 2; i++) take(owner, START + 2000)
    const then = owner.store.writes
    for (let i = 0; i < 100; i++) take(owner, START + 2000)
    expect(owner.store.writes - then).toBe(1)
    expect(owner.store.rows.get(banId('a'))?.fullMs, 'the end, and the longest time without another').toBe(START + 22_000 + 60_000)
  })

  it('by outcome come of what was not given back, not of what was under way', () => {
    const cell: Cell = { id: 'a', tokens: 1, periodMs: 1000, burst: 2, ban: { after: 2, withinMs: 60_000, forMs: 10_000, maxMs: 20_000 } }
    const run = (givesBack: boolean) => {
      const owner = new CellOwner(new MemoryRows())
      const take = (nowMs: number) => owner.take({ v: 1, cells: [cell], cost: 1, refundable: true }, nowMs)
      let bans = 0
      for (let round = 0; round < 8; round++) {
        const at = START + round * 10_000
        const charges = [take(at), take(at)]
        if (take(at + 10).verdicts[0]?.banned) bans++
        if (givesBack) for (const { verdicts } of charges) owner.giveBack({ v: 1, cells: [cell], count: 1, chargedMs: verdicts[0]?.chargedMs ?? 0 }, at + 200)
        else for (let ms = 500; ms < 9000; ms += 500) if (take(at + ms).verdicts[0]?.banned) bans++
      }
      return bans
    }
    expect(run(false)).toBeGreaterThan(0)
    expect(run(true)).toBe(0)
  })

  it('survive the loss of memory', () => {
    const owner = banned()
    owner.hibernate()
    expect(take(owner, START + 3000)).toMatchObject([{ admitted: false, banned: true, retryAfterMs: 19_000 }])
  })

  it('hold for those whose limit bans, and for whatever their cells weigh', () => {
    const owner = banned()
    expect(take(owner, START + 4000, { ...cell, weight: 2 })).toMatchObject([{ banned: true }])
    expect(take(owner, START + 4000, bucketCell('a', 1, 1000, 2))[0]?.banned).toBeUndefined()
  })

  it('grant no lease, and take back what is unspent of one', () => {
    const owner = new CellOwner(new MemoryRows())
    const fast: Cell = { ...bucketCell('a', 10, 1000, 10), ban: { ...ban, after: 1 } }
    const message = { v: 1, cells: [fast], cost: 1, want: 10, holder: 'one' } as const
    const { verdicts } = owner.take(message, START)
    expect(owner.take(message, START)).toMatchObject({ granted: 0, verdicts: [{ banned: true }] })
    expect(owner.take({ ...message, returns: [{ count: 9, chargedMs: verdicts[0]?.chargedMs ?? 0 }] }, START)).toMatchObject({ granted: 0 })
    expect(owner.describe({ v: 1, cells: [fast] }, START).cells[0]?.remaining).toBe(9)
  })

  it('end when an operator lifts them, with all that led to them', () => {
    const owner = banned()
    owner.run((real) => real.liftBan({ v: 1, id: 'a' }, START + 3000))
    owner.hibernate()
    expect(take(owner, START + 5000)[0]?.admitted).toBe(true)
    expect(owner.run((real) => real.describe({ v: 1, cells: [cell] }, START + 5000)).cells[0]?.ban).toEqual({ untilMs: START + 5000, bans: 0, episodes: 0 })
    expect(owner.store.rows.get(banId('a'))?.fullMs, 'the row may be deleted').toBe(START + 3000)
  })

  it('that there are not need no lifting', () => {
    const owner = new MemoryOwner()
    owner.run((real) => real.liftBan({ v: 1, id: 'a' }, START))
    expect(owner.store.writes).toBe(0)
  })

  it('by no figures are refused', () => {
    expect(() => take(new MemoryOwner(), START, { ...cell, ban: { ...ban, after: 0 } })).toThrow('a ban must come after 1 to 64 episodes')
  })
})

describe('owner: an operator’s figures', () => {
  const untilMs = START + 3_600_000
  const override = (owner: MemoryOwner, limit: number | null, nowMs = START, burst?: number) =>
    owner.run((real) =>
      real.override(limit === null ? { v: 1, id: 'a', limit } : { v: 1, id: 'a', limit, untilMs, reason: 'why', ...(burst !== undefined && { burst }) }, nowMs),
    )

  it.each(everyCell('a', 20))('count from the next take on, and until they end: $algorithm', (cell) => {
    const owner = new MemoryOwner()
    const take = (cost: number, nowMs: number) => owner.take({ cells: [cell], cost, slot: crypto.randomUUID() }, nowMs)[0]
    take(5, START)
    override(owner, 8, START, 8)
    expect(take(4, START)).toMatchObject({
      admitted: false,
      remaining: 3,
      counted: { id: 'a', ...(cell.algorithm === undefined ? { tokens: 8, burst: 8 } : { limit: 8 }) },
    })
    expect(take(3, START)).toMatchObject({ admitted: true, remaining: 0 })
    override(owner, 100, START, 100)
    expect(take(92, START)).toMatchObject({ admitted: true, remaining: 0 })
    override(owner, null)
    const own = take(1, START)
    expect(own).toMatchObject({ admitted: false, remaining: 0 })
    expect(own?.counted).toBeUndefined()
  })

  it('end by themselves', () => {
    const owner = new MemoryOwner()
    const cells: Cell[] = [bucketCell('a', 20, 60_000, 20)]
    override(owner, 1, START, 1)
    for (let i = 0; i < 3; i++) expect(owner.take({ cells, cost: 1 }, untilMs - 1)[0]?.counted).toBeDefined()
    expect(owner.take({ cells, cost: 19 }, untilMs)).toEqual([{ admitted: true, remaining: 0, retryAfterMs: 0, resetMs: 60_000, chargedMs: untilMs }])
  })

  it('survive the loss of memory, and are no mistake of who asks for more than they ever grant', () => {
    const owner = new MemoryOwner()
    override(owner, 1, START, 1)
    owner.hibernate()
    const cells: Cell[] = [{ ...bucketCell('a', 20, 60_000, 20), weight: 2 }]
    expect(owner.take({ cells, cost: 5 }, START + 1000)).toMatchObject([{ admitted: false, remaining: 1, retryAfterMs: 3_599_000 }])
    expect(owner.take({ cells: [bucketCell('a', 20, 60_000, 20)], cost: 1 }, START + 1000)[0]?.admitted).toBe(true)
  })

  it('decide whether a cell is leased', () => {
    const rows = new MemoryRows()
    const owner = new CellOwner(rows)
    const message = { v: 1, cells: [bucketCell('a', 100, 1000, 100)], cost: 1, want: 20, holder: 'one' } as const
    owner.override({ v: 1, id: 'a', limit: 1, burst: 100, untilMs, reason: 'why' }, START)
    expect(owner.take(message, START).granted).toBe(20)
    owner.override({ v: 1, id: 'a', limit: 1, untilMs, reason: 'why' }, START)
    const slow = { ...message, cells: [bucketCell('a', 100, 2000, 100)] }
    expect(owner.take(slow, START).granted).toBe(1)
  })

  it.each([
    ['now', START],
    ['an hour ago', START - 3_600_000],
    ['in two years', START + 732 * 86_400_000],
  ])('cannot end %s', (_, endMs) => {
    const owner = new CellOwner(new MemoryRows())
    expect(() => owner.override({ v: 1, id: 'a', limit: 1, untilMs: endMs, reason: 'why' }, START)).toThrow('until a time from now on, within 366 days')
  })

  it('that there are not need no ending, and ended ones leave a row that may be deleted', () => {
    const owner = new MemoryOwner()
    override(owner, null)
    expect(owner.store.writes).toBe(0)
    override(owner, 5)
    expect(owner.store.rows.get(overrideId('a'))?.fullMs).toBe(untilMs)
    override(owner, null, START + 1)
    expect(owner.store.rows.get(overrideId('a'))?.fullMs).toBe(START + 1)
  })

  it('and all else about a cell are described without changing anything', () => {
    const owner = new MemoryOwner()
    const cells: Cell[] = [{ ...bucketCell('a', 20, 60_000, 20), ban: { after: 2, withinMs: 60_000, forMs: 1000, maxMs: 1000 } }, bucketCell('b', 1, 1000, 1)]
    override(owner, 10, START, 10)
    owner.take({ cells: [cells[0] as Cell], cost: 10 }, START)
    owner.take({ cells: [cells[0] as Cell], cost: 10 }, START)
    const [rows, writes] = [new Map(owner.store.rows), owner.store.writes]
    for (const where of ['in memory', 'forgotten']) {
      expect(
        owner.run((real) => real.describe({ v: 1, cells }, START)),
        where,
      ).toEqual({
        v: 1,
        cells: [
          {
            remaining: 0,
            retryAfterMs: 6000,
            resetMs: 60_000,
            counted: { ...cells[0], tokens: 10, burst: 10 },
            ban: { untilMs: START, bans: 0, episodes: 1 },
            override: { limit: 10, burst: 10, untilMs, reason: 'why' },
          },
          { remaining: 1, retryAfterMs: 0, resetMs: 0 },
        ],
      })
      owner.hibernate()
    }
    expect(owner.store.writes).toBe(writes)
    expect(owner.store.rows).toEqual(rows)
  })
})

describe('owner: what comes late', () => {
  const minute: FixedWindowCell = { id: 'a', algorithm: 'fixed-window', limit: 10, windowStartMs: START, windowEndMs: START + 60_000 }
  const next: FixedWindowCell = { ...minute, windowStartMs: START + 60_000, windowEndMs: START + 120_000 }
  const sliding: SlidingWindowCell = { id: 'a', algorithm: 'sliding-window', limit: 10, windowMs: 60_000 }

  it.each<[string, Cell, Cell]>([
    ['of the window before', minute, next],
    ['of a larger limit', { ...sliding, limit: 20 }, sliding],
    ['of a shorter window', { ...sliding, windowMs: 1000 }, sliding],
    ['of another algorithm', bucketCell('a', 10, 60_000, 10), sliding],
  ])('is not given back to a cell that is counted otherwise by now: %s', (_, before, now) => {
    const owner = new MemoryOwner()
    const [verdict] = owner.take({ cells: [before], cost: 5 }, START + 59_000)
    owner.take({ cells: [now], cost: 2 }, START + 60_000)
    const [stands] = owner.take({ cells: [now], cost: 10 }, START + 60_000)
    const writes = owner.store.writes
    owner.giveBack({ cells: [before], count: 5, chargedMs: verdict?.chargedMs ?? 0 }, START + 60_000)
    expect(owner.take({ cells: [now], cost: 10 }, START + 60_000)).toEqual([stands])
    expect(owner.store.writes, 'nor is it opened anew').toBe(writes)
  })

  it('is given back after the loss of memory where the row knows it', () => {
    const owner = new MemoryOwner()
    const [verdict] = owner.take({ cells: [sliding], cost: 10 }, START)
    owner.hibernate()
    owner.giveBack({ cells: [sliding], count: 4, chargedMs: verdict?.chargedMs ?? 0 }, START + 30_000)
    expect(owner.take({ cells: [sliding], cost: 4 }, START + 30_000)[0]?.admitted).toBe(true)
  })

  it('ends a slot all the same, whatever its cell is counted by', () => {
    const owner = new CellOwner(new MemoryRows())
    const flight: ConcurrencyCell = { id: 'a', algorithm: 'concurrency', limit: 2, maxMs: 60_000 }
    for (const slot of ['x', 'y']) owner.take({ v: 1, cells: [flight], cost: 1, slot }, START)
    const wider = { ...flight, limit: 3, maxMs: 30_000 }
    expect(owner.take({ v: 1, cells: [wider], cost: 2, slot: 'z' }, START).granted).toBe(0)
    owner.release({ v: 1, cells: [flight], slot: 'x' }, START)
    expect(owner.take({ v: 1, cells: [wider], cost: 2, slot: 'z' }, START).granted).toBe(2)
  })
})

describe('owner: memory', () => {
  const NO_ROWS = { read: () => undefined, write: () => {} }

  it.each<[string, (id: string) => Cell]>([
    ['a bucket', (id) => bucketCell(id, 10, 1000, 10)],
    ['a bucket that bans', (id) => ({ ...bucketCell(id, 10, 1000, 10), ban: { after: 1, withinMs: 1, forMs: 1, maxMs: 1 } })],
    ['a sliding window', (id) => ({ id, algorithm: 'sliding-window', limit: 10, windowMs: 60_000 })],
    ['a fixed window', (id) => ({ id, algorithm: 'fixed-window', limit: 10, windowStartMs: START, windowEndMs: START + 60_000 })],
  ])('is bounded whatever the number of keys: %s', (_, cellOf) => {
    const owner = new CellOwner(NO_ROWS)
    for (let i = 0; i < 100_000; i++) owner.take({ v: 1, cells: [cellOf(`192.0.2.${i}`)], cost: 1 }, START + i)
    expect(owner.memory.cells).toBeLessThanOrEqual(10_000)
    expect(owner.memory.bytes).toBeLessThanOrEqual(16 * 1024 * 1024)
  })

  it('has no place for keys that come once', { timeout: 60_000 }, () => {
    const owner = new CellOwner(NO_ROWS)
    for (let i = 0; i < 1_000_000; i++) owner.take({ v: 1, cells: [bucketCell(`key ${i}`, 10, 1000, 10)], cost: 1 }, START)
    expect(owner.memory.cells).toBeLessThan(100)
  })

  it.each<[string, Cell]>([
    ['slots', { id: '', algorithm: 'concurrency', limit: 4096, maxMs: 86_400_000 }],
    ['spans', { id: '', algorithm: 'sliding-window', limit: 100, windowMs: 86_400_000 }],
    ['leaseholders', bucketCell('', 1_000_000, 1000, 1_000_000)],
  ])('counts what a cell takes as it grows: %s', (_, cell) => {
    const owner = new CellOwner(NO_ROWS)
    const grown: number[] = []
    for (let of = 0; of < 300; of++) {
      for (let i = 0; i < 90; i++) {
        const message = { v: 1, cells: [{ ...cell, id: `${of}` }], cost: 1, slot: `${i}`, holder: `${i}`, want: 2 } as const
        owner.take(message, START + of * 1000 + i)
      }
      grown.push(owner.memory.bytes)
    }
    expect(grown[0]).toBeGreaterThan(90 * 100)
    expect(Math.max(...grown)).toBeLessThanOrEqual(16 * 1024 * 1024)
    expect(grown[299]).toBeGreaterThan(299 * 90 * 100)
  })
})
