import { command } from './command.ts'
import { connect, GATEWAY_ARGS } from './connection.ts'
import { jsonDocument } from './harmless.ts'
import { cell, type Item, itemOf, printItem } from './listing.ts'
import { table } from './table.ts'
import { told } from './time.ts'

/** `portcullis status`. */
export const status = command({
  meta: { name: 'status', description: 'What the gateway runs, who one is there, and how its audit trail stands' },
  args: GATEWAY_ARGS,
  example: 'status',
  async run(args, invocation) {
    const { terminal } = invocation
    const found = itemOf(await (await connect(args, terminal)).read('/status'))
    if (args.json === true) return terminal.print(jsonDocument(found))
    const audit = itemOf(found.audit ?? {})
    await printItem(found, args, invocation, [
      ['time', told(found.time, terminal.now())],
      ['policy', cell(found.policyHash)],
      ['your role', cell(found.role)],
      [
        'keys',
        items(found.keys)
          .map(({ prefix, environment }) => `${cell(prefix)}_${cell(environment)}`)
          .join(' '),
      ],
      ['audit trail', `${cell(audit.lastSeq)} entries, signed up to ${cell(audit.signedSeq)}, exported up to ${cell(audit.exportedSeq)}`],
      ['its head', cell(audit.lastHash)],
      ['its export', cell(audit.exportError)],
    ])
    const zones = items(found.zones).map(({ name, hosts, routes, limits }) =>
      [name, hosts, Array.isArray(routes) ? `${routes.length}` : routes, limits].map(cell),
    )
    if (zones.length === 0) return
    const [heading, ...rows] = table(['ZONE', 'HOSTS', 'ROUTES', 'LIMITS'], zones, terminal.columns)
    await terminal.print(`\n${terminal.heading(heading ?? '')}`)
    for (const row of rows) await terminal.print(row)
  },
})

function items(value: unknown): readonly Item[] {
  return Array.isArray(value) ? value.map(itemOf) : []
}
