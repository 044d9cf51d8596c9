import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BanFigures, Cell } from '../core/limit.ts'
import type { CellRow } from './algorithm.ts'
import { Ban, banFault, episodeMs, MAX_BAN_MS, MAX_EPISODES } from './ban.ts'

const START = Date.UTC(2026, 0, 1)
const FIGURES: BanFigures = { after: 3, withinMs: 60_000, forMs: 10_000, maxMs: 35_000 }
const APART_MS = 1000

/** One ban, its row, and how often that was written. */
class Bench {
  ban = new Ban(undefined)
  row: CellRow | undefined
  writes = 0
  readonly figures: BanFigures

  constructor(figures = FIGURES) {
    this.figures = figures
  }

  /** Takes down what the cell says, unless it is banned, and writes what is to be written. */
  note(admits: boolean, nowMs: number): void {
    if (this.leftMs(nowMs) > 0) return
    this.ban.note(admits, this.figures, APART_MS, nowMs)
    const row = this.ban.unsaved(this.figures, APART_MS, nowMs)
    if (row === undefined) return
    this.row = row
    this.writes++
  }

  /** The cell turns from admitting to denying. */
  turn(nowMs: number): void {
    this.note(true, nowMs)
    this.note(false, nowMs)
  }

  leftMs(nowMs: number): number {
    return this.ban.leftMs(this.figures, nowMs)
  }

  restart(): void {
    this.ban = new Ban(this.row)
  }

  /** Goes on until it is banned again. @returns for how long. */
  goOn(fromMs: number): number {
    for (let i = 0; i < this.figures.after; i++) this.turn(fromMs + i * APART_MS)
    return this.leftMs(fromMs + (this.figures.after - 1) * APART_MS)
  }
}

describe('ban', () => {
  it('comes with the last of so many episodes, each of them a row', () => {
    const bench = new Bench()
    bench.turn(START)
    bench.turn(START + 1000)
    expect(bench.leftMs(START + 1000)).toBe(0)
    bench.turn(START + 2000)
    expect(bench.leftMs(START + 2000)).toBe(10_000)
    expect(bench.leftMs(START + 11_999)).toBe(1)
    expect(bench.leftMs(START + 12_000)).toBe(0)
    expect(bench.writes).toBe(3)
  })

  it.each<[string, (bench: Bench) => void]>([
    ['denials that go on', (bench) => Array.from({ length: 100 }, (_, i) => bench.note(false, START + i * 1000))],
    ['turns within one window', (bench) => Array.from({ length: 999 }, (_, i) => bench.turn(START + i))],
    ['turns too far apart', (bench) => Array.from({ length: 9 }, (_, i) => bench.turn(START + i * 30_000))],
  ])('does not come of %s', (_, happens) => {
    const bench = new Bench()
    happens(bench)
    expect(bench.leftMs(START)).toBe(0)
    expect(bench.leftMs(START + 240_000)).toBe(0)
  })

  it('a cell that denies when its object starts has turned, at most once a window', () => {
    const bench = new Bench()
    for (const atMs of [0, 10, 999, 1000]) {
      bench.restart()
      bench.note(false, START + atMs)
    }
    expect(bench.ban.state(START + 1000).episodes).toBe(2)
  })

  it('is twice as long each time, up to the longest, and short again after the longest time without one', () => {
    const bench = new Bench()
    let nowMs = START
    for (const forMs of [10_000, 20_000, 35_000, 35_000]) {
      expect(bench.goOn(nowMs)).toBe(forMs)
      nowMs += 2000 + forMs
    }
    expect(bench.goOn(nowMs + 35_000)).toBe(10_000)
    expect(bench.ban.state(nowMs).bans).toBe(1)
  })

  it('survives a restart, and with it how many there were', () => {
    const bench = new Bench()
    bench.goOn(START)
    bench.restart()
    expect(bench.leftMs(START + 2000)).toBe(10_000)
    bench.turn(START + 12_000)
    bench.restart()
    bench.turn(START + 13_000)
    bench.restart()
    bench.turn(START + 14_000)
    bench.restart()
    expect(bench.leftMs(START + 14_000)).toBe(20_000)
  })

  it('is the same as none once its row may be deleted', () => {
    fc.assert(
      fc.property(
        fc.record({ after: fc.integer({ min: 1, max: 4 }), withinMs: fc.integer({ min: 1, max: 9000 }), forMs: fc.integer({ min: 1, max: 5000 }) }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.record({ pauseMs: fc.integer({ min: 0, max: 6000 }), admits: fc.boolean() }), { maxLength: 40 }),
        (of, factor, notes) => {
          const [kept, deleted] = [new Bench({ ...of, maxMs: of.forMs * factor }), new Bench({ ...of, maxMs: of.forMs * factor })]
          let nowMs = START
          for (const { pauseMs, admits } of notes) {
            nowMs += pauseMs
            // Its memory goes with its row.
            if (deleted.row !== undefined && deleted.row.fullMs <= nowMs) deleted.row = undefined
            deleted.restart()
            kept.restart()
            for (const bench of [kept, deleted]) bench.note(admits, nowMs)
            expect(deleted.leftMs(nowMs)).toBe(kept.leftMs(nowMs))
          }
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('is no longer than its figures allow after they were changed, or the clock was set back', () => {
    const bench = new Bench()
    bench.goOn(START)
    expect(new Ban(bench.row).leftMs({ ...FIGURES, maxMs: 500 }, START + 2000)).toBe(500)
    expect(bench.leftMs(START - 3_600_000)).toBe(35_000)
    expect(bench.leftMs(START - 3_600_000 + 35_000)).toBe(0)
  })

  it('of a row that is none there was none', () => {
    for (const state of ['', 'ban/1 {', 'ban/1 {"episodes":[-1]}', 'ban/2 {}'])
      expect(new Ban({ fullMs: START, fullTicks: 0, state }).leftMs(FIGURES, START)).toBe(0)
  })

  it.each<[Partial<BanFigures>, string]>([
    [{ after: 0 }, `a ban must come after 1 to ${MAX_EPISODES} episodes`],
    [{ after: MAX_EPISODES + 1 }, `a ban must come after 1 to ${MAX_EPISODES} episodes`],
    [{ after: 1.5 }, `a ban must come after 1 to ${MAX_EPISODES} episodes`],
    [{ withinMs: 0 }, 'the times of a ban must be from 1 ms to 366 days'],
    [{ withinMs: Number.NaN }, 'the times of a ban must be from 1 ms to 366 days'],
    [{ maxMs: MAX_BAN_MS + 1 }, 'the times of a ban must be from 1 ms to 366 days'],
    [{ forMs: 0 }, 'a ban must last for 1 ms or longer, and at most for its longest time'],
    [{ forMs: 35_001 }, 'a ban must last for 1 ms or longer, and at most for its longest time'],
  ])('cannot be of %o', (wrong, fault) => {
    expect(banFault(FIGURES)).toBeUndefined()
    expect(banFault({ ...FIGURES, ...wrong })).toBe(fault)
  })

  it.each<[Cell, number]>([
    [{ id: 'a', tokens: 100, periodMs: 60_000, burst: 50 }, 30_000],
    [{ id: 'a', tokens: 1000, periodMs: 1000, burst: 10 }, 1000],
    [{ id: 'a', algorithm: 'sliding-window', limit: 5, windowMs: 2000 }, 2000],
    [{ id: 'a', algorithm: 'fixed-window', limit: 5, windowStartMs: 0, windowEndMs: 86_400_000 }, 86_400_000],
    [{ id: 'a', algorithm: 'concurrency', limit: 5, maxMs: 60_000 }, 1000],
  ])('of %o has episodes at least %i ms apart', (cell, ms) => {
    expect(episodeMs(cell)).toBe(ms)
  })
})
