import { ALL_ISSUED_MS, type KeptRevocation, type RevocationSubject, revocationName } from '../core/revocation.ts'
import type { KeptRule } from '../core/runtime-rule.ts'
import { Filter } from './filter.ts'
import {
  type AddRulesMessage,
  type Entry,
  type FindMessage,
  type ListMessage,
  type ListRulesMessage,
  MESSAGE_VERSION,
  type RevokeMessage,
  type RulesReply,
  type SnapshotMessage,
  type SnapshotReply,
} from './message.ts'
import { RuleBook, type RuleStore } from './rule-book.ts'

/** With more live revocations than that, isolates get a filter and ask about what it may have. */
export const MAX_LISTED = 50_000
/** So many versions are remembered, to say what has changed since. */
const MAX_RECENT = 64
/** Changes that are more than that are sent as the whole. */
const MAX_CHANGES = 5000
/** Credentials are good for so long after they say that they end: the clocks' difference that a control may allow, and some more. Revocations end no sooner. */
export const GRACE_MS = 65_000
/** How long it is remembered that something was lifted: who has been away for longer gets the whole. */
export const REMEMBER_LIFTED_MS = 86_400_000

/** One row of the ledger. What was lifted has an empty time before, and stays for a while so that copies hear of it. */
export interface LedgerRow extends KeptRevocation {
  readonly name: string
  /** That of the ledger when the row was last written. */
  readonly version: number
  readonly lifted: boolean
}

/** The ledger's own state. */
export interface LedgerState {
  /** Differs for each ledger that there ever was under its name. */
  readonly epoch: string
  /** Goes up with each change, and with time: a ledger that was restored from a backup never gives a version again that it has given. */
  readonly version: number
  /** The newest version of which a row that was lifted is no longer there. */
  readonly floor: number
  /** The latest versions that it gave, this one included: of any other, nobody can say what has changed since. A ledger that was restored has not given what came after its backup. */
  readonly recent: readonly number[]
}

/** Where a ledger keeps its rows. Synchronous: between reading and writing nobody else may come in. */
export interface LedgerStore extends RuleStore {
  /** Does all of it or nothing. */
  atomically(work: () => void): void
  readState(): LedgerState | undefined
  writeState(state: LedgerState): void
  read(name: string): LedgerRow | undefined
  write(row: LedgerRow): void
  /** @returns up to `limit` rows of later versions. */
  changedAfter(version: number, limit: number): readonly LedgerRow[]
  /** Every revocation in force. */
  live(nowMs: number): Iterable<LedgerRow>
  /** The names of all of them: for a filter nothing else is read. */
  liveNames(nowMs: number): Iterable<string>
  /** How many there are, and those that are over and still lie about. */
  count(): number
  /** Up to `limit` revocations in force after that name, by name. */
  page(afterName: string, limit: number, nowMs: number): readonly LedgerRow[]
  /** Deletes up to `limit` rows that are over, and says which versions of lifted ones were among them. */
  sweep(nowMs: number, limit: number): { readonly deleted: number; readonly newestLifted: number }
}

/** Decides what is revoked, and which rules there are: one version stands for both. The pure half of the `Ledger` object. */
export class RevocationOwner {
  readonly #store: LedgerStore
  readonly #random: () => number
  readonly #maxListed: number
  readonly #rules: RuleBook
  /** Holds at least what is in force: what was lifted or is over stays in it until it is built anew. */
  #filter: Filter | undefined

  constructor(store: LedgerStore, random: () => number = Math.random, maxListed = MAX_LISTED, maxRules?: number) {
    this.#store = store
    this.#rules = new RuleBook(store, maxRules)
    this.#random = random
    this.#maxListed = maxListed
  }

  /**
   * Revokes. Of two revocations of one subject both hold: the later "before" and the later "until".
   * @throws {RangeError} for what is over already: it would never be in force.
   */
  revoke({ revocations }: RevokeMessage, nowMs: number): void {
    const over = revocations.findIndex(({ untilMs }) => untilMs <= nowMs)
    if (over >= 0) throw new RangeError(`ledger: revocations.${over}.untilMs has passed, so it would never be in force`)
    this.#change(nowMs, (version) => {
      let changed = false
      for (const given of revocations) changed = this.#revokeOne(given, version, nowMs) || changed
      return changed
    })
  }

  /** Takes revocations back. */
  lift(subjects: readonly RevocationSubject[], nowMs: number): void {
    this.#change(nowMs, (version) => {
      let changed = false
      for (const subject of subjects) {
        const kept = this.#store.read(revocationName(subject))
        if (kept === undefined || kept.lifted) continue
        this.#store.write({ ...kept, beforeMs: 0, untilMs: nowMs + REMEMBER_LIFTED_MS, atMs: nowMs, version, lifted: true })
        changed = true
      }
      return changed
    })
  }

  /** Adds rules, or replaces those that concern the same: all or none. @throws {RangeError} for what is over already. */
  addRules(message: AddRulesMessage, nowMs: number): RulesReply {
    const prepared = this.#rules.prepare(message, nowMs)
    if (prepared === undefined) return { v: MESSAGE_VERSION, rules: [], isFull: true }
    const { kept, changed } = prepared
    this.#change(nowMs, (version) => {
      if (changed.length > 0) this.#rules.write(changed, version)
      return changed.length > 0
    })
    return { v: MESSAGE_VERSION, rules: kept }
  }

  /** Ends rules. @returns those that there were. */
  removeRules(ids: readonly string[], nowMs: number): RulesReply {
    let rules: readonly KeptRule[] = []
    this.#change(nowMs, (version) => {
      rules = this.#rules.remove(ids, version, nowMs)
      return rules.length > 0
    })
    return { v: MESSAGE_VERSION, rules }
  }

  /** @returns a page of the rules. */
  listRules(message: ListRulesMessage, nowMs: number): RulesReply {
    return { v: MESSAGE_VERSION, rules: this.#rules.list(message, nowMs) }
  }

  /** @returns whether anything has changed. */
  #revokeOne(given: RevokeMessage['revocations'][number], version: number, nowMs: number): boolean {
    const { kind, issuer, value, beforeMs = ALL_ISSUED_MS, reason, by } = given
    const untilMs = given.untilMs + GRACE_MS
    const name = revocationName(given)
    const kept = this.#store.read(name)
    const inForce = kept !== undefined && !kept.lifted && kept.untilMs > nowMs ? kept : undefined
    if (inForce !== undefined && inForce.beforeMs >= beforeMs && inForce.untilMs >= untilMs) return false
    this.#store.write({
      name,
      kind,
      issuer,
      value,
      beforeMs: Math.max(beforeMs, inForce?.beforeMs ?? 0),
      untilMs: Math.max(untilMs, inForce?.untilMs ?? 0),
      reason,
      by,
      atMs: nowMs,
      version,
      lifted: false,
    })
    this.#filter?.add(name)
    return true
  }

  #change(nowMs: number, change: (version: number) => boolean): void {
    this.#store.atomically(() => {
      const state = this.#state()
      const version = Math.max(state.version + 1, Math.floor(nowMs))
      if (change(version)) this.#store.writeState({ ...state, version, recent: [...state.recent, version].slice(-MAX_RECENT) })
    })
  }

  /** @returns the name under which a credential is revoked. */
  find({ names, issuedAtMs }: FindMessage, nowMs: number): string | undefined {
    return names.find((name) => {
      const row = this.#store.read(name)
      return row !== undefined && !row.lifted && issuedAtMs < row.beforeMs && nowMs < row.untilMs
    })
  }

  /** @returns all that is revoked and all rules, in the shortest way that the asking side understands. */
  snapshot({ known, rules: hasRules }: SnapshotMessage, nowMs: number): SnapshotReply {
    const { epoch, version, floor, recent } = this.#state()
    const isOurs = known !== undefined && known.epoch === epoch && recent.includes(known.version)
    const isLong = this.#store.count() > this.#maxListed
    const hasFilter = known?.isFilter === true
    if (isOurs && known.version === version && hasFilter === isLong && hasRules !== false) return { v: MESSAGE_VERSION, epoch, version, kind: 'same' }
    const rules = hasRules === undefined ? undefined : this.#rules.copy(isOurs && hasRules ? known.version : undefined, nowMs)
    const head = { v: MESSAGE_VERSION, epoch, version, ...(rules !== undefined && { rules }) } as const
    if (isLong) {
      const { seed, hashes, bits } = this.#filterOf(nowMs)
      return { ...head, kind: 'filter', filter: { seed, hashes, bits } }
    }
    this.#filter = undefined
    if (isOurs && !hasFilter && known.version >= floor) {
      const changes = this.#store.changedAfter(known.version, MAX_CHANGES + 1)
      if (changes.length <= MAX_CHANGES) return { ...head, kind: 'changes', entries: changes.map(entryOf) }
    }
    return { ...head, kind: 'list', entries: Array.from(this.#store.live(nowMs), entryOf) }
  }

  /** @returns what is in force. */
  list({ after, limit }: ListMessage, nowMs: number): readonly KeptRevocation[] {
    return this.#store.page(after === undefined ? '' : revocationName(after), limit, nowMs).map(keptOf)
  }

  /** Deletes what is over. @returns whether there may be more of it. */
  sweep(nowMs: number, limit: number): boolean {
    const { deleted, newestLifted } = this.#store.sweep(nowMs, limit)
    const state = this.#state()
    if (newestLifted > state.floor) this.#store.writeState({ ...state, floor: newestLifted })
    const sweptRules = this.#rules.sweep(nowMs, limit)
    return deleted === limit || sweptRules === limit
  }

  #filterOf(nowMs: number): Filter {
    if (this.#filter === undefined || this.#filter.isFull) {
      this.#filter = Filter.for(this.#store.count(), Math.floor(this.#random() * 2 ** 32))
      for (const name of this.#store.liveNames(nowMs)) this.#filter.add(name)
    }
    return this.#filter
  }

  #state(): LedgerState {
    const state = this.#store.readState()
    if (state !== undefined) return state
    const first = { epoch: Math.floor(this.#random() * 2 ** 52).toString(36), version: 0, floor: 0, recent: [0] }
    this.#store.writeState(first)
    return first
  }
}

function entryOf({ name, beforeMs, untilMs, lifted }: LedgerRow): Entry {
  return lifted ? [name, 0, 0] : [name, beforeMs, untilMs]
}

function keptOf({ kind, issuer, value, beforeMs, untilMs, reason, by, atMs }: LedgerRow): KeptRevocation {
  return { kind, issuer, value, beforeMs, untilMs, reason, by, atMs }
}
