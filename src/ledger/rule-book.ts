import { ruleId } from '../core/rule-id.ts'
import { type CopiedRule, type KeptRule, MAX_RULES, type RuntimeRule } from '../core/runtime-rule.ts'
import type { AddRulesMessage, ListRulesMessage } from './message.ts'
import { canonicalRule } from './rule-schema.ts'

/** Where a ledger keeps its rules. */
export interface RuleStore {
  /** Whether it is over or not. */
  readRule(id: string): KeptRule | undefined
  writeRule(rule: KeptRule): void
  deleteRule(id: string): void
  /** How many are in force or will be. */
  countRules(nowMs: number): number
  /** Those that copies need: all that are in force or will be, but overrides. */
  copiedRules(nowMs: number): readonly KeptRule[]
  /** Up to `limit` rules in force, or that will be, after that id, by id. */
  pageOfRules(afterId: string, limit: number, nowMs: number, kind?: RuntimeRule['kind']): readonly KeptRule[]
  /** Deletes up to `limit` rules that are over. @returns how many. */
  sweepRules(nowMs: number, limit: number): number
  /** The ledger's version when the rules last changed. */
  readRulesVersion(): number
  writeRulesVersion(version: number): void
}

/** The ledger's rules: what may be added, and what becomes of it. Its caller sees to it that a change is done wholly or not at all. */
export class RuleBook {
  readonly #store: RuleStore
  readonly #max: number
  /** What copies were given last, and of which version of the rules: whoever asks meanwhile is given the same. Read from the rows it takes so long that many who ask at once would wait in vain. */
  #copied: { readonly version: number; readonly atMs: number; readonly rules: readonly CopiedRule[] } | undefined

  constructor(store: RuleStore, max = MAX_RULES) {
    this.#store = store
    this.#max = max
  }

  /**
   * Finds out what adding rules would write: each once, and not what is there already, word for word.
   * @returns nothing where there would be too many.
   * @throws {RangeError} for what is over already: it would never be in force.
   */
  prepare({ rules }: AddRulesMessage, nowMs: number): { readonly kept: readonly KeptRule[]; readonly changed: readonly KeptRule[] } | undefined {
    const over = rules.findIndex(({ untilMs }) => untilMs <= nowMs)
    if (over >= 0) throw new RangeError(`ledger: rules.${over}.untilMs has passed, so it would never be in force`)
    const byId = new Map<string, KeptRule>()
    const changed = new Map<string, KeptRule>()
    let more = 0
    for (const given of rules) {
      const rule = canonicalRule(given)
      const id = ruleId(rule)
      const kept = this.#live(id, nowMs)
      if (kept === undefined && !byId.has(id)) more++
      const isSame = kept !== undefined && isSameRule(kept, rule)
      const now = isSame ? kept : { ...rule, id, atMs: nowMs }
      byId.set(id, now)
      if (isSame) changed.delete(id)
      else changed.set(id, now)
    }
    if (more > 0 && this.#store.countRules(nowMs) + more > this.#max) return undefined
    return { kept: [...byId.values()], changed: [...changed.values()] }
  }

  write(rules: readonly KeptRule[], version: number): void {
    for (const rule of rules) this.#store.writeRule(rule)
    this.#store.writeRulesVersion(version)
  }

  /** @returns those that were there. */
  remove(ids: readonly string[], version: number, nowMs: number): readonly KeptRule[] {
    const removed: KeptRule[] = []
    for (const id of new Set(ids)) {
      const kept = this.#live(id, nowMs)
      if (kept === undefined) continue
      this.#store.deleteRule(id)
      removed.push(kept)
    }
    if (removed.length > 0) this.#store.writeRulesVersion(version)
    return removed
  }

  /** @returns all that copies need; or `same`, where they have not changed since the version that is known. */
  copy(sinceVersion: number | undefined, nowMs: number): readonly CopiedRule[] | 'same' {
    const version = this.#store.readRulesVersion()
    if (sinceVersion !== undefined && sinceVersion >= version) return 'same'
    // Those that end meanwhile stay in it: copies look at the time themselves. Those that had ended by a clock that was set back are in force again.
    if (this.#copied?.version !== version || nowMs < this.#copied.atMs)
      this.#copied = { version, atMs: nowMs, rules: this.#store.copiedRules(nowMs).flatMap(copyOf) }
    return this.#copied.rules
  }

  list({ after, limit, kind }: ListRulesMessage, nowMs: number): readonly KeptRule[] {
    return this.#store.pageOfRules(after, limit, nowMs, kind)
  }

  sweep(nowMs: number, limit: number): number {
    return this.#store.sweepRules(nowMs, limit)
  }

  #live(id: string, nowMs: number): KeptRule | undefined {
    const kept = this.#store.readRule(id)
    return kept !== undefined && kept.untilMs > nowMs ? kept : undefined
  }
}

function isSameRule({ id: _id, atMs: _atMs, ...kept }: KeptRule, rule: RuntimeRule): boolean {
  const inOrder = (object: object) => JSON.stringify(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return inOrder(kept) === inOrder(rule)
}

/** Why it is there and who wanted it may be personal, and nobody judges by it. */
function copyOf(rule: KeptRule): readonly CopiedRule[] {
  if (rule.kind === 'override') return []
  const { reason: _reason, by: _by, atMs: _atMs, ...copied } = rule
  return [copied]
}
