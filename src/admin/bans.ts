import * as v from 'valibot'
import { RULE_TARGETS, type RuleTarget } from '../core/runtime-rule.ts'
import { canonicalValue } from '../ledger/rule-schema.ts'
import { checkPlace } from './named.ts'
import { change, type Operation, reading } from './operation.ts'
import { unprocessableAt } from './refusal.ts'
import { addRule, LIST_RULE, RULE_PAGE, RULE_PARAMS, removeRule, ruleAnswer, rulesPage } from './rule-answer.ts'
import { checkLasting, LASTING, pageOf, REASON, TIME, text, untilMsOf } from './schema.ts'

const KINDS = ['ban', 'allow'] as const

/** Whom rules name by nothing that is personal. */
const NOBODYS: ReadonlySet<RuleTarget> = new Set<RuleTarget>(['asn', 'country', 'key'])

/** Bans and allowances. */
export const BAN_OPERATIONS: readonly Operation[] = [
  change({
    method: 'POST',
    path: '/bans',
    id: 'addBan',
    role: 'operator',
    summary: 'Bans, or allows what another ban concerns. The same again replaces it.',
    type: 'admin.bans.add',
    status: 201,
    body: v.strictObject({
      effect: v.picklist(KINDS),
      target: v.picklist(RULE_TARGETS),
      value: v.pipe(
        text(1, 256),
        v.description(
          'A CIDR network or an address, a number, a country’s code, a JA4, a user agent (whole, or a beginning that ends in `*`), a subject, or a key’s id.',
        ),
      ),
      issuer: v.exactOptional(v.pipe(text(1, 256), v.description('Of a subject.'))),
      zone: v.exactOptional(v.pipe(text(1, 32), v.description('Only in this zone. Default: in all.'))),
      from: v.exactOptional(TIME),
      ...LASTING,
      reason: REASON,
    }),
    answer: LIST_RULE,
    prepare({ x, facts, body, by }) {
      const { effect, target, issuer, zone, from, reason } = body
      checkPlace(facts, { zone })
      if ((issuer !== undefined) !== (target === 'subject')) throw unprocessableAt('#/issuer', 'the issuer of a subject, and of nothing else')
      const value = canonicalOf(target, body.value)
      const fromMs = from === undefined ? undefined : Date.parse(from)
      checkLasting(body, x.ports.clock.now(), fromMs)
      return {
        target: NOBODYS.has(target) ? `${target} ${value}` : `${target} ${x.ports.pseudonym(value)}`,
        facts: { effect, ...(zone !== undefined && { zone }) },
        personal: { target: `${target} ${value}${issuer === undefined ? '' : ` of ${issuer}`}`, reason },
        async apply() {
          const untilMs = untilMsOf(body, x.ports.clock.now(), fromMs)
          const more = { ...(issuer !== undefined && { issuer }), ...(zone !== undefined && { zone }), ...(fromMs !== undefined && { fromMs }) }
          return { answer: ruleAnswer(await addRule(x.ports.runtime, { kind: effect, target, value, ...more, untilMs, reason, by })) }
        },
      }
    },
  }),

  reading({
    path: '/bans',
    id: 'listBans',
    role: 'viewer',
    summary: 'Lists bans and allowances, in force or to come.',
    query: v.strictObject(RULE_PAGE),
    answer: pageOf(LIST_RULE),
    read: ({ x, query }) => rulesPage(x.ports.runtime, KINDS, query),
  }),

  change({
    method: 'DELETE',
    path: '/bans/{id}',
    id: 'removeBan',
    role: 'operator',
    summary: 'Ends a ban or an allowance.',
    type: 'admin.bans.remove',
    status: 200,
    params: RULE_PARAMS,
    answer: LIST_RULE,
    prepare: ({ x, params: { id = '' } }) => ({
      target: id,
      apply: async () => ({ answer: ruleAnswer(await removeRule(x.ports.runtime, KINDS, id)) }),
    }),
  }),
]

/** @returns the value as the ledger keeps it: one text, and one pseudonym, for what is meant. @throws {Refusal} */
function canonicalOf(target: RuleTarget, value: string): string {
  const canonical = canonicalValue(target, value)
  if (canonical === undefined) throw unprocessableAt('#/value', EXPECTED[target])
  return canonical
}

const EXPECTED: Readonly<Record<RuleTarget, string>> = {
  ip: 'an address or a CIDR network without host bits',
  asn: 'the number of a network',
  country: 'a country’s code of two letters, or T1 for Tor',
  ja4: 'a JA4 fingerprint',
  'user-agent': 'visible ASCII, whole or with one star at the end',
  subject: 'a subject',
  key: 'the id of a key',
}
