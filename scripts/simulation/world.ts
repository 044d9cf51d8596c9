import type { Cell, LimitRequest, LimitVerdict } from '../../src/core/limit.ts'
import type { ObjectCaller } from '../../src/core/ports.ts'
import { IsolateLimiter, type Owner } from '../../src/limiter/isolate.ts'
import { readGiveBackMessage, readReleaseMessage, readTakeMessage } from '../../src/limiter/message.ts'
import { LimiterTimeout, LimiterUnavailable } from '../../src/limiter/outages.ts'
import type { CellOwner } from '../../src/limiter/owner.ts'
import type { Admission } from './admission.ts'
import { Events, randomOf } from './events.ts'
import { Instance, type Keeping, Mishap } from './instance.ts'

/** What requests take from, by the clocks of their isolates. Of several ways the requests take now this and now that, as in a gradual deployment. */
export type Cells = readonly ((nowMs: number) => readonly Cell[])[]

/** How a simulated world is made. */
export interface WorldSettings {
  readonly seed: number
  readonly isolates: number
  readonly cells: Cells
  /** One way, least and most, in milliseconds. */
  readonly latencyMs: readonly [number, number]
  readonly keeping?: Keeping
  /** How long a request waits for the object. */
  readonly budgetMs?: number | undefined
}

/** How a request goes on that was admitted. */
export interface Course {
  /** How much of its cost it gives back at its end. */
  readonly needless: number
  /** How long it takes. */
  readonly lastsMs: number
}

/** One isolate, with a clock that is compared with nobody's. */
interface Isolate {
  readonly limiter: IsolateLimiter
  readonly skewMs: number
}

/** Arbitrary, but not near any round number. */
const START_MS = Date.UTC(2026, 1, 3, 4, 5, 6, 789)
const MAX_ISOLATE_SKEW_MS = 10_000
const BRIEF: Course = { needless: 0, lastsMs: 0 }

/** Isolates, a network and one object that own limits together, on the code that ships: only clocks, storage and network are simulated. */
export class World {
  readonly events = new Events(START_MS)
  readonly random: () => number
  readonly admitted: Admission[] = []
  /** The cells at the start and after each change of their figures, in all ways. */
  readonly eras: (readonly (readonly Cell[])[])[] = []
  denied = 0
  failed = 0
  calls = 0
  rowsWritten = 0
  rowsOfDenials = 0
  /** The next so many replies, or requests, do not arrive. */
  lostReplies = 0
  lostRequests = 0

  readonly #settings: WorldSettings
  #cells: Cells = []
  #instance: Instance
  #stale: Instance | undefined
  readonly #isolates: Isolate[]
  readonly #caller: ObjectCaller = { meter: { objectCalls: 0 }, background: { waitUntil: () => {} } }
  #names = 0
  /** When the object last charged for the request that is asking now. */
  #charge: { atMs: number | undefined } = { atMs: undefined }
  #mistake: unknown

  constructor(settings: WorldSettings) {
    this.#settings = settings
    this.random = randomOf(settings.seed)
    this.change(settings.cells)
    this.#instance = this.#newInstance(new Map(), 0)
    this.#isolates = Array.from({ length: settings.isolates }, () => this.#newIsolate())
  }

  /** Lets everything happen. @throws what no mishap explains. */
  async run(): Promise<void> {
    await this.events.run()
    if (this.#mistake !== undefined) throw this.#mistake
  }

  /** A request comes to an isolate now. */
  request(at: number, cost: number, course = BRIEF): void {
    const isolate = this.#isolates[at % this.#isolates.length] as Isolate
    const cells = this.#cellsAt(this.events.nowMs + isolate.skewMs)
    const hasSlot = cells.some(({ algorithm }) => algorithm === 'concurrency')
    const request: LimitRequest = {
      owner: 'o',
      cells,
      cost,
      ...(hasSlot && { slot: `slot ${this.#names++}` }),
      ...(course.needless > 0 && { refundable: true }),
      ...(this.#settings.budgetMs !== undefined && { budgetMs: this.#settings.budgetMs }),
    }
    const asked = { cells, cost, era: this.eras.length - 1, askedMs: this.events.nowMs }
    const charge: { atMs: number | undefined } = { atMs: undefined }
    this.#charge = charge
    const decided = (verdicts: readonly LimitVerdict[]) => {
      if (!verdicts.every(({ admitted }) => admitted)) {
        this.denied++
        return
      }
      const admission: Admission = { ...asked, chargedMs: charge.atMs, atMs: this.events.nowMs, returned: 0, endMs: Number.POSITIVE_INFINITY }
      this.admitted.push(admission)
      if (hasSlot || course.needless > 0) this.events.in(course.lastsMs, () => this.#end(isolate, request, verdicts, admission, course.needless))
    }
    const failed = (error: unknown) => {
      if (error instanceof Mishap || error instanceof LimiterTimeout || error instanceof LimiterUnavailable) this.failed++
      else this.#mistake ??= error
    }
    try {
      const verdicts = isolate.limiter.take(request, this.#caller)
      if (verdicts instanceof Promise) verdicts.then(decided, failed)
      else decided(verdicts)
    } catch (error) {
      failed(error)
    }
  }

  /** From now on the same cells are asked for with other figures. */
  change(cells: Cells): void {
    this.#cells = cells
    this.eras.push(cells.map((cellsAt) => cellsAt(this.events.nowMs)))
  }

  /** The object's memory is lost, between two calls or, for the calls on the way, in the middle of them. */
  crash(skewMs = 0): void {
    this.#instance.isDead = true
    this.#instance = this.#newInstance(this.#instance.rows, skewMs)
  }

  /** A second instance takes over, while the first goes on for those that know it. */
  split(skewMs = 0): void {
    this.#stale = this.#instance
    this.#instance = this.#newInstance(this.#instance.rows, skewMs)
    this.#stale.cutOff()
  }

  /** The clock of the object is set. */
  setClock(skewMs: number): void {
    this.#instance.skewMs = skewMs
  }

  /** An isolate ends, with its requests and what it had leased; another takes its place. */
  restartIsolate(at: number): void {
    this.#isolates[at % this.#isolates.length] = this.#newIsolate()
  }

  /** @returns how many tokens of the first cell can be had now: those that the object has, and those that isolates leased, which are spent by this. */
  drain(): number {
    const left = this.#instance.call((owner, nowMs) => {
      const cells = this.#cellsAt(nowMs).slice(0, 1)
      return owner.describe({ v: 1, cells: [...cells] }, nowMs).cells[0]?.remaining ?? 0
    }, this.events.nowMs)
    const before = this.admitted.length
    for (let at = 0; at < this.#isolates.length; at++) {
      for (let had = -1; had < this.admitted.length; ) {
        had = this.admitted.length
        this.request(at, 1)
      }
    }
    return left + this.admitted.length - before
  }

  #cellsAt(nowMs: number): readonly Cell[] {
    const cellsAt = this.#cells.length === 1 ? this.#cells[0] : this.#cells[Math.floor(this.random() * this.#cells.length)]
    return cellsAt?.(nowMs) ?? []
  }

  #end(isolate: Isolate, request: LimitRequest, verdicts: readonly LimitVerdict[], admission: Admission, needless: number): void {
    admission.endMs = this.events.nowMs
    // What ended with its isolate tells nobody.
    if (!this.#isolates.includes(isolate)) return
    if (request.slot !== undefined) isolate.limiter.release(request, this.#caller)
    if (needless === 0) return
    admission.returned = needless
    isolate.limiter.giveBack(request, verdicts, needless, this.#caller)
  }

  #newIsolate(): Isolate {
    const name = `isolate ${this.#names++}`
    const skewMs = Math.floor((2 * this.random() - 1) * MAX_ISOLATE_SKEW_MS)
    const limiter = new IsolateLimiter({
      clock: { now: () => this.events.nowMs + skewMs },
      timer: (ms, run) =>
        this.events.in(ms, () => {
          run()
          this.events.isAwaited = true
        }),
      random: this.random,
      name: () => name,
      owner: () => this.#connection(),
    })
    return { limiter, skewMs }
  }

  #newInstance(rows: Instance['rows'], skewMs: number): Instance {
    return new Instance(rows, this.#settings.keeping ?? 'storage', skewMs, this.events.nowMs, () => void this.rowsWritten++)
  }

  #connection(): Owner {
    return {
      take: (message) => {
        const charge = this.#charge
        return this.#call((owner, nowMs) => {
          const before = this.rowsWritten
          const reply = owner.take(readTakeMessage(structuredClone(message)), nowMs)
          if (reply.granted === 0) this.rowsOfDenials += this.rowsWritten - before
          charge.atMs = this.events.nowMs
          return reply
        })
      },
      giveBack: (message) => this.#call((owner, nowMs) => owner.giveBack(readGiveBackMessage(structuredClone(message)), nowMs)),
      release: (message) => this.#call((owner, nowMs) => owner.release(readReleaseMessage(structuredClone(message)), nowMs)),
    }
  }

  #call(work: (owner: CellOwner, nowMs: number) => unknown): Promise<unknown> {
    this.calls++
    const instance = this.#stale !== undefined && !this.#stale.isDead && this.random() < 0.5 ? this.#stale : this.#instance
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        this.events.in(this.#latency(), () => {
          end()
          this.events.isAwaited = true
        })
      }
      this.events.in(this.#latency(), () => {
        if (this.lostRequests > 0) {
          this.lostRequests--
          return settle(() => reject(new Mishap('lost on the way')))
        }
        let reply: unknown
        try {
          reply = instance.call(work, this.events.nowMs)
        } catch (error) {
          if (!(error instanceof Mishap)) this.#mistake ??= error
          return settle(() => reject(error))
        }
        if (this.lostReplies > 0) {
          this.lostReplies--
          return settle(() => reject(new Mishap('lost on the way back')))
        }
        // What left the object before it broke off may still arrive.
        settle(() => (instance.isDead && this.random() < 0.5 ? reject(new Mishap('the object broke off')) : resolve(structuredClone(reply))))
      })
    })
  }

  #latency(): number {
    const [least, most] = this.#settings.latencyMs
    return least + this.random() * (most - least)
  }
}
