import type { Build, Test } from './closure.ts'
import { always } from './closure.ts'
import { areUnique } from './equal.ts'
import type { SchemaNode, SchemaObject } from './schema-node.ts'

type ArrayTest = (items: readonly unknown[]) => boolean

/**
 * What a schema asks of an array; undefined when it asks nothing. Counts are looked at first, uniqueness last.
 * @param rest what items behind `prefixItems` have to be.
 */
export function arrayTest(node: SchemaObject, rest: SchemaNode | undefined, build: Build): ArrayTest | undefined {
  const tests: ArrayTest[] = []
  const { minItems, maxItems } = node
  if (minItems !== undefined) tests.push((items) => items.length >= minItems)
  if (maxItems !== undefined) tests.push((items) => items.length <= maxItems)
  const each = eachItem(node.prefixItems ?? [], rest, build)
  if (each !== undefined) tests.push(each)
  if (node.contains !== undefined) tests.push(containsTest(build.test(node.contains), node.minContains ?? 1, node.maxContains))
  if (node.uniqueItems === true) tests.push(areUnique)
  const [only] = tests
  if (tests.length < 2) return only
  return (items) => {
    for (const test of tests) if (!test(items)) return false
    return true
  }
}

function eachItem(prefix: readonly SchemaNode[], rest: SchemaNode | undefined, build: Build): ArrayTest | undefined {
  const tests: readonly Test[] = prefix.map((node) => build.test(node))
  const count = tests.length
  if (rest === false) return (items) => items.length <= count && prefixHolds(tests, items)
  const test = rest === undefined ? always : build.test(rest)
  if (test === always) return count === 0 ? undefined : (items) => prefixHolds(tests, items)
  return (items) => {
    if (count > 0 && !prefixHolds(tests, items)) return false
    for (let i = count; i < items.length; i++) if (!test(items[i])) return false
    return true
  }
}

function prefixHolds(tests: readonly Test[], items: readonly unknown[]): boolean {
  const count = Math.min(tests.length, items.length)
  for (let i = 0; i < count; i++) if (!(tests[i] as Test)(items[i])) return false
  return true
}

/** Stops as soon as the answer is known. */
function containsTest(test: Test, min: number, max: number | undefined): ArrayTest {
  const enough = max === undefined ? min : max + 1
  return (items) => {
    let found = 0
    for (let i = 0; i < items.length && found < enough; i++) if (test(items[i])) found++
    return found >= min && (max === undefined || found <= max)
  }
}
