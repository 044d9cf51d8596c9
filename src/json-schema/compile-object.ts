import type { JsonObject } from '../lib/json-object.ts'
import type { Build, Test } from './closure.ts'
import { always, never } from './closure.ts'
import type { SchemaNode, SchemaObject } from './schema-node.ts'

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
  readonly name: string
  readonly test: Test
  readonly isRequired: boolean
  /** The place of the property that mostly comes next: names are sent in the order in which they are described. */
  readonly next: number
}

/**
 * One loop over the value's own names does `properties`, `required` and what is unlisted. `for … in` is twice as fast here as `Object.keys`; that no
 * name is inherited is looked after once a validation, by `assertOwnNamesOnly`.
 */
function walkTest(node: SchemaObject, rest: SchemaNode | undefined, build: Build): ObjectTest | undefined {
  const required = new Set(node.required)
  const others = rest === undefined ? always : build.test(rest)
  const list: Property[] = []
  for (const name of Object.keys(node.properties ?? {})) {
    const test = build.test((node.properties as Readonly<Record<string, SchemaNode>>)[name] as SchemaNode)
    if (test !== always || others !== always || required.has(name)) list.push({ name, test, isRequired: required.has(name), next: list.length + 1 })
  }
  if (others === always && list.every(({ test }) => test === always)) return required.size === 0 ? undefined : requiredTest([...required])
  const properties = new Map<string, Property>()
  for (const property of list) properties.set(property.name, property)
  for (const name of required) if (!properties.has(name)) properties.set(name, { name, test: others, isRequired: true, next: 0 })
  const count = required.size
  return (value) => {
    let missing = count
    let expected = 0
    for (const name in value) {
      let property = list[expected]
      if (property?.name !== name) property = properties.get(name)
      if (property === undefined) {
        if (others === never || !others(value[name])) return false
      } else {
        expected = property.next
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
