import { type Authentication, authenticatorsOf } from '../core/authentication.ts'
import type { Policy, RouteKeys } from '../core/policy.ts'
import type { Path, Problems } from '../core/problems.ts'
import { shown } from '../core/shown.ts'
import { checkForMountsAlone } from './check-mount.ts'
import { checkedOnce } from './checked-once.ts'
import type { AnyRoute, AnyZone } from './config.ts'
import { type PoliciesInEffect, policiesInEffect, relaxable } from './policies-in-effect.ts'
import { authenticationOf } from './route-authentication.ts'
import type { RoutePattern } from './route-key.ts'
import type { ZoneRoutes } from './zone-routes.ts'

/** The stages whose controls ask who is calling. */
const NEEDS_IDENTITY: ReadonlySet<string> = new Set(['authorize', 'limit'])

/** Adds the problems of a zone's routes: what each says of callers, what it relaxes, and what its controls need there. */
export class RouteChecks {
  readonly #zone: AnyZone
  readonly #routes: ZoneRoutes
  readonly #problems: Problems
  readonly #inEffect: PoliciesInEffect
  readonly #particularOf = particularOnce()
  readonly #checkAuthentication: (authentication: Authentication, at: Path) => void
  /** By kind of route, once one of them was found sound: what describes the others, which tells each from the next. */
  readonly #sound: (readonly RouteKeys[] | undefined)[] = []

  constructor(zone: AnyZone, routes: ZoneRoutes, problems: Problems) {
    this.#zone = zone
    this.#routes = routes
    this.#problems = problems
    this.#inEffect = policiesInEffect(zone)
    this.#checkAuthentication = checkedOnce((authentication, at) => {
      checkForMountsAlone(authentication, at, problems)
      for (const authenticator of authenticatorsOf(authentication)) authenticator.check(at, problems)
    }, problems)
  }

  /** Whether nothing is wrong with a route, but perhaps its key: one of its kind was found sound. @param place among the zone's routes */
  isKnown(place: number): boolean {
    const { keys, kindOf } = this.#routes
    const descriptions = this.#sound[kindOf[place] as number]
    if (descriptions === undefined) return false
    for (const description of descriptions) if (!description.has(keys[place] as string)) return false
    return true
  }

  check(place: number, route: AnyRoute, pattern: RoutePattern, at: Path): void {
    if (this.isKnown(place)) return
    const problems = this.#problems
    const before = problems.all.length
    const zone = this.#zone
    const authentication = authenticationOf(route)
    checkCallers(route, at, problems)
    if (authentication !== undefined) this.#checkAuthentication(authentication, [...at, 'authenticate'])
    if (route.relax !== undefined) checkRelaxations(zone, route, at, problems)
    const policies = this.#inEffect(route)
    const stand = { route, zone, key: pattern.key, policies }
    const particular = this.#particularOf(policies)
    for (const policy of particular) checkInEffect(policy, stand, at, problems)
    for (const policy of route.policies ?? []) if (policy.single) checkSingle(policy, stand, at, problems)
    if (route.websocket !== undefined && pattern.method !== 'GET') {
      problems.add([...at, 'websocket'], {
        found: `a WebSocket on ${pattern.method}`,
        expected: 'a GET route',
        fix: 'a WebSocket opens with GET (RFC 6455 §4.1)',
      })
    }
    if (problems.all.length === before) this.#sound[this.#routes.kindOf[place] as number] = [...new Set(particular.flatMap(({ describes }) => describes ?? []))]
  }
}

/** @returns a function that picks the controls which need something of the route that they stand on; looked for once a list. */
function particularOnce(): (policies: readonly Policy[]) => readonly Policy[] {
  const found = new Map<readonly Policy[], readonly Policy[]>()
  return (policies) => {
    let particular = found.get(policies)
    if (particular === undefined) {
      particular = [...new Set(policies)].filter(needsSomething)
      found.set(policies, particular)
    }
    return particular
  }
}

/** Whether {@link checkInEffect} could find anything. */
function needsSomething(policy: Policy): boolean {
  return asksWho(policy) || policy.describes !== undefined || policy.watchesBody || policy.needsValidated.length > 0
}

function asksWho({ needsIdentity, stage }: Policy): boolean {
  return needsIdentity || NEEDS_IDENTITY.has(stage)
}

function checkCallers(route: AnyRoute, at: Path, problems: Problems): void {
  const isPublic = route.public !== undefined
  if (isPublic !== (authenticationOf(route) !== undefined)) return
  problems.add(at, {
    found: isPublic ? 'both `authenticate` and `public`' : 'neither `authenticate` nor `public`',
    expected: 'exactly one of them',
    fix: "say `authenticate: …`, or `public: 'why'`",
  })
}

function checkRelaxations(zone: AnyZone, route: AnyRoute, at: Path, problems: Problems): void {
  const known = relaxable(zone, route)
  route.relax?.forEach(({ policy }, i) => {
    if (!known.includes(policy) && relaxable(zone).includes(policy)) {
      problems.add([...at, 'relax', i, 'policy'], {
        found: `${JSON.stringify(policy)}, which no public route has`,
        expected: 'a policy that stands on this route',
        fix: 'remove the entry: nobody is known here, so there is nobody to judge',
      })
    } else if (!known.includes(policy)) {
      problems.add([...at, 'relax', i, 'policy'], {
        found: shown(policy),
        expected: `one of ${known.join(', ')}`,
        fix: 'name a policy of the zone, or remove the entry',
      })
    }
  })
}

/** Where a control stands. */
interface Stand {
  readonly route: AnyRoute
  readonly zone: AnyZone
  readonly key: string
  /** All that stand there. */
  readonly policies: readonly Policy[]
}

function checkInEffect(policy: Policy, { route, key, policies }: Stand, at: Path, problems: Problems): void {
  if (route.public !== undefined && asksWho(policy)) {
    problems.add(at, {
      found: `${policy.label} on a public route`,
      expected: 'an identity to judge',
      fix: `authenticate the route, or relax ${policy.label} here and say why`,
    })
  }
  if (policy.describes?.has(key) === false) {
    problems.add(at, {
      found: `${policy.label}, whose description has no ${JSON.stringify(key)}`,
      expected: 'a route that is described, under the key that it has there',
      fix: isAmong(route.policies, policy) ? `correct the key, or remove ${policy.label}` : `correct the key, or relax ${policy.label} here and say why`,
    })
  }
  if (policy.watchesBody && route.websocket !== undefined) {
    problems.add(at, {
      found: `${policy.label} on a WebSocket`,
      expected: 'responses whose end can be seen',
      fix: `relax ${policy.label} here and say why, or limit how often a socket is opened`,
    })
  }
  for (const part of policy.needsValidated) {
    if (policies.some(({ validates, mode }) => validates.includes(part) && (mode === 'enforce' || policy.mode === 'report'))) continue
    problems.add(at, {
      found: `${policy.label}, which reads the ${part} that nobody validates`,
      expected: `a control that validates the ${part}`,
      fix: `add ${part === 'graphql' ? 'graphql({ … })' : `validate({ ${part}: … })`} to the route, or relax ${policy.label} here and say why`,
    })
  }
}

/** One of a route's own that may stand there once. */
function checkSingle(policy: Policy, { route, zone, policies }: Stand, at: Path, problems: Problems): void {
  if (policies.filter((other) => other.name === policy.name && isNamed(other, route, zone)).length < 2) return
  problems.add(at, {
    found: `a second ${policy.name} beside the zone’s`,
    expected: 'one',
    fix: `relax ${policy.name} on this route and say why, or remove one`,
  })
}

/** Whether the configuration names a control, rather than that it stands there always. */
function isNamed(policy: Policy, route: AnyRoute, zone: AnyZone): boolean {
  return isAmong(zone.policies, policy) || isAmong(route.policies, policy)
}

function isAmong(list: readonly Policy[] | undefined, policy: Policy): boolean {
  return list?.includes(policy) === true
}
