import { type ConfigurationProblem, type Path, Problems } from '../core/problems.ts'
import { shown } from '../core/shown.ts'
import { canonicalUrl } from '../lib/canonical-url.ts'
import type { AnyZone, ResourceSettings } from './config.ts'
import { protectedResource } from './resource.ts'
import { parseRouteKey } from './route-key.ts'

/** Adds what is wrong with a zone that says it is a protected resource. `issuers`: those of its enforcing authenticators. */
export function checkResource({ resource: settings, hosts, routes }: AnyZone, issuers: readonly string[], at: Path, problems: Problems): void {
  if (settings === undefined) return
  const here = [...at, 'resource']
  if (issuers.length === 0) {
    problems.add(here, {
      found: 'no authenticator with an issuer',
      expected: 'one whose tokens a client can get somewhere',
      fix: 'authenticate a route with jwt({ … }) of an issuer that is an https URL, enforced and read from Authorization, or remove `resource`',
    })
  }
  const fault = identifierFault(settings, hosts)
  if (fault !== undefined) {
    problems.add([...here, 'identifier'], fault)
    return
  }
  const { metadataPath } = protectedResource(settings, hosts)
  for (const key of Object.keys(routes)) {
    if (key.slice(key.indexOf(' ') + 1) !== metadataPath) continue
    problems.add([...at, 'routes', key], {
      found: `the path of the zone’s own metadata, ${metadataPath}`,
      expected: 'another path',
      fix: 'remove the route, or `resource`',
    })
  }
}

function identifierFault({ identifier }: ResourceSettings, hosts: readonly string[]): Omit<ConfigurationProblem, 'path'> | undefined {
  if (identifier === undefined) {
    if (hosts.length === 1) return undefined
    const expected = hosts.map((host) => `https://${host}`).join(' or ')
    return { found: `nothing, for ${hosts.length} hosts`, expected, fix: 'say which of them clients ask tokens for' }
  }
  const { host } = canonicalUrl(identifier)
  if (!isCanonical(identifier)) {
    const expected = 'an https URL as requests have it: canonical, without query and fragment'
    return { found: shown(identifier), expected, fix: `write it like https://${hosts[0]} or https://${hosts[0]}/v1` }
  }
  if (hosts.includes(host)) return undefined
  return { found: host, expected: `one of ${hosts.join(', ')}`, fix: 'name a host of this zone: the document is fetched from there' }
}

/** Whether the identifier is what the canonical form of its URL says, and no part of its path would be a pattern. */
function isCanonical(identifier: string): boolean {
  const { host, path, search, fault } = canonicalUrl(identifier)
  if (fault !== undefined || search !== '' || ![`https://${host}`, `https://${host}${path}`].includes(identifier)) return false
  return parseRouteKey(`GET ${path}`, [], new Problems())?.segments.every(({ kind }) => kind === 'literal') === true
}
