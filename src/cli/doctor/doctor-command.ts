import { CONFIG_ARGS } from '../check-command.ts'
import { command } from '../command.ts'
import { askedWrongly, EXIT } from '../failure.ts'
import { harmless, jsonDocument } from '../harmless.ts'
import { safeUrl } from '../safe-url.ts'

/** `portcullis doctor`. */
export const doctor = command({
  meta: { name: 'doctor', description: 'Looks for open doors and missing parts in configuration, wrangler.toml and deployment; changes nothing' },
  args: {
    ...CONFIG_ARGS,
    url: { type: 'string', valueHint: 'URL', description: 'also looks at a deployment as a stranger does: a host of it, or its admin API' },
    'zone-id': { type: 'string', valueHint: 'ID…', description: 'with CLOUDFLARE_API_TOKEN: also asks for the routes of this zone' },
    'workers-dev': { type: 'string', valueHint: 'HOST', description: 'with --url: NAME.SUBDOMAIN.workers.dev must not answer' },
    json: { type: 'boolean', description: 'prints the findings' },
  },
  example: 'doctor --env production --url https://api.example.com',
  async run(args, { terminal, all }) {
    const { config, wrangler, env } = args
    const url = args.url === undefined ? undefined : safeUrl(args.url, '--url')
    const workersDevUrl = args['workers-dev'] === undefined ? undefined : workersDev(args['workers-dev'])
    if (workersDevUrl !== undefined && url === undefined) throw askedWrongly('--workers-dev belongs to --url.')
    for (const id of all('zone-id')) if (!/^[0-9a-f]{32}$/.test(id)) throw askedWrongly('--zone-id wants 32 hexadecimal digits, as the dashboard shows them.')
    const { examine } = await import('./doctor.ts')
    const findings = await examine({ config, wrangler, env, zoneIds: all('zone-id'), url, workersDevUrl }, terminal)
    if (args.json === true) await terminal.print(jsonDocument({ findings }))
    else {
      for (const { severity, id, found, why, fix } of findings) {
        await terminal.print(`${terminal.heading(severity)} ${id}: ${harmless(found)}\n    why: ${harmless(why)}\n    fix: ${harmless(fix)}`)
      }
      const counts = (['problem', 'warning', 'note'] as const).map((severity) => `${findings.filter((one) => one.severity === severity).length} ${severity}s`)
      await terminal.print(counts.join(', '))
    }
    return findings.some(({ severity }) => severity === 'problem') ? EXIT.found : EXIT.done
  },
})

function workersDev(host: string): URL {
  if (!/^[a-z0-9-]+\.[a-z0-9-]+\.workers\.dev$/.test(host)) throw askedWrongly('--workers-dev wants NAME.SUBDOMAIN.workers.dev.')
  return new URL(`https://${host}/`)
}
