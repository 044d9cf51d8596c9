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
import type { AnyGatewayConfig, AnyZone } from './config.ts'
import type { Mount, MountFacts } from './mount.ts'
import { allInEffect, zonePolicies } from './policies-in-effect.ts'
import { policyHash } from './policy-hash.ts'
import type { PolicyUse } from './policy-use.ts'
import { authenticationOf } from './route-authentication.ts'
import { routeKeyReader } from './route-key.ts'

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
  const readKey = routeKeyReader()
  checkConfig(config, problems, readKey)
  if (problems.all.length > 0) throw new ConfigurationError(problems.all)
  const { admin } = config
  const handlersOf = compileOnce()
  const uses = Object.entries(config.zones).flatMap(([name, zone]) => usesOf(name, zone))
  // Unknown hosts and unlisted paths have those of no zone.
  const policies = new Set([
    ...uses.map(({ policy }) => policy),
    ...zonePolicies({}),
    ...Object.values(config.zones).flatMap(allInEffect),
    ...(admin === undefined ? [] : adminPolicies(admin)),
  ])
  const pseudonymKeys = [config.record?.pseudonymKey ?? PSEUDONYM_KEY].flat()
  const zones = new Map<string, CompiledZone>()
  const reservedPrefixes = [...new Set([DEFAULT_IDENTITY_PREFIX, ...Object.values(config.zones).flatMap(({ identityPrefix }) => identityPrefix ?? [])])]
  for (const [name, zone] of Object.entries(config.zones)) {
    const compiled = compileZone(name, zone, { handlersOf, reservedPrefixes, unlistedPaths: config.record?.unlistedPaths ?? 'known', readKey })
    for (const host of zone.hosts) zones.set(host, compiled)
  }
  const nowhere: CompiledZone = {
    name: '-',
    listed: [],
    find: () => ({ kind: 'none' }),
    unmatched: unmatchedRoute(zonePolicies({}), [], handlersOf),
    conceal: true,
  }
  const hash = policyHash(config)
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
    uses,
    policyHash: hash,
    record: { clientIp: config.record?.clientIp ?? 'hmac', pseudonymKeys },
    state: config.state ?? {},
    ...(config.audit !== undefined && { audit: { settings: auditSettings(config.audit), decisions: auditedDecisions(config.audit) } }),
  }
}

function compileAdmin(mount: Mount, { zones }: AnyGatewayConfig, zone: CompiledZone, facts: Omit<MountFacts, 'zones'>, handlersOf: HandlersOf): CompiledMount {
  const known = Object.entries(zones).map(([name, { hosts, routes }]) => ({ name, hosts, routes: Object.keys(routes) }))
  return compileMount(mount, zone, zonePolicies(zones[zone.name] ?? {}), { ...facts, zones: known }, handlersOf)
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

function usesOf(name: string, zone: AnyZone): readonly PolicyUse[] {
  const uses = (zone.policies ?? []).map((policy): PolicyUse => ({ zone: name, policy }))
  for (const [route, given] of Object.entries(zone.routes)) {
    const authentication = authenticationOf(given)
    for (const policy of given.policies ?? []) uses.push({ zone: name, route, policy })
    for (const policy of authentication === undefined ? [] : authenticatorsOf(authentication)) uses.push({ zone: name, route, policy })
  }
  return uses
}
