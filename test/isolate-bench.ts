import type { Cell, LimitRequest } from '../src/core/limit.ts'
import { IsolateLimiter } from '../src/limiter/isolate.ts'
import { readGiveBackMessage, readReleaseMessage, readTakeMessage, type TakeMessage } from '../src/limiter/message.ts'
import { CellOwner } from '../src/limiter/owner.ts'
import { bucketCell, MemoryRows } from './limiter-memory.ts'

export const START = Date.UTC(2026, 0, 1)
/** A bucket that is leased. */
export const CELL = bucketCell('a', 100, 1000, 100)

/** One isolate and the real owner of its cells, in a time of their own. Calls take no time unless a test holds them. */
export class IsolateBench {
  now = START
  readonly rows = new MemoryRows()
  readonly asked: TakeMessage[] = []
  readonly givenBack: number[] = []
  readonly released: string[] = []
  readonly behind: Promise<unknown>[] = []
  /** Replaces the object's answer. */
  answer: ((message: TakeMessage) => unknown) | undefined
  /** What a call waits for before it arrives, and before its answer arrives. */
  onTheWay: Promise<void> = Promise.resolve()
  onTheWayBack: Promise<void> = Promise.resolve()
  readonly caller = { meter: { objectCalls: 0 }, background: { waitUntil: (task: Promise<unknown>) => void this.behind.push(task) } }
  readonly owner = new CellOwner(this.rows)
  readonly limiter = this.isolate('one')
  readonly #timers = new Map<() => void, number>()

  isolate(name: string): IsolateLimiter {
    return new IsolateLimiter({
      clock: { now: () => this.now },
      timer: (ms, run) => {
        this.#timers.set(run, this.now + ms)
        return () => this.#timers.delete(run)
      },
      random: () => 0,
      name: () => name,
      owner: () => ({
        take: async (message) => {
          this.asked.push(message)
          // As they are now: who comes later may have to wait.
          const [way, wayBack] = [this.onTheWay, this.onTheWayBack]
          await way
          const reply = this.answer === undefined ? this.owner.take(readTakeMessage(message), this.now) : this.answer(message)
          await wayBack
          return reply
        },
        giveBack: (message) => {
          this.givenBack.push(message.count)
          return Promise.resolve(this.owner.giveBack(readGiveBackMessage(message), this.now))
        },
        release: (message) => {
          this.released.push(message.slot)
          return Promise.resolve(this.owner.release(readReleaseMessage(message), this.now))
        },
      }),
    })
  }

  /** How many requests are being waited for with a timer. */
  get timers(): number {
    return this.#timers.size
  }

  /** Lets so much time pass, and the timers that are due by then. */
  pass(ms: number): void {
    this.now += ms
    for (const [run, atMs] of this.#timers) {
      if (atMs > this.now) continue
      this.#timers.delete(run)
      run()
    }
  }

  take(cell: Cell = CELL, cost = 1, limiter = this.limiter) {
    return limiter.take(request(cell, cost), this.caller)
  }

  async admits(cell?: Cell, cost?: number, limiter?: IsolateLimiter): Promise<boolean> {
    return (await this.take(cell, cost, limiter)).every(({ admitted }) => admitted)
  }

  /** Makes the key hot: ten requests a second for two seconds. */
  async warm(cell: Cell = CELL): Promise<void> {
    for (let i = 0; i < 20; i++) {
      this.now += 100
      await this.take(cell)
    }
    await Promise.all(this.behind)
  }
}

/** A request for one cell. */
export function request(cell: Cell, cost = 1): LimitRequest {
  return { owner: 'o', cells: [cell], cost }
}

/** Something to wait for, until it is let go. */
export function held(): { readonly promise: Promise<void>; readonly letGo: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { promise, letGo: resolve }
}
