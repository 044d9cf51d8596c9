import type { Test } from './closure.ts'
import { allOf, always, never } from './closure.ts'
import type { Collect, CollectBuild } from './collect.ts'
import { collectInner } from './collect.ts'
import { arrayTest } from './compile-array.ts'
import { appliesInPlace, inPlaceTests } from './compile-in-place.ts'
import { objectTest } from './compile-object.ts'
import { numberTest, stringTest } from './compile-scalars.ts'
import { appliesOthers, type Covered, coveredBy } from './coverage.ts'
import { oneOfValues } from './equal.ts'
import type { FormatTests } from './formats/formats.ts'
import { kindTest } from './kind-test.ts'
import { KIND, kindsOf } from './kinds.ts'
import { assertProgress } from './schema-loop.ts'
import type { SchemaId, SchemaNode, SchemaObject } from './schema-node.ts'
import { Scopes } from './scopes.ts'
import type { Leftover } from './unevaluated.ts'
import { unevaluatedTest } from './unevaluated.ts'
import { Visits } from './visits.ts'

/**
 * Composes closures from schemas: one for each schema, when a value first gets there.
 * `isOpen` leaves out what refuses unlisted properties: `closed`, and `false` as `additionalProperties` and `unevaluatedProperties`.
 */
export class Compiler implements CollectBuild {
  readonly scopes = new Scopes()
  readonly visits = new Visits()
  readonly node: (id: SchemaId) => SchemaNode
  readonly #formats: FormatTests
  readonly #isOpen: boolean
  readonly #coverages = new Map<SchemaObject, Covered>()
  readonly #references = new Map<SchemaId, Test>()
  readonly #tests = new Map<SchemaNode, Test>()
  readonly #collects = new Map<SchemaNode, Collect>()
  readonly #inners = new Map<SchemaObject, Collect>()
  readonly #leaves = new Map<string, Test>()
  readonly #patterns = new Map<string, RegExp>()
  readonly #progressing = new Set<SchemaNode>()

  constructor(node: (id: SchemaId) => SchemaNode, formats: FormatTests, isOpen: boolean) {
    this.node = node
    this.#formats = formats
    this.#isOpen = isOpen
  }

  testOf(id: SchemaId): Test {
    let reference = this.#references.get(id)
    if (reference === undefined) {
      reference = this.#reference(id)
      this.#references.set(id, reference)
    }
    return reference
  }

  #reference(id: SchemaId): Test {
    const { visits, scopes } = this
    let test: Test | undefined
    return (value) => {
      test ??= this.#enter(id)
      const areFew = typeof value === 'object' ? visits.areFew() : visits.areFewPlain()
      return areFew ? test(value) : visits.recall(id, test, value, !scopes.isEmpty)
    }
  }

  #enter(id: SchemaId): Test {
    assertProgress(id, this, this.#progressing)
    return this.test(this.node(id))
  }

  test(node: SchemaNode): Test {
    if (typeof node === 'boolean') return node ? always : never
    let test = this.#tests.get(node)
    if (test === undefined) {
      test = this.#compile(node)
      this.#tests.set(node, test)
    }
    return test
  }

  collectOf(id: SchemaId): Collect {
    let collect: Collect | undefined
    return (value, evaluated) => {
      collect ??= this.collect(this.node(id))
      // With `$dynamicRef`, the answer may be another one on another way: then only the number of steps ends it.
      if (this.scopes.isEmpty) return evaluated.once(id, collect, value)
      this.visits.step()
      return collect(value, evaluated)
    }
  }

  collect(node: SchemaNode): Collect {
    if (typeof node === 'boolean') return () => node
    let collect = this.#collects.get(node)
    if (collect === undefined) {
      collect = this.#compileCollect(node)
      this.#collects.set(node, collect)
    }
    return collect
  }

  /** As {@link Compiler.collect}, without the schema's own `unevaluated…`. */
  inner(node: SchemaObject): Collect {
    let collect = this.#inners.get(node)
    if (collect === undefined) {
      collect = collectInner(node, this, this.scopes)
      this.#inners.set(node, collect)
    }
    return collect
  }

  pattern(source: string): RegExp {
    let pattern = this.#patterns.get(source)
    if (pattern === undefined) {
      pattern = new RegExp(source, 'u')
      this.#patterns.set(source, pattern)
    }
    return pattern
  }

  ownTest(node: SchemaObject): Test {
    return this.#own(node, this.#shut(node.additionalProperties), node.items)
  }

  #own(node: SchemaObject, properties: SchemaNode | undefined, items: SchemaNode | undefined): Test {
    const kinds = kindsOf(node.type)
    const tests = [
      kindTest(kinds, {
        number: (kinds & KIND.number) === 0 ? undefined : numberTest(node, this.#formats),
        string: (kinds & KIND.string) === 0 ? undefined : stringTest(node, this, this.#formats),
        array: (kinds & KIND.array) === 0 ? undefined : arrayTest(node, items, this),
        object: (kinds & KIND.object) === 0 ? undefined : objectTest(node, properties, this),
      }),
    ]
    if (node.enum !== undefined) tests.push(oneOfValues(node.enum))
    if (Object.hasOwn(node, 'const')) tests.push(oneOfValues([node.const]))
    return tests.length === 1 ? (tests[0] as Test) : allOf(tests.filter((test) => test !== always))
  }

  /** A schema that says no more than its type and format, as most of a response's do: one closure for all that are alike. */
  #leaf(node: SchemaObject): Test | undefined {
    for (const keyword in node) if (keyword !== 'type' && keyword !== 'format') return undefined
    const key = `${node.type} ${node.format}`
    let test = this.#leaves.get(key)
    if (test === undefined) {
      test = this.#own(node, undefined, undefined)
      this.#leaves.set(key, test)
    }
    return test
  }

  #compile(node: SchemaObject): Test {
    const leaf = this.#leaf(node)
    if (leaf !== undefined) return leaf
    const inPlace = appliesInPlace(node) ? inPlaceTests(node, this, this.scopes) : []
    const properties = this.leftProperties(node)
    const items = node.unevaluatedItems
    if (!appliesOthers(node) && (items === undefined || node.contains === undefined)) {
      // Nothing else evaluates anything here: what is unevaluated is what is additional.
      const additional = node.additionalProperties === undefined ? properties : this.#shut(node.additionalProperties)
      const own = this.#own(node, additional, node.items ?? items)
      return this.#scoped(node, inPlace.length === 0 ? own : allOf([own, ...inPlace]))
    }
    const plain = allOf([this.ownTest(node), ...inPlace].filter((test) => test !== always))
    if (properties === undefined && items === undefined) return this.#scoped(node, plain)
    const leftover = this.#leftover(properties, items)
    const collect: Collect = (value, evaluated) => this.inner(node)(value, evaluated)
    const test = unevaluatedTest(this.coverage(node), leftover, plain, collect)
    const { visits, scopes } = this
    // What keeps account goes through references without coming by them: a closed reference to a schema of alternatives that lead back here would look at each level twice.
    return this.#scoped(node, (value) => (typeof value !== 'object' || visits.areFew() ? test(value) : visits.recall(node, test, value, !scopes.isEmpty)))
  }

  /** What the parts of a schema list, its own `unevaluated…` apart. */
  coverage(node: SchemaObject): Covered {
    let covered = this.#coverages.get(node)
    if (covered === undefined) {
      covered = coveredBy(node, this)
      this.#coverages.set(node, covered)
    }
    return covered
  }

  /** What properties have to be that no schema has evaluated. */
  leftProperties(node: SchemaObject): SchemaNode | undefined {
    return this.#shut(node.unevaluatedProperties ?? (node.closed === true ? false : undefined))
  }

  #leftover(properties: SchemaNode | undefined, items: SchemaNode | undefined): Leftover {
    return { properties: properties === undefined ? undefined : this.test(properties), items: items === undefined ? undefined : this.test(items) }
  }

  #compileCollect(node: SchemaObject): Collect {
    const inner = this.inner(node)
    const hasProperties = this.leftProperties(node) !== undefined
    const hasItems = node.unevaluatedItems !== undefined
    const test = hasProperties || hasItems ? this.test(node) : never
    const collect: Collect = (value, evaluated) => {
      const isAll = typeof value === 'object' && value !== null && (Array.isArray(value) ? hasItems : hasProperties)
      if (!isAll) return inner(value, evaluated)
      if (!test(value)) return false
      evaluated.all = true
      return true
    }
    const scope = node.$scope
    return scope === undefined ? collect : (value, evaluated) => this.scopes.within(scope, () => collect(value, evaluated))
  }

  #scoped({ $scope }: SchemaObject, test: Test): Test {
    return $scope === undefined ? test : (value) => this.scopes.within($scope, () => test(value))
  }

  #shut(schema: SchemaNode | undefined): SchemaNode | undefined {
    return this.#isOpen && schema === false ? undefined : schema
  }
}
