import type { Cell, LimitCaller, LimitRequest, LimitVerdict } from '../../src/core/ports.ts'
import type { CellRow } from '../../src/limiter/algorithm.ts'
import { IsolateLimiter, type Owner } from '../../src/limiter/isolate.ts'
import { readGiveBackMessage, readReleaseMessage, readTakeMessage } from '../../src/limiter/message.ts'
import { CellOwner } from '../../src/limiter/owner.ts'
import { Events, randomOf } from './events.ts'

/** What an object keeps: everything that it wrote, or, for showing what that is good for, nothing that outlives its memory. */
export type Keeping = 'storage' | 'memory'

/** How a simulated world is made. */
export interface WorldSettings {
  readonly seed: number
  readonly isolates: number
  readonly cells: readonly Cell[]
  /** One way, least and most, in milliseconds. */
  readonly latencyMs: readonly [number, number]
  readonly keeping?: Keeping
}

/** A request that was admitted, and what it cost after all. */
export interface Admission {
  readonly atMs: number
  cost: number
}

/** What a network and a platform do to calls, as opposed to a mistake in the code. */
class Mishap extends Error {}

/** Arbitrary, but not near any round number. */
const START_MS = Date.UTC(2026, 1, 3, 4, 5, 6, 789)

/** One instance of the object, in the memory of one machine with a clock of its own. A stale one still runs, but what it writes is refused, and that ends it. */
class Instance {
  readonly owner: CellOwner
  readonly skewMs: number
  isStale = false
  isDead = false

  constructor(rows: Map<string, CellRow>, skewMs: number, onWrite: () => void) {
    this.skewMs = skewMs
    this.owner = new CellOwner({
      read: (id) => rows.get(id),
      write: (id, row) => {
        if (this.isStale) {
          this.isDead = true
          throw new Mishap('storage is owned by another instance')
        }
        onWrite()
        rows.set(id, row)
      },
    })
  }
}

/** Isolates, a network and one object that own limits together, on the code that ships: only clocks, storage and network are simulated. */
export class World {
  readonly events = new Events(START_MS)
  readonly random: () => number
  readonly admitted: Admission[] = []
  denied = 0
  failed = 0
  calls = 0
  rowsWritten = 0
  rowsOfDenials = 0
  /** The next so many replies, or requests, do not arrive. */
  lostReplies = 0
  lostRequests = 0

  readonly #settings: WorldSettings
  #rows = new Map<string, CellRow>()
  #instance: Instance
  #stale: Instance | undefined
  readonly #isolates: IsolateLimiter[]
  readonly #caller: LimitCaller = { meter: { objectCalls: 0 }, background: { waitUntil: () => {} } }
  #names = 0
  #mistake: unknown

  constructor(settings: WorldSettings) {
    this.#settings = settings
    this.random = randomOf(settings.seed)
    this.#instance = this.#newInstance(0)
    this.#isolates = Array.from({ length: settings.isolates }, () => this.#newIsolate())
  }

  /** Lets everything happen. @throws what no mishap explains. */
  async run(): Promise<void> {
    await this.events.run()
    if (this.#mistake !== undefined) throw this.#mistake
  }

  /** A request comes to an isolate now. @param needless how much of its cost it gives back, and after what time. */
  request(isolate: number, cost: number, needless?: { readonly count: number; readonly afterMs: number }): void {
    const limiter = this.#isolates[isolate % this.#isolates.length] as IsolateLimiter
    const request: LimitRequest = { owner: 'o', cells: this.#settings.cells, cost, ...(needless !== undefined && { refundable: true }) }
    const verdicts = limiter.take(request, this.#caller)
    if (verdicts instanceof Promise) {
      verdicts.then(
        (found) => this.#decided(limiter, request, found, needless),
        (error) => {
          if (error instanceof Mishap) this.failed++
          else this.#mistake ??= error
        },
      )
    } else this.#decided(limiter, request, verdicts, needless)
  }

  /** The object's memory is lost, between two calls or, for the calls on the way, in the middle of them. */
  crash(skewMs = 0): void {
    this.#instance.isDead = true
    if (this.#settings.keeping === 'memory') this.#rows = new Map()
    this.#instance = this.#newInstance(skewMs)
  }

  /** A second instance takes over, while the first goes on for those that know it. */
  split(skewMs = 0): void {
    this.#instance.isStale = true
    this.#stale = this.#instance
    if (this.#settings.keeping === 'memory') this.#rows = new Map()
    this.#instance = this.#newInstance(skewMs)
  }

  /** An isolate ends, and with it what it had leased; another takes its place. */
  restartIsolate(isolate: number): void {
    this.#isolates[isolate % this.#isolates.length] = this.#newIsolate()
  }

  /** Asks the object itself. @returns how many whole tokens of the first cell are there. */
  available(): number {
    const [cell] = this.#settings.cells
    if (cell === undefined) return 0
    const reply = this.#instance.owner.take({ v: 1, cells: [cell], cost: 1 }, this.#objectNow(this.#instance))
    return (reply.verdicts[0]?.remaining ?? 0) + (reply.granted ?? 0)
  }

  #decided(
    limiter: IsolateLimiter,
    request: LimitRequest,
    verdicts: readonly LimitVerdict[],
    needless?: { readonly count: number; readonly afterMs: number },
  ): void {
    if (!verdicts.every(({ admitted }) => admitted)) {
      this.denied++
      return
    }
    const admission: Admission = { atMs: this.events.nowMs, cost: request.cost }
    this.admitted.push(admission)
    if (needless === undefined) return
    this.events.in(needless.afterMs, () => {
      admission.cost -= needless.count
      limiter.giveBack(request, verdicts, needless.count, this.#caller)
    })
  }

  #newIsolate(): IsolateLimiter {
    const name = `isolate ${this.#names++}`
    // Clocks of isolates are compared with nobody's.
    const skewMs = Math.floor(this.random() * 20_000) - 10_000
    return new IsolateLimiter({
      clock: { now: () => this.events.nowMs + skewMs },
      random: this.random,
      name: () => name,
      owner: () => this.#connection(),
    })
  }

  #newInstance(skewMs: number): Instance {
    return new Instance(this.#rows, skewMs, () => void this.rowsWritten++)
  }

  #objectNow({ skewMs }: Instance): number {
    return this.events.nowMs + skewMs
  }

  #connection(): Owner {
    return {
      take: (message) =>
        this.#call((owner, nowMs) => {
          const before = this.rowsWritten
          const reply = owner.take(readTakeMessage(structuredClone(message)), nowMs)
          if (reply.granted === 0) this.rowsOfDenials += this.rowsWritten - before
          return reply
        }),
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
          if (instance.isDead) throw new Mishap('the object broke off')
          reply = work(instance.owner, this.#objectNow(instance))
        } catch (error) {
          return settle(() => reject(error))
        }
        if (this.lostReplies > 0) {
          this.lostReplies--
          return settle(() => reject(new Mishap('lost on the way back')))
        }
        settle(() => (instance.isDead ? reject(new Mishap('the object broke off')) : resolve(structuredClone(reply))))
      })
    })
  }

  #latency(): number {
    const [least, most] = this.#settings.latencyMs
    return least + this.random() * (most - least)
  }
}

/**
 * @returns by how many tokens the worst interval exceeds what its bound admits: burst + rate·(w + slack) for a token bucket. 0 or less: none does.
 * Of all intervals at once: the level of a leaking bucket that admissions fill is the most that any interval ending there admitted beyond rate·w.
 */
export function overshootOf(
  admitted: readonly Admission[],
  bucket: { readonly tokens: number; readonly periodMs: number; readonly burst: number },
  slackMs: number,
): number {
  let level = 0
  let highest = 0
  let lastMs = admitted[0]?.atMs ?? 0
  // In tokens times periodMs: whole numbers.
  for (const { atMs, cost } of admitted) {
    level = Math.max(0, level - (atMs - lastMs) * bucket.tokens) + cost * bucket.periodMs
    lastMs = atMs
    if (level > highest) highest = level
  }
  return (highest - bucket.burst * bucket.periodMs - slackMs * bucket.tokens) / bucket.periodMs
}
