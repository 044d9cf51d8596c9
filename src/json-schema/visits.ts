import type { Test } from './closure.ts'
import type { SchemaId, SchemaObject } from './schema-node.ts'

/** Objects and arrays that come to a reference, or to a schema that keeps account of what is listed, in one validation before answers are kept: far more than most bodies have. */
const FEW = 5_000
/** The same of texts, numbers and the like, of which there are more. */
const FEW_PLAIN = 200_000
/** With `$dynamicRef`, answers depend on the way, so none are kept: then a validation ends here. */
const MOST = 200_000

/** A validation ended before it could say yes or no: nobody may take that for a yes. */
export class GaveUp extends Error {
  override readonly name = 'GaveUp'
  constructor() {
    super(`found a value that takes more than ${MOST} steps to validate`)
  }
}

/**
 * Keeps the time of a validation in proportion to the value. A recursive schema that looks at a property twice, by two alternatives or by `if` and
 * `then`, looks at what is n levels down 2^n times; so from some point on each schema judges each object once.
 */
export class Visits {
  #count = 0
  #plain = 0
  readonly #answers = new Map<SchemaId | SchemaObject, Map<unknown, boolean>>()

  /** A value is as it was until the next call. */
  begin(): void {
    this.#count = 0
    this.#plain = 0
    if (this.#answers.size > 0) this.#answers.clear()
  }

  /** Counts one more. */
  areFew(): boolean {
    return ++this.#count < FEW
  }

  /** As {@link Visits.areFew}, for values that hold no others. */
  areFewPlain(): boolean {
    return ++this.#plain < FEW_PLAIN
  }

  /** Counts a visit of which no answer is kept. @throws {GaveUp} */
  step(): void {
    if (++this.#count > MOST) throw new GaveUp()
  }

  /** @param dependsOnWay the answer may be another one on another way through the schemas. @throws {GaveUp} for more visits than any value needs */
  recall(id: SchemaId | SchemaObject, test: Test, value: unknown, dependsOnWay: boolean): boolean {
    if (dependsOnWay) {
      if (this.#count > MOST || this.#plain > FEW_PLAIN + MOST) throw new GaveUp()
      return test(value)
    }
    let answers = this.#answers.get(id)
    if (answers === undefined) {
      answers = new Map()
      this.#answers.set(id, answers)
    }
    let answer = answers.get(value)
    if (answer === undefined) {
      answer = test(value)
      answers.set(value, answer)
    }
    return answer
  }
}
