import type { Exchange } from './exchange.ts'

/** A value that a request gives. `P`: the path parameters it needs. Missing values are `undefined` and satisfy nothing. */
export type Operand<P extends string = string> =
  | { readonly from: 'param'; readonly name: P }
  | { readonly from: 'claim'; readonly name: string }
  | { readonly from: 'header'; readonly name: string }
  | { readonly from: 'country' }
  | { readonly from: 'method' }
  | { readonly from: 'value'; readonly value: string | number | boolean }

/** A typed condition over a request; plain data, so that it can be printed, compared and explained. */
export type Condition<P extends string = string> =
  | { readonly op: 'eq'; readonly left: Operand<P>; readonly right: Operand<P> }
  | { readonly op: 'in'; readonly left: Operand<P>; readonly values: readonly (string | number | boolean)[] }
  | { readonly op: 'has'; readonly left: Operand<P>; readonly right: Operand<P> }
  | { readonly op: 'exists'; readonly operand: Operand<P> }
  | { readonly op: 'all'; readonly of: readonly Condition<P>[] }
  | { readonly op: 'any'; readonly of: readonly Condition<P>[] }
  | { readonly op: 'not'; readonly of: Condition<P> }

/** The path parameter of that name. */
export const param = <const P extends string>(name: P): Operand<P> => ({ from: 'param', name })
/** The verified claim of that name; only the principal's own. */
export const claim = (name: string): Operand<never> => ({ from: 'claim', name })
/** The request header of that name, as the client sent it. */
export const header = (name: string): Operand<never> => ({ from: 'header', name: name.toLowerCase() })
/** The client's country, ISO 3166-1 alpha-2. */
export const country = (): Operand<never> => ({ from: 'country' })
/** The request's method. */
export const method = (): Operand<never> => ({ from: 'method' })
/** A constant. */
export const value = (constant: string | number | boolean): Operand<never> => ({ from: 'value', value: constant })

/** Both are there and the same, type included; a missing value equals nothing. */
export const eq = <A extends string, B extends string>(left: Operand<A>, right: Operand<B>): Condition<A | B> => ({ op: 'eq', left, right })
/** The value is one of these. */
export const isIn = <P extends string>(left: Operand<P>, values: readonly (string | number | boolean)[]): Condition<P> => ({ op: 'in', left, values })
/** The left value is a list that holds the right one. */
export const has = <A extends string, B extends string>(left: Operand<A>, right: Operand<B>): Condition<A | B> => ({ op: 'has', left, right })
/** The value is there. */
export const exists = <P extends string>(operand: Operand<P>): Condition<P> => ({ op: 'exists', operand })
/** Every one holds. */
export const all = <P extends string>(...of: readonly Condition<P>[]): Condition<P> => ({ op: 'all', of })
/** At least one holds. */
export const any = <P extends string>(...of: readonly Condition<P>[]): Condition<P> => ({ op: 'any', of })
/** It is known not to hold: where a value is missing, neither a condition nor its negation holds. */
export const not = <P extends string>(of: Condition<P>): Condition<P> => ({ op: 'not', of })

/** Judges a request. `undefined`: a value that it needs is missing. Only `true` is a yes. */
export type Judge = (x: Exchange) => boolean | undefined

/** @returns a function that judges a request in Kleene's three-valued logic, so that negating a missing value is no yes; built once, at start. */
export function compileCondition(condition: Condition): Judge {
  switch (condition.op) {
    case 'eq': {
      const left = compileOperand(condition.left)
      const right = compileOperand(condition.right)
      return (x) => both(left(x), right(x), (a, b) => a === b)
    }
    case 'in': {
      const left = compileOperand(condition.left)
      const values = new Set<unknown>(condition.values)
      return (x) => {
        const found = left(x)
        return found === undefined ? undefined : values.has(found)
      }
    }
    case 'has': {
      const left = compileOperand(condition.left)
      const right = compileOperand(condition.right)
      return (x) => both(left(x), right(x), (list, wanted) => Array.isArray(list) && list.includes(wanted))
    }
    case 'exists': {
      const operand = compileOperand(condition.operand)
      return (x) => operand(x) !== undefined
    }
    case 'all':
      return combine(condition.of.map(compileCondition), false)
    case 'any':
      return combine(condition.of.map(compileCondition), true)
    case 'not': {
      const part = compileCondition(condition.of)
      return (x) => {
        const found = part(x)
        return found === undefined ? undefined : !found
      }
    }
  }
}

function both(left: unknown, right: unknown, compare: (left: unknown, right: unknown) => boolean): boolean | undefined {
  return left === undefined || right === undefined ? undefined : compare(left, right)
}

/** `any` ends at the first true, `all` at the first false; a missing value leaves the rest to decide. */
function combine(parts: readonly Judge[], decisive: boolean): Judge {
  return (x) => {
    let verdict: boolean | undefined = !decisive
    for (const part of parts) {
      const found = part(x)
      if (found === decisive) return decisive
      if (found === undefined) verdict = undefined
    }
    return verdict
  }
}

/** @returns a function that reads the operand from a request. */
export function compileOperand(operand: Operand): (x: Exchange) => unknown {
  switch (operand.from) {
    case 'param':
      return (x) => (Object.hasOwn(x.params, operand.name) ? x.params[operand.name] : undefined)
    case 'claim':
      return (x) => (x.principal !== undefined && Object.hasOwn(x.principal.claims, operand.name) ? x.principal.claims[operand.name] : undefined)
    case 'header':
      return (x) => x.headers.get(operand.name) ?? undefined
    case 'country':
      return (x) => (x.caller.kind === 'client' ? (x.edge.country ?? undefined) : undefined)
    case 'method':
      return (x) => x.method
    case 'value':
      return () => operand.value
  }
}

/** @returns the names of the path parameters that the condition reads. */
export function conditionParams(condition: Condition): readonly string[] {
  switch (condition.op) {
    case 'eq':
    case 'has':
      return [...operandParams(condition.left), ...operandParams(condition.right)]
    case 'in':
      return operandParams(condition.left)
    case 'exists':
      return operandParams(condition.operand)
    case 'all':
    case 'any':
      return condition.of.flatMap(conditionParams)
    case 'not':
      return conditionParams(condition.of)
  }
}

/** @returns the names of the path parameters that the operand reads: one or none. */
export function operandParams(operand: Operand): readonly string[] {
  return operand.from === 'param' ? [operand.name] : []
}
