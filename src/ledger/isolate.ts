import type { Clock, LocationCache, ObjectCaller, Revocations, RuntimeRules } from '../core/ports.ts'
import type { KeptRevocation, Revocable, Revocation, RevocationSubject, Staleness } from '../core/revocation.ts'
import type { RulesInForce } from '../core/runtime-rule.ts'
import { isWithin } from '../lib/age.ts'
import { inTime } from '../lib/in-time.ts'
import { Outage } from '../lib/outage.ts'
import { pause } from '../lib/pause.ts'
import { BelievedCopy } from './believed-copy.ts'
import { IsolateRules, type RulesOwner } from './isolate-rules.ts'
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
import { type Dated, MAX_FAIL_AFTER_MS, Near } from './near.ts'

/** A ledger that has not answered by then counts as out of reach. */
export const BUDGET_MS = 1000
/** A ledger that is out of reach is asked again after this, not by every request. */
export const COOLDOWN_MS = 1000

/** What an operator does may take longer than a request. */
const OPERATION_BUDGET_MS = 10 * BUDGET_MS

/** A refresh that has not come back by then is given up by those who wait for it: its request may be gone. */
const LOST_AFTER_MS = 3 * BUDGET_MS
const WAIT_MS = 10

/** The ledger, as an isolate asks it: a Durable Object's stub. */
export interface LedgerOwner extends RulesOwner {
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

/** What the ledger itself said of a credential, in some version of it. */
interface Answered {
  readonly by: Known
  readonly found: string | undefined
}

/**
 * One isolate's copy of the ledger. A request is judged by the copy while that is young enough; past half of its staleness the copy is refreshed behind the request, past all of it
 * the request waits. Requests share data and never promises.
 */
export class IsolateLedger implements Revocations {
  /** The rules of the same copy. */
  readonly runtime: RuntimeRules = new IsolateRules({
    rules: (staleness, caller) => this.#rules(staleness, caller),
    operate: (work) => this.#operate(work),
    change: (work) => this.#change(work),
  })
  readonly #parts: IsolateLedgerParts
  readonly #near: Near
  readonly #copy: BelievedCopy
  readonly #outage = new Outage(COOLDOWN_MS)
  /** Set while a refresh is under way. Plain data: a request that waits for it looks again and again, with timers of its own. */
  #refreshing: { readonly sinceMs: number } | undefined
  /** What was asked because a filter could not tell. It holds while that filter does, and goes with the credential. */
  readonly #answered = new WeakMap<Revocable, Answered>()

  constructor(parts: IsolateLedgerParts) {
    this.#parts = parts
    this.#near = new Near(parts.location, parts.clock, parts.name)
    this.#copy = new BelievedCopy(parts.clock)
  }

  find(revocable: Revocable, staleness: Staleness, caller: ObjectCaller): string | undefined | Promise<string | undefined> {
    if (staleness.maxStalenessMs === 0) return this.#ask(revocable, caller)
    const known = this.#fresh(staleness, caller)
    return known === undefined ? this.#findWaiting(revocable, staleness, caller) : this.#judge(known, revocable, caller)
  }

  async revoke(revocations: readonly Revocation[]): Promise<void> {
    await this.#change((owner) => owner.revoke({ v: MESSAGE_VERSION, revocations: [...revocations] }))
  }

  async lift(subjects: readonly RevocationSubject[]): Promise<void> {
    await this.#change((owner) => owner.lift({ v: MESSAGE_VERSION, subjects: [...subjects] }))
  }

  async list(after: RevocationSubject | undefined, limit: number): Promise<readonly KeptRevocation[]> {
    const page = await this.#operate((owner) => owner.list({ v: MESSAGE_VERSION, limit, ...(after !== undefined && { after: { ...after } }) }))
    return page.revocations
  }

  /** @returns what is known, where it is young enough to be judged by at once. */
  #fresh({ maxStalenessMs, failAfterMs }: Staleness, caller: ObjectCaller): Known | undefined {
    const now = this.#parts.clock.now()
    const ageMs = this.#copy.ageMs(now)
    // While the ledger is out of reach, one request at a time tries it; the others do not wait for that where they may be judged without.
    const maxAgeMs = this.#outage.isOut(now) && (this.#outage.isCooling(now) || this.#isRefreshing(now)) ? failAfterMs : maxStalenessMs
    if (this.#copy.known === undefined || ageMs > maxAgeMs) return undefined
    if (ageMs > maxStalenessMs / 2 && !this.#isRefreshing(now) && !this.#outage.isCooling(now)) void this.#refreshBehind(maxStalenessMs / 2, caller)
    return this.#copy.known
  }

  #rules(staleness: Staleness, caller: ObjectCaller): RulesInForce | Promise<RulesInForce> {
    const known = staleness.maxStalenessMs === 0 ? undefined : this.#fresh(staleness, caller)
    return known === undefined ? this.#rulesWaiting(staleness, caller) : this.#copy.rulesOf(known)
  }

  async #rulesWaiting(staleness: Staleness, caller: ObjectCaller): Promise<RulesInForce> {
    const known = staleness.maxStalenessMs === 0 ? await this.#askForAll(caller) : await this.#wait(staleness, caller)
    return this.#copy.rulesOf(known)
  }

  /** Asks the ledger itself, as each request does that bears no copy. */
  async #askForAll({ meter }: ObjectCaller): Promise<Known> {
    if (this.#outage.isCooling(this.#parts.clock.now())) throw new LedgerUnavailable('the ledger was out of reach a moment ago')
    meter.objectCalls++
    try {
      const [{ known }] = await this.#refreshFromOwner()
      return known
    } catch (error) {
      this.#fail(error)
      throw error
    }
  }

  #operate<T>(work: (owner: LedgerOwner) => Promise<T>): Promise<T> {
    return answered(work(this.#parts.owner()), OPERATION_BUDGET_MS)
  }

  async #change<T>(work: (owner: LedgerOwner) => Promise<T>): Promise<T> {
    const done = await this.#operate(work)
    await this.#learn()
    return done
  }

  /** Takes in what was done. The ledger has it, whether that can be heard from it at once or not: what was known before is worth nothing then. */
  async #learn(): Promise<void> {
    try {
      await this.#near.write(...(await this.#refreshFromOwner()))
    } catch (error) {
      this.#copy.doubt()
      this.#fail(error)
    }
  }

  #judge(known: Known, revocable: Revocable, caller: ObjectCaller): string | undefined | Promise<string | undefined> {
    const found = known.judge(revocable, this.#parts.clock.now())
    if (found !== true) return found
    const answered = this.#answered.get(revocable)
    return answered?.by === known ? answered.found : this.#askAndRemember(known, revocable, caller)
  }

  async #findWaiting(revocable: Revocable, staleness: Staleness, caller: ObjectCaller): Promise<string | undefined> {
    return await this.#judge(await this.#wait(staleness, caller), revocable, caller)
  }

  /** @returns what is known, once that is young enough, or as old as an outage may make it. */
  async #wait({ maxStalenessMs, failAfterMs }: Staleness, caller: ObjectCaller): Promise<Known> {
    const { clock } = this.#parts
    for (const startMs = clock.now(); ; ) {
      const now = clock.now()
      if (this.#copy.known !== undefined && this.#copy.ageMs(now) <= maxStalenessMs) return this.#copy.known
      if (this.#outage.isCooling(now) || !isWithin(startMs, now, LOST_AFTER_MS + 1)) break
      if (this.#isRefreshing(now)) await pause(WAIT_MS)
      else await this.#refreshBehind(maxStalenessMs / 2, caller)
    }
    const known = this.#copy.known
    if (known === undefined || this.#copy.ageMs(clock.now()) > failAfterMs) throw new LedgerUnavailable('nobody can know what is in force')
    return known
  }

  async #askAndRemember(by: Known, revocable: Revocable, caller: ObjectCaller): Promise<string | undefined> {
    const found = await this.#ask(revocable, caller)
    this.#answered.set(revocable, { by, found })
    return found
  }

  async #ask({ names, issuedAtMs }: Revocable, { meter }: ObjectCaller): Promise<string | undefined> {
    if (this.#outage.isCooling(this.#parts.clock.now())) throw new LedgerUnavailable('the ledger was out of reach a moment ago')
    meter.objectCalls++
    try {
      const { found } = readFindReply(await answered(this.#parts.owner().find({ v: MESSAGE_VERSION, names: [...names], issuedAtMs })))
      return found
    } catch (error) {
      this.#fail(error)
      throw error
    }
  }

  /** The refresh goes on when its request is aborted: others may wait for what it brings. */
  #refreshBehind(maxAgeMs: number, caller: ObjectCaller): Promise<void> {
    const refreshing = this.#refresh(maxAgeMs, caller)
    caller.background.waitUntil(refreshing)
    return refreshing
  }

  async #refresh(maxAgeMs: number, { meter, background }: ObjectCaller): Promise<void> {
    const mine = { sinceMs: this.#parts.clock.now() }
    this.#refreshing = mine
    try {
      const near = await this.#near.read(this.#copy.known, maxAgeMs)
      if (near !== undefined && near.asOfMs > this.#copy.asOfMs) {
        // Somebody here has reached it lately.
        if (this.#copy.take(near)) this.#outage.answered()
      } else {
        meter.objectCalls++
        background.waitUntil(this.#near.write(...(await this.#refreshFromOwner())))
      }
    } catch (error) {
      this.#fail(error)
      // Older than one would like: how much of that a route bears is for the route to say.
      const old = await this.#near.read(this.#copy.known, MAX_FAIL_AFTER_MS)
      if (old !== undefined) this.#copy.take(old)
    } finally {
      if (this.#refreshing === mine) this.#refreshing = undefined
    }
  }

  /** @returns what to let the others of the location have. */
  async #refreshFromOwner(): Promise<[dated: Dated, isNewVersion: boolean]> {
    const asOfMs = this.#parts.clock.now()
    const question = this.#copy.ask()
    const before = this.#copy.known
    const known = (await this.#snapshot(before, asOfMs)) ?? (await this.#snapshot(undefined, asOfMs))
    if (known === undefined) throw new LedgerUnavailable('the ledger answered with changes of something else')
    this.#outage.answered()
    this.#copy.hear(known, asOfMs, question)
    return [{ known, asOfMs }, known !== before]
  }

  async #snapshot(before: Known | undefined, asOfMs: number): Promise<Known | undefined> {
    const known = before && { epoch: before.epoch, version: before.version, ...(before.filter !== undefined && { isFilter: true as const }) }
    const hasRules = before?.rules !== undefined
    const reply = await answered(this.#parts.owner().snapshot({ v: MESSAGE_VERSION, rules: hasRules, ...(known !== undefined && { known }) }))
    return Known.from(readSnapshotReply(reply), before, asOfMs)
  }

  #fail(error: unknown): void {
    this.#outage.fail(this.#parts.clock.now())
    this.#parts.notice(String(error))
  }

  #isRefreshing(nowMs: number): boolean {
    return this.#refreshing !== undefined && isWithin(this.#refreshing.sinceMs, nowMs, LOST_AFTER_MS)
  }
}

function answered<T>(answer: Promise<T>, budgetMs = BUDGET_MS): Promise<T> {
  return inTime(answer, budgetMs, () => new LedgerUnavailable(`the ledger did not answer within ${budgetMs} ms`))
}
