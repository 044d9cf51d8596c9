import * as v from 'valibot'
import { type Authenticator, authenticatorsOf } from '../core/authentication.ts'
import type { Policy } from '../core/policy.ts'
import { type Path, type Problems, problemsOfIssues } from '../core/problems.ts'
import { shown } from '../core/shown.ts'
import { STAGES } from '../core/stage.ts'
import { canonicalUrl } from '../lib/canonical-url.ts'
import { checkMount } from './check-mount.ts'
import { checkResource } from './check-resource.ts'
import { RouteChecks } from './check-route.ts'
import { checkStrongSecrets } from './check-strong-secrets.ts'
import { checkedOnce } from './checked-once.ts'
import type { AnyGatewayConfig, AnyRoute, AnyZone, RouteKey } from './config.ts'
import { configSchema, withoutSoundRoutes } from './config-schema.ts'
import { oddKeys } from './odd-keys.ts'
import { allInEffect } from './policies-in-effect.ts'
import { issuersOf } from './resource-facts.ts'
import { authenticationsOf } from './route-authentication.ts'
import { parseRouteKey, type RoutePattern } from './route-key.ts'
import { type RoutesReader, routesReader, type ZoneRoutes } from './zone-routes.ts'

/** What begins the reasons of the gateway's own denials, and after which stage they come at the latest. */
const OWN_DENIALS: readonly (readonly [name: string, stage: number])[] = [
  ['route', STAGES.length],
  ['request', STAGES.length],
  ['authenticate', STAGES.indexOf('authenticate')],
]

/** Adds every problem of a configuration to `problems`: its shape first, then what its parts say of each other. */
export function checkConfig(config: AnyGatewayConfig, problems: Problems, routesOf: RoutesReader = routesReader()): void {
  const shape = v.safeParse(configSchema, withoutSoundRoutes(config, routesOf))
  problemsOfIssues(shape.issues ?? [], [], problems)
  if (!shape.success) return
  const hosts = new Map<string, string>()
  for (const [name, zone] of Object.entries(config.zones)) {
    const at: Path = ['zones', name]
    zone.hosts.forEach((host, i) => {
      const canonical = canonicalUrl(`https://${host}/`).host
      if (canonical !== host) {
        problems.add([...at, 'hosts', i], {
          found: shown(host),
          expected: 'a host as requests have it',
          fix: canonical === '' ? 'no request can have this host' : `write ${canonical}`,
        })
      }
      const owner = hosts.get(host)
      if (owner !== undefined)
        problems.add([...at, 'hosts', i], { found: `${host}, which zone ${owner} has too`, expected: 'each host once', fix: 'give the host to one zone' })
      hosts.set(host, name)
    })
    if (typeof zone.origin === 'string' && zone.hosts.includes(new URL(zone.origin).host)) {
      problems.add([...at, 'origin'], {
        found: zone.origin,
        expected: 'another host than the zone’s own',
        fix: "write { zone: 'own' } for the zone's own origin behind the Worker's route",
      })
    }
    checkZone(zone, { scopes: config.scopes, routes: routesOf(zone) }, at, problems)
  }
  checkStrongSecrets(config, routesOf, problems)
  if (config.admin !== undefined) checkMount(config.admin, config, problems)
}

/** What is known beside a zone's settings. */
interface Known {
  readonly scopes: readonly string[] | undefined
  readonly routes: ZoneRoutes
}

function checkZone(zone: AnyZone, { scopes, routes }: Known, at: Path, problems: Problems): void {
  const labels = new Map<string, Policy>()
  const shapes = new Map<string, string>()
  const makers = authenticationsOf(routes.kinds).flatMap(authenticatorsOf)
  const controls = controlsOf([...(zone.policies ?? []), ...allInEffect(zone, routes.kinds), ...makers])
  const checkPolicy = checkedOnce((policy: Policy, here) => {
    policy.check(here, problems)
    checkListening(policy, controls, here, problems)
    checkJudged(policy, makers, here, problems)
  }, problems)
  const checkPolicies = (policies: readonly Policy[], path: Path, params: readonly string[]) => {
    policies.forEach((policy, i) => {
      const here = [...path, 'policies', i]
      checkPolicy(policy, here)
      checkNames(policy, params, scopes, here, problems)
      const same = labels.get(policy.label)
      if (same !== undefined && same !== policy && policy.label !== policy.name) {
        problems.add(here, {
          found: `a second ${policy.label}`,
          expected: 'each name once in a zone',
          fix: 'name it otherwise, or use one and the same object in both places',
        })
      }
      labels.set(policy.label, policy)
    })
  }
  checkPolicies(zone.policies ?? [], at, [])
  checkResource(zone, issuersOf(routes.kinds), at, problems)
  checkSingles(zone, at, problems)
  const checks = new RouteChecks(zone, routes, problems)
  const isOdd = oddKeys(routes.keys)
  for (let i = 0; i < routes.keys.length; i++) {
    if (!isOdd(i) && checks.isKnown(i)) continue
    const key = routes.keys[i] as string
    const here = [...at, 'routes', key]
    const pattern = parseRouteKey(key, here, problems)
    if (pattern === undefined) continue
    const route = zone.routes[key as RouteKey] as AnyRoute
    const shape = `${pattern.method} ${pattern.shape}`
    const twin = shapes.get(shape)
    if (twin !== undefined)
      problems.add(here, {
        found: `the same path as ${JSON.stringify(twin)}`,
        expected: 'each path once a method',
        fix: 'merge the two: they differ only in parameter names',
      })
    shapes.set(shape, key)
    if (route.policies !== undefined) checkPolicies(route.policies, here, paramNames(pattern))
    checks.check(i, route, pattern, here)
  }
}

/** @returns a zone's controls by name, each with the last stage that one of them runs in. */
function controlsOf(policies: readonly Policy[]): ReadonlyMap<string, number> {
  const controls = new Map(OWN_DENIALS)
  for (const { name, stage } of policies) controls.set(name, Math.max(controls.get(name) ?? 0, STAGES.indexOf(stage)))
  return controls
}

function checkListening({ listensTo, stage }: Policy, controls: ReadonlyMap<string, number>, at: Path, problems: Problems): void {
  const from = STAGES.indexOf(stage)
  for (const heard of listensTo) {
    if ((controls.get(heard.split('.')[0] ?? '') ?? -1) >= from) continue
    problems.add(at, {
      found: `${JSON.stringify(heard)}, of which nothing is heard here`,
      expected: `a control that runs later, or a reason of one: ${[...controls].flatMap(([name, last]) => (last >= from ? name : [])).join(', ')}`,
      fix: 'correct its name, or leave it out',
    })
  }
}

/** A control that concerns one issuer alone lets all others' tokens pass: a misspelt issuer would let everybody pass. */
function checkJudged({ judgesOnly }: Policy, makers: readonly Authenticator[], at: Path, problems: Problems): void {
  if (judgesOnly === undefined) return
  const issuers = makers.map(({ principalsOf }) => principalsOf)
  if (issuers.length === 0 || issuers.includes(undefined) || issuers.includes(judgesOnly)) return
  problems.add([...at, 'issuer'], {
    found: `${shown(judgesOnly)}, of which no authenticator of the zone takes a token`,
    expected: [...new Set(issuers)].map((issuer) => JSON.stringify(issuer)).join(' or '),
    fix: 'write it as the authenticator has it, character for character, or remove the control',
  })
}

function checkSingles({ policies = [] }: AnyZone, at: Path, problems: Problems): void {
  policies.forEach((policy, i) => {
    if (policy.single && policies.findIndex(({ name }) => name === policy.name) < i) {
      problems.add([...at, 'policies', i], { found: `a second ${policy.name}`, expected: 'one', fix: 'merge the two, or remove one' })
    }
  })
}

function paramNames({ segments }: RoutePattern): readonly string[] {
  return segments.flatMap((segment) => (segment.kind === 'param' ? [segment.name] : []))
}

function checkNames(policy: Policy, params: readonly string[], scopes: readonly string[] | undefined, at: Path, problems: Problems): void {
  for (const name of policy.params) {
    if (!params.includes(name)) {
      problems.add(at, {
        found: `parameter ${JSON.stringify(name)}`,
        expected: params.length === 0 ? 'no parameter: this path has none' : `one of ${params.join(', ')}`,
        fix: 'name a parameter of the route’s key',
      })
    }
  }
  for (const scope of policy.scopes) {
    if (scopes !== undefined && !scopes.includes(scope)) {
      problems.add(at, { found: `scope ${JSON.stringify(scope)}`, expected: `one of ${scopes.join(', ')}`, fix: 'correct its name, or add it to `scopes`' })
    }
  }
}
