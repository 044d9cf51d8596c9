import type { CellRow } from '../../src/limiter/algorithm.ts'
import { CellOwner } from '../../src/limiter/owner.ts'

/** What a network and a platform do to calls, as opposed to a mistake in the code. */
export class Mishap extends Error {}

/** What an object keeps: everything that it wrote, or, for showing what that is good for, nothing that outlives its memory. */
export type Keeping = 'storage' | 'memory'

/** After so long without a call the platform forgets an object's memory. */
const HIBERNATION_MS = 10_000

/** One instance of the object, in the memory of one machine with a clock of its own. A stale one still runs, but what it writes is refused, and that ends it. */
export class Instance {
  /** By how much its clock is ahead. */
  skewMs: number
  isDead = false
  #rows: Map<string, CellRow>
  readonly #keeping: Keeping
  readonly #onWrite: () => void
  #owner: CellOwner
  #calledMs: number
  #isStale = false

  constructor(rows: Map<string, CellRow>, keeping: Keeping, skewMs: number, trueMs: number, onWrite: () => void) {
    this.#rows = rows
    this.#keeping = keeping
    this.skewMs = skewMs
    this.#calledMs = trueMs
    this.#onWrite = onWrite
    this.#owner = this.#newOwner()
  }

  /** Where the next instance starts from. */
  get rows(): Map<string, CellRow> {
    return this.#keeping === 'storage' ? this.#rows : new Map()
  }

  /** Another instance has taken over: from now on this one reads what it knew, and its writes are refused. */
  cutOff(): void {
    this.#isStale = true
    this.#rows = new Map(this.#rows)
  }

  /** @returns what that call does. @throws {Mishap} when the instance is gone, or goes by it. */
  call<T>(work: (owner: CellOwner, nowMs: number) => T, trueMs: number): T {
    if (trueMs - this.#calledMs >= HIBERNATION_MS) this.#hibernate()
    if (this.isDead) throw new Mishap('the object broke off')
    this.#calledMs = trueMs
    return work(this.#owner, trueMs + this.skewMs)
  }

  #hibernate(): void {
    if (this.#isStale) this.isDead = true
    this.#rows = this.rows
    this.#owner = this.#newOwner()
  }

  #newOwner(): CellOwner {
    return new CellOwner({
      read: (id) => this.#rows.get(id),
      write: (id, row) => {
        if (this.#isStale && this.#keeping === 'storage') {
          this.isDead = true
          throw new Mishap('storage is owned by another instance')
        }
        this.#onWrite()
        this.#rows.set(id, row)
      },
    })
  }
}
