import type { Revocable } from '../core/revocation.ts'
import { Filter } from './filter.ts'
import type { Entry, SnapshotReply } from './message.ts'

/** What one isolate knows of the ledger, as of some version of it. */
export class Known {
  readonly epoch: string
  readonly version: number
  /** When the ledger was asked for it, in milliseconds since the epoch: whatever tiers it came through, its age counts from there. */
  asOfMs: number
  readonly #list: Map<string, readonly [beforeMs: number, untilMs: number]>
  readonly filter: Filter | undefined

  private constructor(epoch: string, version: number, asOfMs: number, list: Map<string, readonly [number, number]>, filter?: Filter) {
    this.epoch = epoch
    this.version = version
    this.asOfMs = asOfMs
    this.#list = list
    this.filter = filter
  }

  static ofList({ epoch, version }: { readonly epoch: string; readonly version: number }, entries: readonly Entry[], asOfMs: number): Known {
    return new Known(epoch, version, asOfMs, new Map(entries.map(([name, beforeMs, untilMs]) => [name, [beforeMs, untilMs]])))
  }

  static ofFilter({ epoch, version }: { readonly epoch: string; readonly version: number }, filter: Filter, asOfMs: number): Known {
    return new Known(epoch, version, asOfMs, new Map(), filter)
  }

  /** Takes in what the ledger said. @param before what it was told is known. @returns nothing where the reply does not follow from that. */
  static from(reply: SnapshotReply, before: Known | undefined, asOfMs: number): Known | undefined {
    switch (reply.kind) {
      case 'list':
        return Known.ofList(reply, reply.entries, asOfMs)
      case 'filter':
        return Known.ofFilter(reply, new Filter(reply.filter), asOfMs)
      case 'same':
        if (before === undefined || before.epoch !== reply.epoch || before.version !== reply.version) return undefined
        before.asOfMs = Math.max(before.asOfMs, asOfMs)
        return before
      case 'changes':
        return before === undefined || before.filter !== undefined || before.epoch !== reply.epoch ? undefined : before.#changed(reply, asOfMs)
    }
  }

  /** The ones that were lifted are 0 on both sides, and go. */
  #changed({ version, entries }: { readonly version: number; readonly entries: readonly Entry[] }, asOfMs: number): Known {
    const list = new Map([...this.#list].filter(([, [, untilMs]]) => untilMs > asOfMs))
    for (const [name, beforeMs, untilMs] of entries) {
      if (untilMs === 0) list.delete(name)
      else list.set(name, [beforeMs, untilMs])
    }
    return new Known(this.epoch, version, asOfMs, list)
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
