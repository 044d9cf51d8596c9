import type { Clock } from '../core/ports.ts'
import type { RulesInForce } from '../core/runtime-rule.ts'
import { ageAt } from '../lib/age.ts'
import type { Known } from './known.ts'
import type { Dated } from './near.ts'
import { type CompiledRules, NO_RULES } from './rules-in-force.ts'

/** What an isolate believes of the ledger, how old that is, and which of two things that it hears. */
export class BelievedCopy {
  #known: Known | undefined
  /** When the ledger was asked for what is known. */
  #asOfMs = Number.NEGATIVE_INFINITY
  /** How many times the ledger was asked for all of it, and how many of them when what is known was heard. No clock tells the order as surely. */
  #questions = 0
  #heardAfter = 0
  /** The rules that were last heard. A ledger of a former version tells of none, and cannot have changed any. */
  #rulesHeard: { readonly epoch: string; readonly rules: CompiledRules } | undefined
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Nothing before anything was heard. */
  get known(): Known | undefined {
    return this.#known
  }

  /** When the ledger was asked for what is known; of what is from the future, at no time that others must come after. */
  get asOfMs(): number {
    return this.ageMs(this.#clock.now()) === Number.POSITIVE_INFINITY ? Number.NEGATIVE_INFINITY : this.#asOfMs
  }

  /** What is from the future is by a clock that was set back: nobody knows how old it is. */
  ageMs(nowMs: number): number {
    return ageAt(this.#asOfMs, nowMs)
  }

  /** The ledger is asked for all of it. @returns the number of the question. */
  ask(): number {
    return ++this.#questions
  }

  /** What is known is worth nothing any more. */
  doubt(): void {
    this.#asOfMs = Number.NEGATIVE_INFINITY
  }

  /** The rules of what is known, or those that were heard before. */
  rulesOf(known: Known): RulesInForce {
    return known.rules ?? (this.#rulesHeard?.epoch === known.epoch ? this.#rulesHeard.rules : NO_RULES)
  }

  /**
   * Answers come in any order: of one ledger the newer version holds, until one is told that was asked for after that was heard: then the ledger was restored. Of another ledger the later
   * question holds. Of one version, an object of a former version of ours says less: it knows no rules.
   */
  hear(known: Known, asOfMs: number, question: number): void {
    const mine = this.#known
    const mineAsOfMs = this.asOfMs
    if (mine === undefined || mine.epoch !== known.epoch) {
      if (asOfMs >= mineAsOfMs) this.#adopt(known, asOfMs)
    } else if (known.version === mine.version) this.#adopt(known.rules === undefined && mine.rules !== undefined ? mine : known, Math.max(asOfMs, mineAsOfMs))
    else if (known.version > mine.version || question > this.#heardAfter) this.#adopt(known, asOfMs)
  }

  /** Of what the location knows, nothing is believed that contradicts what came from the ledger meanwhile. @returns whether it was believed. */
  take({ known, asOfMs }: Dated): boolean {
    const mine = this.#known
    if (mine !== undefined && (mine.epoch !== known.epoch || mine.version > known.version || asOfMs < this.asOfMs)) return false
    this.#adopt(mine?.version === known.version && mine.rules !== undefined ? mine : known, asOfMs)
    return true
  }

  #adopt(known: Known, asOfMs: number): void {
    this.#known = known
    this.#asOfMs = asOfMs
    this.#heardAfter = this.#questions
    if (known.rules !== undefined) this.#rulesHeard = { epoch: known.epoch, rules: known.rules }
  }
}
