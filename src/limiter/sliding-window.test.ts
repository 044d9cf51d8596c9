import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CounterWorld } from '../../test/counter-world.ts'
import type { SlidingWindowCell } from '../core/limit.ts'
import { LEASE_MS } from './algorithm.ts'
import { EXACT_USES, openSlidingWindow } from './sliding-window.ts'

const START = Date.UTC(2026, 0, 1)

function cellOf(limit: number, windowMs: number): SlidingWindowCell {
  return { id: 'a', algorithm: 'sliding-window', limit, windowMs }
}

/** Limits on both sides of {@link EXACT_USES}, and windows that divide badly. */
const figures = fc.record({
  limit: fc.oneof(fc.integer({ min: 1, max: 15 }), fc.integer({ min: 16, max: EXACT_USES }), fc.integer({ min: EXACT_USES + 1, max: 300 })),
  windowMs: fc.oneof(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 401, max: 90_000 })),
})
const share = fc.double({ min: 0, max: 1, noNaN: true })
/** Mostly small charges one soon after the other, as reservations are made for; now and then all that is left. */
const step = fc.record({
  /** In windows. */
  pause: fc.oneof(
    { weight: 8, arbitrary: fc.constant(0) },
    { weight: 8, arbitrary: fc.double({ min: 0, max: 0.01, noNaN: true }) },
    { weight: 2, arbitrary: fc.double({ min: 0, max: 0.3, noNaN: true }) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 1.2, noNaN: true }) },
  ),
  /** Of the limit. */
  amount: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: share }),
  isLeased: fc.boolean(),
  /** When in its lease a token is used, and how much of it is given back. */
  use: share,
  unused: fc.oneof(fc.constant(0), share),
  /** How wrong the clock is. */
  error: fc.double({ min: -1, max: 1, noNaN: true }),
  event: fc.oneof(
    { weight: 20, arbitrary: fc.constant('take' as const) },
    { weight: 4, arbitrary: fc.constant('take at the stale one' as const) },
    { weight: 6, arbitrary: fc.constantFrom('crash', 'cut off', 'drain', 'give back', 'give back to the stale one') },
  ),
})
const steps = fc.array(step, { maxLength: 150, size: 'max' })
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

interface Use {
  readonly atMs: number
  readonly count: number
}

/** @returns the true times of all uses. */
function run(cell: SlidingWindowCell, steps: readonly Step[], errorMs: number): Use[] {
  const world = new CounterWorld(openSlidingWindow, cell, START)
  const uses: Use[] = []
  const unused: { count: number; chargedMs: number }[] = []
  let trueMs = START
  for (const { pause, amount, isLeased, use, unused: unusedShare, error, event } of steps) {
    trueMs += Math.round(pause * cell.windowMs)
    const nowMs = trueMs + Math.round(error * errorMs)
    const stale = event.endsWith('stale one') ? -1 : undefined
    if (event === 'crash' || event === 'cut off') world.restart(nowMs, event === 'cut off')
    else if (event.startsWith('give back')) {
      const charge = unused.shift()
      if (charge !== undefined) world.giveBack(charge.count, charge.chargedMs, nowMs, stale)
    } else {
      const count = event === 'drain' ? Math.max(1, world.owner.available(nowMs)) : 1 + Math.floor(amount * (cell.limit - 1))
      const leaseMs = isLeased ? LEASE_MS : 0
      if (!world.take(count, nowMs, leaseMs, '', stale)) continue
      const unusedCount = Math.floor(unusedShare * count)
      if (unusedCount > 0) unused.push({ count: unusedCount, chargedMs: nowMs })
      uses.push({ atMs: trueMs + Math.round(use * leaseMs), count: count - unusedCount })
    }
  }
  return uses
}

function mostIn(windowMs: number, uses: readonly Use[]): number {
  const inWindow = (from: number) => uses.reduce((sum, { atMs, count }) => (atMs >= from && atMs < from + windowMs ? sum + count : sum), 0)
  return Math.max(0, ...uses.map(({ atMs }) => inWindow(atMs)))
}

describe('sliding window', () => {
  it('uses in any window at most the limit: over leases, tokens given back, crashes, and objects that were cut off', () => {
    fc.assert(
      fc.property(figures, steps, ({ limit, windowMs }, events) => {
        expect(mostIn(windowMs, run(cellOf(limit, windowMs), events, 0))).toBeLessThanOrEqual(limit)
      }),
      { numRuns: 1500 },
    )
  })

  it('with a clock that is wrong by up to ε, now this way and now that, holds the limit in windows of w − 2ε', () => {
    fc.assert(
      fc.property(figures, steps, share, ({ limit, windowMs }, events, error) => {
        const errorMs = Math.floor((error * windowMs) / 2)
        expect(mostIn(windowMs - 2 * errorMs, run(cellOf(limit, windowMs), events, errorMs))).toBeLessThanOrEqual(limit)
      }),
      { numRuns: 1500 },
    )
  })

  it('admits less by no more than it says: an eighth of the limit for what restarts lost, and nothing once that is over', () => {
    fc.assert(
      fc.property(figures, steps, ({ limit, windowMs }, events) => {
        const grainMs = limit > EXACT_USES ? Math.ceil(windowMs / EXACT_USES) : 1
        const world = new CounterWorld(openSlidingWindow, cellOf(limit, windowMs), START)
        const uses: Use[] = []
        let nowMs = START
        for (const { pause, amount, event } of events) {
          nowMs += Math.round(pause * windowMs)
          if (event === 'crash' || event === 'cut off') world.restart(nowMs)
          const counted = uses.reduce((sum, { atMs, count }) => (atMs > nowMs - windowMs - grainMs + 1 ? sum + count : sum), 0)
          expect(world.owner.available(nowMs)).toBeGreaterThanOrEqual(limit - counted - Math.floor(limit / 8))
          const count = 1 + Math.floor(amount * (limit - 1))
          if (world.take(count, nowMs)) uses.push({ atMs: nowMs, count })
        }
        expect(world.owner.available(nowMs + windowMs + Math.min(10_000, Math.ceil(windowMs / 4)) + LEASE_MS)).toBe(limit)
      }),
      { numRuns: 1000 },
    )
  })

  it('says exactly when to come back and when all is back, and a denial writes nothing', () => {
    fc.assert(
      fc.property(figures, steps, ({ limit, windowMs }, events) => {
        const world = new CounterWorld(openSlidingWindow, cellOf(limit, windowMs), START)
        let nowMs = START
        for (const { pause, amount, isLeased, event } of events) {
          nowMs += Math.round(pause * windowMs)
          if (event === 'crash') world.restart(nowMs)
          const count = 1 + Math.floor(amount * (limit - 1))
          if (world.take(count, nowMs, isLeased ? LEASE_MS : 0)) continue
          const verdict = world.owner.verdict(count, false, nowMs)
          expect(verdict.remaining).toBe(world.owner.available(nowMs))
          expect(world.owner.unsaved(nowMs)).toBeUndefined()
          expect(world.owner.available(nowMs + verdict.retryAfterMs - 1)).toBeLessThan(count)
          expect(world.owner.available(nowMs + verdict.retryAfterMs)).toBeGreaterThanOrEqual(count)
          if (verdict.resetMs > verdict.retryAfterMs) expect(world.owner.available(nowMs + verdict.resetMs - 1)).toBeLessThan(limit)
          expect(world.owner.available(nowMs + verdict.resetMs)).toBe(limit)
          return
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('never denies a client that keeps to the rate, one use at a time', () => {
    fc.assert(
      fc.property(figures, ({ limit, windowMs }) => {
        const world = new CounterWorld(openSlidingWindow, cellOf(limit, windowMs), START)
        const countedMs = limit > EXACT_USES ? windowMs + Math.ceil(windowMs / EXACT_USES) - 1 : windowMs
        for (let i = 0; i < 2 * limit + 10; i++) expect(world.take(1, START + Math.ceil((i * countedMs) / limit))).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  it('gives back what was not used, and that once', () => {
    const world = new CounterWorld(openSlidingWindow, cellOf(10, 1000), START)
    expect(world.take(10, START, LEASE_MS)).toBe(true)
    world.giveBack(4, START, START + 1)
    expect(world.owner.available(START + 1)).toBe(4)
    expect(world.take(4, START + 900)).toBe(true)
    // The rest of the lease has left the window: nothing of it is left to give back.
    expect(world.owner.available(START + 2000)).toBe(10)
    expect(world.take(10, START + 2000)).toBe(true)
    world.giveBack(6, START, START + 2000)
    expect(world.owner.available(START + 2000)).toBe(0)
  })

  it('what an object reserved and uses only after it was cut off is counted from that use', () => {
    const world = new CounterWorld(openSlidingWindow, cellOf(40, 10_000), START)
    for (let i = 0; i < 17; i++) world.take(1, START + i)
    world.restart(START + 20, true)
    let late = 0
    while (world.take(1, START + 1000, 0, '', -1)) late++
    expect(late).toBeGreaterThan(0)
    expect(world.owner.available(START + 10_019), 'one window after the other object began').toBeLessThanOrEqual(40 - late)
    expect(world.owner.available(START + 10_999)).toBeLessThanOrEqual(40 - late)
    expect(world.owner.available(START + 10_000 + 2500 + LEASE_MS + 20)).toBe(40)
  })

  it('a crash between a charge and its return forgives neither', () => {
    const world = new CounterWorld(openSlidingWindow, cellOf(10, 1000), START)
    world.take(6, START)
    world.restart(START + 1)
    world.giveBack(5, START, START + 1)
    expect(world.owner.available(START + 1)).toBe(9)
    world.restart(START + 2)
    expect(world.owner.available(START + 2)).toBe(4)
  })

  it.each<[string, number, number, number, number]>([
    ['100/min, 100 a minute', 100, 60_000, 600, 90],
    ['1000/s, 1000 a second', 1000, 1000, 1, 20],
    ['10000/day, one a second', 10_000, 86_400_000, 1000, 120],
    ['10/min, 10 a minute: each a row, to have nothing to lose', 10, 60_000, 6000, 1000],
  ])('writes few rows where it is busy: %s', (_, limit, windowMs, gapMs, rows) => {
    const world = new CounterWorld(openSlidingWindow, cellOf(limit, windowMs), START)
    let admitted = 0
    for (let i = 0; admitted < 1000; i++) if (world.take(1, START + i * gapMs)) admitted++
    expect(world.rows).toBeLessThanOrEqual(rows)
  })

  it('keeps its row short, whatever comes', () => {
    const world = new CounterWorld(openSlidingWindow, cellOf(10_000_000, 366 * 86_400_000), START)
    for (let i = 0; i < 3000; i++) {
      const nowMs = START + i * 40_000_000
      world.take(1000, nowMs, LEASE_MS)
      world.restart(nowMs)
    }
    expect(world.row?.state.length).toBeLessThan(8000)
  })

  it('after the clock was set back by an hour, neither forgives nor makes anyone wait for an hour', () => {
    const world = new CounterWorld(openSlidingWindow, cellOf(5, 1000), START)
    world.take(5, START)
    const backMs = START - 3_600_000
    expect(world.take(1, backMs)).toBe(false)
    expect(world.owner.verdict(1, false, backMs).retryAfterMs).toBe(1000 + LEASE_MS + 250)
    expect(world.owner.unsaved(backMs), 'the one write of a denial').toBeDefined()
    expect(world.owner.unsaved(backMs)).toBeUndefined()
    world.giveBack(5, START, backMs)
    world.giveBack(5, backMs + LEASE_MS + 250, backMs)
    expect(world.owner.available(backMs)).toBe(0)
    expect(world.take(5, backMs + 1000 + LEASE_MS + 250)).toBe(true)
  })

  it('keeps what was used when its figures change', () => {
    const world = new CounterWorld(openSlidingWindow, cellOf(10, 60_000), START)
    world.take(6, START)
    world.change(cellOf(8, 60_000), START + 1)
    expect(world.owner.available(START + 1)).toBe(2)
    world.change(cellOf(4, 90_000), START + 2)
    expect(world.owner.verdict(1, false, START + 2)).toEqual({ admitted: false, remaining: 0, retryAfterMs: 89_998, resetMs: 89_998 })
    world.change(cellOf(10, 10), START + 10)
    expect(world.owner.available(START + 10)).toBe(10)
  })

  it.each([
    ['a token bucket’s', '600/60000/60'],
    ['a damaged', 'sliding-window/1 {"at":'],
    ['a later', 'sliding-window/2 []'],
  ])('takes %s row for spent until it would be full again', (_, state) => {
    const counter = openSlidingWindow(cellOf(10, 60_000), { fullMs: START + 5000, fullTicks: 0, state }, START)
    expect(counter.verdict(1, false, START)).toEqual({ admitted: false, remaining: 0, retryAfterMs: 5000, resetMs: 5000 })
    expect(openSlidingWindow(cellOf(10, 1000), { fullMs: START + 5000, fullTicks: 0, state }, START).verdict(1, false, START).resetMs).toBe(1000)
    expect(openSlidingWindow(cellOf(10, 1000), { fullMs: START, fullTicks: 0, state }, START).available(START)).toBe(10)
  })

  it.each<[string, SlidingWindowCell, string]>([
    ['no limit', cellOf(0, 1000), 'the limit must be a whole number from 1 to 10000000'],
    ['half a token', cellOf(1.5, 1000), 'the limit must be a whole number from 1 to 10000000'],
    ['a limit beyond all', cellOf(10_000_001, 1000), 'the limit must be a whole number from 1 to 10000000'],
    ['no window', cellOf(1, 0), 'the window must be from 1 ms to 366 days'],
    ['a window beyond all', cellOf(1, 367 * 86_400_000), 'the window must be from 1 ms to 366 days'],
    ['a window that is no number', cellOf(1, Number.NaN), 'the window must be from 1 ms to 366 days'],
  ])('refuses %s', (_, cell, message) => {
    expect(() => openSlidingWindow(cell, undefined, START)).toThrow(new RangeError(message))
  })

  it.each([0, -1, 0.5, 11, Number.NaN])('never takes %d of ten', (count) => {
    const counter = openSlidingWindow(cellOf(10, 1000), undefined, START)
    expect(() => counter.take(count, START, 0, '')).toThrow(new RangeError('more is taken than is there'))
    expect(counter.available(START)).toBe(10)
  })
})
