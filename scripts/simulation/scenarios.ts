import type { BanFigures, TokenBucketCell } from '../../src/core/limit.ts'
import { type CellRow, LEASE_MS } from '../../src/limiter/algorithm.ts'
import { CellOwner } from '../../src/limiter/owner.ts'
import { leakOf } from './bounds.ts'
import { randomOf } from './events.ts'
import { World } from './world.ts'

/** Steady traffic on one key: independent requests, spread evenly over isolates. */
export interface Scenario {
  readonly name: string
  readonly tokens: number
  readonly periodMs: number
  readonly burst: number
  readonly requestsPerSecond: number
  readonly isolates: number
  readonly ban?: BanFigures
  readonly strict?: boolean
}

/** What it cost. */
export interface ScenarioResult {
  readonly name: string
  /** All calls, those that brought a denial too. */
  readonly callsPer1000Allowed: number
  /** All calls, those that brought an admission too; 0 for traffic below its limit, of which none is denied. */
  readonly callsPer1000Denied: number
  /** Rows that were written by calls that brought an admission, or a denial. */
  readonly rowsPer1000Allowed: number
  readonly rowsPer1000Denied: number
  /** Requests that one exact central counter, asked for each, had admitted and this did not, less the tokens that can still be had at the end. */
  readonly falseDenials: number
  /** What was admitted, of what that counter had admitted. */
  readonly utilisation: number
  /** By how many tokens the worst interval exceeds the bound. */
  readonly overshoot: number
}

const PER_SECOND = { tokens: 100, periodMs: 1000, burst: 100 }
const PER_MINUTE = { tokens: 100, periodMs: 60_000, burst: 100 }
const BAN: BanFigures = { after: 3, withinMs: 600_000, forMs: 600_000, maxMs: 86_400_000 }

/** The tables of the documentation: limit, load, isolates. A limit of n a second or minute has a burst of n here. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'allowed: limit 1000/s, load 800/s, 20 isolates', tokens: 1000, periodMs: 1000, burst: 1000, requestsPerSecond: 800, isolates: 20 },
  { name: 'allowed: limit 100/s, load 80/s, 1 isolate', ...PER_SECOND, requestsPerSecond: 80, isolates: 1 },
  { name: 'allowed: limit 100/s, load 80/s, 8 isolates', ...PER_SECOND, requestsPerSecond: 80, isolates: 8 },
  { name: 'allowed: limit 100/s, load 95/s, 8 isolates', ...PER_SECOND, requestsPerSecond: 95, isolates: 8 },
  { name: 'allowed: limit 100/s, load 80/s, 100 isolates', ...PER_SECOND, requestsPerSecond: 80, isolates: 100 },
  { name: 'allowed: limit 100/min, load 1/s, 1 isolate', ...PER_MINUTE, requestsPerSecond: 1, isolates: 1 },
  { name: 'denied: limit 100/min, load 1000/s, 1 isolate', ...PER_MINUTE, requestsPerSecond: 1000, isolates: 1 },
  { name: 'denied: limit 100/min, load 1000/s, 40 isolates', ...PER_MINUTE, requestsPerSecond: 1000, isolates: 40 },
  { name: 'denied: limit 100/s, load 400/s (4x), 8 isolates', ...PER_SECOND, requestsPerSecond: 400, isolates: 8 },
  { name: 'banned: limit 100/min, load 1000/s, 40 isolates, after 3 episodes', ...PER_MINUTE, requestsPerSecond: 1000, isolates: 40, ban: BAN },
]

const WARM_UP_MS = 60_000
const MEASURED_MS = 120_000
const LEAST_MEASURED = 1000
const ROUND_TRIP_MS = 20

/** Lets the scenario run: after a minute, in which it comes into its stride, two are measured, or as many as it takes for a thousand requests. */
export async function runScenario(scenario: Scenario, seed = 1): Promise<ScenarioResult> {
  const { name, requestsPerSecond, isolates, ...figures } = scenario
  const { tokens, periodMs } = figures
  const cell: TokenBucketCell = { id: 'a', ...figures }
  const world = new World({ seed, isolates, cells: [() => [cell]], latencyMs: [ROUND_TRIP_MS / 2, ROUND_TRIP_MS / 2] })
  const random = randomOf(seed + 1000)
  const central = new Central(cell)
  const endMs = world.events.nowMs + WARM_UP_MS + Math.max(MEASURED_MS, (LEAST_MEASURED * 1000) / requestsPerSecond)
  let exactMs = world.events.nowMs
  const arrive = () => {
    world.request(Math.floor(random() * isolates), 1)
    central.request(world.events.nowMs)
    exactMs += (-Math.log(1 - random()) * 1000) / requestsPerSecond
    if (exactMs < endMs) world.events.in(exactMs - world.events.nowMs, arrive)
  }
  arrive()
  let before = { calls: 0, rows: 0, rowsOfDenials: 0, denied: 0, admitted: 0, ideal: 0 }
  const counts = () => ({
    calls: world.calls,
    rows: world.rowsWritten,
    rowsOfDenials: world.rowsOfDenials,
    denied: world.denied,
    admitted: world.admitted.length,
    ideal: central.admitted,
  })
  world.events.in(WARM_UP_MS, () => {
    before = counts()
  })
  let after = before
  let onHand = 0
  world.events.in(endMs - world.events.nowMs + 2 * ROUND_TRIP_MS, () => {
    after = counts()
    // What is still there at the end can be had by whoever comes next: nobody was refused for it in vain.
    onHand = Math.max(0, world.drain() - central.available(world.events.nowMs))
  })
  await world.run()
  const [calls, rows, rowsOfDenials, denied, admitted, ideal] = [
    after.calls - before.calls,
    after.rows - before.rows,
    after.rowsOfDenials - before.rowsOfDenials,
    after.denied - before.denied,
    after.admitted - before.admitted,
    after.ideal - before.ideal,
  ]
  const isDenied = requestsPerSecond * periodMs > tokens * 1000
  const per = (count: number, of: number) => (of === 0 ? 0 : round((count * 1000) / of))
  return {
    name,
    callsPer1000Allowed: per(calls, admitted),
    callsPer1000Denied: isDenied ? per(calls, denied) : 0,
    rowsPer1000Allowed: per(rows - rowsOfDenials, admitted),
    rowsPer1000Denied: isDenied ? per(rowsOfDenials, denied) : 0,
    falseDenials: Math.max(0, ideal - admitted - onHand),
    utilisation: round(admitted / ideal),
    overshoot: Math.max(
      0,
      leakOf(
        world.admitted.map(({ atMs, cost }) => ({ atMs, count: cost })),
        cell,
        LEASE_MS,
      ),
    ),
  }
}

/** The counter itself, asked for every request at once: what no limiter can do better than. */
class Central {
  readonly #cell: TokenBucketCell
  readonly #rows = new Map<string, CellRow>()
  readonly #owner = new CellOwner({ read: (id) => this.#rows.get(id), write: (id, row) => void this.#rows.set(id, row) })
  admitted = 0

  constructor(cell: TokenBucketCell) {
    this.#cell = cell
  }

  available(nowMs: number): number {
    return this.#owner.describe({ v: 1, cells: [this.#cell] }, nowMs).cells[0]?.remaining ?? 0
  }

  request(nowMs: number): void {
    if (this.#owner.take({ v: 1, cells: [this.#cell], cost: 1 }, nowMs).granted !== 0) this.admitted++
  }
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
