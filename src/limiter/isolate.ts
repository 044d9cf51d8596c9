import type { Cell, Clock, LimitCaller, Limiter, LimitRequest, LimitVerdict } from '../core/ports.ts'
import { Lru } from '../lib/lru.ts'
import { LEASE_MS } from './algorithm.ts'
import { Demand } from './demand.ts'
import { isLeasable, sameFigures } from './figures.ts'
import { Leases } from './lease.ts'
import { type GiveBackMessage, MESSAGE_VERSION, type ReleaseMessage, readTakeReply, type TakeMessage } from './message.ts'
import { Standing } from './standing.ts'

/** The object that owns the cells, as one request reaches it. */
export interface Owner {
  take(message: TakeMessage): Promise<unknown>
  giveBack(message: GiveBackMessage): Promise<unknown>
  release(message: ReleaseMessage): Promise<unknown>
}

/** What the limiter of an isolate needs from outside. */
export interface IsolateSettings {
  readonly clock: Clock
  /** @returns a number from 0, below 1. */
  readonly random: () => number
  /** The isolate's own name, by which objects tell leaseholders apart; it means nothing else. */
  readonly name: () => string
  /** @returns the owner of that name, for one call. */
  readonly owner: (name: string) => Owner
}

/** How many keys an isolate remembers, and about how many bytes that may take. A key that was forgotten asks again. */
const MEMORY = { maxEntries: 10_000, maxBytes: 12 * 1024 * 1024 }
/** About what a key takes beside its name. */
const ENTRY_BYTES = 768
/** The most tokens of one lease. */
const MAX_LEASE = 10_000
/** A key that is expected to want fewer within a lease's life waits for its tokens: what is fetched ahead of it would mostly expire. */
const REFILL_FROM = 2

/** What an isolate knows of one key: of all the cells that its requests take from. Data only: requests share no promises. */
class Entry {
  readonly cells: readonly Cell[]
  readonly standing: Standing
  readonly leases = new Leases()
  readonly demand: Demand
  readonly isLeasable: boolean
  /** Somebody is fetching a lease; should that request have come to its end, others may from then on. */
  fetchingUntilMs = Number.NEGATIVE_INFINITY

  constructor(cells: readonly Cell[], demand: Demand, random: () => number) {
    this.cells = cells
    this.demand = demand
    this.standing = new Standing(cells, random)
    this.isLeasable = cells.every(isLeasable)
  }
}

/**
 * The limiter of one isolate: spends leases and believes denials where it can, and asks the owner where it must. A key asks for as many tokens as it is expected to spend
 * within the life of a lease: for one, if it is cold. A call of which the outcome is not known throws: it may have been charged, and is not tried again.
 */
export class IsolateLimiter implements Limiter {
  readonly #settings: IsolateSettings
  readonly #entries = new Lru<Entry>(MEMORY)

  constructor(settings: IsolateSettings) {
    this.#settings = settings
  }

  take(request: LimitRequest, caller: LimitCaller): readonly LimitVerdict[] | Promise<readonly LimitVerdict[]> {
    const { cost, refundable } = request
    const nowMs = this.#settings.clock.now()
    const entry = this.#entryOf(request)
    entry.demand.note(cost, nowMs)
    const lease = entry.isLeasable ? entry.leases.spend(cost, nowMs) : undefined
    if (lease === undefined) return entry.standing.denial(cost, refundable === true, nowMs) ?? this.#ask(entry, request, caller, cost, nowMs)
    if (entry.leases.isLow() && nowMs >= entry.fetchingUntilMs && !entry.standing.isQuiet(nowMs) && entry.demand.within(LEASE_MS, nowMs) >= REFILL_FROM) {
      caller.background.waitUntil(this.#refill(entry, request, caller, nowMs))
    }
    return entry.standing.admission(entry.leases.left(nowMs), lease.chargedMs, nowMs)
  }

  giveBack(request: LimitRequest, [verdict]: readonly LimitVerdict[], amount: number, { background, meter }: LimitCaller): void {
    const { owner, cells } = request
    const chargedMs = verdict?.chargedMs
    if (chargedMs === undefined || amount < 1) return
    if (this.#entries.get(keyOf(request))?.leases.putBack(amount, chargedMs, this.#settings.clock.now())) return
    meter.objectCalls++
    background.waitUntil(settled(() => this.#settings.owner(owner).giveBack({ v: MESSAGE_VERSION, cells, count: amount, chargedMs })))
  }

  release({ owner, cells, slot }: LimitRequest, { background, meter }: LimitCaller): void {
    if (slot === undefined) return
    meter.objectCalls++
    background.waitUntil(settled(() => this.#settings.owner(owner).release({ v: MESSAGE_VERSION, cells, slot })))
  }

  #entryOf(request: LimitRequest): Entry {
    const { cells } = request
    const key = keyOf(request)
    const known = this.#entries.get(key)
    if (known !== undefined && cells.every((cell, i) => sameFigures(cell, known.cells[i] as Cell))) return known
    const entry = new Entry(cells, known?.demand ?? new Demand(), this.#settings.random)
    this.#entries.set(key, entry, ENTRY_BYTES + 4 * key.length)
    return entry
  }

  /** @param spent how many of the tokens the request itself needs; what is granted beyond them is leased. */
  async #ask(
    entry: Entry,
    { owner, cells, cost, slot, refundable }: LimitRequest,
    { meter }: LimitCaller,
    spent: number,
    sentMs: number,
  ): Promise<readonly LimitVerdict[]> {
    const isFetching = entry.isLeasable && sentMs >= entry.fetchingUntilMs
    const wanted = isFetching ? Math.max(cost, wantedOf(entry.demand.within(LEASE_MS, sentMs))) : cost
    if (wanted > cost) entry.fetchingUntilMs = sentMs + LEASE_MS
    const returns = entry.leases.takeExpired(sentMs)
    meter.objectCalls++
    entry.standing.claim(cost)
    try {
      const reply = await this.#settings.owner(owner).take({
        v: MESSAGE_VERSION,
        cost,
        cells,
        ...(entry.isLeasable && { want: wanted, holder: this.#settings.name() }),
        ...(returns.length > 0 && { returns }),
        ...(slot !== undefined && { slot }),
        ...(refundable === true && { refundable }),
      })
      const { verdicts, granted } = readTakeReply(reply, cells.length)
      const receivedMs = this.#settings.clock.now()
      entry.standing.heard(verdicts, cost, sentMs, receivedMs)
      if (granted !== undefined && granted > spent) {
        entry.leases.add({ left: granted - spent, size: granted, untilMs: sentMs + LEASE_MS, chargedMs: verdicts[0]?.chargedMs }, receivedMs)
      }
      if (granted === 0 && spent > 0 && entry.isLeasable) {
        // Tokens may have come for another request meanwhile: they are as good for this one.
        const lease = entry.leases.spend(spent, receivedMs)
        if (lease !== undefined) return entry.standing.admission(entry.leases.left(receivedMs), lease.chargedMs, receivedMs)
      }
      return verdicts
    } finally {
      entry.standing.settled(cost)
      if (wanted > cost) entry.fetchingUntilMs = Number.NEGATIVE_INFINITY
    }
  }

  /** Fetches a lease behind a request: its failure is nobody's, and the next request that finds nothing asks itself. */
  #refill(entry: Entry, request: LimitRequest, caller: LimitCaller, nowMs: number): Promise<void> {
    return settled(() => this.#ask(entry, { ...request, cost: 1 }, caller, 0, nowMs))
  }
}

/** What is expected, and a little more where that is little: an unspent token is given back with the next question, a missing one is a question more. */
function wantedOf(expected: number): number {
  return Math.min(MAX_LEASE, Math.ceil(expected + Math.min(1, expected / 2)))
}

function keyOf({ owner, cells }: LimitRequest): string {
  if (cells.length === 1) return `${owner.length}:${owner}${(cells[0] as Cell).id}`
  let key = `${owner.length}:${owner}`
  for (const { id } of cells) key += `${id.length}:${id}`
  return key
}

async function settled(call: () => Promise<unknown>): Promise<void> {
  try {
    await call()
  } catch {
    // Nobody waits for it: what was not given back stays charged, and a slot that was not released runs out.
  }
}
