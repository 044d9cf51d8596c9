import type { CallerFacts, ConnectionFacts, CopiedRule, ListRule, RulesInForce, RuleTarget, StopRule } from '../core/runtime-rule.ts'
import { NetworkRules } from './network-rules.ts'
import { UserAgentRules } from './user-agent-rules.ts'

type List = CopiedRule<ListRule>
type Stop = CopiedRule<StopRule>

/**
 * The rules of one version of the ledger, put in order once, so that each request looks a few things up. Maps and ranges find what may hold; whether it holds in this zone
 * and at this moment is looked at then, because time goes on while a version does not change.
 */
export class CompiledRules implements RulesInForce {
  /** As the ledger said them, for other copies. */
  readonly copied: readonly CopiedRule[]
  readonly isEmpty: boolean
  readonly #stops = new Map<string, Stop[]>()
  readonly #bans = new ListRules()
  readonly #allowances = new ListRules()

  constructor(copied: readonly CopiedRule[]) {
    this.copied = copied
    this.isEmpty = copied.length === 0
    for (const rule of copied) {
      if (rule.kind === 'stop') append(this.#stops, placeOf(rule.zone, rule.route), rule)
      else if (rule.kind === 'ban') this.#bans.add(rule)
      else if (rule.kind === 'allow') this.#allowances.add(rule)
    }
  }

  /** The widest first: what stops everything says most. */
  stopOf(zone: string, route: string, nowMs: number): Stop | undefined {
    if (this.#stops.size === 0) return undefined
    for (const place of [placeOf(undefined, undefined), placeOf(zone, undefined), placeOf(zone, route)]) {
      const stop = this.#stops.get(place)?.find((each) => isNow(each, nowMs))
      if (stop !== undefined) return stop
    }
    return undefined
  }

  banOf(facts: ConnectionFacts, nowMs: number): List | undefined {
    if (this.#bans.isEmpty) return undefined
    const holds = holdsIn(facts.zone, nowMs)
    for (let i = 0; i < CONNECTION_TARGETS.length; i++) {
      const ban = this.#bans.find(CONNECTION_TARGETS[i] as ConnectionTarget, facts, holds)
      if (ban === undefined) continue
      // What a client says of itself must not outweigh what the network says of it: else whoever is banned by address would send the user agent that is allowed.
      const outweighing = CONNECTION_TARGETS.slice(0, Math.max(i + 1, UNFORGED))
      if (outweighing.every((allowed) => this.#allowances.find(allowed, facts, holds) === undefined)) return ban
    }
    return undefined
  }

  callerBanOf({ zone, issuer, subject, keyId }: CallerFacts, nowMs: number): List | undefined {
    if (this.#bans.isEmpty) return undefined
    const holds = holdsIn(zone, nowMs)
    const find = (rules: ListRules) => rules.exactly('subject', subject, (rule) => rule.issuer === issuer && holds(rule)) ?? rules.exactly('key', keyId, holds)
    const ban = find(this.#bans)
    return ban !== undefined && find(this.#allowances) === undefined ? ban : undefined
  }
}

/** In the order of how hard they are to forge. */
const CONNECTION_TARGETS = ['ip', 'asn', 'country', 'ja4', 'user-agent'] as const satisfies readonly RuleTarget[]
type ConnectionTarget = (typeof CONNECTION_TARGETS)[number]
/** So many of them are of the network: no client chooses them. */
const UNFORGED = 3

type Holds = (rule: List) => boolean

/** Bans, or allowances, by what they name. */
class ListRules {
  isEmpty = true
  readonly #exact = new Map<RuleTarget, Map<string, List[]>>()
  readonly #networks = new NetworkRules<List>()
  readonly #userAgents = new UserAgentRules<List>()

  add(rule: List): void {
    const { target, value } = rule
    this.isEmpty = false
    if (target === 'ip') this.#networks.add(value, rule)
    else if (target === 'user-agent') this.#userAgents.add(value, rule)
    else {
      const values = this.#exact.get(target) ?? new Map<string, List[]>()
      this.#exact.set(target, values)
      append(values, value, rule)
    }
  }

  find(target: ConnectionTarget, { ip, asn, country, ja4, userAgent }: ConnectionFacts, holds: Holds): List | undefined {
    switch (target) {
      case 'ip':
        return ip === undefined ? undefined : this.#networks.find(ip, holds)
      case 'asn':
        return this.exactly(target, asn?.toString(), holds)
      case 'country':
        return this.exactly(target, country?.toUpperCase(), holds)
      case 'ja4':
        return this.exactly(target, ja4, holds)
      case 'user-agent':
        return userAgent === undefined ? undefined : this.#userAgents.find(userAgent, holds)
    }
  }

  exactly(target: RuleTarget, value: string | undefined, holds: Holds): List | undefined {
    return value === undefined ? undefined : this.#exact.get(target)?.get(value)?.find(holds)
  }
}

function holdsIn(zone: string, nowMs: number): Holds {
  return (rule) => (rule.zone === undefined || rule.zone === zone) && isNow(rule, nowMs)
}

function isNow({ fromMs = 0, untilMs }: CopiedRule, nowMs: number): boolean {
  return fromMs <= nowMs && nowMs < untilMs
}

/** The zone stands behind its length: whatever characters they hold, no two places have one name. */
function placeOf(zone: string | undefined, route: string | undefined): string {
  return zone === undefined ? '' : `${zone.length}:${zone} ${route ?? ''}`
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

/** Of a ledger that has none. */
export const NO_RULES = new CompiledRules([])
