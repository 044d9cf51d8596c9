import { deferred, exchange } from '../../test/exchange.ts'
import type { LocationCache, ObjectCaller } from '../core/ports.ts'
import { type Revocable, type Revocation, type RevocationKind, revocationName } from '../core/revocation.ts'
import type { KeptRule, ListRule, RuntimeRule, StopRule } from '../core/runtime-rule.ts'
import { IsolateLedger, type LedgerOwner } from './isolate.ts'
import { readAddRulesMessage } from './message.ts'
import { type LedgerRow, type LedgerState, type LedgerStore, RevocationOwner } from './owner.ts'

/** The moment of the tests. */
export const NOW = Date.UTC(2026, 0, 1)
export const DAY_MS = 86_400_000
export const ISSUER = 'https://issuer.example'

/** A revocation for a day, but for what the test changes. */
export function revocationOf(kind: RevocationKind, value: string, more: Partial<Revocation> = {}): Revocation {
  return { kind, issuer: ISSUER, value, untilMs: NOW + DAY_MS, reason: 'a test', by: 'tests', ...more }
}

/** A ban for a day, but for what the test changes. */
export function banOf(target: ListRule['target'], value: string, more: Partial<ListRule> = {}): ListRule {
  return { kind: 'ban', target, value, untilMs: NOW + DAY_MS, reason: 'a test', by: 'tests', ...more }
}

/** A kill switch for a day, but for what the test changes. */
export function stopOf(more: Partial<StopRule> = {}): StopRule {
  return { kind: 'stop', untilMs: NOW + DAY_MS, reason: 'a test', by: 'tests', ...more }
}

/** A credential with these names, issued an hour before the tests. */
export function credential(...named: readonly (readonly [kind: RevocationKind, value: string])[]): Revocable {
  return { names: named.map(([kind, value]) => revocationName({ kind, issuer: ISSUER, value })), issuedAtMs: NOW - 3_600_000 }
}

/** Rows in memory, for the owner's own rules; the platform's are in SQLite. */
export class MemoryStore implements LedgerStore {
  readonly rows = new Map<string, LedgerRow>()
  readonly rules = new Map<string, KeptRule>()
  #rulesVersion = 0
  #state: LedgerState | undefined

  atomically(work: () => void): void {
    work()
  }
  readState(): LedgerState | undefined {
    return this.#state
  }
  writeState(state: LedgerState): void {
    this.#state = state
  }
  read(name: string): LedgerRow | undefined {
    return this.rows.get(name)
  }
  write(row: LedgerRow): void {
    this.rows.set(row.name, row)
  }
  changedAfter(version: number, limit: number): readonly LedgerRow[] {
    return [...this.rows.values()]
      .filter((row) => row.version > version)
      .toSorted((a, b) => a.version - b.version)
      .slice(0, limit)
  }
  live(nowMs: number): Iterable<LedgerRow> {
    return [...this.rows.values()].filter((row) => !row.lifted && row.untilMs > nowMs)
  }
  *liveNames(nowMs: number): Iterable<string> {
    for (const { name } of this.live(nowMs)) yield name
  }
  count(): number {
    return this.rows.size
  }
  page(afterName: string, limit: number, nowMs: number): readonly LedgerRow[] {
    return [...this.live(nowMs)]
      .filter(({ name }) => name > afterName)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .slice(0, limit)
  }
  sweep(nowMs: number, limit: number): { readonly deleted: number; readonly newestLifted: number } {
    const over = [...this.rows.values()].filter(({ untilMs }) => untilMs <= nowMs).slice(0, limit)
    for (const { name } of over) this.rows.delete(name)
    return { deleted: over.length, newestLifted: Math.max(0, ...over.filter(({ lifted }) => lifted).map(({ version }) => version)) }
  }
  readRule(id: string): KeptRule | undefined {
    return this.rules.get(id)
  }
  writeRule(rule: KeptRule): void {
    this.rules.set(rule.id, rule)
  }
  deleteRule(id: string): void {
    this.rules.delete(id)
  }
  countRules(nowMs: number): number {
    return [...this.rules.values()].filter(({ untilMs }) => untilMs > nowMs).length
  }
  copiedRules(nowMs: number): readonly KeptRule[] {
    return [...this.rules.values()].filter(({ kind, untilMs }) => kind !== 'override' && untilMs > nowMs)
  }
  pageOfRules(afterId: string, limit: number, nowMs: number, kind?: RuntimeRule['kind']): readonly KeptRule[] {
    return [...this.rules.values()]
      .filter((rule) => rule.id > afterId && rule.untilMs > nowMs && (kind === undefined || rule.kind === kind))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, limit)
  }
  sweepRules(nowMs: number, limit: number): number {
    const over = [...this.rules.values()].filter(({ untilMs }) => untilMs <= nowMs).slice(0, limit)
    for (const { id } of over) this.rules.delete(id)
    return over.length
  }
  readRulesVersion(): number {
    return this.#rulesVersion
  }
  writeRulesVersion(version: number): void {
    this.#rulesVersion = version
  }
}

/** A ledger, one location, and as many isolates as a test likes; its clock stands until the test moves it. */
export class LedgerWorld {
  time = NOW
  readonly store = new MemoryStore()
  readonly owner: RevocationOwner
  /** What the location remembers. */
  readonly location = new Map<string, string>()
  /** What was asked of the ledger, oldest first: `snapshot same`, `find`… */
  readonly calls: string[] = []
  readonly notices: string[] = []
  /** While it is set, the location answers after it. */
  locationIsSlow: Promise<void> | undefined
  /** How long a question takes to the ledger, and an answer back. */
  oneWayMs = 0
  /** While it is set, what the ledger answers arrives after it. */
  hold: Promise<void> | undefined
  /** While it is set, the ledger answers like this. */
  outage: (() => Promise<never>) | undefined

  constructor(maxListed?: number) {
    this.owner = new RevocationOwner(this.store, Math.random, maxListed)
  }

  pass(ms: number): void {
    this.time += ms
  }

  revoke(...revocations: readonly Revocation[]): void {
    this.owner.revoke({ v: 1, revocations: [...revocations] }, this.time)
  }

  /** Whether the object is of the former version, which knows no rules. */
  isFormer = false

  rule(...rules: readonly RuntimeRule[]): readonly string[] {
    return this.owner.addRules({ v: 1, rules: [...rules] }, this.time).rules.map(({ id }) => id)
  }

  /** A new isolate; `near: false`: of a location that remembers nothing; `aheadMs`: by how much its clock is ahead. */
  isolate({ near = true, aheadMs = 0 }: { readonly near?: boolean; readonly aheadMs?: number } = {}): IsolateLedger {
    const cache: LocationCache = {
      get: async (key) => {
        const found = near ? this.location.get(key) : undefined
        await this.locationIsSlow
        return found
      },
      put: (key, text) => Promise.resolve(void (near && this.location.set(key, text))),
    }
    return new IsolateLedger({
      clock: { now: () => this.time + aheadMs },
      location: cache,
      name: 'test',
      owner: () => this.#stub(),
      notice: (detail) => void this.notices.push(detail),
    })
  }

  #stub(): LedgerOwner {
    const answer = async <T>(call: string, run: () => T): Promise<T> => {
      if (this.outage !== undefined) {
        this.calls.push('out of reach')
        return await this.outage()
      }
      this.pass(this.oneWayMs)
      const reply = structuredClone(run())
      await this.hold
      this.pass(this.oneWayMs)
      this.calls.push(`${call}${(reply as { kind?: string } | undefined)?.kind ?? ''}`)
      return reply
    }
    return {
      snapshot: ({ rules, ...message }) =>
        answer('snapshot ', () => this.owner.snapshot(this.isFormer ? message : { ...message, ...(rules !== undefined && { rules }) }, this.time)),
      find: (message) =>
        answer('find', () => {
          const found = this.owner.find(message, this.time)
          return { v: 1, ...(found !== undefined && { found }) }
        }),
      revoke: (message) => answer('revoke', () => this.owner.revoke(message, this.time)),
      lift: (message) => answer('lift', () => this.owner.lift(message.subjects, this.time)),
      list: (message) => answer('list', () => ({ v: 1 as const, revocations: this.owner.list(message, this.time) })),
      addRules: (message) => answer('add rules', () => this.owner.addRules(readAddRulesMessage(message), this.time)),
      removeRules: ({ ids }) => answer('remove rules', () => this.owner.removeRules(ids, this.time)),
      listRules: (message) => answer('list rules', () => this.owner.listRules(message, this.time)),
    }
  }
}

/** One request: whether it is stopped, as its rules say; its background work is done when this resolves. */
export async function isStopped(isolate: IsolateLedger, route: string, nowMs: number, { maxStalenessMs = 5000, failAfterMs = 300_000 } = {}): Promise<boolean> {
  const x = exchange()
  const rules = await isolate.runtime.current({ maxStalenessMs, failAfterMs }, x)
  await Promise.all(deferred(x))
  return rules.stopOf('api', route, nowMs) !== undefined
}

/** One request: what it finds, and whether it had to wait; its background work is done when this resolves. */
export async function asked(
  isolate: IsolateLedger,
  revocable: Revocable,
  { maxStalenessMs = 5000, failAfterMs = 300_000 } = {},
): Promise<{ readonly found: string | undefined; readonly waited: boolean; readonly objectCalls: number }> {
  const x = exchange()
  const caller: ObjectCaller = x
  const found = isolate.find(revocable, { maxStalenessMs, failAfterMs }, caller)
  const result = { found: await found, waited: found instanceof Promise }
  await Promise.all(deferred(x))
  return { ...result, objectCalls: x.meter.objectCalls }
}
