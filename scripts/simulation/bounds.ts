import type { Cell, ConcurrencyCell, FixedWindowCell, SlidingWindowCell } from '../../src/core/limit.ts'
import { LEASE_MS } from '../../src/limiter/algorithm.ts'
import { isTokenBucket, sameFigures, weightOf } from '../../src/limiter/figures.ts'
import { GRACE_MS } from '../../src/limiter/fixed-window.ts'
import type { Admission } from './admission.ts'

/** So many tokens at one time. */
export interface Use {
  readonly atMs: number
  readonly count: number
}

/** What was admitted while a cell had these figures: of several, some requests came with these and some with those. */
interface Era<C extends Cell = Cell> {
  readonly cells: readonly C[]
  readonly admitted: readonly Admission[]
}

/**
 * @param admitted in the order of their admission.
 * @param eras the cells as they were from the start on, and after each change of their figures.
 * @param at which of the cells.
 * @param clocksMs by how much the clocks of the object's instances may differ.
 * @returns by how many tokens the bound of the cell's algorithm is exceeded at worst; 0 or less, if it holds.
 */
export function overshootOf(admitted: readonly Admission[], eras: readonly (readonly (readonly Cell[])[])[], at: number, clocksMs: number): number {
  const all = eras.map((ways, number): Era => ({ cells: ways.map((cells) => cells[at] as Cell), admitted: admitted.filter(({ era }) => era === number) }))
  const worst = all.map((era, i) => {
    const algorithm = era.cells[0]?.algorithm
    if (algorithm === undefined || algorithm === 'token-bucket') return bucketOvershoot(era, at, clocksMs)
    // The last ones that were counted by the same algorithm.
    const last = all.slice(all.findLastIndex((other, j) => j < i && other.cells[0]?.algorithm !== algorithm) + 1, i + 1)
    if (algorithm === 'sliding-window') return slidingOvershoot(last as Era<SlidingWindowCell>[], at, clocksMs)
    if (algorithm === 'fixed-window') return fixedOvershoot(last as Era<FixedWindowCell>[], at, clocksMs)
    return concurrencyOvershoot(last as Era<ConcurrencyCell>[], at, clocksMs)
  })
  return Math.max(...worst)
}

/**
 * burst + rate·(w + the life of a lease) in any interval of length w, by the time of admission. Strict: burst + rate·w, every request counted at the moment of its charge,
 * which lies between its coming and its admission. Where requests come with different figures, each set of figures has its own bound.
 */
function bucketOvershoot({ cells, admitted }: Era, at: number, clocksMs: number): number {
  return Math.max(
    ...cells.filter(isTokenBucket).map((cell) => {
      const own = admitted.filter((admission) => sameFigures(admission.cells[at] as Cell, cell))
      const leased = leakOf(usesOf(own, at), cell, LEASE_MS + clocksMs)
      if (cell.strict !== true) return leased
      const charged = usesOf(own, at, ({ chargedMs, atMs }) => chargedMs ?? atMs).toSorted((a, b) => a.atMs - b.atMs)
      return Math.max(leased, leakOf(charged, cell, clocksMs))
    }),
  )
}

/** The limit in any window of length w; where figures differ or were changed, the highest limit in the shortest window too. */
function slidingOvershoot(eras: readonly Era<SlidingWindowCell>[], at: number, clocksMs: number): number {
  return Math.max(
    ...[eras, eras.slice(-1)].map((some) => {
      const cells = some.flatMap(({ cells }) => cells)
      const windowMs = Math.min(...cells.map(({ windowMs }) => windowMs)) - clocksMs
      const uses = some.flatMap(({ admitted }) => usesOf(admitted, at))
      return mostWithin(uses, windowMs) - Math.max(...cells.map(({ limit }) => limit))
    }),
  )
}

/**
 * The limit in each calendar window, a request counted in the one in which it came, by the clock of its isolate. Where the calendar was changed, what was admitted by
 * another window that overlaps and is not over counts too, if it was used after the beginning of this one.
 */
function fixedOvershoot(eras: readonly Era<FixedWindowCell>[], at: number, clocksMs: number): number {
  const all = eras.flatMap(({ admitted }) => admitted)
  const last = eras.at(-1)
  const lastMs = all.at(-1)?.atMs ?? 0
  const isMixed = eras.some(({ cells }) => cells.length > 1)
  const highest = Math.max(...eras.flatMap(({ cells }) => cells.map(({ limit }) => limit)))
  const windows = new Map(last?.admitted.map(({ cells }) => [(cells[at] as FixedWindowCell).windowStartMs, cells[at] as FixedWindowCell]))
  return Math.max(
    ...[...windows.values()].map(({ limit, windowStartMs, windowEndMs }) => {
      const counted = all.filter(({ cells, atMs }) => {
        const other = cells[at] as FixedWindowCell
        if (other.windowStartMs === windowStartMs && other.windowEndMs === windowEndMs) return true
        const overlaps = other.windowStartMs < windowEndMs && other.windowEndMs > windowStartMs && other.windowEndMs + GRACE_MS > lastMs + clocksMs
        return overlaps && !isMixed && atMs >= windowStartMs + clocksMs
      })
      return usesOf(counted, at).reduce((sum, { count }) => sum + count, 0) - (isMixed ? highest : limit)
    }),
  )
}

/** The limit at any moment. What was admitted is in flight until it is over, and no longer than `maxMs` after it came. */
function concurrencyOvershoot(eras: readonly Era<ConcurrencyCell>[], at: number, clocksMs: number): number {
  const last = eras.at(-1)
  const fromMs = last?.admitted[0]?.atMs ?? Number.POSITIVE_INFINITY
  const limit = Math.max(...(last?.cells ?? []).map(({ limit }) => limit))
  const changes = eras.flatMap(({ admitted }) =>
    admitted.flatMap(({ cells, cost, askedMs, atMs, endMs }): Use[] => {
      const cell = cells[at] as ConcurrencyCell
      const overMs = Math.min(endMs, askedMs + cell.maxMs - clocksMs)
      const count = cost * weightOf(cell)
      return overMs <= atMs
        ? []
        : [
            { atMs, count },
            { atMs: overMs, count: -count },
          ]
    }),
  )
  let inFlight = 0
  let most = 0
  // What ends makes room for what begins in the same millisecond.
  for (const { atMs, count } of changes.toSorted((a, b) => a.atMs - b.atMs || a.count - b.count)) {
    inFlight += count
    if (atMs >= fromMs && count > 0) most = Math.max(most, inFlight)
  }
  return most - limit
}

function usesOf(admitted: readonly Admission[], at: number, timeOf = ({ atMs }: Admission) => atMs): Use[] {
  return admitted.map((admission) => ({ atMs: timeOf(admission), count: (admission.cost - admission.returned) * weightOf(admission.cells[at] as Cell) }))
}

/**
 * @param uses the earliest first.
 * @returns by how many tokens the worst interval of length w exceeds burst + rate·(w + slack).
 * Of all intervals at once: the level of a leaking bucket that uses fill is the most that any interval ending there used beyond rate·w.
 */
export function leakOf(uses: readonly Use[], bucket: { readonly tokens: number; readonly periodMs: number; readonly burst: number }, slackMs: number): number {
  let level = 0
  let highest = 0
  let lastMs = uses[0]?.atMs ?? 0
  // In tokens times periodMs: whole numbers.
  for (const { atMs, count } of uses) {
    level = Math.max(0, level - (atMs - lastMs) * bucket.tokens) + count * bucket.periodMs
    lastMs = atMs
    if (level > highest) highest = level
  }
  return (highest - bucket.burst * bucket.periodMs - slackMs * bucket.tokens) / bucket.periodMs
}

/** @param uses the earliest first. @returns the most that is used in any window of that length. */
function mostWithin(uses: readonly Use[], windowMs: number): number {
  let [most, sum, first] = [0, 0, 0]
  for (const { atMs, count } of uses) {
    sum += count
    for (let oldest = uses[first]; oldest !== undefined && oldest.atMs <= atMs - windowMs; oldest = uses[++first]) sum -= oldest.count
    most = Math.max(most, sum)
  }
  return most
}
