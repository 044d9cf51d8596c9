import { defineCommand } from 'citty'
import type { RuleTarget } from '../core/runtime-rule.ts'
import { command } from './command.ts'
import { CHANGE_ARGS, connect, GATEWAY_ARGS } from './connection.ts'
import { askedWrongly } from './failure.ts'
import { itemOf, LIST_ARGS, printList } from './listing.ts'
import { printRule, RULE_ID_ARG, ruleColumns, ruleId } from './rules.ts'
import { SPAN_ARGS, spanOf } from './span.ts'
import { moment } from './time.ts'

/** Each is an option of its own, so that a value cannot be taken for one of another kind. */
const TARGET_ARGS = {
  ip: { type: 'string', valueHint: 'CIDR', description: 'an address or a network' },
  asn: { type: 'string', valueHint: 'N', description: 'an autonomous system' },
  country: { type: 'string', valueHint: 'CC', description: 'a country: two letters' },
  ja4: { type: 'string', valueHint: 'JA4', description: 'a TLS fingerprint' },
  'user-agent': { type: 'string', valueHint: 'TEXT', description: 'a user agent, whole, or its beginning and *' },
  subject: { type: 'string', valueHint: 'SUBJECT', description: 'a caller, with --issuer' },
  key: { type: 'string', valueHint: 'ID', description: 'an API key, by its id' },
} as const satisfies Record<RuleTarget, unknown>

const add = command({
  meta: { name: 'add', description: 'Refuses somebody for a while, or with --allow lets pass whom another ban would refuse' },
  args: {
    ...TARGET_ARGS,
    issuer: { type: 'string', valueHint: 'ISSUER', description: 'with --subject: who says that this is the caller' },
    allow: { type: 'boolean', description: 'an allowance instead of a ban' },
    zone: { type: 'string', valueHint: 'ZONE', description: 'only in this zone' },
    from: { type: 'string', valueHint: 'MOMENT', description: 'from then on' },
    ...SPAN_ARGS,
    reason: { type: 'string', valueHint: 'TEXT', description: 'why, for people', required: true },
    ...CHANGE_ARGS,
  },
  example: "ban add --ip 203.0.113.0/24 --for 2h --reason 'credential stuffing'",
  async run(args, invocation) {
    const given = Object.entries(TARGET_ARGS).flatMap(([target]) => (args[target as RuleTarget] === undefined ? [] : [target as RuleTarget]))
    const [target] = given
    if (target === undefined || given.length > 1)
      throw askedWrongly(
        `Whom? Give exactly one of ${Object.keys(TARGET_ARGS)
          .map((name) => `--${name}`)
          .join(', ')}.`,
      )
    if ((target === 'subject') !== (args.issuer !== undefined))
      throw askedWrongly('--subject and --issuer belong together: a subject is somebody only for its issuer.')
    const rule = {
      effect: args.allow === true ? 'allow' : 'ban',
      target,
      value: args[target],
      ...(args.issuer !== undefined && { issuer: args.issuer }),
      ...(args.zone !== undefined && { zone: args.zone }),
      ...(args.from !== undefined && { from: moment(args.from, 'from') }),
      ...spanOf(args),
      reason: args.reason,
    }
    await printRule(itemOf(await (await connect(args, invocation.terminal)).change('POST', '/bans', rule)), args, invocation)
  },
})

const list = command({
  meta: { name: 'list', description: 'Lists bans and allowances that are in force or will be' },
  args: { ...LIST_ARGS, ...GATEWAY_ARGS },
  example: 'ban list',
  async run(args, invocation) {
    const columns = ruleColumns(['EFFECT', 'TARGET', 'VALUE', 'ISSUER', 'ZONE'], ({ effect, kind, target, value, issuer, zone }) => [
      effect ?? kind,
      target,
      value,
      issuer,
      zone,
    ])
    await printList(await connect(args, invocation.terminal), '/bans', {}, columns, args, invocation)
  },
})

const remove = command({
  meta: { name: 'remove', description: 'Ends a ban or an allowance' },
  args: { ...RULE_ID_ARG, ...CHANGE_ARGS },
  example: 'ban remove ban.ip.7wjiXn-3jTAUymsbgC8Pl4',
  async run(args, invocation) {
    const path = `/bans/${ruleId(args.id)}`
    await printRule(itemOf(await (await connect(args, invocation.terminal)).change('DELETE', path)), args, invocation)
  },
})

/** `portcullis ban`. */
export const ban = defineCommand({
  meta: { name: 'portcullis ban', description: 'Bans and allowances: add, list, remove' },
  subCommands: { add, list, remove },
})
