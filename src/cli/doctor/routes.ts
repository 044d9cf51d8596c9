import type { WranglerConfig, WranglerRoute } from '../wrangler-config.ts'
import { type Finding, finding } from './finding.ts'

/** Which hosts and paths a route takes. */
export interface RoutePattern {
  readonly text: string
  /** May begin with `*`. */
  readonly host: string
  readonly path: string
  /** Absent: both. */
  readonly scheme?: 'http' | 'https'
}

/** Compares the routes of wrangler.toml with the hosts of the configuration's zones. */
export function routeFindings(config: WranglerConfig, hosts: readonly string[]): readonly Finding[] {
  const routes = routesOf(config)
  if (routes.length === 0)
    return [
      finding(
        'warning',
        'no-routes',
        'wrangler.toml has no routes here',
        'No request comes to the gateway, unless routes were made in the dashboard.',
        'name the environment that is deployed with --env, or add routes, one for each host',
      ),
    ]
  const patterns = routes.map(patternOf)
  const names = hosts.map((host) => host.replace(/:\d+$/, ''))
  return [...names.flatMap((host) => hostFindings(host, patterns)), ...patterns.flatMap((pattern) => patternFindings(pattern, names))]
}

/** @returns all routes of an environment. */
export function routesOf({ routes = [], route }: WranglerConfig): readonly WranglerRoute[] {
  return [...routes, ...(route === undefined ? [] : [route])]
}

/** Reads a route's pattern: `[scheme://]host[/path]`. A custom domain is its host, whole. */
export function patternOf(route: WranglerRoute): RoutePattern {
  const { pattern, custom_domain } = typeof route === 'string' ? { pattern: route, custom_domain: false } : route
  const [, scheme, host = '', path = ''] = /^(?:(https?):\/\/)?([^/]*)(\/.*)?$/.exec(pattern.toLowerCase()) ?? []
  return {
    text: pattern,
    host,
    path: custom_domain === true ? '/*' : path,
    ...((scheme === 'http' || scheme === 'https') && { scheme }),
  }
}

/** Whether a pattern takes requests for a host. `*.example.com` takes subdomains alone, `*example.com` whatever ends so. */
export function covers({ host }: RoutePattern, name: string): boolean {
  return host.startsWith('*') ? name.endsWith(host.slice(1)) && name.length > host.length - 1 - (host.startsWith('*.') ? 0 : 1) : host === name
}

function hostFindings(host: string, patterns: readonly RoutePattern[]): readonly Finding[] {
  const taken = patterns.filter((pattern) => covers(pattern, host))
  const fix = `a route { pattern = "${host}/*", zone_name = "…" }`
  if (taken.length === 0)
    return [
      finding(
        'problem',
        'host-without-route',
        `no route takes ${host}, which a zone has`,
        'Its requests go to whatever stands behind that name, past the gateway.',
        fix,
      ),
    ]
  const whole = taken.filter(({ path }) => path === '/*' || path === '*')
  if (whole.length === 0)
    return [
      finding(
        'problem',
        'route-path',
        `only ${taken.map(({ text }) => text).join(', ')} takes ${host}`,
        'All other paths of the host go past the gateway.',
        fix,
      ),
    ]
  if (whole.every(({ scheme }) => scheme !== undefined) && new Set(whole.map(({ scheme }) => scheme)).size < 2)
    return [
      finding(
        'problem',
        'route-scheme',
        `${whole.map(({ text }) => text).join(', ')} takes ${host} by one scheme alone`,
        'Requests by the other one go past the gateway.',
        `${fix}, without a scheme`,
      ),
    ]
  return []
}

function patternFindings(pattern: RoutePattern, hosts: readonly string[]): readonly Finding[] {
  if (hosts.some((host) => covers(pattern, host))) return []
  return [
    finding(
      'warning',
      'route-without-host',
      `the route ${pattern.text} takes no host of any zone`,
      'All of its requests are 404.',
      'add the host to a zone, or take the route out',
    ),
  ]
}
