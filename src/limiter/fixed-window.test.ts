import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CounterWorld } from '../../test/counter-world.ts'
import type { FixedWindowCell } from '../core/limit.ts'
import { LEASE_MS } from './algorithm.ts'
import { type CalendarUnit, calendarOf } from './calendar.ts'
import { GRACE_MS, openFixedWindow } from './fixed-window.ts'

const START = Date.UTC(2026, 0, 1)
const DAY_MS = 86_400_000
const ENDED = 'the window is over: the clocks of the asking side and of its object differ by more than a minute'

/** One calendar: windows of one length, the first of which begins some time before START. */
interface Plan {
  readonly limit: number
  readonly lengthMs: number
  readonly shiftMs: number
}

function cellOf(limit: number, windowStartMs: number, windowEndMs: number): FixedWindowCell {
  return { id: 'a', algorithm: 'fixed-window', limit, windowStartMs, windowEndMs }
}

function cellAt({ limit, lengthMs, shiftMs }: Plan, nowMs: number): FixedWindowCell {
  const startMs = START + Math.floor((nowMs - START + shiftMs) / lengthMs) * lengthMs - shiftMs
  return cellOf(limit, startMs, startMs + lengthMs)
}

function dayOf(limit: number, day: number): FixedWindowCell {
  return cellOf(limit, START + day * DAY_MS, START + (day + 1) * DAY_MS)
}

const plan = fc.record({
  limit: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 9, max: 200 })),
  lengthMs: fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 5000, max: 200_000 })),
  shiftMs: fc.integer({ min: 0, max: 200_000 }),
})
const share = fc.double({ min: 0, max: 1, noNaN: true })
/** Mostly small charges one soon after the other, as reservations are made for; now and then all that is left. */
const step = fc.record({
  pauseMs: fc.oneof(
    { weight: 8, arbitrary: fc.constant(0) },
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 50 }) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 4000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 120_000 }) },
  ),
  /** Of the limit. */
  amount: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: share }),
  isLeased: fc.boolean(),
  unused: fc.oneof(fc.constant(0), share),
  /** How wrong the clocks of the object and of the asking side are. */
  error: fc.double({ min: -1, max: 1, noNaN: true }),
  askingError: fc.double({ min: -1, max: 1, noNaN: true }),
  event: fc.oneof(
    { weight: 20, arbitrary: fc.constant('take' as const) },
    { weight: 4, arbitrary: fc.constant('take at the stale one' as const) },
    { weight: 8, arbitrary: fc.constantFrom('crash', 'cut off', 'drain', 'drain', 'give back', 'give back to the stale one', 'other calendar') },
  ),
})
const steps = fc.array(step, { maxLength: 150, size: 'max' })
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

interface Use {
  readonly atMs: number
  readonly count: number
  readonly startMs: number
  readonly endMs: number
}

/** Runs what comes, with one calendar and then the other. `check` sees after each admission what has been used by then. */
function run(
  plans: readonly [Plan, Plan],
  steps: readonly Step[],
  errorMs: number,
  check: (cell: FixedWindowCell, uses: readonly Use[], nowMs: number, isStale: boolean) => void,
): void {
  let [plan, other] = plans
  const uses: Use[] = []
  const unused: { count: number; chargedMs: number; cell: FixedWindowCell }[] = []
  const cells = new Map<string, FixedWindowCell>()
  const cellFor = (asked: FixedWindowCell) => {
    const key = JSON.stringify(asked)
    const cell = cells.get(key) ?? asked
    cells.set(key, cell)
    return cell
  }
  let trueMs = START
  const world = new CounterWorld(openFixedWindow, cellFor(cellAt(plan, START)), START)
  for (const { pauseMs, amount, isLeased, unused: unusedShare, error, askingError, event } of steps) {
    trueMs += pauseMs
    const nowMs = trueMs + Math.round(error * errorMs)
    const stale = event.endsWith('stale one') ? -1 : undefined
    if (event === 'crash' || event === 'cut off') world.restart(nowMs, event === 'cut off')
    else if (event === 'other calendar') [plan, other] = [other, plan]
    else if (event.startsWith('give back')) {
      const charge = unused.shift()
      if (charge === undefined) continue
      world.change(charge.cell, nowMs)
      world.giveBack(charge.count, charge.chargedMs, nowMs, stale)
    } else {
      const cell = cellFor(cellAt(plan, trueMs + Math.round(askingError * errorMs)))
      world.change(cell, nowMs)
      const count = event === 'drain' ? Math.max(1, world.owner.available(nowMs)) : 1 + Math.floor(amount * (cell.limit - 1))
      if (!world.take(count, nowMs, isLeased ? LEASE_MS : 0, '', stale)) continue
      const unusedCount = Math.floor(unusedShare * count)
      if (unusedCount > 0) unused.push({ count: unusedCount, chargedMs: nowMs, cell })
      uses.push({ atMs: trueMs, count: count - unusedCount, startMs: cell.windowStartMs, endMs: cell.windowEndMs })
      check(cell, uses, trueMs, stale !== undefined)
    }
  }
}

describe('fixed window', () => {
  it('takes in each window at most the limit, and no change of the calendar forgives what was spent in the window that is', () => {
    fc.assert(
      fc.property(plan, plan, steps, (one, other, events) => {
        run([one, other], events, 0, ({ limit, windowStartMs, windowEndMs }, uses, nowMs, isStale) => {
          const inWindow = uses.filter(({ startMs, endMs }) => startMs === windowStartMs && endMs === windowEndMs)
          expect(inWindow.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(Math.max(one.limit, other.limit))
          // An object that was cut off uses what counted as spent when it was reserved, whatever was taken elsewhere since.
          if (isStale) return
          // Windows of the other calendar count until they are over.
          const isCounted = ({ atMs, endMs }: Use) => atMs >= windowStartMs && (endMs === windowEndMs || endMs > nowMs)
          const spent = uses.reduce((sum, use) => (isCounted(use) ? sum + use.count : sum), 0)
          expect(spent).toBeLessThanOrEqual(limit)
        })
      }),
      { numRuns: 1500 },
    )
  })

  it('with clocks that are wrong, those of callers too, takes in each window as its callers know it at most the limit', () => {
    fc.assert(
      fc.property(plan, steps, fc.integer({ min: 0, max: GRACE_MS / 2 - 1 }), (one, events, errorMs) => {
        run([one, one], events, errorMs, ({ limit, windowStartMs }, uses) => {
          expect(uses.reduce((sum, { startMs, count }) => (startMs === windowStartMs ? sum + count : sum), 0)).toBeLessThanOrEqual(limit)
        })
      }),
      { numRuns: 1500 },
    )
  })

  it('admits less by no more than an eighth of the limit for what restarts lost, and that until the window is over', () => {
    fc.assert(
      fc.property(plan, steps, (one, events) => {
        const world = new CounterWorld(openFixedWindow, cellAt(one, START), START)
        let nowMs = START
        let spent = 0
        let startMs = 0
        for (const { pauseMs, amount, event } of events) {
          nowMs += pauseMs
          const cell = cellAt(one, nowMs)
          if (cell.windowStartMs !== startMs) spent = 0
          if (cell.windowStartMs !== startMs || event === 'crash') world.change(cell, nowMs)
          startMs = cell.windowStartMs
          expect(world.owner.available(nowMs)).toBeGreaterThanOrEqual(one.limit - spent - Math.floor(one.limit / 8))
          const count = 1 + Math.floor(amount * (one.limit - 1))
          if (world.take(count, nowMs)) spent += count
          else expect(world.owner.verdict(count, false, nowMs).retryAfterMs).toBe(cell.windowEndMs - nowMs)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('counts anew in each window, and says when the next begins', () => {
    const world = new CounterWorld(openFixedWindow, dayOf(5, 0), START)
    expect(world.take(5, START + 1000)).toBe(true)
    expect(world.owner.verdict(5, true, START + 1000)).toEqual({ admitted: true, remaining: 0, retryAfterMs: 0, resetMs: DAY_MS - 1000 })
    expect(world.owner.verdict(1, false, START + 2000)).toEqual({ admitted: false, remaining: 0, retryAfterMs: DAY_MS - 2000, resetMs: DAY_MS - 2000 })
    expect(world.owner.unsaved(START + 2000), 'a denial writes nothing').toBeUndefined()
    world.change(dayOf(5, 1), START + DAY_MS)
    expect(world.owner.verdict(5, true, START + DAY_MS)).toEqual({ admitted: true, remaining: 5, retryAfterMs: 0, resetMs: 0 })
  })

  it('a caller whose clock lags is still counted in the old window, by a minute at most', () => {
    const world = new CounterWorld(openFixedWindow, dayOf(5, 0), START)
    world.take(5, START + DAY_MS - 1)
    world.change(dayOf(5, 1), START + DAY_MS)
    expect(world.take(1, START + DAY_MS)).toBe(true)
    world.change(dayOf(5, 0), START + DAY_MS + 1)
    expect(world.owner.available(START + DAY_MS + GRACE_MS - 1)).toBe(0)
    expect(() => world.owner.available(START + DAY_MS + GRACE_MS)).toThrow(new RangeError(ENDED))
    world.change(dayOf(5, 1), START + DAY_MS + GRACE_MS)
    expect(world.owner.available(START + DAY_MS + GRACE_MS)).toBe(4)
  })

  it('a quota by the month that becomes one by the day: today’s spending stays spent, and so does the month’s when it is taken back', () => {
    const month = cellOf(1000, START, START + 31 * DAY_MS)
    const world = new CounterWorld(openFixedWindow, month, START)
    const ninthMs = START + 9 * DAY_MS + 1000
    world.take(500, ninthMs)
    world.change(dayOf(100, 9), ninthMs + 1)
    expect(world.owner.verdict(1, false, ninthMs + 1)).toEqual({ admitted: false, remaining: 0, retryAfterMs: DAY_MS - 1001, resetMs: DAY_MS - 1001 })
    world.change(dayOf(100, 10), START + 10 * DAY_MS)
    expect(world.take(3, START + 10 * DAY_MS)).toBe(true)
    expect(world.owner.available(START + 10 * DAY_MS)).toBe(97)
    world.change(month, START + 11 * DAY_MS)
    expect(world.owner.available(START + 11 * DAY_MS)).toBe(497)
  })

  it('another time zone, or a lower limit, forgives nothing either', () => {
    const world = new CounterWorld(openFixedWindow, dayOf(10, 0), START)
    world.take(8, START + 3_600_000)
    world.change(cellOf(10, START - 3_600_000, START + DAY_MS - 3_600_000), START + 3_600_001)
    expect(world.owner.available(START + 3_600_001)).toBe(2)
    world.take(2, START + 3_600_001)
    world.change(dayOf(10, 0), START + 3_600_002)
    expect(world.owner.available(START + 3_600_002)).toBe(0)
    world.change(dayOf(4, 0), START + 3_600_003)
    expect(world.owner.available(START + 3_600_003)).toBe(0)
    world.change(dayOf(12, 0), START + 3_600_004)
    expect(world.owner.available(START + 3_600_004)).toBe(2)
  })

  it('remembers a bounded number of calendars, and forgives nothing for that', () => {
    const world = new CounterWorld(openFixedWindow, dayOf(1000, 0), START)
    for (let i = 0; i < 200; i++) {
      world.change(cellOf(1000, START - i, START + DAY_MS), START + i)
      expect(world.take(1, START + i)).toBe(true)
    }
    expect(world.owner.available(START + 200)).toBe(800)
    expect(world.row?.state.length).toBeLessThan(400)
  })

  it('counts by a calendar over the change of the clocks', () => {
    const windowOf = (unit: CalendarUnit, atMs: number) => {
      const calendar = calendarOf(unit, 'Europe/Berlin')
      if ('fault' in calendar) throw new Error(calendar.fault)
      const { startMs, endMs } = calendar.windowAt(atMs)
      return cellOf(24, startMs, endMs)
    }
    const noonMs = Date.UTC(2026, 2, 29, 10)
    const world = new CounterWorld(openFixedWindow, windowOf('day', noonMs), noonMs)
    world.take(24, noonMs)
    expect(world.owner.verdict(1, false, noonMs).retryAfterMs, 'twelve hours to midnight').toBe(12 * 3_600_000)
    world.change(windowOf('month', noonMs), noonMs)
    expect(world.owner.verdict(1, false, noonMs).retryAfterMs).toBe(Date.UTC(2026, 2, 31, 22) - noonMs)
  })

  it('gives back to the window of the charge, and not what was lost', () => {
    const world = new CounterWorld(openFixedWindow, dayOf(10, 0), START)
    world.take(6, START)
    world.giveBack(4, START, START + 1)
    expect(world.owner.available(START + 1)).toBe(8)
    world.giveBack(100, START, START + 1)
    expect(world.owner.available(START + 1)).toBe(10)
    world.restart(START + 2)
    expect(world.owner.available(START + 2)).toBe(4)
  })

  it.each<[number, number, number]>([
    [1000, 10, 90],
    [1_000_000, 1, 12],
    [1_000_000, 60_000, 1000],
  ])('%d a day, one each %d ms: at most %d rows for a thousand', (limit, gapMs, rows) => {
    const world = new CounterWorld(openFixedWindow, dayOf(limit, 0), START)
    for (let i = 0; i < 1000; i++) expect(world.take(1, START + i * gapMs)).toBe(true)
    expect(world.rows).toBeLessThanOrEqual(rows)
  })

  it('takes another algorithm’s row for spent while it is not full again', () => {
    const row = { fullMs: START + 5000, fullTicks: 0, state: '600/60000/60' }
    expect(openFixedWindow(dayOf(10, 0), row, START).available(START)).toBe(0)
    expect(openFixedWindow(dayOf(10, 0), row, START + 5000).available(START + 5000)).toBe(10)
  })

  it.each<[string, FixedWindowCell, string]>([
    ['no limit', dayOf(0, 0), 'the limit must be a whole number from 1 to 10000000'],
    ['an empty window', cellOf(1, START, START), 'the window must be from 1 ms to 366 days, after the beginning of 1970'],
    ['a window turned round', cellOf(1, START, START - 1), 'the window must be from 1 ms to 366 days, after the beginning of 1970'],
    ['a window beyond all', cellOf(1, START, START + 367 * DAY_MS), 'the window must be from 1 ms to 366 days, after the beginning of 1970'],
    ['a window of no time', cellOf(1, Number.NaN, START), 'the window must be from 1 ms to 366 days, after the beginning of 1970'],
  ])('refuses %s', (_, cell, message) => {
    expect(() => openFixedWindow(cell, undefined, START)).toThrow(new RangeError(message))
  })
})
