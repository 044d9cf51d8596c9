import { env } from 'cloudflare:workers'
import { adminApi } from '../../src/admin/admin-api.ts'
import type { AdminSettings } from '../../src/admin/settings.ts'
import type { AuditEntry } from '../../src/core/audit.ts'
import { anyOf } from '../../src/core/authentication.ts'
import { claim, has, value } from '../../src/core/condition.ts'
import type { Ports } from '../../src/core/ports.ts'
import type { Control } from '../../src/gateway/config.ts'
import { defineGateway } from '../../src/gateway/define.ts'
import { TestIssuer } from '../../src/jose/test-issuer.ts'
import { apiKey } from '../../src/policies/api-key/api-key.ts'
import { bootstrapToken } from '../../src/policies/bootstrap-token/bootstrap-token.ts'
import { cors } from '../../src/policies/cors/cors.ts'
import { jwt } from '../../src/policies/jwt/jwt.ts'
import { rateLimit } from '../../src/policies/rate-limit/rate-limit.ts'
import { securityHeaders } from '../../src/policies/security-headers/security-headers.ts'
import { operatorPorts } from './operator-ports.ts'
import { type Ask, type Result, underTest } from './under-test.ts'

export const HOST = 'api.example.com'
export const BASE = '/_portcullis/admin'
export const ISSUER = 'https://people.example'
export const AUDIENCE = 'https://admin.example'
export const issuer = await TestIssuer.create('ES256', 'people-1')

/** The bootstrap token of these gateways. */
export const { ADMIN_TOKEN } = env as unknown as { readonly ADMIN_TOKEN: string }

const common = { issuer: ISSUER, audience: AUDIENCE, algorithms: ['ES256'], typ: 'at+jwt', keySet: { jwks: { keys: [issuer.jwk] } } } as const
export const people = jwt(common as never)
export const access = jwt({ ...common, header: 'cf-access-jwt-assertion' } as never)
export const cookie = jwt({ ...common, cookie: { name: '__Host-admin', origins: [`https://${HOST}`] } } as never)

/** A token of somebody in these groups. */
export function tokenOf(groups: unknown, claims: Record<string, unknown> = {}): Promise<string> {
  const iat = Math.floor(Date.now() / 1000)
  return issuer.token({ iss: ISSUER, aud: AUDIENCE, sub: 'grace', groups, jti: undefined, iat, exp: iat + 300, ...claims })
}

export const DEFAULTS = {
  host: HOST,
  authenticate: anyOf(people, bootstrapToken({ secret: 'ADMIN_TOKEN' })),
  roles: { viewer: has(claim('groups'), value('viewers')), operator: has(claim('groups'), value('operators')), admin: has(claim('groups'), value('admins')) },
} satisfies AdminSettings

/** A gateway with a zone of everything that sets headers, another zone, and an admin API. */
export function adminGateway(
  settings: Partial<AdminSettings> = {},
  { policies = [], conceal = false }: { policies?: readonly Control[]; conceal?: boolean } = {},
) {
  return defineGateway({
    // Decisions are gathered for a second behind the response, and each request here waits for what is behind it.
    audit: { signingKeys: 'AUDIT_SIGNING_KEY', decisions: [] },
    admin: adminApi({ ...DEFAULTS, ...settings }),
    zones: {
      api: {
        hosts: [HOST, 'api.example.net'],
        origin: 'https://origin.example.com',
        conceal,
        policies: [
          rateLimit({ name: 'per-ip', by: 'ip', limit: '6000/min', burst: 600, assumedIsolates: 4 }),
          cors({ origins: ['https://app.example.com'], methods: ['GET', 'POST'], headers: ['content-type'], credentials: true }),
          securityHeaders({ preset: 'api' }),
          ...policies,
        ],
        routes: {
          'GET /v1/users/:id': { authenticate: people, policies: [rateLimit({ name: 'users', by: 'principal', limit: '60/min' })] },
          'GET /v1/keyed': { authenticate: apiKey({ prefix: 'acme', environment: 'live', pepper: ['KEY_PEPPER', 'OLD_KEY_PEPPER'] }) },
          'GET /*': { public: 'everything else' },
          'POST /*': { public: 'everything else' },
          'OPTIONS /*': { public: 'everything else' },
        },
      },
      other: { hosts: ['other.example.org'], origin: 'https://origin.example.org', routes: { 'GET /*': { public: 'everything' } } },
    },
  })
}

export type Call = (line: string, how?: Ask & { readonly json?: unknown; readonly key?: string | undefined }) => Promise<Result>

/** As much as a page holds: no test leaves more. */
const PAGE = 1000

/** An admin API over objects of its own, and a way to ask it as somebody. */
export function adminUnderTest(settings: Partial<AdminSettings> = {}, more: { ports?: Partial<Ports>; policies?: readonly Control[]; conceal?: boolean } = {}) {
  const gateway = adminGateway(settings, more)
  const { ports, objects, faults, calls } = operatorPorts(gateway)
  const run = underTest(gateway, { ports: { ...ports, ...more.ports } })
  let count = 0
  const ask = (line: string, { json, key, headers = {}, ...how }: Parameters<Call>[1] = {}): Promise<Result> => {
    const [method = 'GET', path = ''] = line.split(' ')
    const changes = method !== 'GET' && method !== 'HEAD'
    const all = {
      ...(changes && { 'idempotency-key': key ?? `a-key-of-its-own-${++count}` }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    }
    return run(path.startsWith('https:') ? path : `https://${HOST}${BASE}${path}`, {
      method,
      headers: Object.fromEntries(Object.entries(all).filter(([, given]) => given !== '')),
      ...(json !== undefined && { body: typeof json === 'string' ? json : JSON.stringify(json) }),
      ...how,
    })
  }
  /** @returns how somebody with this credential asks. */
  const as =
    (token: string): Call =>
    (line, how = {}) =>
      ask(line, { ...how, headers: { authorization: `Bearer ${token}`, ...how.headers } })
  return { ports, objects, faults, calls, run, ask, as, root: as(ADMIN_TOKEN), rooms: () => roomsOf(ports) }
}

/** @returns what operators have done so far, as the objects themselves say it. */
async function roomsOf({ audit, keys, runtime, revocations }: Pick<Ports, 'audit' | 'keys' | 'runtime' | 'revocations'>) {
  const trail: AuditEntry[] = []
  for (let page = await audit.entries(0, PAGE); page.length > 0; page = await audit.entries(trail.length, PAGE)) trail.push(...page)
  return {
    /** Admin actions, oldest first; decisions are not among them. */
    trail: trail.filter(({ type }) => type.startsWith('admin.')),
    keys: (await keys.list({ cursor: '', limit: PAGE })).keys,
    rules: await runtime.list('', PAGE),
    revocations: await revocations.list(undefined, PAGE),
  }
}
