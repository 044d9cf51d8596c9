import { compileOperand } from '../../core/condition.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { RateLimitSettings } from './settings.ts'

/** What says which plan a caller has. */
export type PlanBy = NonNullable<RateLimitSettings['plans']>['by']

/** @returns a function that says which of the plans a caller has: the number of its place, or -1. */
export function compilePlan(by: PlanBy, names: readonly string[]): (x: Exchange) => number {
  if (by === 'role') return ({ principal }) => (principal === undefined ? -1 : names.findIndex((name) => principal.roles.has(name)))
  const places = new Map<unknown, number>(names.map((name, i) => [name, i]))
  const read = by === 'level' ? ({ principal }: Exchange) => principal?.level : compileOperand({ from: 'claim', name: by.claim })
  return (x) => places.get(read(x)) ?? -1
}
