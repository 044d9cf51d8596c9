import * as v from 'valibot'
import { RULE_TARGETS, type RuleTarget } from '../core/runtime-rule.ts'
import { readCidr } from '../lib/cidr.ts'
import { checkPlace } from './named.ts'
import { change, type Operation, reading } from './operation.ts'
import { unprocessableAt } from './refusal.ts'
import { addRule, LIST_RULE, RULE_PARAMS, removeRule, ruleAnswer, rulesPage } from './rule-answer.ts'
import { LASTING, PAGE, pageOf, REASON, TIME, text, untilMsOf } from './schema.ts'

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
      const { effect, target, value, issuer, zone, from, reason } = body
      checkPlace(facts, { zone })
      if ((issuer !== undefined) !== (target === 'subject')) throw unprocessableAt('#/issuer', 'the issuer of a subject, and of nothing else')
      checkValue(target, value)
      const fromMs = from === undefined ? undefined : Date.parse(from)
      untilMsOf(body, x.ports.clock.now(), fromMs)
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
    query: v.strictObject(PAGE),
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

function checkValue(target: RuleTarget, value: string): void {
  const wrong = (expected: string) => unprocessableAt('#/value', expected)
  switch (target) {
    case 'ip': {
      const cidr = value.includes('/') ? value : `${value}/${value.includes(':') ? 128 : 32}`
      if (typeof readCidr(cidr, new Uint32Array(4), new Uint32Array(4)) !== 'number') throw wrong('an address or a CIDR network without host bits')
      return
    }
    case 'asn':
      if (!/^[1-9]\d{0,9}$/.test(value) || Number(value) > 0xffffffff) throw wrong('the number of a network')
      return
    case 'country':
      if (!/^(?:[A-Za-z]{2}|[Tt]1)$/.test(value)) throw wrong('a country’s code of two letters')
      return
    case 'key':
      if (!/^[0-9A-Za-z]{1,64}$/.test(value)) throw wrong('the id of a key')
      return
    default:
      return
  }
}
