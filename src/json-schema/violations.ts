import type { Violation } from '../core/problem.ts'
import { isJsonObject, type JsonObject } from '../lib/json-object.ts'
import { jsonPointer } from '../lib/json-pointer.ts'
import { factsOf } from './branches.ts'
import { Evaluated } from './collect.ts'
import type { Compiler } from './compiler.ts'
import type { FormatTests } from './formats/formats.ts'
import { kindOf } from './kinds.ts'
import { ownViolations } from './own-violations.ts'
import type { SchemaNode, SchemaObject } from './schema-node.ts'
import { capped, NOT_ALLOWED, ONE_WAY, valueWords } from './words.ts'

/** Schemas looked at for one answer, so that alternatives inside of alternatives end. */
const MAX_STEPS = 5_000

/** Deeper than this, a violation only says where. */
const MAX_DEPTH = 100

type Path = readonly PropertyKey[]

interface Found extends Violation {
  readonly depth: number
}

/** Walks a value that a schema has refused, and says why, in words of the schema. */
export class ViolationWalk {
  readonly #compiler: Compiler
  readonly #formats: FormatTests
  readonly #place: string
  readonly #most: number
  readonly #judging = new Set<JsonObject>()
  #found: Found[] = []
  #steps = 0

  /** @param most how many violations are looked for; the walk ends with the last. */
  constructor(compiler: Compiler, formats: FormatTests, place: string, most: number) {
    this.#compiler = compiler
    this.#formats = formats
    this.#place = place
    this.#most = most
  }

  /** @returns at least one violation, for a value that the schema refuses. */
  run(node: SchemaNode, value: unknown): readonly Violation[] {
    this.#visit(node, value, [], 'schema')
    if (this.#found.length === 0) this.#add([], 'schema', 'does not match the schema')
    return this.#found.map(({ pointer, rule, detail }) => ({ pointer, detail, ...(rule !== undefined && { rule }) }))
  }

  #add(path: Path, rule: string, detail: string): void {
    const pointer = jsonPointer(this.#place, path)
    // Several schemas may say the same of the same value.
    if (this.#found.some((one) => one.pointer === pointer && one.rule === rule && one.detail === detail)) return
    if (this.#found.length < this.#most) this.#found.push({ pointer, rule, detail, depth: path.length })
  }

  get #isOver(): boolean {
    return this.#found.length >= this.#most || this.#steps > MAX_STEPS
  }

  /** @param rule the keyword by which the schema came here. */
  #visit(node: SchemaNode, value: unknown, path: Path, rule: string): void {
    if (this.#isOver || node === true) return
    this.#steps++
    if (node === false) this.#add(path, rule, ONE_WAY[rule] ?? NOT_ALLOWED)
    else if (node.$scope === undefined) this.#visitObject(node, value, path)
    else this.#compiler.scopes.within(node.$scope, () => this.#visitObject(node, value, path))
  }

  #visitObject(node: SchemaObject, value: unknown, path: Path): void {
    const report = (rule: string, detail: string, name?: string) => this.#add(name === undefined ? path : [...path, name], rule, detail)
    if (!ownViolations(node, value, this.#compiler, this.#formats, report)) return
    if (Array.isArray(value)) this.#items(node, value, path)
    else if (isJsonObject(value)) this.#properties(node, value, path)
    this.#inPlace(node, value, path)
    this.#unevaluated(node, value, path)
  }

  /** Goes into a property or an item only where something is wrong. */
  #inside(node: SchemaNode, value: unknown, path: Path, key: PropertyKey, rule: string): void {
    if (this.#isOver || this.#compiler.test(node)(value)) return
    if (path.length < MAX_DEPTH) this.#visit(node, value, [...path, key], rule)
    else this.#add([...path, key], rule, 'does not match the schema')
  }

  #items({ prefixItems = [], items }: SchemaObject, values: readonly unknown[], path: Path): void {
    for (let i = 0; i < values.length && !this.#isOver; i++) {
      const schema = prefixItems[i] ?? items
      if (schema !== undefined) this.#inside(schema, values[i], path, i, i < prefixItems.length ? 'prefixItems' : 'items')
    }
  }

  #properties(node: SchemaObject, value: JsonObject, path: Path): void {
    const { properties = {}, patternProperties = {}, additionalProperties, propertyNames } = node
    const patterns = Object.entries(patternProperties)
    for (const name of Object.keys(value)) {
      if (this.#isOver) return
      let isListed = false
      if (Object.hasOwn(properties, name)) {
        isListed = true
        this.#inside(properties[name] as SchemaNode, value[name], path, name, wayOf(node, name))
      }
      for (const [source, schema] of patterns) {
        if (!this.#compiler.pattern(source).test(name)) continue
        isListed = true
        this.#inside(schema, value[name], path, name, 'patternProperties')
      }
      if (!isListed && additionalProperties !== undefined) this.#inside(additionalProperties, value[name], path, name, 'additionalProperties')
      if (propertyNames !== undefined && !this.#compiler.test(propertyNames)(name))
        this.#add([...path, name], 'propertyNames', 'send another name for this property')
    }
  }

  #inPlace(node: SchemaObject, value: unknown, path: Path): void {
    const test = (schema: SchemaNode) => this.#compiler.test(schema)(value)
    const before = this.#found.length
    if (node.discriminator !== undefined && isJsonObject(value)) this.#discriminator(node.discriminator, value, path)
    const isTold = this.#found.length > before
    if (node.$ref !== undefined) this.#again(this.#compiler.node(node.$ref), value, path, '$ref')
    if (node.$dynamicRef !== undefined) this.#again(this.#compiler.node(this.#compiler.scopes.resolve(node.$dynamicRef)), value, path, '$dynamicRef')
    for (const part of node.allOf ?? []) this.#again(part, value, path, 'allOf')
    if (node.if !== undefined) {
      const holds = test(node.if)
      this.#again((holds ? node.then : node.else) ?? true, value, path, holds ? 'then' : 'else')
    }
    if (node.anyOf !== undefined && !isTold && !node.anyOf.some(test)) this.#alternatives('anyOf', node.anyOf, value, path)
    if (node.oneOf !== undefined && !isTold) {
      const held = node.oneOf.filter(test).length
      if (held === 0) this.#alternatives('oneOf', node.oneOf, value, path)
      else if (held > 1) this.#add(path, 'oneOf', 'matches more than one of the alternatives: send what fits only one')
    }
    if (node.not !== undefined && test(node.not)) this.#add(path, 'not', NOT_ALLOWED)
    if (!isJsonObject(value)) return
    for (const [name, schema] of Object.entries(node.dependentSchemas ?? {})) {
      if (Object.hasOwn(value, name)) this.#again(schema, value, path, 'dependentSchemas')
    }
  }

  #again(node: SchemaNode, value: unknown, path: Path, rule: string): void {
    if (!this.#isOver && !this.#compiler.test(node)(value)) this.#visit(node, value, path, rule)
  }

  #discriminator({ property, mapping }: NonNullable<SchemaObject['discriminator']>, value: JsonObject, path: Path): void {
    const at = [...path, property]
    const name = Object.hasOwn(value, property) ? value[property] : undefined
    if (name === undefined) this.#add(at, 'discriminator', 'required')
    else if (typeof name !== 'string' || !Object.hasOwn(mapping, name)) this.#add(at, 'discriminator', valueWords(Object.keys(mapping)))
    else if (!this.#judging.has(value)) {
      // A child that repeats its parent by allOf comes back here.
      this.#judging.add(value)
      this.#again(this.#compiler.node(mapping[name] as number), value, path, 'discriminator')
      this.#judging.delete(value)
    }
  }

  /** Of alternatives that all failed, the one that was meant: told by its type or by a constant; else the one that came closest. */
  #alternatives(rule: string, branches: readonly SchemaNode[], value: unknown, path: Path): void {
    const candidates = branches.filter((branch) => this.#mayBeMeant(branch, value))
    const [only] = candidates
    if (only === undefined) this.#add(path, rule, this.#choice(branches, value))
    else if (candidates.length === 1) this.#visit(only, value, path, rule)
    else this.#closest(candidates, value, path, rule)
  }

  #closest(candidates: readonly SchemaNode[], value: unknown, path: Path, rule: string): void {
    let closest: readonly Found[] | undefined
    for (const candidate of candidates) {
      const found = this.#apart(candidate, value, path, rule)
      if (found.length > 0 && (closest === undefined || isCloser(found, closest))) closest = found
    }
    if (closest === undefined || closest.every(({ depth }) => depth === path.length)) this.#add(path, rule, 'matches none of the alternatives')
    else for (const one of closest) if (this.#found.length < this.#most) this.#found.push(one)
  }

  #mayBeMeant(branch: SchemaNode, value: unknown): boolean {
    const { kinds, values } = factsOf(branch, this.#compiler)
    if ((kinds & kindOf(value)) === 0) return false
    if (!isJsonObject(value)) return true
    return [...values].every(([name, allowed]) => !Object.hasOwn(value, name) || allowed.has(value[name]))
  }

  /** Where each alternative has a constant of its own for the same property: those constants. */
  #choice(branches: readonly SchemaNode[], value: unknown): string {
    const facts = branches.map((branch) => factsOf(branch, this.#compiler).values)
    const name = [...(facts[0]?.keys() ?? [])].find((one) => facts.every((values) => values.has(one)))
    if (name === undefined || !isJsonObject(value)) return 'matches none of the alternatives'
    return capped(`matches none of the alternatives: for ${name}, ${valueWords(facts.flatMap((values) => [...(values.get(name) ?? [])]))}`)
  }

  #apart(node: SchemaNode, value: unknown, path: Path, rule: string): readonly Found[] {
    const before = this.#found
    this.#found = []
    this.#visit(node, value, path, rule)
    const found = this.#found
    this.#found = before
    return found
  }

  #unevaluated(node: SchemaObject, value: unknown, path: Path): void {
    const properties = this.#compiler.leftProperties(node)
    const items = node.unevaluatedItems
    if (!(isJsonObject(value) && properties !== undefined) && !(Array.isArray(value) && items !== undefined)) return
    const isEvaluated = this.#evaluatedBy(node, value)
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length && !this.#isOver; i++) if (!isEvaluated(i)) this.#inside(items as SchemaNode, value[i], path, i, 'unevaluatedItems')
    } else if (isJsonObject(value)) {
      const rule = node.unevaluatedProperties === undefined ? 'additionalProperties' : 'unevaluatedProperties'
      for (const name of Object.keys(value)) {
        if (this.#isOver) return
        if (!isEvaluated(name)) this.#inside(properties as SchemaNode, value[name], path, name, rule)
      }
    }
  }

  /** Where something else is wrong with the value, nobody can say what its parts evaluated: then all that some part may list counts as listed. */
  #evaluatedBy(node: SchemaObject, value: unknown): (key: string | number) => boolean {
    const evaluated = new Evaluated()
    if (this.#compiler.inner(node)(value, evaluated)) {
      const keys = new Set(evaluated.keys)
      return (key) => evaluated.all || keys.has(key) || (typeof key === 'number' && key < evaluated.upTo)
    }
    const { sure, maybe } = this.#compiler.coverage(node)
    const mayBeAny = sure.allItems || maybe.allItems || maybe.dependsOnItems
    return (key) => (typeof key === 'number' ? mayBeAny || key < sure.prefix : sure.lists(key) || maybe.lists(key))
  }
}

/** The keyword by which a property is what it is. */
function wayOf({ readOnly, writeOnly }: SchemaObject, name: string): string {
  if (readOnly?.includes(name)) return 'readOnly'
  return writeOnly?.includes(name) ? 'writeOnly' : 'properties'
}

/** Fewer violations are closer; of as many, deeper ones. */
function isCloser(a: readonly Found[], b: readonly Found[]): boolean {
  if (a.length !== b.length) return a.length < b.length
  return deepest(a) > deepest(b)
}

function deepest(found: readonly Found[]): number {
  return found.reduce((most, { depth }) => Math.max(most, depth), 0)
}
