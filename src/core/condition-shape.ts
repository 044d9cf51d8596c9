/** One fault in a condition as a configuration holds it, and the way to it inside the condition. */
export interface ConditionFault {
  readonly path: readonly (string | number)[]
  readonly found: string
  readonly expected: string
  readonly fix: string
}

type Fields = Readonly<Record<string, unknown>>
type Path = readonly (string | number)[]

const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/
const NAMED = new Set<unknown>(['param', 'claim', 'header'])
const UNNAMED = new Set<unknown>(['country', 'method'])

/**
 * Finds what is wrong with a condition: data that the functions of the condition language would not have made, lists that decide nothing,
 * and comparisons that come out the same for every request.
 */
export function conditionFaults(condition: unknown, path: Path = []): readonly ConditionFault[] {
  const fields = fieldsOf(condition)
  switch (fields?.op) {
    case 'eq':
    case 'has':
      return [...operandFaults(fields.left, [...path, 'left']), ...operandFaults(fields.right, [...path, 'right']), ...sameForAll(fields, path)]
    case 'in':
      return [...operandFaults(fields.left, [...path, 'left']), ...listFaults(fields.values, [...path, 'values']), ...sameForAll(fields, path)]
    case 'exists':
      return [...operandFaults(fields.operand, [...path, 'operand']), ...sameForAll({ left: fields.operand }, path)]
    case 'not':
      return conditionFaults(fields.of, [...path, 'of'])
    case 'all':
    case 'any':
      return partsFaults(fields.op, fields.of, [...path, 'of'])
    default:
      return [
        {
          path,
          found: fields === undefined ? kindOf(condition) : `op: ${kindOf(fields.op)}`,
          expected: 'a condition',
          fix: 'build it with eq, isIn, has, exists, all, any and not',
        },
      ]
  }
}

function partsFaults(op: 'all' | 'any', parts: unknown, path: Path): readonly ConditionFault[] {
  if (Array.isArray(parts) && parts.length > 0) return parts.flatMap((part: unknown, i) => conditionFaults(part, [...path, i]))
  return [
    {
      path,
      found: Array.isArray(parts) ? `${op}() of nothing` : kindOf(parts),
      expected: 'at least one condition',
      fix: op === 'all' ? 'name a condition: all() of nothing would let everybody pass' : 'name a condition: any() of nothing would let nobody pass',
    },
  ]
}

function operandFaults(operand: unknown, path: Path): readonly ConditionFault[] {
  const fields = fieldsOf(operand)
  const fault = (found: string, expected: string): readonly ConditionFault[] => [
    { path, found, expected, fix: 'build it with param, claim, header, country, method or value' },
  ]
  if (fields === undefined) return fault(kindOf(operand), 'an operand')
  if (NAMED.has(fields.from)) {
    if (typeof fields.name !== 'string' || fields.name === '') return fault(`${fields.from} without a name`, 'a name')
    return fields.from === 'header' && !HEADER_NAME.test(fields.name) ? fault(`header(${JSON.stringify(fields.name)})`, 'the name of a header') : []
  }
  if (UNNAMED.has(fields.from)) return []
  if (fields.from !== 'value') return fault(`from: ${kindOf(fields.from)}`, 'an operand')
  return isConstant(fields.value) ? [] : fault(kindOf(fields.value), 'a string, a finite number or a boolean')
}

function listFaults(values: unknown, path: Path): readonly ConditionFault[] {
  if (Array.isArray(values) && values.length > 0 && values.every(isConstant)) return []
  return [
    {
      path,
      found: Array.isArray(values) && values.length === 0 ? 'an empty list' : kindOf(values),
      expected: 'a list of strings, finite numbers or booleans',
      fix: 'list at least one constant: nothing is in an empty list',
    },
  ]
}

/** A comparison that reads nothing from the request, or compares a value with itself, judges nobody. */
function sameForAll({ left, right }: Fields, path: Path): readonly ConditionFault[] {
  const [a, b] = [fieldsOf(left), fieldsOf(right)]
  const reads = (operand: Fields | undefined): boolean => operand !== undefined && operand.from !== 'value'
  if (a === undefined) return []
  const fault = (found: string): readonly ConditionFault[] => [
    { path, found, expected: 'a comparison that depends on the request', fix: 'compare a param, claim, header, country or method' },
  ]
  if (!reads(a) && !reads(b)) return fault('constants only')
  return b !== undefined && reads(b) && a.from === b.from && a.name === b.name ? fault('a value compared with itself') : []
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
}

function isConstant(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
}

function kindOf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return 'a list'
  return value === null || value === undefined ? String(value) : typeof value
}
