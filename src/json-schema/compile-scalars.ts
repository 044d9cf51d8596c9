import type { Build } from './closure.ts'
import { codePointsAtLeast } from './code-points.ts'
import type { FormatTests } from './formats/formats.ts'
import { multipleOf } from './multiple-of.ts'
import type { SchemaObject } from './schema-node.ts'

/** What a schema asks of a number; undefined when it asks nothing. */
export function numberTest(node: SchemaObject, formats: FormatTests): ((value: number) => boolean) | undefined {
  const tests: ((value: number) => boolean)[] = []
  const { maximum, exclusiveMaximum, minimum, exclusiveMinimum } = node
  if (minimum !== undefined) tests.push((value) => value >= minimum)
  if (maximum !== undefined) tests.push((value) => value <= maximum)
  if (exclusiveMinimum !== undefined) tests.push((value) => value > exclusiveMinimum)
  if (exclusiveMaximum !== undefined) tests.push((value) => value < exclusiveMaximum)
  if (node.multipleOf !== undefined) tests.push(multipleOf(node.multipleOf))
  const format = node.format === undefined ? undefined : formats.number(node.format)
  if (format !== undefined) tests.push(format)
  return every(tests)
}

/** What a schema asks of a string: lengths first, so that a pattern and a format only see what is not too long. */
export function stringTest(node: SchemaObject, build: Build, formats: FormatTests): ((value: string) => boolean) | undefined {
  const tests: ((value: string) => boolean)[] = []
  const { minLength, maxLength } = node
  if (maxLength !== undefined) tests.push((value) => value.length <= maxLength || !codePointsAtLeast(value, maxLength + 1))
  if (minLength !== undefined && minLength > 0) tests.push((value) => codePointsAtLeast(value, minLength))
  const format = node.format === undefined ? undefined : formats.string(node.format)
  if (format !== undefined) tests.push(format)
  if (node.pattern !== undefined) {
    const pattern = build.pattern(node.pattern)
    tests.push((value) => pattern.test(value))
  }
  return every(tests)
}

function every<T>(tests: readonly ((value: T) => boolean)[]): ((value: T) => boolean) | undefined {
  const [a, b] = tests
  if (a === undefined || b === undefined) return a
  if (tests.length === 2) return (value) => a(value) && b(value)
  return (value) => {
    for (const test of tests) if (!test(value)) return false
    return true
  }
}
