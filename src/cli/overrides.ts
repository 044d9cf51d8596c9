import { defineCommand } from 'citty'
import { command } from './command.ts'
import { CHANGE_ARGS, connect, GATEWAY_ARGS } from './connection.ts'
import { askedWrongly } from './failure.ts'
import { cell, countOf, itemOf, LIST_ARGS, printList } from './listing.ts'
import { printRule, RULE_ID_ARG, ruleColumns, ruleId } from './rules.ts'
import { SPAN_ARGS, spanOf } from './span.ts'

const MAX_TOKENS = 10_000_000

/** Whose counter: as many of these as the limit counts by. */
const WHOSE_ARGS = {
  subject: { type: 'string', valueHint: 'SUBJECT', description: 'the caller’s, with --issuer' },
  issuer: { type: 'string', valueHint: 'ISSUER', description: 'with --subject or --credential: whose word it is' },
  credential: { type: 'string', valueHint: 'ID', description: 'the credential’s (an API key’s id, a token’s), with --issuer' },
  ip: { type: 'string', valueHint: 'IP', description: 'the address’s' },
  asn: { type: 'string', valueHint: 'N', description: 'the network’s' },
  country: { type: 'string', valueHint: 'CC', description: 'the country’s' },
  level: { type: 'string', valueHint: 'LEVEL', description: 'the plan’s' },
  route: { type: 'string', valueHint: 'ROUTE', description: 'the route’s' },
  header: { type: 'string', valueHint: 'NAME=TEXT…', description: 'of requests with this header' },
} as const

type WhoseOptions = { readonly [K in keyof typeof WHOSE_ARGS]?: string | undefined }

const add = command({
  meta: { name: 'add', description: 'Gives one counter of a limit other figures, for a while' },
  args: {
    zone: { type: 'string', valueHint: 'ZONE', description: 'the limit’s zone', required: true },
    limit: { type: 'string', valueHint: 'NAME', description: 'the limit’s name', required: true },
    to: { type: 'string', valueHint: 'N', description: 'so many, in the limit’s own period', required: true },
    burst: { type: 'string', valueHint: 'N', description: 'so many at once' },
    ...WHOSE_ARGS,
    ...SPAN_ARGS,
    reason: { type: 'string', valueHint: 'TEXT', description: 'why, for people', required: true },
    ...CHANGE_ARGS,
  },
  example: "override add --zone api --limit per-user --subject ada --issuer https://login.example.com --to 6000 --for 2h --reason 'migration of their data'",
  async run(args, invocation) {
    const override = {
      zone: args.zone,
      limit: args.limit,
      whose: whoseOf(args, invocation.all('header')),
      figures: { limit: countOf(args.to, 'to', MAX_TOKENS), ...(args.burst !== undefined && { burst: countOf(args.burst, 'burst', MAX_TOKENS) }) },
      ...spanOf(args),
      reason: args.reason,
    }
    await printRule(itemOf(await (await connect(args, invocation.terminal)).change('POST', '/overrides', override)), args, invocation)
  },
})

const list = command({
  meta: { name: 'list', description: 'Lists the counters that have other figures' },
  args: { ...LIST_ARGS, ...GATEWAY_ARGS },
  example: 'override list',
  async run(args, invocation) {
    const columns = ruleColumns(['ZONE', 'LIMIT', 'WHOSE', 'FIGURES'], ({ zone, limit, whose, figures }) => [zone, limit, whose, figures])
    await printList(await connect(args, invocation.terminal), '/overrides', {}, columns, args, invocation)
  },
})

const remove = command({
  meta: { name: 'remove', description: 'Gives a counter its own figures back' },
  args: { ...RULE_ID_ARG, ...CHANGE_ARGS },
  example: 'override remove override.02qjQ-USX6p6FSdMEB1pmc',
  async run(args, invocation) {
    const path = `/overrides/${ruleId(args.id)}`
    await printRule(itemOf(await (await connect(args, invocation.terminal)).change('DELETE', path)), args, invocation)
  },
})

/** `portcullis override`. */
export const override = defineCommand({
  meta: { name: 'portcullis override', description: 'Other figures for one counter: add, list, remove' },
  subCommands: { add, list, remove },
})

function whoseOf({ subject, credential, issuer, asn, ...given }: WhoseOptions, headers: readonly string[]): Readonly<Record<string, unknown>> {
  if ((issuer !== undefined) !== (subject !== undefined || credential !== undefined))
    throw askedWrongly('--issuer belongs to --subject or --credential, and they to it.')
  const whose = {
    ...(subject !== undefined && { principal: { issuer, subject } }),
    ...(credential !== undefined && { credential: { issuer, id: credential } }),
    ...Object.fromEntries((['ip', 'country', 'level', 'route'] as const).flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]]))),
    ...(asn !== undefined && { asn: countOf(asn, 'asn', 4_294_967_295) }),
    ...(headers.length > 0 && { header: Object.fromEntries(headers.map(pair)) }),
  }
  if (cell(whose) === '')
    throw askedWrongly(
      `Whose counter? Give what the limit counts by: ${Object.keys(WHOSE_ARGS)
        .map((name) => `--${name}`)
        .join(', ')}.`,
    )
  return whose
}

function pair(text: string): readonly [string, string] {
  const equals = text.indexOf('=')
  if (equals < 1) throw askedWrongly('--header wants NAME=TEXT.')
  return [text.slice(0, equals).toLowerCase(), text.slice(equals + 1)]
}
