import type { KeptKey, KeptSecret, KeySpec } from './api-key.ts'
import type { AuditCheckpoint, AuditEntry, AuditEvent, AuditOperation, AuditPublicKey, OperationStart } from './audit.ts'
import type { LimitRequest, LimitVerdict } from './limit.ts'
import type { Reason } from './reason.ts'
import type { DecisionRecord, TraceEntry } from './record.ts'
import type { KeptRevocation, Revocable, Revocation, RevocationSubject, Staleness } from './revocation.ts'
import type { KeptRule, RulesInForce, RuntimeRule } from './runtime-rule.ts'

/** The time in milliseconds since the epoch. On Workers it moves on only at I/O: read it again after every await. */
export interface Clock {
  now(): number
}

/** A way to send requests: the network, or a service binding. */
export interface Fetcher {
  fetch(url: string, init?: RequestInit): Promise<Response>
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
  /** Gives a key another secret; the one before works until `overlapUntilMs`, and where that is undefined, all before it end at once. The same again changes nothing. @throws {KeyConflict} while two secrets work already, or the key is revoked. */
  rotate(id: string, secret: KeptSecret, overlapUntilMs: number | undefined): Promise<KeptKey | undefined>
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
