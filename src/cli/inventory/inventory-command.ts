import { CONFIG_ARGS } from '../check-command.ts'
import { command } from '../command.ts'
import { askedWrongly, EXIT } from '../failure.ts'
import { jsonDocument } from '../harmless.ts'
import { countOf } from '../listing.ts'
import { table } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { durationSeconds, told } from '../time.ts'
import type { Inventory } from './compare.ts'
import type { Traffic } from './traffic.ts'

const DEFAULT_SINCE = '30d'

/** `portcullis inventory`. */
export const inventory = command({
  meta: {
    name: 'inventory',
    description: 'Compares the listed routes with the recorded traffic: unlisted paths and methods, routes without traffic, deprecated ones in use',
  },
  args: {
    ...CONFIG_ARGS,
    since: { type: 'string', valueHint: 'TIME', description: `how far back, like 7d; ${DEFAULT_SINCE} unless given, and the rows are kept for three months` },
    'at-least': { type: 'string', valueHint: 'N', description: 'leaves out what is not listed and was asked for less often', default: '1' },
    most: { type: 'string', valueHint: 'N', description: 'at most so many lines of what is not listed, 1 to 10000', default: '100' },
    local: { type: 'boolean', description: 'reads the log of the gateway that npm start runs on this machine' },
    port: { type: 'string', valueHint: 'N', description: 'with --local: where it listens; else PORT, else 8787' },
    json: { type: 'boolean', description: 'prints the inventory' },
  },
  example: 'inventory --env production --since 30d',
  async run(args, { terminal }) {
    const most = countOf(args.most, 'most', 10_000)
    const atLeast = countOf(args['at-least'], 'at-least', 1_000_000_000)
    const isLocal = args.local === true
    if (isLocal && args.since !== undefined) throw askedWrongly('--since does not go with --local: the log has no times.')
    if (!isLocal && args.port !== undefined) throw askedWrongly('--port belongs to --local.')
    const since = args.since ?? DEFAULT_SINCE
    const sinceSeconds = durationSeconds(since, 'since')
    if (sinceSeconds < 1) throw askedWrongly('--since wants more than nothing.')
    const { takeInventory } = await import('./inventory.ts')
    const source = isLocal ? { port: portOf(args.port ?? terminal.env.PORT ?? '8787') } : { wrangler: args.wrangler, env: args.env, since, sinceSeconds, most }
    const { traffic, found } = await takeInventory({ config: args.config, source, atLeast }, terminal)
    if (args.json === true) await terminal.print(jsonDocument({ span: traffic.span, sampled: traffic.sampled, isCut: traffic.isCut, ...found }))
    else await printInventory(found, traffic, terminal)
    const isEmpty = found.unlisted.length + found.withoutTraffic.length + found.deprecated.length === 0
    return isEmpty ? EXIT.done : EXIT.found
  },
})

function portOf(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) < 1 || Number(text) > 65_535) throw askedWrongly('--port wants a number from 1 to 65535.')
  return Number(text)
}

async function printInventory({ unlisted, withoutTraffic, deprecated }: Inventory, { sampled, isCut, span }: Traffic, terminal: Terminal): Promise<void> {
  const now = terminal.now()
  const figures = ({ requests, denied, lastSeen }: { readonly requests: number; readonly denied: number; readonly lastSeen?: string }) => [
    String(requests),
    String(denied),
    told(lastSeen, now),
  ]
  const show = async (title: string, heading: readonly string[], rows: readonly (readonly string[])[]) => {
    await terminal.print(terminal.heading(`${title}, ${span}: ${rows.length === 0 ? 'none' : rows.length}`))
    if (rows.length > 0) for (const line of table(heading, rows, terminal.columns)) await terminal.print(line)
    await terminal.print('')
  }
  await show(
    'Not listed and asked for',
    ['zone', 'not listed', 'method', 'path', 'requests', 'denied', 'last seen'],
    unlisted.map((one) => [one.zone, one.unlisted, one.method, one.path, ...figures(one)]),
  )
  await show(
    'Listed and not asked for',
    ['zone', 'route'],
    withoutTraffic.map(({ zone, route }) => [zone, route]),
  )
  await show(
    'Deprecated and asked for',
    ['zone', 'route', 'requests', 'denied', 'last seen'],
    deprecated.map((one) => [one.zone, one.route, ...figures(one)]),
  )
  if (isCut) terminal.tell('There is more that is not listed: --most, or --at-least.')
  if (sampled) terminal.tell('Some rows stand for several requests: counts are estimates, and what was asked for rarely may be missing.')
}
