import type { CellRow, Counter, OpenCounter } from '../src/limiter/algorithm.ts'

/** An object that counts the cell, with the row as it last saw it. */
interface Instance<C> {
  cell: C
  counter: Counter
  row: CellRow | undefined
}

/** One cell with its storage, and the objects that count it: the one that may write, and those that were cut off and do not know it yet. */
export class CounterWorld<C> {
  rows = 0
  readonly #open: OpenCounter<C>
  #cell: C
  #owner: Instance<C>
  #stale: Instance<C>[] = []

  constructor(open: OpenCounter<C>, cell: C, nowMs: number) {
    this.#open = open
    this.#cell = cell
    this.#owner = { cell, counter: open(cell, undefined, nowMs), row: undefined }
  }

  /** The counter that may write. */
  get owner(): Counter {
    return this.#owner.counter
  }

  /** What is stored. */
  get row(): CellRow | undefined {
    return this.#owner.row
  }

  /** The object forgets everything; the former one goes on if it is only cut off. */
  restart(nowMs: number, isCutOff = false): void {
    if (isCutOff) this.#stale.push(this.#owner)
    this.#owner = this.#opened(this.#owner, nowMs)
  }

  /** From now on the same cell is asked for with other figures. */
  change(cell: C, nowMs: number): void {
    this.#cell = cell
    if (this.#owner.cell !== cell) this.#owner = this.#opened(this.#owner, nowMs)
  }

  /** @returns whether it was admitted. @param stale asks this one of the objects that were cut off; what it would have to write first, it cannot say. */
  take(count: number, nowMs: number, leaseMs = 0, slot = '', stale?: number): boolean {
    const instance = this.#at(nowMs, stale)
    if (instance === undefined || instance.counter.available(nowMs) < count) return false
    instance.counter.take(count, nowMs, leaseMs, slot)
    return this.#save(instance, nowMs)
  }

  giveBack(count: number, chargedMs: number, nowMs: number, stale?: number): void {
    const instance = this.#at(nowMs, stale)
    instance?.counter.giveBack(count, chargedMs, nowMs)
    if (instance !== undefined) this.#save(instance, nowMs)
  }

  release(slot: string, nowMs: number, stale?: number): void {
    const instance = this.#at(nowMs, stale)
    instance?.counter.release(slot, nowMs)
    if (instance !== undefined) this.#save(instance, nowMs)
  }

  #opened({ row }: Instance<C>, nowMs: number): Instance<C> {
    return { cell: this.#cell, counter: this.#open(this.#cell, row, nowMs), row }
  }

  #at(nowMs: number, stale: number | undefined): Instance<C> | undefined {
    const instance = stale === undefined ? this.#owner : this.#stale.at(stale)
    if (instance !== undefined && instance.cell !== this.#cell) Object.assign(instance, this.#opened(instance, nowMs))
    return instance
  }

  #save(instance: Instance<C>, nowMs: number): boolean {
    const row = instance.counter.unsaved(nowMs)
    if (row === undefined) return true
    if (instance !== this.#owner) {
      // Its write fails, and with it the object.
      this.#stale = this.#stale.filter((other) => other !== instance)
      return false
    }
    instance.row = row
    this.rows++
    return true
  }
}
