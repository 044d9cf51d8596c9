import { isJsonObject } from '../lib/json-object.ts'
import type { Build, Test } from './closure.ts'
import { isPlain } from './equal.ts'
import { ANY_KIND, KIND, kindOf, kindsOf } from './kinds.ts'
import type { SchemaNode, SchemaObject } from './schema-node.ts'

/** Some facts that hold for every value that a schema accepts. What is not known is left out: they serve to skip tests, never to decide one. */
export interface Facts {
  /** Kinds of values that can be accepted. */
  readonly kinds: number
  /** Properties that have to have one of these values, if the object has them. */
  readonly values: ReadonlyMap<string, ReadonlySet<unknown>>
}

/** References that are followed for facts. */
const MAX_STEPS = 16

/** What can be said about a schema without running it. */
export function factsOf(node: SchemaNode, build: Build): Facts {
  const values = new Map<string, ReadonlySet<unknown>>()
  let kinds = ANY_KIND
  let steps = 0
  const visit = (one: SchemaNode): void => {
    if (one === true || steps++ > MAX_STEPS) return
    if (one === false) {
      kinds = 0
      return
    }
    kinds &= kindsOf(one.type) & kindsOfValues(one)
    for (const [name, schema] of Object.entries(one.properties ?? {})) narrow(values, name, plainValues(schema))
    if (one.discriminator !== undefined) narrow(values, one.discriminator.property, new Set(Object.keys(one.discriminator.mapping)))
    if (one.$ref !== undefined) visit(build.node(one.$ref))
    for (const part of one.allOf ?? []) visit(part)
  }
  visit(node)
  return { kinds, values }
}

function narrow(values: Map<string, ReadonlySet<unknown>>, name: string, more: ReadonlySet<unknown> | undefined): void {
  const known = values.get(name)
  if (more !== undefined) values.set(name, known === undefined ? more : new Set([...known].filter((value) => more.has(value))))
}

/** The values of a `const` or an `enum` without objects and arrays. */
function plainValues(node: SchemaNode): ReadonlySet<unknown> | undefined {
  if (typeof node === 'boolean') return undefined
  const values = listedValues(node)
  return values?.every(isPlain) ? new Set(values) : undefined
}

function listedValues(node: SchemaObject): readonly unknown[] | undefined {
  return Object.hasOwn(node, 'const') ? [node.const] : node.enum
}

function kindsOfValues(node: SchemaObject): number {
  return listedValues(node)?.reduce<number>((kinds, value) => kinds | kindOf(value), 0) ?? ANY_KIND
}

/** Chooses those of several schemas that a value may satisfy. */
export type Choose = (value: unknown) => readonly Test[]

/**
 * Prepares {@link Choose}: by the kind of the value, and for objects by the property that tells most branches apart.
 * @returns undefined where nothing tells them apart.
 */
export function chooser(branches: readonly SchemaNode[], build: Build): Choose | undefined {
  const tests = branches.map((branch) => build.test(branch))
  const facts = branches.map((branch) => factsOf(branch, build))
  const byKind = Array.from({ length: 8 }, (_, bit) => tests.filter((_test, i) => ((facts[i] as Facts).kinds & (1 << bit)) !== 0))
  const property = tellingProperty(facts)
  if (property === undefined) return byKind.every((list) => list.length === tests.length) ? undefined : (value) => ofKind(byKind, kindOf(value))
  const isCandidate = (i: number, value: unknown) => {
    const { kinds, values } = facts[i] as Facts
    return (kinds & KIND.object) !== 0 && values.get(property)?.has(value) !== false
  }
  const byValue = new Map<unknown, readonly Test[]>()
  for (const value of facts.flatMap(({ values }) => [...(values.get(property) ?? [])]))
    byValue.set(
      value,
      tests.filter((_test, i) => isCandidate(i, value)),
    )
  const others = tests.filter((_test, i) => ((facts[i] as Facts).kinds & KIND.object) !== 0 && !(facts[i] as Facts).values.has(property))
  return (value) => {
    if (!isJsonObject(value) || !Object.hasOwn(value, property)) return ofKind(byKind, kindOf(value))
    return byValue.get(value[property]) ?? others
  }
}

function ofKind(byKind: readonly (readonly Test[])[], kind: number): readonly Test[] {
  return byKind[31 - Math.clz32(kind)] as readonly Test[]
}

/** The property for which most branches list values; at least two have to. */
function tellingProperty(facts: readonly Facts[]): string | undefined {
  const counts = new Map<string, number>()
  for (const { values } of facts) for (const name of values.keys()) counts.set(name, (counts.get(name) ?? 0) + 1)
  const [best] = [...counts].sort(([, a], [, b]) => b - a)
  return best !== undefined && best[1] > 1 ? best[0] : undefined
}
