import type { SchemaId, SchemaNode } from './schema-node.ts'

/** Whether a value is what a schema asks for. Synchronous; recurses as deep as the value does. */
export type Test = (value: unknown) => boolean

/** What the parts of the compiler ask of the whole. */
export interface Build {
  node(id: SchemaId): SchemaNode
  /** The closure of a schema that stands inside of another. */
  test(node: SchemaNode): Test
  /** The closure of a schema by number; compiled when a value first gets there. */
  testOf(id: SchemaId): Test
  /** A pattern, compiled once. @throws {SyntaxError} for no regular expression (ECMA-262, `u` flag) */
  pattern(source: string): RegExp
}

/** Both names of `true` are one function, so that callers can leave it out. */
export const always: Test = () => true

/** The schema `false`. */
export const never: Test = () => false

/** All of them, in their order, in as few calls as that takes. */
export function allOf(tests: readonly Test[]): Test {
  const [a = always, b = always, c = always] = tests
  if (tests.includes(never)) return never
  if (tests.length <= 1) return a
  if (tests.length === 2) return (value) => a(value) && b(value)
  if (tests.length === 3) return (value) => a(value) && b(value) && c(value)
  return (value) => {
    for (const test of tests) if (!test(value)) return false
    return true
  }
}

/** Loops over names rely on that none is inherited. @throws {TypeError} where something has added names to every object: nothing can be judged then */
export function assertOwnNamesOnly(): void {
  for (const name in {}) throw new TypeError(`found ${name} in Object.prototype, expected no enumerable property there`)
}
