import type { Reason } from './reason.ts'
import type { DecisionRecord, TraceEntry } from './record.ts'

/** The time in milliseconds since the epoch. On Workers it moves on only at I/O: read it again after every await. */
export interface Clock {
  now(): number
}

/** A way to send requests: the network, or a service binding. */
export interface Fetcher {
  fetch(url: string, init?: RequestInit): Promise<Response>
}

/** One counter of a limit. Its identity never depends on configuration order, version or node. */
export interface Cell {
  /** Zone, limit name and key. */
  readonly id: string
  /** Tokens that come back in one `periodMs`. */
  readonly tokens: number
  readonly periodMs: number
  /** The most tokens that may be taken at once. */
  readonly burst: number
}

/** A request for `cost` tokens of every cell at once: all or none. */
export interface LimitRequest {
  /** Names the one object that holds all the cells. */
  readonly owner: string
  readonly cells: readonly Cell[]
  readonly cost: number
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
}

/** Counts what a request cost besides its own CPU. */
export interface Meter {
  objectCalls: number
}

/** What a limiter needs of the request that it is asked for; every exchange is one. */
export interface LimitCaller {
  readonly meter: Meter
  /** For what a limiter does behind the response: fetching more tokens before they run out. */
  readonly background: Background
}

/**
 * Global rate limits. Answers at once where it can (a lease, a cached denial), else with a promise.
 * @returns a verdict for each cell, in order; when one refuses, no cell was charged.
 * @throws when its object is out of reach; the policy's `onError` decides.
 */
export interface Limiter {
  take(request: LimitRequest, caller: LimitCaller): readonly LimitVerdict[] | Promise<readonly LimitVerdict[]>
}

/** Where decisions are written. It must not block. */
export interface Recorder {
  /** @param trace the request's whole way, made only if somebody keeps it. */
  record(record: DecisionRecord, trace: () => readonly TraceEntry[], background: Background): void
}

/** What the core needs from outside. */
export interface Ports {
  readonly clock: Clock
  /** The open network. */
  readonly network: Fetcher
  /** @returns the service binding of that name, if it is bound. */
  service(binding: string): Fetcher | undefined
  /** @returns the secret of that name, if it is set. */
  secret(name: string): string | undefined
  readonly limiter: Limiter
  readonly recorder: Recorder
  /** Tells the operator of a failure behind the requests, which no request's record shows. `detail` never holds a secret. */
  notice(reason: Reason, detail: string): void
  /** @returns a keyed hash: the same value gives the same pseudonym, and nobody without the key can go back or guess. */
  pseudonym(value: string): string
}

/** Keeps work alive behind the response (`ExecutionContext.waitUntil`). */
export interface Background {
  waitUntil(task: Promise<unknown>): void
}
