/** What became of a request. */
export type Verdict = 'allow' | 'deny' | 'reply' | 'error'

/** One decision, as it is recorded: one of these a request. Personal data stands here as pseudonyms only. */
export interface DecisionRecord {
  readonly zone: string
  readonly host: string
  /** The route's key in the configuration, `unmatched`, or `-`. */
  readonly route: string
  readonly method: string
  readonly decision: Verdict
  readonly reason: string
  /** The policy that decided, or empty. */
  readonly policy: string
  /** What reporting policies would have done: `policy:reason`, joined by spaces, capped. */
  readonly reported: string
  readonly status: number
  readonly country: string
  readonly asn: string
  /** The Cloudflare location (colo) that served the request. */
  readonly location: string
  readonly clientIp: string
  readonly principal: string
  /** Token or key id, as a pseudonym. */
  readonly credential: string
  readonly level: string
  readonly userAgent: string
  readonly policyHash: string
  readonly requestId: string
  readonly totalMs: number
  /** Until the origin's response headers; -1 when the origin was not asked. */
  readonly originMs: number
  /** Declared length, -1 when unknown. */
  readonly requestBytes: number
  /** Declared length, -1 when unknown. */
  readonly responseBytes: number
  readonly objectCalls: number
}

/** What one step of a request's way did, for the operator. */
export interface TraceEntry {
  readonly policy: string
  readonly stage: string
  readonly mode: 'enforce' | 'report'
  /** `error`: the control failed, and its `onError` decided. */
  readonly outcome: 'pass' | 'skip' | 'reply' | 'deny' | 'error'
  readonly reason?: string
  readonly detail?: unknown
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
