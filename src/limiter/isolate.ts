import type { LimitRequest, LimitVerdict } from '../core/limit.ts'
import type { Clock, Limiter, ObjectCaller } from '../core/ports.ts'
import { Lru } from '../lib/lru.ts'
import { LEASE_MS } from './algorithm.ts'
import { type Timer, within } from './budget.ts'
import { Demand } from './demand.ts'
import { Entry, keyOf } from './entry.ts'
import { type GiveBackMessage, type ReleaseMessage, readTakeReply, type TakeMessage, versionOf } from './message.ts'
import { LimiterTimeout, LimiterUnavailable, Outages } from './outages.ts'

/** The object that owns the cells, as one request reaches it. */
export interface Owner {
  take(message: TakeMessage): Promise<unknown>
  giveBack(message: GiveBackMessage): Promise<unknown>
  release(message: ReleaseMessage): Promise<unknown>
}

/** What the limiter of an isolate needs from outside. */
export interface IsolateSettings {
  readonly clock: Clock
  /** Ends the waiting for an owner that does not answer in time. */
  readonly timer: Timer
  /** @returns a number from 0, below 1. */
  readonly random: () => number
  /** The isolate's own name, by which objects tell leaseholders apart; it means nothing else. */
  readonly name: () => string
  /** @returns the owner of that name, for one call. */
  readonly owner: (name: string) => Owner
}

/** How many keys an isolate remembers, and about how many bytes that may take. A key that was forgotten asks again. */
const MEMORY = { maxEntries: 10_000, maxBytes: 12 * 1024 * 1024 }
/** A key that is expected to want fewer within a lease's life waits for its tokens: what is fetched ahead of it would mostly expire. */
const REFILL_FROM = 2

/** A question on its way. */
interface Question {
  readonly entry: Entry
  readonly request: LimitRequest
  readonly caller: ObjectCaller
  readonly sentMs: number
  /** How much of what is granted the request itself needs; what is granted beyond is leased. */
  readonly spent: number
}

/**
 * The limiter of one isolate: spends leases and believes denials where it can, and asks the owner where it must. A key asks for as many tokens as it is expected to spend
 * within the life of a lease: for one, if it is cold. A call of which the outcome is not known throws: it may have been charged, and is not tried again.
 */
export class IsolateLimiter implements Limiter {
  readonly #settings: IsolateSettings
  readonly #entries = new Lru<Entry>(MEMORY)
  readonly #outages: Outages

  constructor(settings: IsolateSettings) {
    this.#settings = settings
    this.#outages = new Outages(settings.random)
  }

  /** How many keys are remembered, and about how many bytes they take. */
  get memory(): { readonly keys: number; readonly bytes: number } {
    return { keys: this.#entries.size, bytes: this.#entries.bytes }
  }

  /**
   * @throws {LimiterTimeout} when the owner does not answer in time; whether it charged is not known.
   * @throws {LimiterUnavailable} at once, when it did not a moment ago.
   */
  take(request: LimitRequest, caller: ObjectCaller): readonly LimitVerdict[] | Promise<readonly LimitVerdict[]> {
    const { cost, owner } = request
    const nowMs = this.#settings.clock.now()
    const entry = this.#entryOf(request)
    const { standing, leases } = entry
    entry.demand.note(cost, nowMs)
    const lease = entry.isLeasable ? leases.spend(cost, nowMs) : undefined
    if (lease === undefined) {
      const isRefundable = request.refundable === true
      const denial = standing.denial(cost, isRefundable, nowMs)
      if (denial !== undefined && (standing.isBelieved(isRefundable, nowMs) || this.#outages.isOut(owner, nowMs))) return denial
      if (!this.#outages.mayAsk(owner, nowMs)) throw new LimiterUnavailable()
      return this.#ask({ entry, request, caller, sentMs: nowMs, spent: cost })
    }
    if (leases.isLow() && nowMs >= entry.fetchingUntilMs && !standing.isQuiet(nowMs) && entry.demand.within(LEASE_MS, nowMs) >= REFILL_FROM) {
      // Behind the request: its failure is nobody's, and the next request that finds nothing asks itself.
      if (this.#outages.mayAsk(owner, nowMs))
        caller.background.waitUntil(settled(() => this.#ask({ entry, request: { ...request, cost: 1 }, caller, sentMs: nowMs, spent: 0 })))
    }
    return standing.admission(leases.left(nowMs), lease.chargedMs, nowMs)
  }

  giveBack(request: LimitRequest, [verdict]: readonly LimitVerdict[], amount: number, { background, meter }: ObjectCaller): void {
    const { owner, cells } = request
    const chargedMs = verdict?.chargedMs
    if (chargedMs === undefined || amount < 1) return
    const nowMs = this.#settings.clock.now()
    const known = this.#entries.get(keyOf(request))
    // The next calendar window's leases are not of this charge, whatever their times.
    const leases = known?.isOf(cells) ? known.leases : undefined
    if (leases?.putBack(amount, chargedMs, nowMs)) return
    // An owner that is out of reach gets it with the next question, or not at all.
    if (this.#outages.isOut(owner, nowMs)) {
      leases?.owe({ count: amount, chargedMs })
      return
    }
    meter.objectCalls++
    background.waitUntil(settled(() => this.#settings.owner(owner).giveBack({ v: versionOf(cells), cells, count: amount, chargedMs })))
  }

  release(request: LimitRequest, caller: ObjectCaller): void {
    // The slot of an owner that is out of reach ends by itself.
    if (!this.#outages.isOut(request.owner, this.#settings.clock.now())) this.#release(request, caller)
  }

  #release({ owner, cells, slot }: LimitRequest, { background, meter }: ObjectCaller): void {
    if (slot === undefined) return
    meter.objectCalls++
    background.waitUntil(settled(() => this.#settings.owner(owner).release({ v: versionOf(cells), cells, slot })))
  }

  #entryOf(request: LimitRequest): Entry {
    const { cells } = request
    const key = keyOf(request)
    const known = this.#entries.get(key)
    if (known?.isOf(cells)) return known
    const entry = new Entry(cells, known?.demand ?? new Demand(), this.#settings.random)
    this.#entries.set(key, entry, entry.bytes(key))
    return entry
  }

  async #ask(question: Question): Promise<readonly LimitVerdict[]> {
    const { entry, request, caller, sentMs } = question
    const { owner, cost } = request
    const isFetching = entry.isLeasable && sentMs >= entry.fetchingUntilMs
    const wanted = isFetching ? Math.max(cost, entry.wanted(sentMs)) : cost
    if (wanted > cost) entry.fetchingUntilMs = sentMs + LEASE_MS
    const message = this.#messageOf(question, wanted)
    caller.meter.objectCalls++
    entry.standing.claim(cost)
    let call: Promise<unknown> | undefined
    try {
      call = this.#settings.owner(owner).take(message)
      const reply = await within(Math.min(request.budgetMs ?? LEASE_MS, LEASE_MS), call, this.#settings.timer)
      this.#outages.answered(owner)
      return this.#heard(question, reply)
    } catch (error) {
      this.#outages.failed(owner, error, this.#settings.clock.now())
      if (error instanceof LimiterTimeout) caller.background.waitUntil(settled(async () => this.#heardLate(question, await call)))
      throw error
    } finally {
      entry.standing.settled(cost)
      if (wanted > cost) entry.fetchingUntilMs = Number.NEGATIVE_INFINITY
    }
  }

  #messageOf({ entry, request, sentMs }: Question, want: number): TakeMessage {
    const { cells, cost, slot, refundable } = request
    const returns = entry.leases.takeExpired(sentMs)
    return {
      v: versionOf(cells),
      cost,
      cells,
      ...(entry.isLeasable && { want, holder: this.#settings.name() }),
      ...(returns.length > 0 && { returns }),
      ...(slot !== undefined && { slot }),
      ...(refundable === true && { refundable }),
    }
  }

  /** Takes in an answer, and what it leases. @returns the verdicts for the request that waits for it. */
  #heard({ entry, request, sentMs, spent }: Question, reply: unknown): readonly LimitVerdict[] {
    const { standing, leases } = entry
    const { verdicts, granted } = readTakeReply(reply, request.cells.length)
    const nowMs = this.#settings.clock.now()
    standing.heard(verdicts, request.cost, sentMs, nowMs, granted !== undefined && granted > request.cost)
    const chargedMs = verdicts[0]?.chargedMs
    const isMore = granted !== undefined && granted > spent
    if (isMore) leases.add({ left: granted - spent, size: granted, untilMs: sentMs + LEASE_MS, chargedMs }, nowMs)
    if (standing.isBanned) leases.end()
    else if (isMore && entry.isLeasable) return standing.admission(leases.left(nowMs), chargedMs, nowMs)
    else if (granted === 0 && spent > 0 && entry.isLeasable) {
      // Tokens may have come for another request meanwhile: they are as good for this one.
      const lease = leases.spend(spent, nowMs)
      if (lease !== undefined) return standing.admission(leases.left(nowMs), lease.chargedMs, nowMs)
    }
    return verdicts
  }

  /** Takes in an answer that came when its request had been given up: what it charged is for others, or goes back. */
  #heardLate(question: Question, reply: unknown): void {
    const { request, caller } = question
    const verdicts = this.#heard({ ...question, spent: 0 }, reply)
    if (verdicts.every(({ admitted }) => admitted)) this.#release(request, caller)
  }
}

async function settled(call: () => Promise<unknown>): Promise<void> {
  try {
    await call()
  } catch {
    // Nobody waits for it: what was not given back stays charged, and a slot that was not released runs out.
  }
}
