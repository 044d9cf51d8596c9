import type { KeptKey, KeptSecret, KeySpec } from './api-key.ts'
import type { AuditCheckpoint, AuditEntry, AuditEvent, AuditOperation, AuditPublicKey, OperationStart } from './audit.ts'
import type { Reason } from './reason.ts'
import type { DecisionRecord, TraceEntry } from './record.ts'
import type { KeptRevocation, Revocable, Revocation, RevocationSubject, Staleness } from './revocation.ts'
import type { CopiedRule, KeptRule, ListRule, RuntimeRule, StopRule } from './runtime-rule.ts'

/** The time in milliseconds since the epoch. On Workers it moves on only at I/O: read it again after every await. */
export interface Clock {
  now(): number
}

/** A way to send requests: the network, or a service binding. */
export interface Fetcher {
  fetch(url: string, init?: RequestInit): Promise<Response>
}

/** One counter of a limit. Its identity never depends on configuration order, version or node. Its figures may change: the counter stays. */
interface CellIdentity {
  /** Zone, limit name and key. */
  readonly id: string
  /** Tokens of this cell for each one of the request's cost: cells of several limits are taken from together. Default 1. */
  readonly weight?: number
  /** Shuts out a key that goes on and on. */
  readonly ban?: BanFigures
}

/** After `after` episodes within `withinMs` (a cell turns from admitting to denying, at most once a window) nothing is admitted for `forMs`, then for twice as long each time, up to `maxMs`. */
export interface BanFigures {
  readonly after: number
  readonly withinMs: number
  readonly forMs: number
  readonly maxMs: number
}

/** At most `burst` at once, and `tokens` come back in one `periodMs`. A cell that names no algorithm is one of these, as in the first messages. */
export interface TokenBucketCell extends CellIdentity {
  readonly algorithm?: 'token-bucket'
  readonly tokens: number
  readonly periodMs: number
  /** The most tokens that may be taken at once. */
  readonly burst: number
  /** No isolate takes tokens ahead: the bound is burst + rate·w to the token, at one call a request. */
  readonly strict?: boolean
}

/** At most `limit` in any window of this length. */
export interface SlidingWindowCell extends CellIdentity {
  readonly algorithm: 'sliding-window'
  readonly limit: number
  readonly windowMs: number
}

/** At most `limit` in one calendar window; which window it is now is for the asking side to say. */
export interface FixedWindowCell extends CellIdentity {
  readonly algorithm: 'fixed-window'
  readonly limit: number
  /** Milliseconds since the epoch. */
  readonly windowStartMs: number
  /** Milliseconds since the epoch; no longer part of the window. */
  readonly windowEndMs: number
}

/** At most `limit` at the same time. */
export interface ConcurrencyCell extends CellIdentity {
  readonly algorithm: 'concurrency'
  readonly limit: number
  /** A slot that was not released is free again after so long. */
  readonly maxMs: number
}

/** One counter of a limit, by the algorithm that it counts with. */
export type Cell = TokenBucketCell | SlidingWindowCell | FixedWindowCell | ConcurrencyCell

/** A request for `cost` tokens of every cell at once: all or none. */
export interface LimitRequest {
  /** Names the one object that holds all the cells. */
  readonly owner: string
  readonly cells: readonly Cell[]
  readonly cost: number
  /** Names what is taken of concurrency cells, for {@link Limiter.release}: unique to the request and the limit. */
  readonly slot?: string
  /** Part of the cost may be given back: a denial is then trusted for at most a second. */
  readonly refundable?: boolean
  /** How long a request may wait for the object, in milliseconds, at most the life of a lease; default that. Longer is a failure. */
  readonly budgetMs?: number
}

/** What one cell said. */
export interface LimitVerdict {
  readonly admitted: boolean
  /** Whole tokens left. */
  readonly remaining: number
  /** Milliseconds until `cost` tokens will be there; 0 when admitted. */
  readonly retryAfterMs: number
  /** Milliseconds until the cell is full again. */
  readonly resetMs: number
  /** When it was charged, by its object's clock: for {@link Limiter.giveBack}. Absent when nothing was, or nothing can come back. */
  readonly chargedMs?: number
  /** The key is banned; `retryAfterMs` says for how long. */
  readonly banned?: true
  /** The cell as it was counted, where an operator's override of its figures holds. */
  readonly counted?: Cell
}

/** Counts what a request cost besides its own CPU. */
export interface Meter {
  objectCalls: number
}

/** What a port over objects needs of the request that it is asked for; every exchange is one. */
export interface ObjectCaller {
  readonly meter: Meter
  /** For what is done behind the response: fetching more tokens, or newer knowledge, before it is needed. */
  readonly background: Background
}

/** Global rate limits. Answers at once where it can (a lease, a cached denial), else with a promise. */
export interface Limiter {
  /**
   * @returns a verdict for each cell, in order; when one refuses, no cell was charged.
   * @throws when its object is out of reach; the policy's `onError` decides.
   */
  take(request: LimitRequest, caller: ObjectCaller): readonly LimitVerdict[] | Promise<readonly LimitVerdict[]>
  /**
   * Gives back `amount` of the `cost` that {@link take} charged with these verdicts, behind the response. Never throws: what gets lost on the way stays charged.
   * Call it at most once a take.
   */
  giveBack(request: LimitRequest, verdicts: readonly LimitVerdict[], amount: number, caller: ObjectCaller): void
  /** Ends the slot that {@link take} took, behind the response. Never throws: a slot that gets lost ends by its cell's `maxMs`. */
  release(request: LimitRequest, caller: ObjectCaller): void
}

/** The platform's own rate limit, as a binding: cheap, for each location alone, and not exact. */
export interface EdgeLimiter {
  limit(request: { readonly key: string }): Promise<{ readonly success: boolean }>
}

/** What the isolates of one location remember together, at best effort: anything may be gone at any time, and nothing in it is an authority. */
export interface LocationCache {
  /** @returns the text that was put there, if it is still there. Never rejects: a cache that fails is an empty one. */
  get(key: string): Promise<string | undefined>
  /** Never rejects: what could not be put is not there. */
  put(key: string, text: string, forSeconds: number): Promise<void>
}

/** Where decisions are written. It must not block. */
export interface Recorder {
  /** @param trace the request's whole way, made only if somebody keeps it. */
  record(record: DecisionRecord, trace: () => readonly TraceEntry[], background: Background): void
}

/** Knows what was revoked before its time. Answers at once where its copy is young enough, else with a promise. */
export interface Revocations {
  /**
   * @returns the name under which the credential is revoked, or nothing where it is not.
   * @throws when the ledger is out of reach and what is known is too old.
   */
  find(revocable: Revocable, staleness: Staleness, caller: ObjectCaller): string | undefined | Promise<string | undefined>
  /** Revokes; in force in this isolate when it resolves, everywhere within each route's staleness. The same again changes nothing; of two for one subject both hold. */
  revoke(revocations: readonly Revocation[]): Promise<void>
  /** Takes revocations back. What is not revoked stays so. */
  lift(subjects: readonly RevocationSubject[]): Promise<void>
  /** @returns what is in force, by name, after the given one. */
  list(after: RevocationSubject | undefined, limit: number): Promise<readonly KeptRevocation[]>
}

/** The API keys. Answers at once where its copy is young enough, else with a promise. */
export interface Keys {
  /**
   * @returns the key, revoked and expired ones too, or nothing where there is none.
   * @throws when the keyring is out of reach and what is known is too old.
   */
  find(id: string, staleness: Staleness, caller: ObjectCaller): KeptKey | undefined | Promise<KeptKey | undefined>
  /**
   * Looks whether a key has changed, as its secret does: a copy of the key may be older than a secret that is brought.
   * @returns a key that is not `than`, or what the owner says when asked after `sinceMs`; nothing where there is none any more.
   * @throws when the keyring is out of reach.
   */
  newer(than: KeptKey, sinceMs: number, caller: ObjectCaller): Promise<KeptKey | undefined>
  /** Notes behind the response that a key was used; to the hour. */
  used(key: KeptKey, caller: ObjectCaller): void
  /** Replaces a secret's hash by one under the newest pepper, behind the response. */
  rehash(id: string, before: KeptSecret, after: KeptSecret, caller: ObjectCaller): void
  /** The key itself, from its owner; nothing where there is none. */
  read(id: string): Promise<KeptKey | undefined>
  /** Keeps a new key. The same again changes nothing. @throws {KeyConflict} where the id is another key's. */
  create(key: KeySpec & Pick<KeptKey, 'id' | 'prefix' | 'environment' | 'createdBy'> & { readonly secret: KeptSecret }): Promise<KeptKey>
  /** Gives a key another secret; the one before works until `untilMs`. The same again changes nothing. @throws {KeyConflict} while two secrets work already, or the key is revoked. */
  rotate(id: string, secret: KeptSecret, overlapUntilMs: number): Promise<KeptKey | undefined>
  /** Ends a key for good; in this isolate at once, everywhere within each route's staleness. The same again changes nothing. */
  revoke(id: string, by: string, reason: string): Promise<KeptKey | undefined>
  /** Ends all keys of an owner. @returns how many were ended now. */
  revokeOwner(owner: string, by: string, reason: string): Promise<number>
  /** A page of the keys, in an order that does not change. @param cursor what the page before gave as `next`; '' for the first. */
  list(query: {
    readonly cursor: string
    readonly limit: number
    readonly owner?: string
  }): Promise<{ readonly keys: readonly KeptKey[]; readonly next?: string }>
}

/** The rules of one version of the ledger, ready to be asked. It never changes. */
export interface RulesInForce {
  /** Nothing to ask for. */
  readonly isEmpty: boolean
  /** @returns the kill switch or maintenance window that a route is under. */
  stopOf(zone: string, route: string, nowMs: number): CopiedRule<StopRule> | undefined
  /** @returns the ban that concerns a connection, unless an allowance does too, by what is no easier to forge. */
  banOf(connection: ConnectionFacts, nowMs: number): CopiedRule<ListRule> | undefined
  /** @returns the ban that concerns a verified caller, unless an allowance does too. */
  callerBanOf(caller: CallerFacts, nowMs: number): CopiedRule<ListRule> | undefined
}

/** What a ban of connections looks at; what is not known matches nothing. */
export interface ConnectionFacts {
  readonly zone: string
  readonly ip?: string
  readonly asn?: number
  readonly country?: string
  readonly ja4?: string
  readonly userAgent?: string
}

/** What a ban of callers looks at. */
export interface CallerFacts {
  readonly zone: string
  readonly issuer: string
  readonly subject: string
  /** Of an API key. */
  readonly keyId?: string
}

/** What changes without a deployment: bans, allowances, kill switches. A copy of the ledger, as {@link Revocations}. */
export interface RuntimeRules {
  /** @throws when the ledger is out of reach and what is known is too old. */
  current(staleness: Staleness, caller: ObjectCaller): RulesInForce | Promise<RulesInForce>
  /**
   * Adds rules, or replaces those of the same id; in force in this isolate when it resolves, everywhere within each route's staleness. All or none.
   * @throws {RangeError} for what is no rule, for what is over already, and where there would be too many.
   */
  add(rules: readonly RuntimeRule[]): Promise<readonly KeptRule[]>
  /** Ends rules. What is not there stays so. @returns those that were. */
  remove(ids: readonly string[]): Promise<readonly KeptRule[]>
  /** @returns what is in force or will be, by id, after the given one. */
  list(after: string, limit: number, kind?: RuntimeRule['kind']): Promise<readonly KeptRule[]>
}

/** What an operator does to single counters of limits. */
export interface LimitOperator {
  /** Gives a counter other figures until some time; `undefined` gives it its own back. */
  override(
    owner: string,
    cell: string,
    figures: { readonly limit: number; readonly burst?: number; readonly untilMs: number; readonly reason: string } | undefined,
  ): Promise<void>
  /** Ends the ban of a counter's key. */
  liftBan(owner: string, cell: string): Promise<void>
}

/** The record of what must be provable: append-only, a chain of hashes, signed. */
export interface AuditTrail {
  /** Writes down that an operation begins, before it changes anything. @throws when it cannot be written: then nothing may be done. */
  begin(operation: AuditOperation): Promise<OperationStart>
  /** Writes down how an operation ended, and what was answered: once, however often it is said. `body` is kept for a day, so no secret stands in it. @throws when it cannot be written. */
  end(id: string, outcome: { readonly event: AuditEvent; readonly status: number; readonly body: string }): Promise<void>
  /** Writes down what was decided, behind the response and bounded: what is too much is counted. */
  note(event: AuditEvent, background: Background): void
  /** @returns entries after `seq`, oldest first. */
  entries(afterSeq: number, limit: number): Promise<readonly AuditEntry[]>
  /** @returns signatures of entries from `fromSeq` on, oldest first. */
  checkpoints(fromSeq: number, limit: number): Promise<readonly AuditCheckpoint[]>
  /** Signs the chain as it stands. */
  checkpoint(): Promise<AuditCheckpoint | undefined>
  /** @returns the public keys of all that ever signed, and of those that may sign now. */
  publicKeys(): Promise<readonly AuditPublicKey[]>
  /** How the trail stands. */
  status(): Promise<{
    readonly lastSeq: number
    readonly lastHash: string
    readonly signedSeq: number
    readonly exportedSeq: number
    readonly exportError?: string
    /** Why nothing can be signed at the moment. */
    readonly signingError?: string
  }>
}

/** What the core needs from outside. */
export interface Ports {
  readonly clock: Clock
  /** The open network. */
  readonly network: Fetcher
  /** @returns the service binding of that name, if it is bound. */
  service(binding: string): Fetcher | undefined
  /** @returns the secret of that name, if it is set. It may be another one in the next request: what is made of it is kept with its value, not with its name. */
  secret(name: string): string | undefined
  readonly limiter: Limiter
  /** @returns the `ratelimits` binding of that name, if it is bound. */
  edgeLimiter(binding: string): EdgeLimiter | undefined
  readonly location: LocationCache
  readonly revocations: Revocations
  readonly runtime: RuntimeRules
  readonly keys: Keys
  readonly limitOperator: LimitOperator
  readonly audit: AuditTrail
  readonly recorder: Recorder
  /** Tells the operator of a failure behind the requests, which no request's record shows. `detail` never holds a secret. */
  notice(reason: Reason, detail: string): void
  /** @returns a keyed hash: the same value gives the same pseudonym, and nobody without the key can go back or guess. */
  pseudonym(value: string): string
  /** @returns the pseudonyms of a value under every key in use, the present one first: by which rows about it are found while one key replaces another. */
  pseudonyms(value: string): readonly string[]
}

/** Keeps work alive behind the response (`ExecutionContext.waitUntil`). */
export interface Background {
  waitUntil(task: Promise<unknown>): void
}
