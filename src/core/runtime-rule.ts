/** What a ban or an allowance may name. `subject` is a principal of one issuer; `key` an API key's id. */
export const RULE_TARGETS = ['ip', 'asn', 'country', 'ja4', 'user-agent', 'subject', 'key'] as const

/** One of {@link RULE_TARGETS}. */
export type RuleTarget = (typeof RULE_TARGETS)[number]

/** What every rule carries. Times are milliseconds since the epoch. */
interface RuleBase {
  /** Only in this zone; absent: in all. */
  readonly zone?: string
  /** From when on; absent: at once. */
  readonly fromMs?: number
  /** Until when: every rule ends. */
  readonly untilMs: number
  /** Why, for people. */
  readonly reason: string
  /** Who wanted it, for people. */
  readonly by: string
}

/** Refuses, or lets pass what another rule would refuse. An allowance opens nothing that the configuration closes. */
export interface ListRule extends RuleBase {
  readonly kind: 'ban' | 'allow'
  readonly target: RuleTarget
  /** A CIDR network, a number, a country's code, a JA4, a user agent (whole, or a beginning that ends in `*`), a subject or a key's id. */
  readonly value: string
  /** Of a subject. */
  readonly issuer?: string
}

/** Answers 503 in a route, a zone or everywhere: a kill switch, or a maintenance window where `fromMs` is given. */
export interface StopRule extends RuleBase {
  readonly kind: 'stop'
  /** A route's key, in a zone. */
  readonly route?: string
  /** What `Retry-After` says; absent: until `untilMs`, at most an hour. */
  readonly retryAfterSeconds?: number
}

/** Remembers that an operator gave one counter of a limit other figures. The counter's own object holds them; this is for whoever asks what is in force. */
export interface OverrideRule extends RuleBase {
  readonly kind: 'override'
  readonly zone: string
  /** The limit's name. */
  readonly limit: string
  /** Whose counter, in words. */
  readonly whose: string
  /** The object that holds the counter, and the counter's id. */
  readonly owner: string
  readonly cell: string
  readonly figures: { readonly limit: number; readonly burst?: number }
}

/** What changes without a deployment and concerns requests. */
export type RuntimeRule = ListRule | StopRule | OverrideRule

/** A rule as the ledger keeps it. */
export type KeptRule = RuntimeRule & {
  /** Made of what the rule concerns: the same again replaces it. */
  readonly id: string
  readonly atMs: number
}

/** A rule as copies of the ledger have it: what requests are judged by. Why it is there, and who wanted it, stays in the ledger. */
export type CopiedRule<R extends ListRule | StopRule = ListRule | StopRule> = R extends unknown ? Omit<R, 'reason' | 'by'> & Pick<KeptRule, 'id'> : never

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

/** The most rules that there may be. */
export const MAX_RULES = 10_000
