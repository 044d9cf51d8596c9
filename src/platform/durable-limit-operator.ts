import type { LimitOperator } from '../core/ports.ts'
import { inTime } from '../lib/in-time.ts'
import { OPERATOR_VERSION } from '../limiter/operator-message.ts'
import { objectsOf, type StateSettings } from './placement.ts'
import type { RateLimiter } from './rate-limiter.ts'

/** What an operator does may take longer than a request. */
const BUDGET_MS = 10_000

/** The operator's hand on the limits of production: the objects that hold the counters do what it says, from their next answer on. */
export function durableLimitOperator(namespace: DurableObjectNamespace<RateLimiter>, placement: StateSettings = {}): LimitOperator {
  const objectOf = objectsOf(namespace, placement)
  const answered = <T>(answer: Promise<T>) => inTime(answer, BUDGET_MS, () => new Error(`the counter did not answer within ${BUDGET_MS} ms`))
  return {
    override: (owner, id, figures) =>
      answered(objectOf(owner).override(figures === undefined ? { v: OPERATOR_VERSION, id, limit: null } : { v: OPERATOR_VERSION, id, ...figures })),
    liftBan: (owner, id) => answered(objectOf(owner).liftBan({ v: OPERATOR_VERSION, id })),
  }
}
