import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CounterWorld } from '../../test/counter-world.ts'
import type { ConcurrencyCell } from '../core/limit.ts'
import { MAX_CONCURRENCY, openConcurrency } from './concurrency.ts'

const START = Date.UTC(2026, 0, 1)

function cellOf(limit: number, maxMs: number): ConcurrencyCell {
  return { id: 'a', algorithm: 'concurrency', limit, maxMs }
}

const figures = fc.record({ limit: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 9, max: 100 })), maxMs: fc.integer({ min: 1, max: 60_000 }) })
const share = fc.double({ min: 0, max: 1, noNaN: true })
/** Mostly small charges one soon after the other, as reservations are made for; now and then all that is left. */
const step = fc.record({
  pauseMs: fc.oneof(
    { weight: 8, arbitrary: fc.constant(0) },
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 300 }) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 12_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 70_000 }) },
  ),
  /** Of the limit. */
  amount: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: share }),
  /** Which of the slots that were ever taken, counted from the last. */
  pick: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 50 })),
  /** How wrong the clock is. */
  error: fc.double({ min: -1, max: 1, noNaN: true }),
  event: fc.oneof(
    { weight: 16, arbitrary: fc.constant('take' as const) },
    { weight: 8, arbitrary: fc.constant('release' as const) },
    { weight: 4, arbitrary: fc.constant('take at the stale one' as const) },
    { weight: 8, arbitrary: fc.constantFrom('take again', 'release at the stale one', 'release twice', 'crash', 'cut off', 'drain', 'drain') },
  ),
})
const steps = fc.array(step, { maxLength: 200, size: 'max' })
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** Runs what comes and @returns the most that was ever in flight, by the true time, where a slot is over `lifeMs` after it was taken. */
function mostInFlight(cell: ConcurrencyCell, steps: readonly Step[], errorMs: number, lifeMs: number): number {
  const world = new CounterWorld(openConcurrency, cell, START)
  const slots: { name: string; count: number; fromMs: number; isReleased: boolean }[] = []
  let most = 0
  let trueMs = START
  for (const { pauseMs, amount, pick, error, event } of steps) {
    trueMs += pauseMs
    const nowMs = trueMs + Math.round(error * errorMs)
    const stale = event.endsWith('stale one') ? -1 : undefined
    const picked = slots.at(-1 - pick)
    if (event === 'crash' || event === 'cut off') world.restart(nowMs, event === 'cut off')
    else if (event === 'take again') {
      if (picked !== undefined && !picked.isReleased && trueMs < picked.fromMs + lifeMs) world.take(picked.count, nowMs, 0, picked.name)
    } else if (event.startsWith('release')) {
      if (picked === undefined) continue
      world.release(picked.name, nowMs, stale)
      if (event === 'release twice') world.release(picked.name, nowMs)
      picked.isReleased = true
    } else {
      const count = event === 'drain' ? Math.max(1, world.owner.available(nowMs)) : 1 + Math.floor(amount * (cell.limit - 1))
      const name = `slot-${slots.length}`
      if (!world.take(count, nowMs, 0, name, stale)) continue
      slots.push({ name, count, fromMs: trueMs, isReleased: false })
      const inFlight = slots.reduce((sum, slot) => (!slot.isReleased && trueMs < slot.fromMs + lifeMs ? sum + slot.count : sum), 0)
      most = Math.max(most, inFlight)
    }
  }
  return most
}

describe('concurrency', () => {
  it('has at most the limit in flight: over releases, repeats, crashes, and objects that were cut off', () => {
    fc.assert(
      fc.property(figures, steps, ({ limit, maxMs }, events) => {
        expect(mostInFlight(cellOf(limit, maxMs), events, 0, maxMs)).toBeLessThanOrEqual(limit)
      }),
      { numRuns: 1500 },
    )
  })

  it('with a clock that is wrong by up to ε, now this way and now that, slots live for maxMs − 2ε at least', () => {
    fc.assert(
      fc.property(figures, steps, share, ({ limit, maxMs }, events, error) => {
        const errorMs = Math.floor((error * maxMs) / 2)
        expect(mostInFlight(cellOf(limit, maxMs), events, errorMs, maxMs - 2 * errorMs)).toBeLessThanOrEqual(limit)
      }),
      { numRuns: 1500 },
    )
  })

  it('admits less by no more than an eighth of the limit for what restarts lost, and nothing once that is over', () => {
    fc.assert(
      fc.property(figures, steps, ({ limit, maxMs }, events) => {
        const world = new CounterWorld(openConcurrency, cellOf(limit, maxMs), START)
        let slots: { name: string; count: number; endMs: number }[] = []
        let nowMs = START
        for (const [i, { pauseMs, amount, pick, event }] of events.entries()) {
          nowMs += pauseMs
          slots = slots.filter(({ endMs }) => endMs > nowMs)
          if (event === 'crash' || event === 'cut off') world.restart(nowMs)
          else if (event.startsWith('release')) for (const { name } of slots.splice(-1 - pick, 1)) world.release(name, nowMs)
          const inFlight = slots.reduce((sum, { count }) => sum + count, 0)
          expect(world.owner.available(nowMs)).toBeGreaterThanOrEqual(limit - inFlight - Math.floor(limit / 8))
          const count = 1 + Math.floor(amount * (limit - 1))
          if (event === 'take' && world.take(count, nowMs, 0, `slot-${i}`)) slots.push({ name: `slot-${i}`, count, endMs: nowMs + maxMs })
        }
        expect(world.owner.available(nowMs + maxMs + 10_000)).toBe(limit)
      }),
      { numRuns: 1000 },
    )
  })

  it('says by when at the latest there is room, and a denial writes nothing', () => {
    fc.assert(
      fc.property(figures, steps, ({ limit, maxMs }, events) => {
        const world = new CounterWorld(openConcurrency, cellOf(limit, maxMs), START)
        let nowMs = START
        for (const [i, { pauseMs, amount, event }] of events.entries()) {
          nowMs += pauseMs
          if (event === 'crash') world.restart(nowMs)
          if (event === 'release') world.release(`slot-${i - 1}`, nowMs)
          const count = 1 + Math.floor(amount * (limit - 1))
          if (world.take(count, nowMs, 0, `slot-${i}`)) continue
          const verdict = world.owner.verdict(count, false, nowMs)
          expect(world.owner.unsaved(nowMs)).toBeUndefined()
          expect(world.owner.available(nowMs + verdict.retryAfterMs - 1)).toBeLessThan(count)
          expect(world.owner.available(nowMs + verdict.retryAfterMs)).toBeGreaterThanOrEqual(count)
          expect(world.owner.available(nowMs + verdict.resetMs)).toBe(limit)
          return
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('frees a slot when it is released, once, and when its life is over', () => {
    const world = new CounterWorld(openConcurrency, cellOf(2, 1000), START)
    expect(world.take(1, START, 0, 'a')).toBe(true)
    expect(world.take(1, START + 10, 0, 'b')).toBe(true)
    expect(world.owner.verdict(1, false, START + 20)).toEqual({ admitted: false, remaining: 0, retryAfterMs: 980, resetMs: 990 })
    world.release('a', START + 20)
    world.release('a', START + 20)
    world.release('never taken', START + 20)
    expect(world.owner.available(START + 20)).toBe(1)
    expect(world.owner.available(START + 1009)).toBe(1)
    expect(world.owner.available(START + 1010)).toBe(2)
    expect(world.take(2, START + 1010, 0, 'c')).toBe(true)
    world.release('b', START + 1010)
    expect(world.owner.available(START + 1010), 'b is over, and c is not its').toBe(0)
  })

  it('a repeated take is the same slot', () => {
    const world = new CounterWorld(openConcurrency, cellOf(3, 1000), START)
    world.take(1, START, 0, 'a')
    world.take(1, START + 500, 0, 'a')
    expect(world.owner.available(START + 500)).toBe(2)
    expect(world.owner.available(START + 1000), 'and lives no longer for it').toBe(3)
  })

  it('slots in flight survive a restart and can be released after it', () => {
    const world = new CounterWorld(openConcurrency, cellOf(2, 60_000), START)
    world.take(1, START, 0, 'a')
    world.take(1, START, 0, 'b')
    world.restart(START + 30_000)
    expect(world.take(1, START + 30_000, 0, 'c')).toBe(false)
    world.release('a', START + 30_000)
    world.restart(START + 40_000)
    expect(world.take(1, START + 40_000, 0, 'c')).toBe(true)
    expect(world.take(1, START + 40_000, 0, 'd')).toBe(false)
  })

  it('a cell that is used now and then loses nothing when its object forgets, however long a slot may live', () => {
    const world = new CounterWorld(openConcurrency, cellOf(100, 3_600_000), START)
    for (let i = 0; i < 1000; i++) {
      const nowMs = START + i * 20_000
      world.restart(nowMs)
      expect(world.take(1, nowMs, 0, `slot-${i}`)).toBe(true)
      world.release(`slot-${i}`, nowMs + 100)
      expect(world.owner.available(nowMs + 100)).toBeGreaterThanOrEqual(88)
    }
  })

  it('writes few rows where it is busy', () => {
    const world = new CounterWorld(openConcurrency, cellOf(200, 30_000), START)
    for (let i = 0; i < 10_000; i++) {
      const nowMs = START + i * 5
      expect(world.take(1, nowMs, 0, `slot-${i}`)).toBe(true)
      world.release(`slot-${i - 10}`, nowMs)
    }
    expect(world.rows).toBeLessThanOrEqual(40)
  })

  it('slots keep the life that they were given when it is changed', () => {
    const world = new CounterWorld(openConcurrency, cellOf(2, 60_000), START)
    world.take(1, START, 0, 'a')
    world.change(cellOf(2, 1000), START + 10)
    world.take(1, START + 10, 0, 'b')
    expect(world.owner.available(START + 1010)).toBe(1)
    expect(world.owner.available(START + 59_999)).toBe(1)
    expect(world.owner.available(START + 60_000)).toBe(2)
    world.change(cellOf(1, 1000), START + 20)
    expect(world.owner.available(START + 20)).toBe(0)
  })

  it('after the clock was set back by an hour, neither forgets slots nor keeps them for an hour', () => {
    const world = new CounterWorld(openConcurrency, cellOf(1, 1000), START)
    world.take(1, START, 0, 'a')
    const backMs = START - 3_600_000
    expect(world.take(1, backMs, 0, 'b')).toBe(false)
    expect(world.owner.verdict(1, false, backMs).retryAfterMs).toBe(12_000)
    world.restart(backMs)
    expect(world.owner.verdict(1, false, backMs).retryAfterMs).toBe(12_000)
    expect(world.take(1, backMs + 12_000, 0, 'b')).toBe(true)
  })

  it('holds no more than its limit in memory and in its row', () => {
    const world = new CounterWorld(openConcurrency, cellOf(MAX_CONCURRENCY, 86_400_000), START)
    for (let i = 0; i < MAX_CONCURRENCY + 500; i++) expect(world.take(1, START + i, 0, crypto.randomUUID())).toBe(i < MAX_CONCURRENCY)
    expect(world.row?.state.length).toBeLessThan(MAX_CONCURRENCY * 64)
  })

  it('takes another algorithm’s row for spent until it would be full again, and no longer than a slot lives', () => {
    expect(openConcurrency(cellOf(3, 9000), { fullMs: START + 5000, fullTicks: 0, state: '600/60000/60' }, START).verdict(1, false, START).retryAfterMs).toBe(
      5000,
    )
    expect(openConcurrency(cellOf(3, 1000), { fullMs: START + 5000, fullTicks: 0, state: '' }, START).verdict(1, false, START).retryAfterMs).toBe(1000)
  })

  it.each<[string, ConcurrencyCell, string]>([
    ['no limit', cellOf(0, 1000), 'the limit must be a whole number from 1 to 4096'],
    ['a limit that no row holds', cellOf(4097, 1000), 'the limit must be a whole number from 1 to 4096'],
    ['slots without an end', cellOf(1, Number.POSITIVE_INFINITY), 'a slot must live for 1 ms to 24 hours'],
    ['slots without a life', cellOf(1, 0), 'a slot must live for 1 ms to 24 hours'],
  ])('refuses %s', (_, cell, message) => {
    expect(() => openConcurrency(cell, undefined, START)).toThrow(new RangeError(message))
  })

  it.each<[string, string, number, string]>([
    ['without a name', '', 1, "a slot's name must have 1 to 128 characters"],
    ['with an endless name', 'x'.repeat(129), 1, "a slot's name must have 1 to 128 characters"],
    ['of more than there is', 'a', 4, 'more is taken than is there'],
    ['of less than nothing', 'a', -1, 'more is taken than is there'],
  ])('refuses a slot %s', (_, slot, count, message) => {
    const counter = openConcurrency(cellOf(3, 1000), undefined, START)
    expect(() => counter.take(count, START, 0, slot)).toThrow(new RangeError(message))
    expect(counter.available(START)).toBe(3)
  })
})
