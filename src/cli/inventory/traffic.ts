/** Requests that were recorded alike. */
export interface Seen {
  readonly zone: string
  /** As recorded: a route's key, or `unmatched` and what may be said of the path. */
  readonly route: string
  /** Of those that no route took; empty for a route, whose key says it. */
  readonly method: string
  /** An estimate where rows are sampled. */
  readonly requests: number
  readonly denied: number
  /** UTC, RFC 3339; absent where the source keeps no time. */
  readonly lastSeen?: string
}

/** What was recorded, and how well. */
export interface Traffic {
  readonly seen: readonly Seen[]
  /** Some rows stand for several requests: what is rare may be missing, and counts are estimates. */
  readonly sampled: boolean
  /** There is more of what no route took than was asked for; the rarest is missing. */
  readonly isCut: boolean
  /** What was looked at, in words. */
  readonly span: string
}

/** How the route of what no route took begins in the record; the path or its shape stands behind it. */
export const UNMATCHED = 'unmatched '

/** Preflights ask for a route on behalf of a page; they are no use of it. */
export const PREFLIGHT_REASON = 'cors.preflight'
