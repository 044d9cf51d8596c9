import { auditBindings, auditedDecisions, auditSecrets, auditSettings } from '../audit/settings.ts'
import { authenticatorsOf } from '../core/authentication.ts'
import type { Handlers, Policy } from '../core/policy.ts'
import { ConfigurationError, Problems } from '../core/problems.ts'
import { Shared } from '../core/shared.ts'
import { unmatchedRoute } from './built-in-routes.ts'
import { checkConfig } from './check.ts'
import { compileMount, controlsOf } from './compile-mount.ts'
import { compileZone, DEFAULT_IDENTITY_PREFIX } from './compile-zone.ts'
import type { CompiledGateway, CompiledMount, CompiledZone } from './compiled.ts'
import type { AnyGatewayConfig, AnyRoute, AnyZone } from './config.ts'
import type { Mount, MountFacts } from './mount.ts'
import { allInEffect, zonePolicies } from './policies-in-effect.ts'
import { policyHash } from './policy-hash.ts'
import type { PolicyUse } from './policy-use.ts'
import { authenticationOf, authenticationsOf } from './route-authentication.ts'
import { routesReader } from './zone-routes.ts'

/** The secret that turns addresses and identities into pseudonyms before they are recorded, unless the configuration names others. */
const PSEUDONYM_KEY = 'PSEUDONYM_KEY'

type HandlersOf = (policy: Policy) => Handlers

/**
 * Turns a configuration into what runs. Everything that can be decided or built without a request is, here.
 * @throws {ConfigurationError}
 */
export function compileGateway(given: unknown): CompiledGateway {
  const config = given as AnyGatewayConfig
  const problems = new Problems()
  const routesOf = routesReader()
  checkConfig(config, problems, routesOf)
  if (problems.all.length > 0) throw new ConfigurationError(problems.all)
  const { admin } = config
  const handlersOf = compileOnce()
  const uses = usesOnce(config)
  // Unknown hosts and unlisted paths have those of no zone.
  const policies = new Set([
    ...zonePolicies({}),
    ...Object.values(config.zones).flatMap((zone) => policiesOf(zone, routesOf(zone).kinds)),
    ...(admin === undefined ? [] : adminPolicies(admin)),
  ])
  const pseudonymKeys = [config.record?.pseudonymKey ?? PSEUDONYM_KEY].flat()
  const zones = new Map<string, CompiledZone>()
  const reservedPrefixes = [...new Set([DEFAULT_IDENTITY_PREFIX, ...Object.values(config.zones).flatMap(({ identityPrefix }) => identityPrefix ?? [])])]
  for (const [name, zone] of Object.entries(config.zones)) {
    const compiled = compileZone(name, zone, { handlersOf, reservedPrefixes, unlistedPaths: config.record?.unlistedPaths ?? 'known', routesOf })
    for (const host of zone.hosts) zones.set(host, compiled)
  }
  const nowhere: CompiledZone = {
    name: '-',
    listed: [],
    find: () => ({ kind: 'none' }),
    unmatched: unmatchedRoute(zonePolicies({}), [], handlersOf),
    conceal: true,
  }
  const hash = policyHash(config, routesOf)
  return {
    zones,
    nowhere,
    ...(admin !== undefined && { admin: compileAdmin(admin, config, zones.get(admin.host) ?? nowhere, { policyHash: hash, uses }, handlersOf) }),
    bindings: each([
      ...pseudonymKeys,
      ...Object.values(config.zones).flatMap(originBindings),
      ...[...policies].flatMap(({ bindings }) => bindings),
      ...(config.audit === undefined ? [] : auditBindings(config.audit)),
      ...(admin?.bindings ?? []),
    ]),
    secrets: each([...pseudonymKeys, ...[...policies].flatMap(({ secrets }) => secrets), ...(config.audit === undefined ? [] : auditSecrets(config.audit))]),
    strongSecrets: each([...pseudonymKeys, ...[...policies].flatMap(({ strongSecrets }) => strongSecrets)]),
    get uses() {
      return uses()
    },
    policyHash: hash,
    record: { clientIp: config.record?.clientIp ?? 'hmac', pseudonymKeys },
    state: config.state ?? {},
    ...(config.audit !== undefined && { audit: { settings: auditSettings(config.audit), decisions: auditedDecisions(config.audit) } }),
  }
}

/** What is the same for a mount as for everybody. */
interface CommonFacts {
  readonly policyHash: string
  readonly uses: () => MountFacts['uses']
}

function compileAdmin(mount: Mount, { zones }: AnyGatewayConfig, zone: CompiledZone, { policyHash, uses }: CommonFacts, handlersOf: HandlersOf): CompiledMount {
  const known = Object.entries(zones).map(([name, { hosts, routes }]) => ({ name, hosts, routes: Object.keys(routes) }))
  return compileMount(mount, zone, zonePolicies(zones[zone.name] ?? {}), { policyHash, uses: uses(), zones: known }, handlersOf)
}

function adminPolicies(mount: Mount): readonly Policy[] {
  return [...controlsOf(mount), ...authenticatorsOf(mount.authenticate)]
}

/** A policy that stands on many routes is compiled once: its routes share its caches. */
function compileOnce(): HandlersOf {
  const shared = new Shared()
  const compiled = new Map<Policy, Handlers>()
  return (policy) => {
    const known = compiled.get(policy)
    if (known !== undefined) return known
    const handlers = policy.compile(shared)
    compiled.set(policy, handlers)
    return handlers
  }
}

function each(names: readonly string[]): readonly string[] {
  return [...new Set(names)].toSorted()
}

function originBindings({ origin }: AnyZone): readonly string[] {
  return typeof origin === 'object' && 'service' in origin ? [origin.service] : []
}

/** The command line and an admin API ask for them, no other start does. */
function usesOnce({ zones }: AnyGatewayConfig): () => readonly PolicyUse[] {
  let found: readonly PolicyUse[] | undefined
  return () => {
    found ??= Object.entries(zones).flatMap(([name, zone]) => usesOf(name, zone))
    return found
  }
}

/** @returns the controls of a zone, those that nobody named among them; authenticators too. */
function policiesOf(zone: AnyZone, routes: readonly AnyRoute[]): readonly Policy[] {
  return [
    ...(zone.policies ?? []),
    ...routes.flatMap(({ policies = [] }) => policies),
    ...authenticationsOf(routes).flatMap(authenticatorsOf),
    ...allInEffect(zone, routes),
  ]
}

function usesOf(name: string, zone: AnyZone): readonly PolicyUse[] {
  const uses = (zone.policies ?? []).map((policy): PolicyUse => ({ zone: name, policy }))
  for (const [route, given] of Object.entries(zone.routes)) {
    const authentication = authenticationOf(given)
    for (const policy of given.policies ?? []) uses.push({ zone: name, route, policy })
    for (const policy of authentication === undefined ? [] : authenticatorsOf(authentication)) uses.push({ zone: name, route, policy })
  }
  return uses
}
