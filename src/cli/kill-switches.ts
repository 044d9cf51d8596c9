import { defineCommand } from 'citty'
import { command } from './command.ts'
import { confirm, YES_ARG } from './confirm.ts'
import { CHANGE_ARGS, connect, GATEWAY_ARGS } from './connection.ts'
import { askedWrongly, EXIT, Failure } from './failure.ts'
import { harmless } from './harmless.ts'
import { type Item, itemOf, LIST_ARGS, printList, readAll } from './listing.ts'
import { printRule, ruleColumns, ruleId } from './rules.ts'
import { SPAN_ARGS, spanOf } from './span.ts'
import { durationSeconds, moment } from './time.ts'

/** The gateway takes no more rules than that. */
const MOST_RULES = 10_000

const PLACE_ARGS = {
  zone: { type: 'string', valueHint: 'ZONE', description: 'this zone; without it, the whole gateway' },
  route: { type: 'string', valueHint: 'ROUTE', description: "this route of the zone, as the configuration writes it: 'GET /v1/users/:id'" },
} as const

interface Place {
  readonly zone?: string | undefined
  readonly route?: string | undefined
}

const on = command({
  meta: { name: 'on', description: 'Answers 503 in a route, a zone or everywhere; with --from, a maintenance window' },
  args: {
    ...PLACE_ARGS,
    from: { type: 'string', valueHint: 'MOMENT', description: 'not before then: a maintenance window' },
    ...SPAN_ARGS,
    'retry-after': { type: 'string', valueHint: 'TIME', description: 'what clients are told to wait' },
    reason: { type: 'string', valueHint: 'TEXT', description: 'why, for people', required: true },
    ...YES_ARG,
    ...CHANGE_ARGS,
  },
  example: "killswitch on --zone api --route 'POST /v1/orders' --for 30m --reason 'double charges'",
  async run(args, invocation) {
    const { terminal } = invocation
    const { zone, route } = placeOf(args)
    const rule = {
      ...(zone !== undefined && { zone }),
      ...(route !== undefined && { route }),
      ...(args.from !== undefined && { from: moment(args.from, 'from') }),
      ...spanOf(args),
      ...(args['retry-after'] !== undefined && { retryAfterSeconds: durationSeconds(args['retry-after'], 'retry-after') }),
      reason: args.reason,
    }
    if (zone === undefined) await confirm('The whole gateway will answer 503, in every zone.', args.yes, terminal)
    await printRule(itemOf(await (await connect(args, terminal)).change('POST', '/kill-switches', rule)), args, invocation)
  },
})

const list = command({
  meta: { name: 'list', description: 'Lists kill switches and maintenance windows that are in force or will be' },
  args: { ...LIST_ARGS, ...GATEWAY_ARGS },
  example: 'killswitch list',
  async run(args, invocation) {
    const columns = ruleColumns(['ZONE', 'ROUTE'], ({ zone, route }) => [zone ?? '(all)', route])
    await printList(await connect(args, invocation.terminal), '/kill-switches', {}, columns, args, invocation)
  },
})

const off = command({
  meta: { name: 'off', description: 'Ends a kill switch: that of a route, of a zone or of the whole gateway, or the one with this id' },
  args: { id: { type: 'positional', description: 'its id, as the list shows it', required: false }, ...PLACE_ARGS, ...CHANGE_ARGS },
  example: "killswitch off --zone api --route 'POST /v1/orders'",
  async run(args, invocation) {
    const place = placeOf(args)
    if (args.id !== undefined && place.zone !== undefined) throw askedWrongly('Give the id, or the zone and the route, not both.')
    const client = await connect(args, invocation.terminal)
    const id = args.id ?? idAt(place, await readAll(client, '/kill-switches', MOST_RULES))
    await printRule(itemOf(await client.change('DELETE', `/kill-switches/${ruleId(id)}`)), args, invocation)
  },
})

/** `portcullis killswitch`. */
export const killswitch = defineCommand({
  meta: { name: 'portcullis killswitch', description: 'Kill switches and maintenance windows: on, list, off' },
  subCommands: { on, list, off },
})

function placeOf({ zone, route }: Place): Place {
  if (route !== undefined && zone === undefined) throw askedWrongly('--route needs its --zone.')
  return { zone, route }
}

/** Exactly that place: whoever ends a zone's switch does not mean a route's. */
function idAt({ zone, route }: Place, rules: readonly Item[]): string {
  const found = rules.filter((rule) => (rule.zone ?? undefined) === zone && (rule.route ?? undefined) === route)
  const place = route === undefined ? (zone ?? 'the whole gateway') : `${zone} ${route}`
  const [one] = found
  if (one === undefined) throw new Failure(EXIT.refused, `There is no kill switch of ${harmless(place)}. Those that there are: portcullis killswitch list`)
  if (found.length > 1) throw askedWrongly(`There are ${found.length} of ${harmless(place)}: give the id of one. They are listed by portcullis killswitch list`)
  return String(one.id)
}
