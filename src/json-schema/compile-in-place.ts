import { isJsonObject, type JsonObject } from '../lib/json-object.ts'
import type { Choose } from './branches.ts'
import { chooser } from './branches.ts'
import type { Build, Test } from './closure.ts'
import { always } from './closure.ts'
import { appliesOthers } from './coverage.ts'
import type { SchemaId, SchemaNode, SchemaObject } from './schema-node.ts'
import type { Scopes } from './scopes.ts'

/** Whether {@link inPlaceTests} has anything to do. */
export function appliesInPlace(node: SchemaObject): boolean {
  return node.not !== undefined || appliesOthers(node)
}

/** Tests of the keywords that apply other schemas to the same value (2020-12 Core §10.2), those first that mostly decide. */
export function inPlaceTests(node: SchemaObject, build: Build, scopes: Scopes): readonly Test[] {
  const tests: Test[] = []
  if (node.$ref !== undefined) tests.push(build.testOf(node.$ref))
  const dynamic = node.$dynamicRef
  if (dynamic !== undefined) tests.push((value) => build.testOf(scopes.resolve(dynamic))(value))
  if (node.discriminator !== undefined) tests.push(discriminatorTest(node.discriminator, build))
  for (const part of node.allOf ?? []) tests.push(build.test(part))
  if (node.if !== undefined) tests.push(ifTest(node.if, node.then ?? true, node.else ?? true, build))
  if (node.anyOf !== undefined) tests.push(anyOfTest(node.anyOf, meant(node.discriminator, node.anyOf, build), build))
  if (node.oneOf !== undefined) tests.push(oneOfTest(node.oneOf, meant(node.discriminator, node.oneOf, build), build))
  if (node.not !== undefined) tests.push(notTest(node.not, build))
  for (const [name, schema] of Object.entries(node.dependentSchemas ?? {})) {
    const test = build.test(schema)
    tests.push((value) => !isJsonObject(value) || !Object.hasOwn(value, name) || test(value))
  }
  return tests.filter((test) => test !== always)
}

/** The alternative that a `discriminator` beside them has found to hold; undefined where there is none for such a value. */
type Meant = (value: unknown) => Test | undefined

/** Where a discriminator chooses among the alternatives, it has judged the one that counts: it is not judged again. */
function meant(discriminator: SchemaObject['discriminator'], branches: readonly SchemaNode[], build: Build): Meant | undefined {
  if (discriminator === undefined) return undefined
  const { property, mapping } = discriminator
  const references = new Set(branches.map((branch) => (typeof branch === 'object' && Object.keys(branch).length === 1 ? branch.$ref : undefined)))
  if (!Object.values(mapping).every((id) => references.has(id))) return undefined
  return (value) => (isJsonObject(value) ? build.testOf(mapping[value[property] as string] as SchemaId) : undefined)
}

function anyOfTest(branches: readonly SchemaNode[], meant: Meant | undefined, build: Build): Test {
  const tests = branches.map((branch) => build.test(branch))
  if (tests.includes(always)) return always
  const choose: Choose = chooser(branches, build) ?? (() => tests)
  const test: Test = (value) => {
    for (const test of choose(value)) if (test(value)) return true
    return false
  }
  return meant === undefined ? test : (value) => isJsonObject(value) || test(value)
}

function oneOfTest(branches: readonly SchemaNode[], meant: Meant | undefined, build: Build): Test {
  const tests = branches.map((branch) => build.test(branch))
  const choose: Choose = chooser(branches, build) ?? (() => tests)
  return (value) => {
    const known = meant?.(value)
    let held = known === undefined ? 0 : 1
    for (const test of choose(value)) if (test !== known && test(value) && ++held > 1) return false
    return held === 1
  }
}

function notTest(schema: SchemaNode, build: Build): Test {
  const test = build.test(schema)
  return (value) => !test(value)
}

function ifTest(condition: SchemaNode, consequence: SchemaNode, alternative: SchemaNode, build: Build): Test {
  const [test, then, otherwise] = [build.test(condition), build.test(consequence), build.test(alternative)]
  return (value) => (test(value) ? then(value) : otherwise(value))
}

/** Judges a value once: a child that repeats its parent by `allOf` comes back here with the same value. */
function discriminatorTest({ property, mapping }: NonNullable<SchemaObject['discriminator']>, build: Build): Test {
  let judged: JsonObject | undefined
  return (value) => {
    if (!isJsonObject(value) || judged === value) return true
    const name = Object.hasOwn(value, property) ? value[property] : undefined
    if (typeof name !== 'string' || !Object.hasOwn(mapping, name)) return false
    const before = judged
    judged = value
    try {
      return build.testOf(mapping[name] as number)(value)
    } finally {
      judged = before
    }
  }
}
