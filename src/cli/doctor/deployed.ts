import type { WranglerConfig } from '../wrangler-config.ts'
import type { CloudflareApi, DeployedRoute } from './cloudflare-api.ts'
import { type Finding, finding } from './finding.ts'
import { covers, patternOf, routesOf } from './routes.ts'

/** What no file says, for whoever has no token to ask Cloudflare with. */
export const REMINDER = finding(
  'note',
  'route-failure-mode',
  'whether the routes fail open cannot be seen in wrangler.toml',
  'A route that fails open sends requests past the gateway once the account has used up its daily requests: whoever sends enough switches it off.',
  'in the dashboard, set each route’s request limit failure mode to "fail closed"; or set CLOUDFLARE_API_TOKEN (to read Workers routes), and this is asked',
)

/** Asks Cloudflare what is deployed: how routes fail, what takes requests away from the gateway, which doors are open beside it. @throws {Failure} */
export async function deployedFindings(
  api: CloudflareApi,
  config: WranglerConfig,
  hosts: readonly string[],
  zoneIds: readonly string[],
): Promise<readonly Finding[]> {
  const zones = new Set([...zoneIds, ...(await knownZones(api, config))])
  const routes = (await Promise.all([...zones].map((id) => api.routes(id)))).flat()
  return [
    ...(zones.size === 0
      ? [
          finding(
            'warning',
            'zone-unknown',
            'no zone is known whose routes could be asked for',
            'How they fail stays unknown.',
            'give --zone-id, or zone_id or zone_name in the routes of wrangler.toml',
          ),
        ]
      : []),
    ...routes.flatMap((route) => failureFindings(route, config.name)),
    ...routes.flatMap((route) => bypassFindings(route, config.name, hosts)),
    ...(await subdomainFindings(api, config)),
  ]
}

async function knownZones(api: CloudflareApi, config: WranglerConfig): Promise<readonly string[]> {
  const routes = routesOf(config).flatMap((route) => (typeof route === 'string' ? [] : [route]))
  const ids = routes.flatMap(({ zone_id }) => zone_id ?? [])
  const names = new Set(routes.flatMap(({ zone_id, zone_name }) => (zone_id === undefined && zone_name !== undefined ? [zone_name] : [])))
  return [...ids, ...(await Promise.all([...names].map((name) => api.zoneIds(name)))).flat()]
}

function failureFindings({ pattern, script, request_limit_fail_open: failsOpen }: DeployedRoute, worker: string | undefined): readonly Finding[] {
  if (script !== worker || failsOpen === false) return []
  if (failsOpen === undefined)
    return [
      finding('warning', 'route-failure-mode', `Cloudflare does not say how the route ${pattern} fails`, REMINDER.why, 'look at the route in the dashboard'),
    ]
  return [
    finding(
      'problem',
      'route-fails-open',
      `the route ${pattern} fails open`,
      REMINDER.why,
      'in the dashboard, set the route’s request limit failure mode to "fail closed"',
    ),
  ]
}

/** The most specific route wins: one without a Worker, or of another, takes its requests away. */
function bypassFindings(route: DeployedRoute, worker: string | undefined, hosts: readonly string[]): readonly Finding[] {
  const { pattern, script } = route
  if (script === worker) return []
  const taken = hosts.filter((host) => covers(patternOf(pattern), host.replace(/:\d+$/, '')))
  if (taken.length === 0) return []
  const severity = patternOf(pattern).host.startsWith('*') ? 'warning' : 'problem'
  const whose = script === undefined || script === null || script === '' ? 'no Worker' : `the Worker ${script}`
  return [
    finding(
      severity,
      'route-elsewhere',
      `the route ${pattern} goes to ${whose}`,
      `Its requests for ${taken.join(', ')} go past the gateway, where no more specific route takes them.`,
      'delete the route',
    ),
  ]
}

async function subdomainFindings(api: CloudflareApi, { account_id, name }: WranglerConfig): Promise<readonly Finding[]> {
  if (account_id === undefined || name === undefined) return []
  const subdomain = await api.subdomain(account_id, name)
  const why = "It is a second door: the zone's WAF rules, access rules and client certificates do not stand before it."
  return [
    ...(subdomain?.enabled === true
      ? [finding('problem', 'workers-dev-served', `${name} answers on workers.dev`, why, 'workers_dev = false, then deploy')]
      : []),
    ...(subdomain?.previews_enabled === true
      ? [finding('problem', 'previews-served', `${name} answers on preview addresses`, why, 'preview_urls = false, then deploy')]
      : []),
  ]
}
