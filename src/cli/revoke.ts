import { REVOCATION_KINDS } from '../core/revocation.ts'
import { command } from './command.ts'
import { confirm, YES_ARG } from './confirm.ts'
import { CHANGE_ARGS, connect } from './connection.ts'
import { askedWrongly } from './failure.ts'
import { harmless } from './harmless.ts'
import { type Columns, cell, itemOf, LIST_ARGS, printList } from './listing.ts'
import { printRule } from './rules.ts'
import { SPAN_ARGS, spanOf } from './span.ts'
import { moment, told } from './time.ts'

const COLUMNS: Columns = {
  heading: ['KIND', 'ISSUER', 'VALUE', 'ISSUED BEFORE', 'UNTIL', 'BY', 'REASON'],
  row: (item, now) => [
    cell(item.kind),
    cell(item.issuer),
    cell(item.value),
    told(item.issuedBefore, now),
    told(item.until, now),
    cell(item.by),
    cell(item.reason),
  ],
}

/** `portcullis revoke`. */
export const revoke = command({
  meta: { name: 'revoke', description: 'Revokes credentials of an issuer before their time, takes that back (--lift), or lists what is revoked (--list)' },
  args: {
    kind: { type: 'enum', options: [...REVOCATION_KINDS], description: 'what is revoked' },
    issuer: { type: 'string', valueHint: 'ISSUER', description: 'whose credentials' },
    value: { type: 'string', valueHint: 'VALUE', description: 'a token’s jti, a subject, a session’s sid, a client’s id, a key’s kid; nothing for an issuer' },
    'issued-before': { type: 'string', valueHint: 'MOMENT', description: 'only those that were issued before then' },
    ...SPAN_ARGS,
    reason: { type: 'string', valueHint: 'TEXT', description: 'why, for people' },
    lift: { type: 'boolean', description: 'takes the revocation back' },
    list: { type: 'boolean', description: 'lists what is revoked' },
    ...LIST_ARGS,
    ...YES_ARG,
    ...CHANGE_ARGS,
  },
  example: "revoke --kind subject --issuer https://login.example.com --value ada --for 1d --reason 'stolen laptop'",
  async run(args, invocation) {
    const { terminal } = invocation
    const { kind, issuer, reason } = args
    const named = { kind, issuer, value: args.value, reason, for: args.for, until: args.until, 'issued-before': args['issued-before'], lift: args.lift }
    if (args.list === true) {
      refuse(named, '--list takes none of')
      return printList(await connect(args, terminal), '/revocations', {}, COLUMNS, args, invocation)
    }
    refuse({ all: args.all, cursor: args.cursor }, 'Without --list it takes none of')
    for (const [name, value] of Object.entries({ kind, issuer, reason })) if (value === undefined) throw askedWrongly(`--${name} is missing.`)
    if ((kind === 'issuer') !== (args.value === undefined))
      throw askedWrongly(kind === 'issuer' ? '--kind issuer takes no --value.' : '--value is missing: which one?')
    const subject = { kind, issuer, value: args.value ?? '' }
    if (args.lift === true) {
      refuse({ for: args.for, until: args.until, 'issued-before': args['issued-before'] }, '--lift takes none of')
      const answer = itemOf(await (await connect(args, terminal)).change('POST', '/revocations/lift', { ...subject, reason }))
      return printRule(answer, args, invocation)
    }
    const revocation = {
      ...subject,
      ...(args['issued-before'] !== undefined && { issuedBefore: moment(args['issued-before'], 'issued-before') }),
      ...spanOf(args),
      reason,
    }
    if (kind === 'issuer')
      await confirm(`Credentials of ${harmless(issuer ?? '')} that are good now will be refused: everybody signs in again.`, args.yes, terminal)
    return printRule(itemOf(await (await connect(args, terminal)).change('POST', '/revocations', revocation)), args, invocation)
  },
})

function refuse(options: Readonly<Record<string, unknown>>, words: string): void {
  const given = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`]))
  if (given.length > 0) throw askedWrongly(`${words} ${given.join(', ')}.`)
}
