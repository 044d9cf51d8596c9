import type { Clock, LocationCache, ObjectCaller, Revocations } from '../core/ports.ts'
import type { KeptRevocation, Revocable, Revocation, RevocationSubject, Staleness } from '../core/revocation.ts'
import { Known } from './known.ts'
import {
  type FindMessage,
  type LiftMessage,
  type ListMessage,
  type ListReply,
  MESSAGE_VERSION,
  type RevokeMessage,
  readFindReply,
  readSnapshotReply,
  type SnapshotMessage,
} from './message.ts'
import { MAX_FAIL_AFTER_MS, Near } from './near.ts'

/** A ledger that has not answered by then counts as out of reach. */
export const BUDGET_MS = 1000
/** A ledger that is out of reach is asked again after this, not by every request. */
export const COOLDOWN_MS = 1000

/** A refresh that has not come back by then is given up by those who wait for it: its request may be gone. */
const LOST_AFTER_MS = 3 * BUDGET_MS
const WAIT_MS = 10

/** The ledger, as an isolate asks it: a Durable Object's stub. */
export interface LedgerOwner {
  snapshot(message: SnapshotMessage): Promise<unknown>
  find(message: FindMessage): Promise<unknown>
  revoke(message: RevokeMessage): Promise<void>
  lift(message: LiftMessage): Promise<void>
  list(message: ListMessage): Promise<ListReply>
}

/** What an isolate's copy needs from outside. */
export interface IsolateLedgerParts {
  readonly clock: Clock
  readonly location: LocationCache
  /** The ledger's name, for what the location keeps of it. */
  readonly name: string
  /** @returns a stub; each call makes its own. */
  owner(): LedgerOwner
  /** Tells the operator of an outage. */
  notice(detail: string): void
}

/** Nobody can know what is revoked: an outage, never the credential's fault. */
export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable'
}

/**
 * One isolate's copy of the ledger. A request is judged by the copy while that is young enough; past half of its staleness the copy is refreshed behind the request, past all of it
 * the request waits. Requests share data and never promises.
 */
export class IsolateLedger implements Revocations {
  readonly #parts: IsolateLedgerParts
  readonly #near: Near
  #known: Known | undefined
  #failedAt = Number.NEGATIVE_INFINITY
  /** Set while a refresh is under way. Plain data: a request that waits for it looks again and again, with timers of its own. */
  #refreshing: { readonly sinceMs: number } | undefined

  constructor(parts: IsolateLedgerParts) {
    this.#parts = parts
    this.#near = new Near(parts.location, parts.clock, parts.name)
  }

  find(revocable: Revocable, staleness: Staleness, caller: ObjectCaller): string | undefined | Promise<string | undefined> {
    const { maxStalenessMs } = staleness
    if (maxStalenessMs === 0) return this.#ask(revocable, caller)
    const now = this.#parts.clock.now()
    const ageMs = this.#ageMs(now)
    if (this.#known === undefined || ageMs > maxStalenessMs) return this.#findWaiting(revocable, staleness, caller)
    if (ageMs > maxStalenessMs / 2 && !this.#isRefreshing(now) && !this.#isCooling(now)) void this.#refreshBehind(maxStalenessMs / 2, caller)
    return this.#judge(this.#known, revocable, caller)
  }

  async revoke(revocations: readonly Revocation[]): Promise<void> {
    await this.#parts.owner().revoke({ v: MESSAGE_VERSION, revocations: [...revocations] })
    await this.#refreshFromOwner()
  }

  async lift(subjects: readonly RevocationSubject[]): Promise<void> {
    await this.#parts.owner().lift({ v: MESSAGE_VERSION, subjects: [...subjects] })
    await this.#refreshFromOwner()
  }

  async list(after: RevocationSubject | undefined, limit: number): Promise<readonly KeptRevocation[]> {
    const { revocations } = await this.#parts.owner().list({ v: MESSAGE_VERSION, limit, ...(after !== undefined && { after: { ...after } }) })
    return revocations
  }

  #judge(known: Known, revocable: Revocable, caller: ObjectCaller): string | undefined | Promise<string | undefined> {
    const found = known.judge(revocable, this.#parts.clock.now())
    return found === true ? this.#ask(revocable, caller) : found
  }

  async #findWaiting(revocable: Revocable, { maxStalenessMs, failAfterMs }: Staleness, caller: ObjectCaller): Promise<string | undefined> {
    const { clock } = this.#parts
    for (const startMs = clock.now(); ; ) {
      const now = clock.now()
      if (this.#known !== undefined && this.#ageMs(now) <= maxStalenessMs) return await this.#judge(this.#known, revocable, caller)
      if (this.#isCooling(now) || now - startMs > LOST_AFTER_MS) break
      if (this.#isRefreshing(now)) await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
      else await this.#refreshBehind(maxStalenessMs / 2, caller)
    }
    const known = this.#known
    if (known === undefined || this.#ageMs(clock.now()) > failAfterMs) throw new LedgerUnavailable('nobody can know what is revoked')
    return await this.#judge(known, revocable, caller)
  }

  async #ask({ names, issuedAtMs }: Revocable, { meter }: ObjectCaller): Promise<string | undefined> {
    meter.objectCalls++
    const { found } = readFindReply(await inTime(this.#parts.owner().find({ v: MESSAGE_VERSION, names: [...names], issuedAtMs })))
    return found
  }

  /** The refresh goes on when its request is aborted: others may wait for what it brings. */
  #refreshBehind(maxAgeMs: number, caller: ObjectCaller): Promise<void> {
    const refreshing = this.#refresh(maxAgeMs, caller)
    caller.background.waitUntil(refreshing)
    return refreshing
  }

  async #refresh(maxAgeMs: number, { meter }: ObjectCaller): Promise<void> {
    const mine = { sinceMs: this.#parts.clock.now() }
    this.#refreshing = mine
    try {
      const near = await this.#near.read(this.#known, maxAgeMs)
      if (near !== undefined) this.#adopt(near)
      else {
        meter.objectCalls++
        await this.#refreshFromOwner()
      }
    } catch (error) {
      this.#failedAt = this.#parts.clock.now()
      this.#parts.notice(String(error))
      // Older than one would like: how much of that a route bears is for the route to say.
      const old = await this.#near.read(this.#known, MAX_FAIL_AFTER_MS)
      if (old !== undefined) this.#adopt(old)
    } finally {
      if (this.#refreshing === mine) this.#refreshing = undefined
    }
  }

  async #refreshFromOwner(): Promise<void> {
    const askedAtMs = this.#parts.clock.now()
    const before = this.#known
    const reply = await inTime(
      this.#parts.owner().snapshot({ v: MESSAGE_VERSION, ...(before !== undefined && { known: { epoch: before.epoch, version: before.version } }) }),
    )
    const known = Known.from(readSnapshotReply(reply), before, askedAtMs)
    if (known === undefined) throw new LedgerUnavailable('the ledger answered with changes of something else')
    this.#failedAt = Number.NEGATIVE_INFINITY
    this.#adopt(known)
    await this.#near.write(known, before?.epoch !== known.epoch || before?.version !== known.version)
  }

  /** What comes late must not replace what is newer. */
  #adopt(known: Known): void {
    if (known.asOfMs >= (this.#known?.asOfMs ?? Number.NEGATIVE_INFINITY)) this.#known = known
  }

  #ageMs(nowMs: number): number {
    return nowMs - (this.#known?.asOfMs ?? Number.NEGATIVE_INFINITY)
  }

  #isRefreshing(nowMs: number): boolean {
    return this.#refreshing !== undefined && nowMs - this.#refreshing.sinceMs < LOST_AFTER_MS
  }

  #isCooling(nowMs: number): boolean {
    return nowMs - this.#failedAt < COOLDOWN_MS
  }
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new LedgerUnavailable(`the ledger did not answer within ${BUDGET_MS} ms`)), BUDGET_MS)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
