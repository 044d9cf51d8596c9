import * as v from 'valibot'
import { type Authentication, type Authenticator, authenticatorsOf } from '../core/authentication.ts'
import type { Policy } from '../core/policy.ts'
import { type Path, type Problems, problemsOfIssues } from '../core/problems.ts'
import { shown } from '../core/shown.ts'
import { STAGES } from '../core/stage.ts'
import { canonicalUrl } from '../lib/canonical-url.ts'
import { checkForMountsAlone, checkMount } from './check-mount.ts'
import { checkResource } from './check-resource.ts'
import { checkStrongSecrets } from './check-strong-secrets.ts'
import type { AnyGatewayConfig, AnyRoute, AnyZone } from './config.ts'
import { configSchema } from './config-schema.ts'
import { policiesInEffect, relaxable } from './policies-in-effect.ts'
import { issuersOf } from './resource-facts.ts'
import { parseRouteKey, type RoutePattern, shapeOf } from './route-key.ts'

/** What begins the reasons of the gateway's own denials, and after which stage they come at the latest. */
const OWN_DENIALS: readonly (readonly [name: string, stage: number])[] = [
  ['route', STAGES.length],
  ['request', STAGES.length],
  ['authenticate', STAGES.indexOf('authenticate')],
]

/** The stages whose controls ask who is calling. */
const NEEDS_IDENTITY: ReadonlySet<string> = new Set(['authorize', 'limit'])

/** Adds every problem of a configuration to `problems`: its shape first, then what its parts say of each other. */
export function checkConfig(config: AnyGatewayConfig, problems: Problems): void {
  const shape = v.safeParse(configSchema, config)
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
    checkZone(zone, config.scopes, at, problems)
  }
  checkStrongSecrets(config, problems)
  if (config.admin !== undefined) checkMount(config.admin, config, problems)
}

function checkZone(zone: AnyZone, scopes: readonly string[] | undefined, at: Path, problems: Problems): void {
  const labels = new Map<string, Policy>()
  const shapes = new Map<string, string>()
  const checkPolicies = (policies: readonly Policy[], path: Path, params: readonly string[]) => {
    policies.forEach((policy, i) => {
      const here = [...path, 'policies', i]
      policy.check(here, problems)
      checkListening(policy, controls, here, problems)
      checkJudged(policy, makers, here, problems)
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
  const controls = controlsOf(zone)
  const makers = Object.values(zone.routes).flatMap(authenticatorsOfRoute)
  checkPolicies(zone.policies ?? [], at, [])
  checkResource(zone, issuersOf(zone), at, problems)
  checkSingles(zone, at, problems)
  for (const [key, route] of Object.entries(zone.routes)) {
    const here = [...at, 'routes', key]
    const pattern = parseRouteKey(key, here, problems)
    if (pattern === undefined) continue
    const shape = `${pattern.method} ${shapeOf(pattern)}`
    const twin = shapes.get(shape)
    if (twin !== undefined)
      problems.add(here, {
        found: `the same path as ${JSON.stringify(twin)}`,
        expected: 'each path once a method',
        fix: 'merge the two: they differ only in parameter names',
      })
    shapes.set(shape, key)
    checkPolicies(route.policies ?? [], here, paramNames(pattern))
    checkRoute(route, zone, pattern, here, problems)
  }
}

/** @returns the zone's controls by name, each with the last stage that one of them runs in. */
function controlsOf({ policies = [], routes }: AnyZone): ReadonlyMap<string, number> {
  const own = Object.values(routes).flatMap((route) => [...policiesInEffect({ policies }, route), ...authenticatorsOfRoute(route)])
  const controls = new Map(OWN_DENIALS)
  for (const { name, stage } of [...policies, ...own]) controls.set(name, Math.max(controls.get(name) ?? 0, STAGES.indexOf(stage)))
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

function authenticatorsOfRoute(route: AnyRoute): readonly Authenticator[] {
  const { authenticate } = route as { readonly authenticate?: Authentication }
  return authenticate === undefined ? [] : authenticatorsOf(authenticate)
}

/** A control that concerns one issuer alone lets all others' tokens pass: a misspelt issuer would let everybody pass. */
function checkJudged({ judgesOnly }: Policy, makers: readonly Authenticator[], at: Path, problems: Problems): void {
  const issuers = makers.map(({ principalsOf }) => principalsOf)
  if (judgesOnly === undefined || issuers.length === 0 || issuers.includes(undefined) || issuers.includes(judgesOnly)) return
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

function checkRoute(route: AnyRoute, zone: AnyZone, pattern: RoutePattern, at: Path, problems: Problems): void {
  const { authenticate } = route as { readonly authenticate?: Authentication }
  const isPublic = route.public !== undefined
  if (isPublic === (authenticate !== undefined)) {
    problems.add(at, {
      found: isPublic ? 'both `authenticate` and `public`' : 'neither `authenticate` nor `public`',
      expected: 'exactly one of them',
      fix: "say `authenticate: …`, or `public: 'why'`",
    })
  }
  const authenticators = authenticatorsOfRoute(route)
  if (authenticate !== undefined) checkForMountsAlone(authenticate, [...at, 'authenticate'], problems)
  for (const authenticator of authenticators) authenticator.check([...at, 'authenticate'], problems)
  route.relax?.forEach(({ policy }, i) => {
    const known = relaxable(zone, route)
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
  const inEffect = policiesInEffect(zone, route)
  const own: ReadonlySet<Policy> = new Set(route.policies)
  const named: ReadonlySet<Policy> = new Set([...(zone.policies ?? []), ...own])
  for (const policy of new Set(inEffect)) {
    if (isPublic && (policy.needsIdentity || NEEDS_IDENTITY.has(policy.stage))) {
      problems.add(at, {
        found: `${policy.label} on a public route`,
        expected: 'an identity to judge',
        fix: `authenticate the route, or relax ${policy.label} here and say why`,
      })
    }
    if (policy.describes?.has(pattern.key) === false) {
      problems.add(at, {
        found: `${policy.label}, whose description has no ${JSON.stringify(pattern.key)}`,
        expected: 'a route that is described, under the key that it has there',
        fix: own.has(policy) ? `correct the key, or remove ${policy.label}` : `correct the key, or relax ${policy.label} here and say why`,
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
      if (inEffect.some(({ validates, mode }) => validates.includes(part) && (mode === 'enforce' || policy.mode === 'report'))) continue
      problems.add(at, {
        found: `${policy.label}, which reads the ${part} that nobody validates`,
        expected: `a control that validates the ${part}`,
        fix: `add validate({ ${part}: … }) to the route, or relax ${policy.label} here and say why`,
      })
    }
    if (policy.single && inEffect.filter((other) => other.name === policy.name && named.has(other)).length > 1 && own.has(policy)) {
      problems.add(at, {
        found: `a second ${policy.name} beside the zone’s`,
        expected: 'one',
        fix: `relax ${policy.name} on this route and say why, or remove one`,
      })
    }
  }
  if (route.websocket !== undefined && pattern.method !== 'GET') {
    problems.add([...at, 'websocket'], {
      found: `a WebSocket on ${pattern.method}`,
      expected: 'a GET route',
      fix: 'a WebSocket opens with GET (RFC 6455 §4.1)',
    })
  }
}
