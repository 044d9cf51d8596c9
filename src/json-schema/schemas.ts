import type { Violation } from '../core/problem.ts'
import type { Test } from './closure.ts'
import { assertOwnNamesOnly } from './closure.ts'
import { Compiler } from './compiler.ts'
import type { FormatTests } from './formats/formats.ts'
import { ANNOTATED, ASSERTED } from './formats/formats.ts'
import type { SchemaId, SchemaNode } from './schema-node.ts'
import { Stripping } from './strip.ts'
import { ViolationWalk } from './violations.ts'
import { GaveUp } from './visits.ts'

/** Judges values by one schema. Values are those of JSON, of bounded depth. */
export interface SchemaValidator {
  /** Whether the schema holds; says nothing else, and so is the fast way. A value that takes too long to judge does not. */
  test(value: unknown): boolean
  /**
   * Why {@link SchemaValidator.test} said no: at least one violation.
   * @param place what pointers begin with: `#`, `query/limit`…
   * @param most the walk ends with that many.
   */
  violations(value: unknown, place: string, most: number): readonly Violation[]
  /**
   * A copy without the properties that the schema does not list: those that `closed` refuses, and those that its author refuses by
   * `additionalProperties: false` or `unevaluatedProperties: false`. The same value where the schema holds or nothing is removed. Test it again: what else is wrong
   * stays wrong.
   */
  strip(value: unknown): unknown
}

/** What is said of a value that takes too long to judge. */
const TOO_MANY_STEPS = { rule: 'steps', detail: 'takes too many steps to judge: send less, or less deeply nested' } as const

function unlessGivenUp<T>(judge: () => T, otherwise: T): T {
  try {
    return judge()
  } catch (error) {
    if (error instanceof GaveUp) return otherwise
    throw error
  }
}

/** Compiled schemas, by number. Each is parsed and compiled when it is first asked for. */
export class Schemas {
  readonly #read: (id: SchemaId) => SchemaNode
  readonly #formats: FormatTests
  readonly #nodes = new Map<SchemaId, SchemaNode>()
  readonly #validators = new Map<SchemaId, SchemaValidator>()
  readonly #strict: Compiler
  #open: Compiler | undefined

  /** @param read gives a schema as it is packed; asked once for each. */
  constructor(read: (id: SchemaId) => SchemaNode, { formats = 'assert' }: { readonly formats?: 'assert' | 'annotate' } = {}) {
    this.#read = read
    this.#formats = formats === 'assert' ? ASSERTED : ANNOTATED
    this.#strict = this.#compiler(false)
  }

  /** @returns others, read by something else and judged as these are. */
  beside(read: (id: SchemaId) => SchemaNode): Schemas {
    return new Schemas(read, { formats: this.#formats === ASSERTED ? 'assert' : 'annotate' })
  }

  node(id: SchemaId): SchemaNode {
    let node = this.#nodes.get(id)
    if (node === undefined) {
      node = this.#read(id)
      this.#nodes.set(id, node)
    }
    return node
  }

  /** @throws {SchemaLoop} from its `test`, for a schema that refers to itself without going into the value. */
  validator(id: SchemaId): SchemaValidator {
    let validator = this.#validators.get(id)
    if (validator === undefined) {
      validator = this.#validator(id)
      this.#validators.set(id, validator)
    }
    return validator
  }

  #validator(id: SchemaId): SchemaValidator {
    const test: Test = this.#strict.testOf(id)
    const { visits } = this.#strict
    const judge: Test = (value) => {
      assertOwnNamesOnly()
      visits.begin()
      try {
        return test(value)
      } catch (error) {
        if (error instanceof GaveUp) return false
        throw error
      }
    }
    return {
      test: judge,
      violations: (value, place, most) => {
        visits.begin()
        const walk = new ViolationWalk(this.#strict, this.#formats, place, most)
        return unlessGivenUp(() => walk.run(this.node(id), value), [{ pointer: place, ...TOO_MANY_STEPS }])
      },
      strip: (value) => {
        // Most values have nothing to be stripped of, and testing is much faster.
        if (judge(value)) return value
        this.#open ??= this.#compiler(true)
        this.#open.visits.begin()
        const stripping = new Stripping(this.#strict, this.#open)
        return unlessGivenUp(() => stripping.strip(this.node(id), value), value)
      },
    }
  }

  #compiler(isOpen: boolean): Compiler {
    return new Compiler((id) => this.node(id), this.#formats, isOpen)
  }
}
