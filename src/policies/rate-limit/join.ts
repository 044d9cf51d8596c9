import type { Decision } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { Judgement } from '../../core/policy.ts'
import type { Cell, LimitRequest, LimitVerdict } from '../../core/ports.ts'
import { MAX_CELLS } from '../../limiter/message.ts'
import type { Limit } from './limit.ts'

type Verdicts = readonly LimitVerdict[]

/** What several limits ask of one object at once: of all of them or of none. */
class Question {
  readonly #asks: LimitRequest[] = []
  #cells = 0
  #answer: Verdicts | Promise<Verdicts> | undefined

  /** @returns where the limit's verdicts will stand, or nothing if there is no room for them. */
  add(ask: LimitRequest): number | undefined {
    const at = this.#cells
    if (at + ask.cells.length > MAX_CELLS) return undefined
    this.#asks.push(ask)
    this.#cells += ask.cells.length
    return at
  }

  /** Asks when the first of the limits wants to know. */
  answer(x: Exchange): Verdicts | Promise<Verdicts> {
    this.#answer ??= x.ports.limiter.take(this.#whole(), x)
    return this.#answer
  }

  #whole(): LimitRequest {
    const [first] = this.#asks
    if (first === undefined) throw new TypeError('nothing is asked')
    if (this.#asks.length === 1) return first
    const cells = this.#asks.flatMap(({ cells, cost }): readonly Cell[] => (cost === 1 ? cells : cells.map((cell) => ({ ...cell, weight: cost }))))
    return { owner: first.owner, cells, cost: 1, budgetMs: Math.min(...this.#asks.map(({ budgetMs = Number.POSITIVE_INFINITY }) => budgetMs)) }
  }
}

/** What one limit has asked, and where its verdicts stand in the answer. */
interface Part {
  readonly ask: LimitRequest
  readonly question: Question
  readonly at: number
}

/**
 * Lets limits of one stage whose counters live in one object ask for all of them in one call: all or none are charged. Limits that give back, hold slots or ask the platform
 * first ask for themselves.
 * @returns what each limit judges with.
 */
export function joinLimits(limits: readonly Limit[]): readonly Judgement[] {
  const joinable = limits.filter(({ isJoinable }) => isJoinable)
  if (joinable.length < 2) return limits.map((limit) => (x) => limit.judge(x))
  const last = joinable.at(-1)
  const asked = new WeakMap<Exchange, ReadonlyMap<Limit, Part | Decision>>()
  return limits.map((limit) => {
    if (!limit.isJoinable) return (x) => limit.judge(x)
    return (x) => {
      let parts = asked.get(x)
      if (parts === undefined) {
        parts = partsOf(joinable, x)
        asked.set(x, parts)
      }
      if (limit === last) asked.delete(x)
      const part = parts.get(limit) as Part | Decision
      if ('kind' in part) return part
      const { ask, question, at } = part
      const mine = (answer: Verdicts) => limit.decide(x, ask, answer.slice(at, at + ask.cells.length))
      const answer = question.answer(x)
      return answer instanceof Promise ? answer.then(mine) : mine(answer)
    }
  })
}

function partsOf(limits: readonly Limit[], x: Exchange): ReadonlyMap<Limit, Part | Decision> {
  const questions = new Map<string, Question>()
  const parts = new Map<Limit, Part | Decision>()
  for (const limit of limits) {
    const ask = limit.ask(x)
    if ('kind' in ask) {
      parts.set(limit, ask)
      continue
    }
    let question = questions.get(ask.owner)
    let at = question?.add(ask)
    if (question === undefined || at === undefined) {
      question = new Question()
      questions.set(ask.owner, question)
      at = question.add(ask)
    }
    parts.set(limit, { ask, question, at: at ?? 0 })
  }
  return parts
}
