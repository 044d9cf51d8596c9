import { type Authentication, type Authenticator, authenticatorsOf } from '../core/authentication.ts'
import type { Policy } from '../core/policy.ts'
import { type Path, Problems } from '../core/problems.ts'
import { RESERVED_SEGMENT } from '../core/route-grammar.ts'
import { shown } from '../core/shown.ts'
import { canonicalUrl } from '../lib/canonical-url.ts'
import type { AnyGatewayConfig } from './config.ts'
import type { Mount } from './mount.ts'
import { protectedResource } from './resource.ts'
import { parseRouteKey, type RoutePattern } from './route-key.ts'

/** Authenticators that know nobody in particular: good enough to set a gateway up, not to call an API. */
const FOR_MOUNTS: ReadonlySet<string> = new Set(['bootstrap-token'])

const PATH = /^(?:\/[a-z0-9_-]+)+$/

/** Adds what is wrong with the mount of a configuration, and with how it hangs among the zones. */
export function checkMount(mount: Mount, config: AnyGatewayConfig, problems: Problems): void {
  const at: Path = ['admin']
  mount.check(at, problems)
  if (config.audit === undefined) {
    problems.add(at, {
      found: 'an admin API without an audit trail',
      expected: '`audit` beside it: whatever operators change is written down first',
      fix: "add audit: { signingKeys: 'AUDIT_SIGNING_KEY' }",
    })
  }
  if (!isHost(mount.host)) {
    problems.add([...at, 'host'], {
      found: shown(mount.host),
      expected: 'a host as requests have it',
      fix: 'write it in lower case, without scheme, path and trailing dot, like admin.example.com',
    })
  }
  if (typeof mount.path !== 'string' || !PATH.test(mount.path)) {
    problems.add([...at, 'path'], {
      found: shown(mount.path),
      expected: `a path of segments of a-z, 0-9, - and _, like /${RESERVED_SEGMENT}/admin`,
      fix: 'write it without a slash at its end',
    })
    return
  }
  checkHidden(mount, config, at, problems)
}

function isHost(host: unknown): boolean {
  return typeof host === 'string' && host !== '' && canonicalUrl(`https://${host}/`).host === host
}

/** Below the path nothing else may be: it would answer there, and what it does not answer would show that something else does. */
function checkHidden({ host, path }: Mount, { zones }: AnyGatewayConfig, at: Path, problems: Problems): void {
  if (path.startsWith(`/${RESERVED_SEGMENT}/`)) return
  const segments = path.slice(1).split('/')
  for (const zone of Object.values(zones)) {
    if (!zone.hosts.includes(host)) continue
    const metadata = zone.resource === undefined ? [] : [`GET ${protectedResource(zone.resource, zone.hosts).metadataPath}`]
    for (const key of [...Object.keys(zone.routes), ...metadata]) {
      const pattern = parseRouteKey(key, [], new Problems())
      if (pattern === undefined || !mayMeet(pattern, segments)) continue
      problems.add([...at, 'path'], {
        found: `${path}, where the route ${JSON.stringify(key)} of the same host answers too`,
        expected: 'a path that no route of its host matches',
        fix: `choose one below /${RESERVED_SEGMENT}/, which no route may touch, or a host of its own`,
      })
    }
  }
}

/** Whether a route matches something at a path or below it, by any spelling. */
function mayMeet({ segments }: RoutePattern, path: readonly string[]): boolean {
  for (const [i, text] of path.entries()) {
    const segment = segments[i]
    if (segment === undefined) return false
    if (segment.kind === 'wildcard') return true
    if (segment.kind === 'literal' && segment.text.toLowerCase() !== text) return false
  }
  return true
}

/** Adds authenticators of a route that only a mount may have. */
export function checkForMountsAlone(authentication: Authentication, at: Path, problems: Problems): void {
  for (const { label } of authenticatorsOf(authentication).filter(isForMounts)) {
    problems.add(at, {
      found: `${label} on a route`,
      expected: 'an authenticator that tells callers apart',
      fix: 'use jwt({ … }) or another: a bootstrap token belongs to `admin` alone',
    })
  }
}

function isForMounts({ name }: Authenticator | Policy): boolean {
  return FOR_MOUNTS.has(name)
}
