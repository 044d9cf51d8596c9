import type { Revocable } from '../core/revocation.ts'
import { Filter } from './filter.ts'
import type { Entry, SnapshotReply } from './message.ts'
import { CompiledRules } from './rules-in-force.ts'

/** A version of a ledger. */
export interface LedgerVersion {
  /** Differs for each ledger that there ever was. */
  readonly epoch: string
  readonly version: number
}

/** What is known of the ledger in one of its versions. It never changes: answers come in any order, and one that comes late must change nothing. */
export class Known implements LedgerVersion {
  readonly epoch: string
  readonly version: number
  readonly filter: Filter | undefined
  /** Absent where a ledger of a former version was asked, or copies of a former version told: then nobody knows whether there are any. */
  readonly rules: CompiledRules | undefined
  readonly #list: ReadonlyMap<string, readonly [beforeMs: number, untilMs: number]>

  private constructor(
    { epoch, version }: LedgerVersion,
    rules: CompiledRules | undefined,
    list: ReadonlyMap<string, readonly [number, number]>,
    filter?: Filter,
  ) {
    this.epoch = epoch
    this.version = version
    this.rules = rules
    this.filter = filter
    this.#list = list
  }

  static ofList(version: LedgerVersion, entries: readonly Entry[], rules?: CompiledRules): Known {
    return new Known(version, rules, new Map(entries.map(([name, beforeMs, untilMs]) => [name, [beforeMs, untilMs]])))
  }

  static ofFilter(version: LedgerVersion, filter: Filter, rules?: CompiledRules): Known {
    return new Known(version, rules, new Map(), filter)
  }

  /** Takes in what the ledger said. @param before what it was told is known. @returns nothing where the reply does not follow from that. */
  static from(reply: SnapshotReply, before: Known | undefined, nowMs: number): Known | undefined {
    const mine = before?.epoch === reply.epoch ? before : undefined
    if (reply.rules === 'same' && mine?.rules === undefined) return undefined
    const rules = reply.rules === 'same' ? mine?.rules : reply.rules && new CompiledRules(reply.rules)
    switch (reply.kind) {
      case 'list':
        return Known.ofList(reply, reply.entries, rules)
      case 'filter':
        return Known.ofFilter(reply, new Filter(reply.filter), rules)
      case 'same':
        return mine?.version === reply.version ? mine : undefined
      case 'changes':
        return mine !== undefined && mine.filter === undefined ? mine.#changed(reply, rules, nowMs) : undefined
    }
  }

  /** The ones that were lifted are 0 on both sides, and go. */
  #changed(reply: LedgerVersion & { readonly entries: readonly Entry[] }, rules: CompiledRules | undefined, nowMs: number): Known {
    const list = new Map(this.#list)
    for (const [name, [, untilMs]] of list) if (untilMs <= nowMs) list.delete(name)
    for (const [name, beforeMs, untilMs] of reply.entries) {
      if (untilMs === 0) list.delete(name)
      else list.set(name, [beforeMs, untilMs])
    }
    return new Known(reply, rules, list)
  }

  /** @returns the name under which the credential is revoked, nothing where it is not, or `true` where only the ledger can know. */
  judge(revocable: Revocable, nowMs: number): string | true | undefined {
    const { filter } = this
    if (filter !== undefined) return revocable.names.some((name) => filter.mayHave(name)) ? true : undefined
    // Names are put together when somebody looks.
    if (this.#list.size === 0) return undefined
    return revocable.names.find((name) => {
      const entry = this.#list.get(name)
      return entry !== undefined && revocable.issuedAtMs < entry[0] && nowMs < entry[1]
    })
  }

  entries(): Entry[] {
    return [...this.#list].map(([name, [beforeMs, untilMs]]) => [name, beforeMs, untilMs])
  }
}
