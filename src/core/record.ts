/** What became of a request. */
export type Verdict = 'allow' | 'deny' | 'reply' | 'error'

/** One decision, as it is recorded: one of these a request. Personal data stands here as pseudonyms only. */
export interface DecisionRecord {
  /** The zone of the configuration; `-` for an unknown host. */
  readonly zone: string
  /** The host that was asked for; `-` when no zone has it. */
  readonly host: string
  /** The route's key in the configuration; or `unmatched`, with the listed path or the shape of the unlisted one behind it where the zone is known. */
  readonly route: string
  /** The request’s method; `other` when it is none of the usual ones. */
  readonly method: string
  /** `allow`, `deny`, `reply` (answered here) or `error` (a 5xx of the gateway’s own). */
  readonly decision: Verdict
  /** Why: see reasons.md. */
  readonly reason: string
  /** The policy that decided, or empty. */
  readonly policy: string
  /** What reporting policies would have done: `policy:reason`, joined by spaces, capped. */
  readonly reported: string
  /** The response’s status. */
  readonly status: number
  /** The client’s country, as Cloudflare says. */
  readonly country: string
  /** The number of the client’s network (autonomous system). */
  readonly asn: string
  /** The Cloudflare location (colo) that served the request. */
  readonly location: string
  /** A pseudonym of the client’s address, or its /24 or /48; `worker:` and a zone for a Worker. */
  readonly clientIp: string
  /** A pseudonym of who is calling. */
  readonly principal: string
  /** Token or key id, as a pseudonym. */
  readonly credential: string
  /** Plan or level of the key. */
  readonly level: string
  /** The family of the user agent, out of a short list. */
  readonly userAgent: string
  /** Changes whenever the configuration does. */
  readonly policyHash: string
  /** What the caller sees as `X-Request-Id`. */
  readonly requestId: string
  /** Milliseconds from arrival to the response’s headers: waiting time, not CPU. */
  readonly totalMs: number
  /** Until the origin's response headers; -1 when the origin was not asked. */
  readonly originMs: number
  /** Declared length, -1 when unknown. */
  readonly requestBytes: number
  /** Declared length, -1 when unknown. */
  readonly responseBytes: number
  /** Calls to Durable Objects that the request made. */
  readonly objectCalls: number
}

/** What a control said. */
export interface TracedDecision {
  /** `error`: the control failed, and its `onError` decided. */
  readonly outcome: 'pass' | 'skip' | 'reply' | 'deny' | 'error'
  readonly reason?: string
  readonly detail?: unknown
  /** After an error: what the control decided by itself. */
  readonly instead?: TracedDecision
}

/** What one step of a request's way did, for the operator. */
export interface TraceEntry extends TracedDecision {
  readonly policy: string
  readonly stage: string
  readonly mode: 'enforce' | 'report'
  /** How long the step waited for something outside, in milliseconds. */
  readonly waitedMs?: number
}

/** The version of the column layout; it is the first blob of every point. */
export const RECORD_VERSION = '1'

/** The blobs in the order of their Analytics Engine columns, after the version in `blob1`. Append only. */
export const RECORD_BLOBS = [
  'zone',
  'host',
  'route',
  'method',
  'decision',
  'reason',
  'policy',
  'reported',
  'status',
  'country',
  'asn',
  'location',
  'clientIp',
  'principal',
  'credential',
  'level',
  'userAgent',
  'policyHash',
  'requestId',
] as const satisfies readonly (keyof DecisionRecord)[]

/** The doubles in the order of their Analytics Engine columns. Append only. */
export const RECORD_DOUBLES = ['totalMs', 'originMs', 'requestBytes', 'responseBytes', 'objectCalls'] as const satisfies readonly (keyof DecisionRecord)[]
