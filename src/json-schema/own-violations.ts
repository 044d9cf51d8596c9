import { isJsonObject, type JsonObject } from '../lib/json-object.ts'
import type { Build } from './closure.ts'
import { codePointsAtLeast } from './code-points.ts'
import { areUnique, oneOfValues } from './equal.ts'
import type { FormatTests } from './formats/formats.ts'
import { kindOf, kindsOf } from './kinds.ts'
import { multipleOf } from './multiple-of.ts'
import type { SchemaObject } from './schema-node.ts'
import { capped, count, typeWords, valueWords } from './words.ts'

/** Takes a broken rule: its keyword, what to send instead, and the name of a property that it is about. */
export type Report = (rule: string, detail: string, name?: string) => void

/** Reports each keyword of a schema that a value itself breaks, without going into it. @returns whether going on says anything: not of a value of another type. */
export function ownViolations(node: SchemaObject, value: unknown, build: Build, formats: FormatTests, report: Report): boolean {
  if (node.type !== undefined && (kindsOf(node.type) & kindOf(value)) === 0) {
    report('type', typeWords(node.type))
    return false
  }
  if (Object.hasOwn(node, 'const') && !oneOfValues([node.const])(value)) report('const', valueWords([node.const]))
  if (node.enum !== undefined && !oneOfValues(node.enum)(value)) report('enum', valueWords(node.enum))
  if (typeof value === 'string') stringViolations(node, value, build, formats, report)
  else if (typeof value === 'number') numberViolations(node, value, formats, report)
  else if (Array.isArray(value)) arrayViolations(node, value, build, report)
  else if (isJsonObject(value)) objectViolations(node, value, report)
  return true
}

function stringViolations(node: SchemaObject, value: string, build: Build, formats: FormatTests, report: Report): void {
  const { minLength, maxLength, pattern, format } = node
  if (maxLength !== undefined && codePointsAtLeast(value, maxLength + 1)) {
    report('maxLength', `send at most ${count(maxLength, 'character')}`)
    // A pattern only ever sees what is not too long.
    return
  }
  if (minLength !== undefined && !codePointsAtLeast(value, minLength)) report('minLength', `send at least ${count(minLength, 'character')}`)
  if (format !== undefined && formats.string(format)?.(value) === false) report('format', capped(`send a text in the format ${format}`))
  if (pattern !== undefined && !build.pattern(pattern).test(value)) report('pattern', capped(`send a text that matches ${pattern}`))
}

function numberViolations(node: SchemaObject, value: number, formats: FormatTests, report: Report): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, format } = node
  if (minimum !== undefined && !(value >= minimum)) report('minimum', `send at least ${minimum}`)
  if (maximum !== undefined && !(value <= maximum)) report('maximum', `send at most ${maximum}`)
  if (exclusiveMinimum !== undefined && !(value > exclusiveMinimum)) report('exclusiveMinimum', `send more than ${exclusiveMinimum}`)
  if (exclusiveMaximum !== undefined && !(value < exclusiveMaximum)) report('exclusiveMaximum', `send less than ${exclusiveMaximum}`)
  if (node.multipleOf !== undefined && !multipleOf(node.multipleOf)(value)) report('multipleOf', `send a multiple of ${node.multipleOf}`)
  if (format !== undefined && formats.number(format)?.(value) === false) report('format', capped(`send a number in the format ${format}`))
}

function arrayViolations(node: SchemaObject, items: readonly unknown[], build: Build, report: Report): void {
  const { minItems, maxItems, contains, minContains = 1, maxContains } = node
  if (minItems !== undefined && items.length < minItems) report('minItems', `send at least ${count(minItems, 'item')}`)
  if (maxItems !== undefined && items.length > maxItems) report('maxItems', `send at most ${count(maxItems, 'item')}`)
  if (contains !== undefined) {
    const found = items.filter(build.test(contains)).length
    const what = 'of the kind that has to be among them'
    if (found < minContains) report(node.minContains === undefined ? 'contains' : 'minContains', `send at least ${count(minContains, 'item')} ${what}`)
    if (maxContains !== undefined && found > maxContains) report('maxContains', `send at most ${count(maxContains, 'item')} ${what}`)
  }
  if (node.uniqueItems === true && !areUnique(items)) report('uniqueItems', 'send each item only once')
}

function objectViolations(node: SchemaObject, value: JsonObject, report: Report): void {
  const { minProperties, maxProperties, required, dependentRequired } = node
  const { length } = Object.keys(value)
  if (minProperties !== undefined && length < minProperties) report('minProperties', `send at least ${count(minProperties, 'property')}`)
  if (maxProperties !== undefined && length > maxProperties) report('maxProperties', `send at most ${count(maxProperties, 'property')}`)
  for (const name of required ?? []) if (!Object.hasOwn(value, name)) report('required', 'required', name)
  for (const [name, others] of Object.entries(dependentRequired ?? {})) {
    if (!Object.hasOwn(value, name)) continue
    for (const other of others) if (!Object.hasOwn(value, other)) report('dependentRequired', capped(`required together with ${name}`), other)
  }
}
