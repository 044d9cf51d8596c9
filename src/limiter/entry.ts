import type { Cell, LimitRequest } from '../core/limit.ts'
import { LEASE_MS } from './algorithm.ts'
import type { Demand } from './demand.ts'
import { capacityOf, isLeasable, sameFigures, weightOf } from './figures.ts'
import { Leases } from './lease.ts'
import { Standing } from './standing.ts'

/** About what a key takes beside its name, and each of its cells. */
const ENTRY_BYTES = 512
const CELL_BYTES = 256

/** The most tokens of one lease. */
const MAX_LEASE = 10_000
/** The most cost that is fetched beyond what is expected, where a cell holds 50; less, where it holds less. */
const MAX_SPARE = 2
const SPARE_PART = 25

/** What an isolate knows of one key: of all the cells that its requests take from. Data only: requests share no promises. */
export class Entry {
  readonly cells: readonly Cell[]
  readonly standing: Standing
  readonly leases = new Leases()
  readonly demand: Demand
  readonly isLeasable: boolean
  readonly #spare: number
  /** Somebody is fetching a lease; should that request have come to its end, others may from then on. */
  fetchingUntilMs = Number.NEGATIVE_INFINITY

  constructor(cells: readonly Cell[], demand: Demand, random: () => number) {
    this.cells = cells
    this.demand = demand
    this.standing = new Standing(cells, random)
    this.isLeasable = cells.every(isLeasable)
    this.#spare = cells.reduce((least, cell) => Math.min(least, capacityOf(cell) / weightOf(cell) / SPARE_PART), MAX_SPARE)
  }

  /** @returns the cost to expect within the life of a lease, and a little more where there is much: what is not spent is given back with the next question, what is missing is one more. */
  wanted(nowMs: number): number {
    const expected = this.demand.within(LEASE_MS, nowMs)
    return Math.min(MAX_LEASE, Math.ceil(expected + Math.min(expected, this.#spare)))
  }

  /** About how much memory it takes under that name. */
  bytes(key: string): number {
    return ENTRY_BYTES + CELL_BYTES * this.cells.length + 4 * key.length
  }

  /** @returns whether these cells, which have its name, are counted by the figures that it knows. */
  isOf(cells: readonly Cell[]): boolean {
    for (let i = 0; i < cells.length; i++) if (!sameFigures(cells[i] as Cell, this.cells[i] as Cell)) return false
    return true
  }
}

/** The name of what is known of the cells that a request takes from, as they weigh. */
export function keyOf({ owner, cells }: LimitRequest): string {
  const [cell] = cells
  // Each form is like none of the others, whatever the names.
  if (cells.length === 1 && cell !== undefined) {
    return weightOf(cell) === 1 ? `${owner.length}:${owner}${cell.id}` : `*${cell.weight}:${owner.length}:${owner}${cell.id}`
  }
  let key = `+${owner.length}:${owner}`
  for (const { id, weight } of cells) key += weight === undefined || weight === 1 ? `${id.length}:${id}` : `*${weight}:${id.length}:${id}`
  return key
}
