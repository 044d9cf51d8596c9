import { type Decision, pass } from './decision.ts'
import type { Exchange } from './exchange.ts'
import type { Principal } from './principal.ts'

/** Judges one credential. */
export type Judge = (principal: Principal, x: Exchange) => Decision | Promise<Decision>

/** Judges every credential that made the caller known: one that does not pass is one too many. Nothing is awaited for a caller with one alone. */
export function judgeFactors(x: Exchange, judge: Judge): Decision | Promise<Decision> {
  const { principal } = x
  if (principal === undefined) throw new TypeError('nobody to judge')
  const { factors } = principal
  return factors === undefined || factors.length === 0 ? judge(principal, x) : judgeInTurn([principal, ...factors], judge, x)
}

async function judgeInTurn(principals: readonly Principal[], judge: Judge, x: Exchange): Promise<Decision> {
  for (const principal of principals) {
    const decision = await judge(principal, x)
    if (decision.kind !== 'pass') return decision
  }
  return pass()
}
