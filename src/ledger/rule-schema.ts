import * as v from 'valibot'
import { RULE_TARGETS, type RuleTarget, type RuntimeRule } from '../core/runtime-rule.ts'
import { parseNetwork } from '../lib/network.ts'
import { MAX_REASON_LENGTH, TIME } from './message-parts.ts'

/** The longest value, issuer or name of a rule, in UTF-16 code units: a copy of all rules has a bound. */
export const MAX_RULE_TEXT_LENGTH = 256
/** The longest key of a route, in UTF-16 code units. */
const MAX_ROUTE_LENGTH = 1024
/** The longest name of a counter and its object, in UTF-16 code units: as long as the limiter takes them. */
const MAX_COUNTER_LENGTH = 4096
const MAX_RETRY_AFTER_SECONDS = 86_400

const text = (most: number) =>
  v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(most),
    // Storage knows no lone surrogates: what it would write otherwise is another value.
    v.check((written) => written.isWellFormed()),
  )
const SHORT = text(MAX_RULE_TEXT_LENGTH)
const FIGURE = v.pipe(v.number(), v.safeInteger(), v.minValue(1))

const COMMON = {
  fromMs: v.exactOptional(TIME),
  untilMs: TIME,
  reason: text(MAX_REASON_LENGTH),
  by: text(MAX_REASON_LENGTH),
}
const LIST = { ...COMMON, zone: v.exactOptional(SHORT), target: v.picklist(RULE_TARGETS), value: SHORT, issuer: v.exactOptional(SHORT) }

/** What an operator may want; anything else about a rule is refused, since a part of it that is left unread would make it another one. */
const RULE = v.pipe(
  v.variant('kind', [
    v.strictObject({ kind: v.literal('ban'), ...LIST }),
    v.strictObject({ kind: v.literal('allow'), ...LIST }),
    v.strictObject({
      kind: v.literal('stop'),
      ...COMMON,
      zone: v.exactOptional(SHORT),
      route: v.exactOptional(text(MAX_ROUTE_LENGTH)),
      retryAfterSeconds: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_RETRY_AFTER_SECONDS))),
    }),
    v.strictObject({
      kind: v.literal('override'),
      ...COMMON,
      zone: SHORT,
      limit: SHORT,
      whose: text(MAX_ROUTE_LENGTH),
      owner: text(MAX_COUNTER_LENGTH),
      cell: text(MAX_COUNTER_LENGTH),
      figures: v.strictObject({ limit: FIGURE, burst: v.exactOptional(FIGURE) }),
    }),
  ]),
  v.check(({ fromMs, untilMs }) => fromMs === undefined || fromMs < untilMs, 'untilMs'),
  v.check((rule) => rule.kind !== 'stop' || rule.route === undefined || rule.zone !== undefined, 'zone'),
  v.check((rule) => !('target' in rule) || (rule.issuer !== undefined) === (rule.target === 'subject'), 'issuer'),
  v.check((rule) => !('target' in rule) || canonicalValue(rule.target, rule.value) !== undefined, 'value'),
)

/** The most rules that one message may hold. */
export const MAX_RULES_AT_ONCE = 1000

/** Rules, as an operator gives them. */
export const RULES = v.pipe(v.array(RULE), v.minLength(1), v.maxLength(MAX_RULES_AT_ONCE))

/** @returns the rule with its value in the one form that it is kept and named by. Call it only for what {@link RULES} has found sound. */
export function canonicalRule(rule: RuntimeRule): RuntimeRule {
  return 'target' in rule ? { ...rule, value: canonicalValue(rule.target, rule.value) ?? rule.value } : rule
}

/** FoxIO's JA4: transport, TLS version, SNI, two counts, ALPN; then two hashes. */
const JA4 = /^[tqd](?:1[0-3]|s[23]|d[1-3]|00)[di]\d{4}[0-9A-Za-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}$/
/** Visible ASCII, as headers have it without the spaces around it; a star only at the end, behind something. */
const USER_AGENT = /^[!-)+-~](?:[ -)+-~]*(?:[!-)+-~]|\*))?$/

/** @returns the one text of what is meant, or nothing where it can be nothing of the kind. A network with host bits is refused: the address or the network may be meant. */
export function canonicalValue(target: RuleTarget, value: string): string | undefined {
  switch (target) {
    case 'ip': {
      const network = parseNetwork(value)
      return typeof network === 'string' ? undefined : network.text
    }
    case 'asn':
      return /^[1-9]\d{0,9}$/.test(value) && Number(value) <= 0xffffffff ? value : undefined
    case 'country': {
      // XX is Cloudflare's word for not knowing, and what is not known matches nothing. T1 is Tor.
      return /^(?:[A-Za-z]{2}|[Tt]1)$/.test(value) && value.toUpperCase() !== 'XX' ? value.toUpperCase() : undefined
    }
    case 'ja4':
      return JA4.test(value) ? value : undefined
    case 'user-agent':
      return USER_AGENT.test(value) ? value : undefined
    case 'key':
      return /^[0-9A-Za-z]{1,64}$/.test(value) ? value : undefined
    case 'subject':
      return value
  }
}
