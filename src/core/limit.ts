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
  /** Names what is taken of concurrency cells, for `Limiter.release`: unique to the request and the limit. */
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
  /** When it was charged, by its object's clock: for `Limiter.giveBack`. Absent when nothing was, or nothing can come back. */
  readonly chargedMs?: number
  /** The key is banned; `retryAfterMs` says for how long. */
  readonly banned?: true
  /** The cell as it was counted, where an operator's override of its figures holds. */
  readonly counted?: Cell
}
