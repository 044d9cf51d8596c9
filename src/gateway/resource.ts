import { type Challenge, withParams } from '../core/challenge.ts'
import { type Decision, deny, reply } from '../core/decision.ts'
import type { Exchange } from '../core/exchange.ts'
import { type CanonicalUrl, canonicalUrl } from '../lib/canonical-url.ts'
import type { ResourceSettings } from './config.ts'

/** Where the metadata of a protected resource stand; the path of its identifier comes behind it (RFC 9728 §3.1). */
export const METADATA_PATH = '/.well-known/oauth-protected-resource'

/** The document may be kept this long: what changes it is a deployment. */
const CACHING = 'public, max-age=3600'

/** Schemes whose challenges may name the metadata (RFC 9728 §5.1). */
const NAMES_METADATA: ReadonlySet<string> = new Set(['Bearer', 'DPoP'])

/** A zone as an OAuth protected resource. */
export interface ProtectedResource {
  /** What clients ask tokens for, character for character. */
  readonly identifier: string
  /** The one host of the zone that is the resource. */
  readonly host: string
  /** Begins with `/`. */
  readonly path: string
  /** Where the document is, on that host. */
  readonly metadataPath: string
}

/** What the document says beside the settings. */
export interface ResourceFacts {
  /** Issuers whose tokens are taken. */
  readonly issuers: readonly string[]
  /** Scopes that are asked for. */
  readonly scopes: readonly string[]
}

/** Reads the identifier: the one that is given, or the zone's host. */
export function protectedResource({ identifier: given }: ResourceSettings, hosts: readonly string[]): ProtectedResource {
  const identifier = given ?? `https://${hosts[0] ?? ''}`
  const { host, path } = canonicalUrl(identifier)
  return { identifier, host, path, metadataPath: path === '/' ? METADATA_PATH : `${METADATA_PATH}${path}` }
}

/**
 * @returns what answers requests for the document (RFC 9728 §3.2). It is made once. On another host of the zone there is none: its `resource` would not be what the client asked for,
 * and a client must not use it then (§3.3).
 */
export function metadataAnswer(resource: ProtectedResource, settings: ResourceSettings, facts: ResourceFacts): (x: Exchange) => Decision {
  const document = JSON.stringify(metadata(resource, settings, facts))
  return ({ url, method }) => {
    if (url.host !== resource.host) return deny(404, 'route.unlisted')
    const headers = { 'content-type': 'application/json', 'cache-control': CACHING }
    return reply(new Response(method === 'HEAD' ? null : document, { headers }), 'resource.metadata')
  }
}

/** RFC 9728 §2. */
function metadata({ identifier }: ProtectedResource, { name, documentation, policyUri, tosUri }: ResourceSettings, { issuers, scopes }: ResourceFacts) {
  return {
    resource: identifier,
    authorization_servers: issuers,
    ...(scopes.length > 0 && { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
    resource_name: name,
    resource_documentation: documentation,
    resource_policy_uri: policyUri,
    resource_tos_uri: tosUri,
  }
}

/** @returns the challenges, those of OAuth with the place of the metadata (RFC 9728 §5.1), where the URL is one of the resource's own: of another one, §3.3 forbids clients to use them. */
export function pointing(resource: ProtectedResource, challenges: readonly Challenge[], url: CanonicalUrl): readonly Challenge[] {
  if (!covers(resource, url)) return challenges
  const place = { resource_metadata: `https://${resource.host}${resource.metadataPath}` }
  return challenges.map((challenge) => (NAMES_METADATA.has(challenge.scheme) ? withParams(challenge, place) : challenge))
}

function covers(resource: ProtectedResource, { host, path }: CanonicalUrl): boolean {
  if (host !== resource.host) return false
  return path === resource.path || path.startsWith(resource.path.endsWith('/') ? resource.path : `${resource.path}/`)
}
