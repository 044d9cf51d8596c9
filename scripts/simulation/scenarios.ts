import type { TokenBucketCell } from '../../src/core/ports.ts'
import { LEASE_MS } from '../../src/limiter/algorithm.ts'
import { randomOf } from './events.ts'
import { overshootOf, World } from './world.ts'

/** Steady traffic on one key: independent requests, spread evenly over isolates. */
export interface Scenario {
  readonly name: string
  readonly tokens: number
  readonly periodMs: number
  readonly burst: number
  readonly requestsPerSecond: number
  readonly isolates: number
}

/** What it cost. */
export interface ScenarioResult {
  readonly name: string
  /** All calls, those that brought a denial too. */
  readonly callsPer1000Allowed: number
  /** All calls, those that brought an admission too; 0 for traffic below its limit, of which none is denied. */
  readonly callsPer1000Denied: number
  readonly rowsPer1000Allowed: number
  /** Rows that were written by calls that brought a denial. */
  readonly rowsPer1000Denied: number
  /** Requests that one exact central bucket had admitted and this did not, less the tokens that are still there at the end. */
  readonly falseDenials: number
  /** What was admitted, of what one exact central bucket had admitted. */
  readonly utilisation: number
  /** By how many tokens the worst interval exceeds the bound. */
  readonly overshoot: number
}

/** The tables of the documentation. A limit of n a second or minute has a burst of n here, unless its name says otherwise. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'allowed: 800/s of 1000/s, 20 isolates', tokens: 1000, periodMs: 1000, burst: 1000, requestsPerSecond: 800, isolates: 20 },
  { name: 'allowed: 80/s of 100/s, 1 isolate', tokens: 100, periodMs: 1000, burst: 100, requestsPerSecond: 80, isolates: 1 },
  { name: 'allowed: 80/s of 100/s, 8 isolates', tokens: 100, periodMs: 1000, burst: 100, requestsPerSecond: 80, isolates: 8 },
  { name: 'allowed: 95/s of 100/s, 8 isolates', tokens: 100, periodMs: 1000, burst: 100, requestsPerSecond: 95, isolates: 8 },
  { name: 'allowed: 80/s of 100/s, 100 isolates', tokens: 100, periodMs: 1000, burst: 100, requestsPerSecond: 80, isolates: 100 },
  { name: 'allowed: 1/s of 100/min, 1 isolate', tokens: 100, periodMs: 60_000, burst: 100, requestsPerSecond: 1, isolates: 1 },
  { name: 'denied: 1000/s on 100/min, 1 isolate', tokens: 100, periodMs: 60_000, burst: 100, requestsPerSecond: 1000, isolates: 1 },
  { name: 'denied: 1000/s on 100/min, 40 isolates', tokens: 100, periodMs: 60_000, burst: 100, requestsPerSecond: 1000, isolates: 40 },
  { name: 'denied: 400/s on 100/s, 8 isolates', tokens: 100, periodMs: 1000, burst: 100, requestsPerSecond: 400, isolates: 8 },
]

const WARM_UP_MS = 60_000
const MEASURED_MS = 120_000
/** A round trip of 20 ms. */
const LATENCY_MS = [10, 10] as const

/** Lets the scenario run: after a minute, in which it comes into its stride, two are measured. */
export async function runScenario(scenario: Scenario, seed = 1): Promise<ScenarioResult> {
  const { name, tokens, periodMs, burst, requestsPerSecond, isolates } = scenario
  const cell: TokenBucketCell = { id: 'a', tokens, periodMs, burst }
  const world = new World({ seed, isolates, cells: [cell], latencyMs: LATENCY_MS })
  const random = randomOf(seed + 1000)
  const central = new Central(cell, world.events.nowMs)
  const endMs = world.events.nowMs + WARM_UP_MS + MEASURED_MS
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
  await world.run()
  const after = counts()
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
  // What is still in the cell at the end can be had by whoever comes next: nobody was refused for it in vain.
  const onHand = Math.max(0, world.available() - central.available(world.events.nowMs))
  return {
    name,
    callsPer1000Allowed: per(calls, admitted),
    callsPer1000Denied: isDenied ? per(calls, denied) : 0,
    rowsPer1000Allowed: per(rows, admitted),
    rowsPer1000Denied: isDenied ? per(rowsOfDenials, denied) : 0,
    falseDenials: Math.max(0, ideal - admitted - onHand),
    utilisation: round(admitted / ideal),
    overshoot: Math.max(0, overshootOf(world.admitted, cell, LEASE_MS)),
  }
}

/** One exact bucket that is asked for every request at once: what no limiter can do better than. */
class Central {
  readonly #cell: TokenBucketCell
  #level: number
  #atMs: number
  admitted = 0

  constructor(cell: TokenBucketCell, nowMs: number) {
    this.#cell = cell
    this.#level = cell.burst
    this.#atMs = nowMs
  }

  available(nowMs: number): number {
    return Math.floor(this.#refilled(nowMs))
  }

  request(nowMs: number): void {
    this.#level = this.#refilled(nowMs)
    this.#atMs = nowMs
    if (this.#level < 1) return
    this.#level--
    this.admitted++
  }

  #refilled(nowMs: number): number {
    return Math.min(this.#cell.burst, this.#level + ((nowMs - this.#atMs) * this.#cell.tokens) / this.#cell.periodMs)
  }
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
