import type { Policy } from '../core/policy.ts'
import { ipList } from '../policies/ip-list/ip-list.ts'
import { transport } from '../policies/transport/transport.ts'
import type { AnyRoute, AnyZone } from './config.ts'

/** These stand before every route: where a zone does not set them, with their defaults, which are the closed ones. */
const ALWAYS = [transport({}), ipList({})] as const

/** @returns a zone's policies, those that are always present among them. */
export function zonePolicies({ policies = [] }: Pick<AnyZone, 'policies'>): readonly Policy[] {
  return withAlways(policies)
}

/**
 * @returns the controls of a route in the order of the configuration: the zone's that it does not relax, then its own.
 * Beside the zone's, a route's own can only narrow; what it relaxes and does not set again stands there with its defaults. One and the same object stands there once.
 */
export function policiesInEffect(zone: Pick<AnyZone, 'policies'>, route: Pick<AnyRoute, 'policies' | 'relax'>): readonly Policy[] {
  const relaxed = new Set((route.relax ?? []).map(({ policy }) => policy))
  return withAlways([...new Set([...zonePolicies(zone).filter(({ label }) => !relaxed.has(label)), ...(route.policies ?? [])])])
}

function withAlways(policies: readonly Policy[]): readonly Policy[] {
  const enforced = new Set(policies.filter(({ mode }) => mode === 'enforce').map(({ name }) => name))
  return [...ALWAYS.filter(({ name }) => !enforced.has(name)), ...policies]
}
