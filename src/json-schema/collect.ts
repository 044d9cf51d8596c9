import { isJsonObject } from '../lib/json-object.ts'
import type { Build, Test } from './closure.ts'
import type { SchemaId, SchemaNode, SchemaObject } from './schema-node.ts'
import type { Scopes } from './scopes.ts'

/** Which properties or items of one value have been evaluated (2020-12 Core §11). What a schema evaluated that then did not hold is taken back. */
export class Evaluated {
  all = false
  /** Items before this index. */
  upTo = 0
  /** Names of properties, or indexes of items. */
  readonly keys: (string | number)[] = []
  /** References that held: schemas that repeat each other, level by level, would double what is looked at. */
  readonly #held: SchemaId[] = []
  readonly #failed = new Set<SchemaId>()

  /** Runs a test and forgets what it evaluated if it does not hold. */
  attempt(collect: Collect, value: unknown): boolean {
    const { all, upTo } = this
    const { length } = this.keys
    const held = this.#held.length
    if (collect(value, this)) return true
    this.#held.length = held
    this.all = all
    this.upTo = upTo
    this.keys.length = length
    return false
  }

  /** As the test, once for each schema. */
  once(id: SchemaId, collect: Collect, value: unknown): boolean {
    if (this.#held.includes(id)) return true
    if (this.#failed.has(id)) return false
    const holds = collect(value, this)
    if (holds) this.#held.push(id)
    else this.#failed.add(id)
    return holds
  }
}

/** A test that also says what it evaluated. */
export type Collect = (value: unknown, evaluated: Evaluated) => boolean

/** What this part of the compiler asks of the whole. */
export interface CollectBuild extends Build {
  /** The schema's keywords that apply no other schema to the same value, `unevaluated…` apart. */
  ownTest(node: SchemaObject): Test
  collect(node: SchemaNode): Collect
  collectOf(id: SchemaId): Collect
}

/** Composes the collecting test of a schema, without its own `unevaluated…`. */
export function collectInner(node: SchemaObject, build: CollectBuild, scopes: Scopes): Collect {
  const parts = [ownCollect(node, build), ...inPlaceCollects(node, build, scopes)]
  return (value, evaluated) => {
    for (const part of parts) if (!part(value, evaluated)) return false
    return true
  }
}

function ownCollect(node: SchemaObject, build: CollectBuild): Collect {
  const test = build.ownTest(node)
  const names = new Set(Object.keys(node.properties ?? {}))
  const patterns = Object.keys(node.patternProperties ?? {}).map((source) => build.pattern(source))
  const allNames = node.additionalProperties !== undefined
  const allItems = node.items !== undefined
  const prefix = node.prefixItems?.length ?? 0
  const contains = node.contains === undefined ? undefined : build.test(node.contains)
  return (value, evaluated) => {
    if (!test(value)) return false
    if (evaluated.all) return true
    if (isJsonObject(value)) {
      if (allNames) evaluated.all = true
      else for (const name of Object.keys(value)) if (names.has(name) || patterns.some((pattern) => pattern.test(name))) evaluated.keys.push(name)
    } else if (Array.isArray(value)) {
      if (allItems) evaluated.all = true
      else evaluated.upTo = Math.max(evaluated.upTo, prefix)
      if (contains !== undefined && !allItems) value.forEach((item, i) => void (contains(item) && evaluated.keys.push(i)))
    }
    return true
  }
}

function inPlaceCollects(node: SchemaObject, build: CollectBuild, scopes: Scopes): readonly Collect[] {
  const parts: Collect[] = []
  if (node.$ref !== undefined) parts.push(build.collectOf(node.$ref))
  const dynamic = node.$dynamicRef
  if (dynamic !== undefined) parts.push((value, evaluated) => build.collectOf(scopes.resolve(dynamic))(value, evaluated))
  if (node.discriminator !== undefined) parts.push(discriminatorCollect(node.discriminator, build))
  for (const part of node.allOf ?? []) parts.push(build.collect(part))
  if (node.if !== undefined) parts.push(ifCollect(build.collect(node.if), build.collect(node.then ?? true), build.collect(node.else ?? true)))
  if (node.anyOf !== undefined)
    parts.push(
      severalCollect(
        node.anyOf.map((branch) => build.collect(branch)),
        Number.POSITIVE_INFINITY,
      ),
    )
  if (node.oneOf !== undefined)
    parts.push(
      severalCollect(
        node.oneOf.map((branch) => build.collect(branch)),
        1,
      ),
    )
  if (node.not !== undefined) {
    const test = build.test(node.not)
    parts.push((value) => !test(value))
  }
  for (const [name, schema] of Object.entries(node.dependentSchemas ?? {})) {
    const collect = build.collect(schema)
    parts.push((value, evaluated) => !isJsonObject(value) || !Object.hasOwn(value, name) || collect(value, evaluated))
  }
  return parts
}

/** All branches run: each that holds has evaluated something. */
function severalCollect(branches: readonly Collect[], most: number): Collect {
  return (value, evaluated) => {
    let held = 0
    for (const branch of branches) if (evaluated.attempt(branch, value) && ++held > most) return false
    return held > 0
  }
}

function ifCollect(condition: Collect, then: Collect, otherwise: Collect): Collect {
  return (value, evaluated) => (evaluated.attempt(condition, value) ? then(value, evaluated) : otherwise(value, evaluated))
}

/** As in the plain test, a value is judged once. */
function discriminatorCollect({ property, mapping }: NonNullable<SchemaObject['discriminator']>, build: CollectBuild): Collect {
  let judged: unknown
  return (value, evaluated) => {
    if (!isJsonObject(value) || judged === value) return true
    const name = Object.hasOwn(value, property) ? value[property] : undefined
    if (typeof name !== 'string' || !Object.hasOwn(mapping, name)) return false
    const before = judged
    judged = value
    try {
      return build.collectOf(mapping[name] as SchemaId)(value, evaluated)
    } finally {
      judged = before
    }
  }
}
