import { type Condition, compileCondition, type Operand } from '../core/condition.ts'
import type { Exchange } from '../core/exchange.ts'

/** What one may do, from the least to the most: each includes those before it. */
export const ROLES = ['viewer', 'operator', 'admin'] as const

/** One of {@link ROLES}. */
export type Role = (typeof ROLES)[number]

/** Who has which role. */
export type RoleConditions = { readonly [R in Role]?: Condition<never> }

/** The method of principals that hold a bootstrap token. */
export const BOOTSTRAP = 'bootstrap-token'

/** @returns a function that finds the highest role of whoever is known; a bootstrap token has the highest there is. */
export function compileRoles(roles: RoleConditions): (x: Exchange) => Role | undefined {
  const judges = ROLES.toReversed().flatMap((role) => {
    const condition = roles[role]
    return condition === undefined ? [] : [[role, compileCondition(condition)] as const]
  })
  return (x) => {
    if (x.principal === undefined) return undefined
    if (x.principal.method === BOOTSTRAP) return 'admin'
    return judges.find(([, holds]) => holds(x) === true)?.[0]
  }
}

/** Whether who has the one role may do what is for the other. */
export function includes(has: Role, needed: Role): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(needed)
}

/** @returns what a condition reads. */
export function operandsOf(condition: Condition): readonly Operand[] {
  switch (condition.op) {
    case 'eq':
    case 'has':
      return [condition.left, condition.right]
    case 'in':
      return [condition.left]
    case 'exists':
      return [condition.operand]
    case 'all':
    case 'any':
      return condition.of.flatMap(operandsOf)
    case 'not':
      return operandsOf(condition.of)
  }
}
