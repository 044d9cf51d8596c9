import type { KeptKey, KeptSecret } from '../core/api-key.ts'
import type { Clock, Keys, LocationCache, ObjectCaller } from '../core/ports.ts'
import type { Staleness } from '../core/revocation.ts'
import { isWithin } from '../lib/age.ts'
import { inTime } from '../lib/in-time.ts'
import { Lru } from '../lib/lru.ts'
import { pause } from '../lib/pause.ts'
import { shardOf } from '../lib/shard.ts'
import { ageOf, Copies, type Copy, MAX_COPIES } from './copies.ts'
import { readFindReply, MESSAGE_VERSION as V } from './message.ts'
import { MAX_FAIL_AFTER_MS, NearKeys } from './near.ts'
import { KeyOperations } from './operations.ts'
import { hourOf, USED_TO_MS } from './owner.ts'
import { BUDGET_MS, type KeyringShard, KeyringUnavailable, keyShardOf, late, OPERATION_BUDGET_MS, Reach } from './shards.ts'

/** A question that has not come back by then is given up by those who wait for it: its request may be gone. */
export const LOST_AFTER_MS = 3 * BUDGET_MS
const WAIT_MS = 10
/** The most questions under way about ids that this isolate knows no key of: strangers hold up only each other. */
export const MAX_STRANGERS = 64
/** A hash that was to be replaced is not sent again before this. */
const REHASH_EVERY_MS = 60_000

/** What an isolate's copy needs from outside. */
export interface IsolateKeysParts {
  readonly clock: Clock
  readonly location: LocationCache
  /** @returns a stub; each call makes its own. */
  shard(number: number): KeyringShard
  /** Tells the operator of an outage. */
  notice(detail: string): void
}

/** A question under way. Plain data: a request that waits for it looks again and again, with timers of its own. */
interface Question {
  readonly sinceMs: number
}

/**
 * One isolate's copy of the keys that it has met. A request is judged by a copy while that is young enough; past half of its staleness the copy is refreshed behind the request, past
 * all of it the request waits. Requests share data and never promises.
 */
export class IsolateKeys implements Keys {
  readonly #parts: IsolateKeysParts
  readonly #near: NearKeys
  readonly #copies = new Copies()
  readonly #operations: KeyOperations
  readonly #reach = new Reach()
  readonly #asking = new Map<string, Question>()
  /** Those of them, and of requests that ask each for itself, that are about ids without a copy. */
  readonly #strangers = new Set<Question>()
  readonly #used = new Lru<number>({ maxEntries: MAX_COPIES, maxBytes: Number.POSITIVE_INFINITY })
  readonly #rehashed = new Lru<number>({ maxEntries: MAX_COPIES, maxBytes: Number.POSITIVE_INFINITY })

  constructor(parts: IsolateKeysParts) {
    this.#parts = parts
    this.#near = new NearKeys(parts.location, parts.clock)
    this.#operations = new KeyOperations({ ...parts, copies: this.#copies, near: this.#near })
  }

  find(id: string, staleness: Staleness, caller: ObjectCaller): KeptKey | undefined | Promise<KeptKey | undefined> {
    const { maxStalenessMs, failAfterMs } = staleness
    if (maxStalenessMs === 0) return this.#findAtOwner(id, caller)
    const now = this.#parts.clock.now()
    const copy = this.#copies.get(id)
    if (copy === undefined) return this.#copies.isUnknown(id, now, maxStalenessMs) ? undefined : this.#findWaiting(id, staleness, caller)
    // While a shard is out of reach, one request at a time tries it; the others do not wait for that where they may be judged without.
    const isLeftAlone = this.#reach.isCooling(id, now) || this.#isAsking(id, now)
    const ageMs = ageOf(copy, now)
    if (ageMs > (isLeftAlone && this.#reach.isOut(id, now) ? failAfterMs : maxStalenessMs)) return this.#findWaiting(id, staleness, caller)
    if (ageMs > maxStalenessMs / 2 && !isLeftAlone) void this.#refreshBehind(id, maxStalenessMs / 2, caller)
    return copy.key
  }

  async newer(than: KeptKey, sinceMs: number, caller: ObjectCaller): Promise<KeptKey | undefined> {
    const { id } = than
    const { clock } = this.#parts
    for (const startMs = clock.now(); ; ) {
      const now = clock.now()
      const copy = this.#copies.get(id)
      if (copy !== undefined && (copy.key !== than || copy.asOfMs > sinceMs)) return copy.key
      if (this.#reach.isCooling(id, now) || now - startMs > LOST_AFTER_MS) throw new KeyringUnavailable('nobody can know whether the key was replaced')
      if (!this.#isAsking(id, now)) return (await this.#askBehind(id, caller))?.key
      await pause(WAIT_MS)
    }
  }

  used(key: KeptKey, { background }: ObjectCaller): void {
    const { id } = key
    const now = this.#parts.clock.now()
    const atMs = hourOf(now)
    // Keys change hours at different times, so that not all of them write at the full hour.
    const turn = Math.floor((now + (shardOf(id) * USED_TO_MS) / 256) / USED_TO_MS)
    if (this.#used.get(id) === turn || (key.lastUsedMs ?? 0) >= atMs || this.#reach.isCooling(id, now)) return
    this.#used.set(id, turn, 0)
    background.waitUntil(this.#quietly(id, async () => void (await this.#shardOf(id).used({ v: V, id, atMs }))))
  }

  rehash(id: string, before: KeptSecret, after: KeptSecret, { background }: ObjectCaller): void {
    const now = this.#parts.clock.now()
    const sinceMs = this.#rehashed.get(id)
    if ((sinceMs !== undefined && isWithin(sinceMs, now, REHASH_EVERY_MS)) || this.#reach.isCooling(id, now)) return
    this.#rehashed.set(id, now, 0)
    background.waitUntil(this.#quietly(id, async () => void (await this.#operations.change(id, (shard) => shard.rehash({ v: V, id, before, after })))))
  }

  read(id: string): Promise<KeptKey | undefined> {
    return this.#operations.read(id)
  }

  create(key: Parameters<Keys['create']>[0]): Promise<KeptKey> {
    return this.#operations.create(key)
  }

  rotate(id: string, secret: KeptSecret, overlapUntilMs: number | undefined): Promise<KeptKey | undefined> {
    return this.#operations.rotate(id, secret, overlapUntilMs)
  }

  revoke(id: string, by: string, reason: string): Promise<KeptKey | undefined> {
    return this.#operations.revoke(id, by, reason)
  }

  revokeOwner(owner: string, by: string, reason: string): Promise<number> {
    return this.#operations.revokeOwner(owner, by, reason)
  }

  list(query: Parameters<Keys['list']>[0]): ReturnType<Keys['list']> {
    return this.#operations.list(query)
  }

  async #findWaiting(id: string, { maxStalenessMs, failAfterMs }: Staleness, caller: ObjectCaller): Promise<KeptKey | undefined> {
    const { clock } = this.#parts
    for (const startMs = clock.now(); ; ) {
      const now = clock.now()
      const copy = this.#copies.get(id)
      if (copy !== undefined && ageOf(copy, now) <= maxStalenessMs) return copy.key
      if (copy === undefined && this.#copies.isUnknown(id, now, maxStalenessMs)) return undefined
      if (this.#reach.isCooling(id, now) || now - startMs > LOST_AFTER_MS) break
      if (this.#isAsking(id, now)) {
        await pause(WAIT_MS)
        continue
      }
      this.#checkStrangers(copy, now)
      const learned = await this.#refreshBehind(id, maxStalenessMs / 2, caller)
      if (learned !== 'failed') return learned?.key
    }
    const copy = this.#copies.get(id)
    if (copy !== undefined && ageOf(copy, clock.now()) <= failAfterMs) return copy.key
    // The owner is left alone; the location may know all the same.
    const near = failAfterMs > 0 ? await this.#near.read(id, failAfterMs) : undefined
    const learned = near && this.#copies.learnNear(near)
    if (learned === undefined) throw new KeyringUnavailable('nobody can know what the key is worth')
    return learned.key
  }

  async #findAtOwner(id: string, { meter, background }: ObjectCaller): Promise<KeptKey | undefined> {
    const now = this.#parts.clock.now()
    if (this.#reach.isCooling(id, now)) throw new KeyringUnavailable('the keyring was out of reach a moment ago')
    const copy = this.#copies.get(id)
    this.#checkStrangers(copy, now)
    const question: Question = { sinceMs: now }
    if (copy === undefined) this.#strangers.add(question)
    meter.objectCalls++
    try {
      return (await this.#askOwner(id, background))?.key
    } catch (error) {
      this.#fail(id, error)
      throw error
    } finally {
      this.#strangers.delete(question)
    }
  }

  /** The question goes on when its request is aborted: others may wait for what it brings. */
  #refreshBehind(id: string, maxAgeMs: number, caller: ObjectCaller): Promise<Copy | undefined | 'failed'> {
    const refreshing = this.#refresh(id, maxAgeMs, caller)
    caller.background.waitUntil(refreshing)
    return refreshing
  }

  async #refresh(id: string, maxAgeMs: number, { meter, background }: ObjectCaller): Promise<Copy | undefined | 'failed'> {
    const question: Question = { sinceMs: this.#parts.clock.now() }
    this.#asking.set(id, question)
    if (this.#copies.get(id) === undefined) this.#strangers.add(question)
    try {
      const near = await this.#near.read(id, maxAgeMs)
      const copy = near && this.#copies.learnNear(near)
      if (copy !== undefined) return copy
      meter.objectCalls++
      return await this.#askOwner(id, background)
    } catch (error) {
      this.#fail(id, error)
      // Older than one would like: how much of that a route bears is for the route to say.
      const old = await this.#near.read(id, MAX_FAIL_AFTER_MS)
      if (old !== undefined) this.#copies.learnNear(old)
      return 'failed'
    } finally {
      if (this.#asking.get(id) === question) this.#asking.delete(id)
      this.#strangers.delete(question)
    }
  }

  /** One question at a time about one key, whoever brings what for it; it goes on when its request is aborted. */
  #askBehind(id: string, { meter, background }: ObjectCaller): Promise<Copy | undefined> {
    const question: Question = { sinceMs: this.#parts.clock.now() }
    this.#asking.set(id, question)
    meter.objectCalls++
    const ask = async () => {
      try {
        return await this.#askOwner(id, background)
      } catch (error) {
        this.#fail(id, error)
        throw error
      } finally {
        if (this.#asking.get(id) === question) this.#asking.delete(id)
      }
    }
    const asking = ask()
    background.waitUntil(asking.catch(() => undefined))
    return asking
  }

  async #askOwner(id: string, background: ObjectCaller['background']): Promise<Copy | undefined> {
    const asOfMs = this.#parts.clock.now()
    const { found } = readFindReply(await inTime(this.#shardOf(id).find({ v: V, id }), BUDGET_MS, late))
    this.#reach.answered(id)
    if (found === undefined) return this.#copies.learnNone(id, asOfMs)
    const copy = this.#copies.learn(found, asOfMs, this.#parts.clock.now())
    background.waitUntil(this.#near.write(copy))
    return copy
  }

  async #quietly(id: string, work: () => Promise<void>): Promise<void> {
    try {
      await inTime(work(), OPERATION_BUDGET_MS, late)
    } catch (error) {
      this.#fail(id, error)
    }
  }

  #checkStrangers(copy: Copy | undefined, nowMs: number): void {
    if (copy !== undefined || this.#strangers.size < MAX_STRANGERS) return
    for (const question of this.#strangers) if (isLost(question, nowMs)) this.#strangers.delete(question)
    if (this.#strangers.size >= MAX_STRANGERS) throw new KeyringUnavailable('too many questions about unknown keys are under way')
  }

  #shardOf(id: string): KeyringShard {
    return this.#parts.shard(keyShardOf(id))
  }

  #fail(id: string, error: unknown): void {
    this.#reach.fail(id, this.#parts.clock.now())
    this.#parts.notice(String(error))
  }

  #isAsking(id: string, nowMs: number): boolean {
    const question = this.#asking.get(id)
    return question !== undefined && !isLost(question, nowMs)
  }
}

/** A clock that was set back loses questions: better than to hold their places for ever. */
function isLost({ sinceMs }: Question, nowMs: number): boolean {
  return !isWithin(sinceMs, nowMs, LOST_AFTER_MS)
}
