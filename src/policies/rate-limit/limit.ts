import { compileCondition } from '../../core/condition.ts'
import { type Decision, type Pass, pass } from '../../core/decision.ts'
import type { Exchange, Outcome } from '../../core/exchange.ts'
import type { BanFigures, Cell, LimitRequest, LimitVerdict } from '../../core/limit.ts'
import type { HeaderWriter } from '../../core/policy.ts'
import { LocalLimiter } from '../../limiter/local.ts'
import { compileCost } from './cost.ts'
import { type Denials, denialsOf } from './denials.ts'
import { compileFields, partitionKey } from './fields.ts'
import { banFiguresOf, ceilingFactorOf, cellOf, type Figures, figuresOf, timesAsMuch } from './figures.ts'
import { compileCounter, isOwned, type KeyOf } from './key.ts'
import { compileOutcome } from './outcome.ts'
import { compileOwnFigures } from './own-figures.ts'
import { compilePlan } from './plan.ts'
import { partsOf, type RateLimitSettings } from './settings.ts'

/** The counters and figures of one plan. Its name stands in the counters' names: who holds tokens of several plans has the limits of all of them, and never one of them anew. */
interface Plan {
  readonly keyOf: KeyOf
  readonly figures: Figures
  /** What a whole /48 may have. */
  readonly ceiling: Figures
}

function planOf(settings: RateLimitSettings, plan: string | undefined, limit: RateLimitSettings['limit'], burst: number | undefined): Plan {
  const figures = figuresOf(settings, limit, burst)
  if ('fix' in figures) throw new TypeError(figures.fix)
  return { keyOf: compileCounter(settings, plan), figures, ceiling: timesAsMuch(figures, ceilingFactorOf(settings)) }
}

/** One request as it was counted. */
interface Count {
  readonly ask: LimitRequest
  /** Undefined while the answer is not known. */
  verdicts: readonly LimitVerdict[] | undefined
  isAdmitted: boolean
  /** Counted by this isolate alone. */
  isLocal: boolean
}

/** One limit, ready to count. */
export class Limit {
  /** Its counters live with their principal, cost the same for every request and take nothing back: it can be asked together with others. */
  readonly isJoinable: boolean
  /** Somebody has to hear how the request ended. */
  readonly settles: boolean
  readonly hasSlots: boolean
  readonly #edge: string | undefined
  readonly #settings: RateLimitSettings
  readonly #planOf
  /** Each of them, and last what holds for whoever has none. */
  readonly #plans: readonly Plan[]
  readonly #ban: BanFigures | undefined
  /** The figures of callers who have their own. */
  readonly #own
  readonly #cost
  readonly #counts
  readonly #exemptions
  /** Of a request that an operator's figures let pass. */
  readonly #overridden: Pass
  readonly #fields
  readonly #denials: Denials
  readonly #local: LocalLimiter
  readonly #standings = new WeakMap<Exchange, Count>()

  constructor(settings: RateLimitSettings) {
    const { name, algorithm, plans, ban, exempt = [], edge, assumedIsolates = 1 } = settings
    this.#settings = settings
    this.#planOf = plans === undefined ? undefined : compilePlan(plans.by, Object.keys(plans.limits))
    this.#plans = [...Object.entries(plans?.limits ?? {}), [undefined, settings] as const].map(([plan, { limit, burst }]) =>
      planOf(settings, plan, limit, burst),
    )
    this.#ban = ban === undefined ? undefined : banFiguresOf(ban)
    this.#cost = compileCost(settings.cost)
    this.#own = compileOwnFigures(settings, this.#cost.most, ceilingFactorOf(settings))
    this.#counts = compileOutcome(settings.outcome)
    this.#exemptions = exempt.map(({ when, reason }): readonly [ReturnType<typeof compileCondition>, Pass] => [
      compileCondition(when),
      pass({ reason: 'rate-limit.exempt', detail: { limit: name, because: reason } }) as Pass,
    ])
    this.#overridden = pass({ reason: 'rate-limit.overridden', detail: { limit: name } }) as Pass
    this.#fields = compileFields(name)
    this.#denials = denialsOf(name)
    this.#local = new LocalLimiter(assumedIsolates, this.#cost.most)
    this.hasSlots = algorithm === 'concurrency'
    this.#edge = edge
    this.settles = this.#counts !== undefined || this.#cost.header !== undefined
    this.isJoinable = isOwned(partsOf(settings)) && this.#cost.constant !== undefined && !this.settles && !this.hasSlots && edge === undefined
  }

  /** Names of headers of the origin's that are not for clients: lists of two authors do not mix, and what a request costs is told to the gateway alone. */
  get strippedHeaders(): Readonly<Record<string, null>> {
    const { header } = this.#cost
    return { ratelimit: null, 'ratelimit-policy': null, ...(header !== undefined && { [header]: null }) }
  }

  /** @returns what to ask the limiter for this request; or what is decided without asking. */
  ask(x: Exchange): LimitRequest | Decision {
    for (const [holds, exempt] of this.#exemptions) if (holds(x) === true) return exempt
    const plan = this.#plans.at(this.#planOf?.(x) ?? -1) as Plan
    const key = plan.keyOf(x)
    if (key === undefined) return this.#denials.unknownCaller
    const cost = this.#cost.of(x)
    if (typeof cost === 'string') return this.#denials.uncounted[cost]
    const now = x.ports.clock.now()
    const { figures, ceiling } = this.#own?.(x, plan) ?? plan
    const cell = cellOf(figures, key.id, this.#ban, now)
    const { ceilingId, owner } = key
    const cells = ceilingId === undefined ? [cell] : [cell, cellOf(ceiling, ceilingId, this.#ban, now)]
    const { budgetMs } = this.#settings
    if (this.isJoinable) return { owner, cells, cost, budgetMs }
    const ask = { owner, cells, cost, budgetMs, ...(this.settles && { refundable: true }), ...(this.hasSlots && { slot: crypto.randomUUID() }) }
    // Before the answer: what nobody hears about may be held all the same.
    if (this.hasSlots) this.#standings.set(x, { ask, verdicts: undefined, isAdmitted: false, isLocal: false })
    return ask
  }

  /** Says what the limiter's answer means for the request. */
  decide(x: Exchange, ask: LimitRequest, verdicts: readonly LimitVerdict[], isLocal = false): Decision {
    if (verdicts.length !== ask.cells.length) throw new TypeError('the limiter did not answer for every cell')
    const isAdmitted = verdicts.every(isAdmission)
    this.#standings.set(x, { ask, verdicts, isAdmitted, isLocal })
    const isOverridden = verdicts.some(({ counted }) => counted !== undefined)
    if (isAdmitted) return isOverridden ? this.#overridden : PASS
    const { retryAfterMs } = merged(verdicts, false)
    if (isLocal) return this.#denials.fallback(retryAfterMs)
    const exceeded = verdicts[0]?.admitted === true ? 'ceiling of the /48' : 'limit'
    return verdicts.some(({ banned }) => banned)
      ? this.#denials.banned(retryAfterMs, exceeded, isOverridden)
      : this.#denials.exceeded(retryAfterMs, exceeded, isOverridden)
  }

  /** Asks the limiter. */
  judge(x: Exchange): Decision | Promise<Decision> {
    const ask = this.ask(x)
    if ('kind' in ask) return ask
    return this.#edge === undefined ? this.#judge(x, ask) : this.#judgeAtEdge(x, ask, this.#edge)
  }

  /** Judges by what this isolate counts alone, with its part of the figures. */
  judgeLocally(x: Exchange): Decision {
    const lost = this.hasSlots ? this.#standings.get(x) : undefined
    // It may have been taken before its answer was lost.
    if (lost !== undefined) x.ports.limiter.release(lost.ask, x)
    const ask = this.ask(x)
    return 'kind' in ask ? ask : this.decide(x, ask, this.#local.take(ask, x.ports.clock.now()), true)
  }

  /** Writes the fields of a request that was counted. */
  finish(headers: HeaderWriter, x: Exchange): void {
    const count = this.#standings.get(x)
    if (count?.verdicts === undefined) return
    // A weak map full of what the collector has yet to find costs more than the whole limit.
    if (!this.settles && !this.hasSlots) this.#standings.delete(x)
    const { ask, verdicts, isAdmitted } = count
    const [first] = verdicts
    const cell = first?.counted ?? (ask.cells[0] as Cell)
    const partition = partitionKey(x.ports.pseudonym(cell.id))
    headers.append('ratelimit', this.#fields.standing(cell, merged(verdicts, isAdmitted), ask.cost, partition))
    headers.append('ratelimit-policy', this.#fields.policy(cell, partition))
  }

  /** Gives back what a request did not cost after all. */
  settle(outcome: Outcome, x: Exchange): void {
    const count = this.#standings.get(x)
    this.#standings.delete(x)
    if (count?.verdicts === undefined || !count.isAdmitted) return
    const { ask, verdicts, isLocal } = count
    const kept = this.#counts === undefined || this.#counts(outcome) ? this.#cost.kept(ask.cost, outcome) : 0
    if (kept === ask.cost) return
    if (isLocal) this.#local.giveBack(ask, verdicts, ask.cost - kept, x.ports.clock.now())
    else x.ports.limiter.giveBack(ask, verdicts, ask.cost - kept, x)
  }

  /** Ends the slot of a request. */
  ended(x: Exchange): void {
    const count = this.#standings.get(x)
    if (count === undefined || (count.verdicts !== undefined && !count.isAdmitted)) return
    this.#standings.delete(x)
    if (count.isLocal) this.#local.release(count.ask, x.ports.clock.now())
    else x.ports.limiter.release(count.ask, x)
  }

  #judge(x: Exchange, ask: LimitRequest): Decision | Promise<Decision> {
    const verdicts = x.ports.limiter.take(ask, x)
    return verdicts instanceof Promise ? verdicts.then((found) => this.decide(x, ask, found)) : this.decide(x, ask, verdicts)
  }

  async #judgeAtEdge(x: Exchange, ask: LimitRequest, binding: string): Promise<Decision> {
    const edge = x.ports.edgeLimiter(binding)
    if (edge === undefined) throw new TypeError(`no ratelimits binding ${binding}`)
    const { success } = await edge.limit({ key: x.ports.pseudonym((ask.cells[0] as Cell).id) })
    return success === true ? this.#judge(x, ask) : this.#denials.edge
  }
}

const PASS = pass()
const isAdmission = ({ admitted }: LimitVerdict): boolean => admitted === true

/** The least that any of them leaves, and the longest that any asks to wait. */
function merged(verdicts: readonly LimitVerdict[], admitted: boolean): LimitVerdict {
  if (verdicts.length === 1) return verdicts[0] as LimitVerdict
  let [remaining, retryAfterMs, resetMs] = [Number.POSITIVE_INFINITY, 0, 0]
  for (const verdict of verdicts) {
    remaining = Math.min(remaining, verdict.remaining)
    retryAfterMs = Math.max(retryAfterMs, verdict.retryAfterMs)
    resetMs = Math.max(resetMs, verdict.resetMs)
  }
  return { admitted, remaining, retryAfterMs, resetMs }
}
