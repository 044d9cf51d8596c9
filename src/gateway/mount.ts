import type { Authentication } from '../core/authentication.ts'
import type { Judgement, Policy } from '../core/policy.ts'
import type { Path, Problems } from '../core/problems.ts'
import type { CanonicalUrl } from '../lib/canonical-url.ts'
import type { PolicyUse } from './policy-use.ts'

/** The key of the route that a mount is: in records, and for whoever asks which rules concern it. */
export const MOUNT_ROUTE = 'admin'

/** What a mount may know of the gateway that it hangs in. */
export interface MountFacts {
  readonly policyHash: string
  readonly zones: readonly { readonly name: string; readonly hosts: readonly string[]; readonly routes: readonly string[] }[]
  /** Every control where the configuration names it. */
  readonly uses: readonly PolicyUse[]
}

/** Something that answers by itself below a path of a host, and that nobody sees who is not known to it. A value of the configuration: a gateway without one carries none of its code. */
export interface Mount {
  /** One of a zone's, or one that no zone has. */
  readonly host: string
  /** Begins with `/` and does not end with it. */
  readonly path: string
  readonly authenticate: Authentication
  /** Controls of the access and shield stages that stand before authentication, beside the zone's. */
  readonly policies: readonly Policy[]
  /** Counts requests that were refused before anybody was known, by address. */
  readonly attempts: Policy
  /** Counts requests of whoever is known. */
  readonly calls: Policy
  /** Names of bindings and secrets without which it must not run, beside those of its controls. */
  readonly bindings: readonly string[]
  /** As they were given, for the policy hash. */
  readonly settings: unknown
  /** Adds every problem of the settings to `problems`. */
  check(path: Path, problems: Problems): void
  /** @returns what answers whoever is known: a reply or a denial. Call it only after {@link check} found nothing. */
  compile(facts: MountFacts): Judgement
}

/** Whether something in a configuration is a mount, as far as one can see. */
export function isMount(input: unknown): input is Mount {
  return (
    typeof input === 'object' &&
    input !== null &&
    'check' in input &&
    typeof input.check === 'function' &&
    'compile' in input &&
    typeof input.compile === 'function' &&
    'authenticate' in input &&
    'attempts' in input
  )
}

/**
 * @param raw as the client sent it. A mount is under one spelling alone, not under those that canonicalisation would repair: whatever reads the URL behind this reads the same.
 * @returns whether a request is for the mount.
 */
export function isBelow({ host, path }: Pick<Mount, 'host' | 'path'>, url: CanonicalUrl, raw: string): boolean {
  if (url.host !== host || url.fault !== undefined) return false
  if (url.path !== path && !url.path.startsWith(`${path}/`)) return false
  return raw === `${url.scheme}://${url.host}${url.path}${url.search}`
}
