import { isJsonObject, type JsonObject } from '../lib/json-object.ts'
import { Evaluated } from './collect.ts'
import type { Compiler } from './compiler.ts'
import type { SchemaNode, SchemaObject } from './schema-node.ts'

/** Schemas looked at for one value, so that alternatives inside of alternatives end. What is then left unstripped is refused by the test that follows. */
const MAX_STEPS = 100_000
/** Schemas inside of schemas, those for the same value included. */
const MAX_DEPTH = 500

/** Stands for a property that goes. */
const UNLISTED = Symbol('unlisted')

/**
 * Removes properties that a schema does not list: where it is `closed`, and just as well where its author wrote `additionalProperties: false` or
 * `unevaluatedProperties: false`. Copies only what changes.
 */
export class Stripping {
  readonly #strict: Compiler
  readonly #open: Compiler
  #steps = 0
  #depth = 0

  /** @param open the same schemas, as if nothing refused unlisted properties: tells which alternatives a value belongs to. */
  constructor(strict: Compiler, open: Compiler) {
    this.#strict = strict
    this.#open = open
  }

  strip(node: SchemaNode, value: unknown): unknown {
    if (typeof node === 'boolean' || typeof value !== 'object' || value === null || this.#steps++ > MAX_STEPS || this.#depth > MAX_DEPTH) return value
    const run = () => this.#stripObject(node, value)
    const { $scope } = node
    this.#depth++
    const result = $scope === undefined ? run() : this.#strict.scopes.within($scope, () => this.#open.scopes.within($scope, run))
    this.#depth--
    return result
  }

  #stripObject(node: SchemaObject, value: unknown): unknown {
    const inner = this.#inPlace(node, value)
    if (Array.isArray(inner)) return this.#items(node, inner)
    return isJsonObject(inner) ? this.#properties(node, inner) : inner
  }

  #inPlace(node: SchemaObject, value: unknown): unknown {
    let result = value
    for (const part of this.#applying(node, value)) result = this.strip(part, result)
    for (const branches of [node.anyOf, node.oneOf]) if (branches !== undefined) result = this.#alternatives(branches, result)
    return result
  }

  /** Schemas that apply to the same value beside alternatives. */
  *#applying(node: SchemaObject, value: unknown): Iterable<SchemaNode> {
    if (node.$ref !== undefined) yield this.#open.node(node.$ref)
    if (node.$dynamicRef !== undefined) yield this.#open.node(this.#open.scopes.resolve(node.$dynamicRef))
    yield* node.allOf ?? []
    if (node.if !== undefined) yield (this.#open.test(node.if)(value) ? node.then : node.else) ?? true
    if (!isJsonObject(value)) return
    for (const [name, schema] of Object.entries(node.dependentSchemas ?? {})) if (Object.hasOwn(value, name)) yield schema
    const { property, mapping } = node.discriminator ?? {}
    const name = property !== undefined && Object.hasOwn(value, property) ? value[property] : undefined
    if (mapping === undefined || typeof name !== 'string' || !Object.hasOwn(mapping, name)) return
    // A child that repeats its parent by allOf would come back here.
    const child = this.#open.node(mapping[name] as number)
    if (!this.#judging.has(value)) {
      this.#judging.add(value)
      yield child
      this.#judging.delete(value)
    }
  }

  readonly #judging = new Set<JsonObject>()

  /** Of alternatives that a value belongs to, the one that holds afterwards and keeps most. */
  #alternatives(branches: readonly SchemaNode[], value: unknown): unknown {
    const meant = branches.filter((branch) => this.#open.test(branch)(value))
    const [only] = meant
    if (only === undefined) return value
    if (meant.length === 1) return this.strip(only, value)
    if (meant.some((branch) => this.#strict.test(branch)(value))) return value
    let best: unknown = value
    let most = -1
    for (const branch of meant) {
      const stripped = this.strip(branch, value)
      const size = sizeOf(stripped)
      if (size > most && this.#strict.test(branch)(stripped)) {
        best = stripped
        most = size
      }
    }
    return best
  }

  #items({ prefixItems = [], items }: SchemaObject, values: readonly unknown[]): readonly unknown[] {
    let result: unknown[] | undefined
    for (let i = 0; i < values.length; i++) {
      const schema = prefixItems[i] ?? items
      const stripped = schema === undefined ? values[i] : this.strip(schema, values[i])
      if (stripped !== values[i]) {
        result ??= [...values]
        result[i] = stripped
      }
    }
    return result ?? values
  }

  #properties(node: SchemaObject, value: JsonObject): JsonObject {
    const left = this.#strict.leftProperties(node) === false ? this.#leftOver(node, value) : undefined
    const names = Object.keys(value)
    let kept: [string, unknown][] | undefined
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string
      const stripped = left?.(name) === true ? UNLISTED : this.#property(node, name, value[name])
      if (stripped !== value[name]) kept ??= names.slice(0, i).map((before) => [before, value[before]])
      if (stripped !== UNLISTED) kept?.push([name, stripped])
    }
    // Own properties even for `__proto__`.
    return kept === undefined ? value : Object.fromEntries(kept)
  }

  #property(node: SchemaObject, name: string, value: unknown): unknown {
    const { properties, patternProperties, additionalProperties } = node
    let result = value
    let isListed = false
    if (properties !== undefined && Object.hasOwn(properties, name)) {
      isListed = true
      result = this.strip(properties[name] as SchemaNode, result)
    }
    if (patternProperties !== undefined) {
      for (const [source, schema] of Object.entries(patternProperties)) {
        if (!this.#open.pattern(source).test(name)) continue
        isListed = true
        result = this.strip(schema, result)
      }
    }
    if (isListed || additionalProperties === undefined) return result
    return additionalProperties === false ? UNLISTED : this.strip(additionalProperties, result)
  }

  /** Which properties nothing lists. Where that depends on what holds: none if the value does not hold anyway. */
  #leftOver(node: SchemaObject, value: JsonObject): (name: string) => boolean {
    const { sure, maybe } = this.#open.coverage(node)
    if (maybe.isEmpty) return (name) => !sure.lists(name)
    const evaluated = new Evaluated()
    if (!this.#open.inner(node)(value, evaluated) || evaluated.all) return () => false
    const names = new Set(evaluated.keys)
    return (name) => !names.has(name)
  }
}

function sizeOf(value: unknown): number {
  return isJsonObject(value) ? Object.keys(value).length : 0
}
