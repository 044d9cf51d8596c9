import type { Policy } from '../core/policy.ts'
import { bans } from '../policies/bans/bans.ts'
import { callerBans } from '../policies/caller-bans/caller-bans.ts'
import { ipList } from '../policies/ip-list/ip-list.ts'
import { killSwitch } from '../policies/kill-switch/kill-switch.ts'
import { revocation } from '../policies/revocation/revocation.ts'
import { transport } from '../policies/transport/transport.ts'
import type { AnyRoute, AnyZone } from './config.ts'

/** These stand before every route: where a zone does not set them, with their defaults, which are the closed ones. */
const ALWAYS = [transport({}), killSwitch({}), ipList({})] as const

/** So does it, behind the kill switch: while all is stopped, nobody is told anything else. */
const BANS = bans({})

/** They stand on every route that authenticates: where neither zone nor route names them, with their defaults, and where a route relaxes one, it does not at all. */
const FOR_CALLERS = [revocation({}), callerBans({})] as const

/** @returns a zone's policies, those that are always present among them. */
export function zonePolicies({ policies = [] }: Pick<AnyZone, 'policies'>): readonly Policy[] {
  return withAlways(policies)
}

/** What decides which controls a route has. */
type RouteControls = Pick<AnyRoute, 'policies' | 'relax' | 'public'>

/** @returns a route's controls. */
export type PoliciesInEffect = (route: RouteControls) => readonly Policy[]

/**
 * @returns a function that finds the controls of a zone's routes in the order of the configuration: the zone's that a route does not relax, then its own.
 * Beside the zone's, a route's own can only narrow; what it relaxes and does not set again stands there with its defaults. One and the same object stands there once.
 * Routes that add and relax nothing share a list: there may be thousands of them.
 */
export function policiesInEffect(zone: Pick<AnyZone, 'policies'>): PoliciesInEffect {
  const ofZone = zonePolicies(zone)
  const found = new Map<RouteControls | boolean, readonly Policy[]>()
  return (route) => {
    const isPublic = route.public !== undefined
    const like = isEmpty(route.policies) && isEmpty(route.relax) ? isPublic : route
    let policies = found.get(like)
    if (policies === undefined) {
      policies = ofRoute(ofZone, route, isPublic)
      found.set(like, policies)
    }
    return policies
  }
}

function isEmpty(list: readonly unknown[] | undefined): boolean {
  return list === undefined || list.length === 0
}

function ofRoute(ofZone: readonly Policy[], route: RouteControls, isPublic: boolean): readonly Policy[] {
  const relaxed = new Set((route.relax ?? []).map(({ policy }) => policy))
  const left = ofZone.filter(({ label, identityOnly }) => !relaxed.has(label) && !(isPublic && identityOnly))
  const all = withAlways([...new Set([...left, ...(route.policies ?? [])])])
  return isPublic ? all : [...FOR_CALLERS.filter((policy) => !relaxed.has(policy.name) && !isEnforced(policy, all)), ...all]
}

/** @returns all controls that stand on some of a zone's routes, those that nobody named among them; each once. */
export function allInEffect(zone: Pick<AnyZone, 'policies'>, routes: readonly AnyRoute[]): readonly Policy[] {
  const lists = new Set(routes.map(policiesInEffect(zone)))
  return [...new Set([...lists].flat())]
}

/** @returns what a route may relax: the zone's controls, and those that it would have without them; where nobody is known, none that judges who is. */
export function relaxable(zone: Pick<AnyZone, 'policies'>, { public: why }: Pick<AnyRoute, 'public'> = {}): readonly string[] {
  const controls = [...zonePolicies(zone), ...FOR_CALLERS].filter(({ identityOnly }) => why === undefined || !identityOnly)
  return [...new Set(controls.map(({ label }) => label))]
}

function isEnforced({ name }: Policy, policies: readonly Policy[]): boolean {
  return policies.some((policy) => policy.name === name && policy.mode === 'enforce')
}

function withAlways(policies: readonly Policy[]): readonly Policy[] {
  const all = [...ALWAYS.filter((policy) => !isEnforced(policy, policies)), ...policies]
  if (isEnforced(BANS, all)) return all
  return all.toSpliced(all.findLastIndex(({ name, mode }) => name === 'kill-switch' && mode === 'enforce') + 1, 0, BANS)
}
