import type { Decision } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { LimitRequest, LimitVerdict } from '../../core/limit.ts'
import type { Judgement } from '../../core/policy.ts'
import { MAX_CELLS } from '../../limiter/message-parts.ts'
import type { Limit } from './limit.ts'

type Verdicts = readonly LimitVerdict[]

/** What each of the limits asks for one request, or what is decided without asking; and the one answer. */
interface Question {
  readonly asks: readonly (LimitRequest | Decision)[]
  answer: Verdicts | Promise<Verdicts> | undefined
}

/**
 * Lets limits of one principal that one stage runs ask their object in one call: all or none are charged. Limits whose counters live elsewhere, that give back, hold slots, cost
 * what a request is large, or ask the platform first ask for themselves.
 * @returns what each limit judges with.
 */
export function joinLimits(limits: readonly Limit[]): readonly Judgement[] {
  const joinable = limits.filter(({ isJoinable }) => isJoinable)
  const judgements = new Map<Limit, Judgement>()
  // Each has one cell.
  for (let from = 0; from < joinable.length; from += MAX_CELLS) {
    const together = joinable.slice(from, from + MAX_CELLS)
    if (together.length > 1) for (const [i, judgement] of asOne(together).entries()) judgements.set(together[i] as Limit, judgement)
  }
  return limits.map((limit) => judgements.get(limit) ?? ((x) => limit.judge(x)))
}

function asOne(limits: readonly Limit[]): readonly Judgement[] {
  const questions = new WeakMap<Exchange, Question>()
  const last = limits.length - 1
  return limits.map((limit, i) => {
    const judge = (x: Exchange, { asks }: Question, ask: LimitRequest, answer: Verdicts): Decision => {
      const at = asks.slice(0, i).filter((each) => !('kind' in each)).length
      const decision = limit.decide(x, ask, answer.slice(at, at + 1))
      if (decision.kind === 'deny') questions.delete(x)
      return decision
    }
    return (x) => {
      // Nobody in particular: such callers are counted by address, each limit in an object of its own.
      if (x.principal === undefined) return limit.judge(x)
      const question = questions.get(x) ?? { asks: limits.map((each) => each.ask(x)), answer: undefined }
      if (i === last) questions.delete(x)
      else questions.set(x, question)
      const ask = question.asks[i] as LimitRequest | Decision
      if ('kind' in ask) return ask
      question.answer ??= x.ports.limiter.take(whole(question.asks), x)
      const { answer } = question
      return answer instanceof Promise ? answer.then((verdicts) => judge(x, question, ask, verdicts)) : judge(x, question, ask, answer)
    }
  })
}

/** All that is asked, as one: a limit that costs several tokens weighs as many. It waits as long as the least patient of them. */
function whole(asks: readonly (LimitRequest | Decision)[]): LimitRequest {
  const requests = asks.filter((ask): ask is LimitRequest => !('kind' in ask))
  const [first, ...others] = requests
  if (first === undefined || others.length === 0) return first as LimitRequest
  return {
    owner: first.owner,
    cells: requests.flatMap(({ cells, cost }) => (cost === 1 ? cells : cells.map((cell) => ({ ...cell, weight: cost })))),
    cost: 1,
    budgetMs: Math.min(...requests.map(({ budgetMs = Number.POSITIVE_INFINITY }) => budgetMs)),
  }
}
