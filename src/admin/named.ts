import type { MountFacts } from '../gateway/mount.ts'
import { unprocessableAt } from './refusal.ts'

/** A family of API keys, as a policy of the configuration takes them. */
export interface KeyFamily {
  readonly prefix: string
  readonly environment: string
  /** Names of the secrets that keys are hashed with, the newest first. */
  readonly peppers: readonly string[]
}

/** @returns the families of API keys that a gateway knows, each once. */
export function keyFamiliesOf({ uses }: MountFacts): readonly KeyFamily[] {
  const families = new Map<string, KeyFamily>()
  for (const { policy } of uses) {
    if (policy.name !== 'api-key') continue
    const { prefix, environment, pepper } = policy.settings as { prefix: string; environment: string; pepper: string | readonly string[] }
    families.set(`${prefix}_${environment}`, { prefix, environment, peppers: [pepper].flat() })
  }
  return [...families.values()]
}

/** @returns the names of a zone's limits, its own and its routes'. */
export function limitsOf({ uses }: MountFacts, zone?: string): readonly string[] {
  const names = uses.flatMap((use) => (use.policy.name === 'rate-limit' && (zone === undefined || use.zone === zone) ? nameOf(use.policy.label) : []))
  return [...new Set(names)].toSorted()
}

/** @returns the settings of all limits of a name, as the configuration has them. */
export function settingsOf({ uses }: MountFacts, name: string): readonly unknown[] {
  return uses.flatMap(({ policy }) => (policy.name === 'rate-limit' && nameOf(policy.label) === name ? [policy.settings] : []))
}

/** @returns the settings of a zone's limit, as the configuration has them. */
export function limitSettings({ uses }: MountFacts, zone: string, name: string): unknown {
  return uses.find(({ zone: of, policy }) => of === zone && policy.name === 'rate-limit' && nameOf(policy.label) === name)?.policy.settings
}

/** @returns the headers that a zone's authenticators read credentials from. */
export function credentialHeadersOf({ uses }: MountFacts, zone: string): readonly string[] {
  const own = uses.filter(({ zone: of, policy }) => of === zone && policy.stage === 'authenticate' && policy.mode === 'enforce')
  return [...new Set(own.flatMap(({ policy }) => policy.credentials))]
}

/** `rate-limit:per-ip` */
function nameOf(label: string): string {
  return label.slice(label.indexOf(':') + 1)
}

/** @throws {Refusal} for a zone, or a route of it, that the configuration does not have. */
export function checkPlace({ zones }: MountFacts, { zone, route }: { readonly zone?: string | undefined; readonly route?: string | undefined }): void {
  if (zone === undefined && route !== undefined) throw unprocessableAt('#/zone', 'required with route')
  if (zone === undefined) return
  const found = zones.find(({ name }) => name === zone)
  if (found === undefined) throw unprocessableAt('#/zone', 'a zone of the configuration')
  if (route !== undefined && !found.routes.includes(route)) throw unprocessableAt('#/route', 'a route of that zone, as the configuration has it')
}
