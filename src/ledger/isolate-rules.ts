import * as v from 'valibot'
import type { ObjectCaller, RuntimeRules } from '../core/ports.ts'
import type { Staleness } from '../core/revocation.ts'
import type { RulesInForce } from '../core/runtime-rule.ts'
import { type KeptRule, MAX_RULES, type RuntimeRule } from '../core/runtime-rule.ts'
import { type AddRulesMessage, type ListRulesMessage, MESSAGE_VERSION, type RemoveRulesMessage, type RulesReply } from './message.ts'
import { RULES } from './rule-schema.ts'

/** The ledger, as an isolate asks it for rules. */
export interface RulesOwner {
  addRules(message: AddRulesMessage): Promise<RulesReply>
  removeRules(message: RemoveRulesMessage): Promise<RulesReply>
  listRules(message: ListRulesMessage): Promise<RulesReply>
}

/** What the rules need of the isolate's copy that they are a part of. */
export interface RulesCopy {
  rules(staleness: Staleness, caller: ObjectCaller): RulesInForce | Promise<RulesInForce>
  /** Asks the ledger, as patiently as an operator. */
  operate<T>(work: (owner: RulesOwner) => Promise<T>): Promise<T>
  /** The same, and takes in what it did. */
  change<T>(work: (owner: RulesOwner) => Promise<T>): Promise<T>
}

/** The rules of an isolate's copy of the ledger. */
export class IsolateRules implements RuntimeRules {
  readonly #copy: RulesCopy

  constructor(copy: RulesCopy) {
    this.#copy = copy
  }

  current(staleness: Staleness, caller: ObjectCaller): RulesInForce | Promise<RulesInForce> {
    return this.#copy.rules(staleness, caller)
  }

  async add(rules: readonly RuntimeRule[]): Promise<readonly KeptRule[]> {
    const read = v.safeParse(RULES, rules)
    // Here too, so that whoever adds hears what is wrong, as the class of the error does not come through from another machine.
    if (!read.success) throw new RangeError(`no rule at ${read.issues.map((issue) => v.getDotPath(issue) ?? 'its root').join(', ')}`)
    const reply = await this.#copy.change((owner) => owner.addRules({ v: MESSAGE_VERSION, rules: read.output }))
    if (reply.isFull === true) throw new RangeError(`there would be more than ${MAX_RULES} rules`)
    return reply.rules
  }

  async remove(ids: readonly string[]): Promise<readonly KeptRule[]> {
    return (await this.#copy.change((owner) => owner.removeRules({ v: MESSAGE_VERSION, ids: [...ids] }))).rules
  }

  async list(after: string, limit: number, kind?: RuntimeRule['kind']): Promise<readonly KeptRule[]> {
    const page = this.#copy.operate((owner) => owner.listRules({ v: MESSAGE_VERSION, after, limit, ...(kind !== undefined && { kind }) }))
    return (await page).rules
  }
}
