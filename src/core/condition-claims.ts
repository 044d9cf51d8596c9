import type { Condition } from './condition.ts'

/** Whether a condition depends on who the principal is. */
export function readsClaim(condition: Condition): boolean {
  switch (condition.op) {
    case 'eq':
    case 'has':
      return condition.left.from === 'claim' || condition.right.from === 'claim'
    case 'in':
      return condition.left.from === 'claim'
    case 'exists':
      return condition.operand.from === 'claim'
    case 'all':
    case 'any':
      return condition.of.some(readsClaim)
    case 'not':
      return readsClaim(condition.of)
  }
}
