import type { SchemaNode, SchemaObject } from './schema-node.ts'
import type { Build, JsonObject, Test } from './test.ts'
import { always } from './test.ts'

type ObjectTest = (value: JsonObject) => boolean

/**
 * What a schema asks of an object; undefined when it asks nothing.
 * @param rest what properties have to be that neither `properties` nor `patternProperties` lists.
 */
export function objectTest(node: SchemaObject, rest: SchemaNode | undefined, build: Build): ObjectTest | undefined {
  const tests: ObjectTest[] = []
  const { minProperties, maxProperties } = node
  if (minProperties !== undefined) tests.push((value) => Object.keys(value).length >= minProperties)
  if (maxProperties !== undefined) tests.push((value) => Object.keys(value).length <= maxProperties)
  const walk = node.patternProperties === undefined ? walkTest(node, rest, build) : patternWalkTest(node, rest, build)
  if (walk !== undefined) tests.push(walk)
  if (node.propertyNames !== undefined) {
    const test = build.test(node.propertyNames)
    tests.push((value) => Object.keys(value).every(test))
  }
  for (const [name, names] of Object.entries(node.dependentRequired ?? {})) {
    tests.push((value) => !Object.hasOwn(value, name) || names.every((other) => Object.hasOwn(value, other)))
  }
  const [only] = tests
  if (tests.length < 2) return only
  return (value) => {
    for (const test of tests) if (!test(value)) return false
    return true
  }
}

interface Property {
  readonly test: Test
  readonly isRequired: boolean
}

/** One loop over the value's own names does `properties`, `required` and what is unlisted. */
function walkTest(node: SchemaObject, rest: SchemaNode | undefined, build: Build): ObjectTest | undefined {
  const required = new Set(node.required)
  const others = rest === undefined ? always : build.test(rest)
  const properties = new Map<string, Property>()
  for (const [name, schema] of Object.entries(node.properties ?? {})) properties.set(name, { test: build.test(schema), isRequired: required.has(name) })
  if (properties.size === 0 && others === always) return required.size === 0 ? undefined : requiredTest([...required])
  for (const name of required) if (!properties.has(name)) properties.set(name, { test: others, isRequired: true })
  const count = required.size
  const isClosed = rest === false
  return (value) => {
    let missing = count
    for (const name of Object.keys(value)) {
      const property = properties.get(name)
      if (property === undefined) {
        if (isClosed || !others(value[name])) return false
      } else {
        if (property.isRequired) missing--
        if (!property.test(value[name])) return false
      }
    }
    return missing === 0
  }
}

function requiredTest(names: readonly string[]): ObjectTest {
  return (value) => {
    for (const name of names) if (!Object.hasOwn(value, name)) return false
    return true
  }
}

function patternWalkTest(node: SchemaObject, rest: SchemaNode | undefined, build: Build): ObjectTest {
  const listed = new Map(Object.entries(node.properties ?? {}).map(([name, schema]) => [name, build.test(schema)]))
  const patterns = Object.entries(node.patternProperties ?? {}).map(([source, schema]) => ({ pattern: build.pattern(source), test: build.test(schema) }))
  const hasRequired = requiredTest(node.required ?? [])
  const others = rest === undefined ? always : build.test(rest)
  return (value) => {
    if (!hasRequired(value)) return false
    for (const name of Object.keys(value)) {
      const item = value[name]
      const test = listed.get(name)
      let isListed = test !== undefined
      if (test !== undefined && !test(item)) return false
      for (const one of patterns) {
        if (!one.pattern.test(name)) continue
        isListed = true
        if (!one.test(item)) return false
      }
      if (!isListed && !others(item)) return false
    }
    return true
  }
}
