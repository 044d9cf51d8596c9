import * as v from 'valibot'
import { adminApi } from '../../src/admin/admin-api.ts'
import type { AdminSettings } from '../../src/admin/settings.ts'
import { anyOf } from '../../src/core/authentication.ts'
import { claim, has, value } from '../../src/core/condition.ts'
import { definePolicy } from '../../src/core/policy.ts'
import type { Ports } from '../../src/core/ports.ts'
import type { Control } from '../../src/gateway/config.ts'
import { defineGateway } from '../../src/gateway/define.ts'
import { NOW, TestIssuer } from '../../src/jose/test-issuer.ts'
import { bootstrapToken } from '../../src/policies/bootstrap-token/bootstrap-token.ts'
import { cors } from '../../src/policies/cors/cors.ts'
import { jwt } from '../../src/policies/jwt/jwt.ts'
import { rateLimit } from '../../src/policies/rate-limit/rate-limit.ts'
import { securityHeaders } from '../../src/policies/security-headers/security-headers.ts'
import { type Doubles, doubles } from '../admin/doubles.ts'
import { type Ask, type Result, underTest } from './under-test.ts'

export const HOST = 'api.example.com'
export const BASE = '/_portcullis/admin'
export const ISSUER = 'https://people.example'
export const AUDIENCE = 'https://admin.example'
export const issuer = await TestIssuer.create('ES256', 'people-1')

/** The secrets of these gateways. */
export const SECRETS: Record<string, string> = {
  ADMIN_TOKEN: 'b00tstrap-Zm9vYmFyYmF6cXV4Zm9vYmFy',
  KEY_PEPPER: 'p3pper-Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6',
  AUDIT_SIGNING_KEY: 'a private key',
}

const common = { issuer: ISSUER, audience: AUDIENCE, algorithms: ['ES256'], typ: 'at+jwt', keySet: { jwks: { keys: [issuer.jwk] } } } as const
export const people = jwt(common as never)
export const access = jwt({ ...common, header: 'cf-access-jwt-assertion' } as never)
export const cookie = jwt({ ...common, cookie: { name: '__Host-admin', origins: [`https://${HOST}`] } } as never)

/** Names a family of keys, as the policy does. */
export const apiKeyLike = definePolicy({
  name: 'api-key',
  stage: 'authenticate',
  settings: v.strictObject({ prefix: v.string(), environment: v.string(), pepper: v.union([v.string(), v.array(v.string())]) }),
  credentials: () => ['x-api-key'],
  compile: () => ({ request: () => ({ kind: 'skip', challenges: [] }) }),
})

/** A token of somebody in these groups. */
export function tokenOf(groups: unknown, claims: Record<string, unknown> = {}): Promise<string> {
  return issuer.token({ iss: ISSUER, aud: AUDIENCE, sub: 'grace', groups, jti: undefined, ...claims })
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
    admin: adminApi({ ...DEFAULTS, ...settings }),
    audit: { signingKeys: 'AUDIT_SIGNING_KEY', decisions: [] },
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
          'GET /v1/keyed': { authenticate: apiKeyLike({ prefix: 'acme', environment: 'live', pepper: 'KEY_PEPPER' }) },
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

let gateways = 0

/** An admin API with its doubles, and a way to ask it as somebody. */
export function adminUnderTest(settings: Partial<AdminSettings> = {}, more: { ports?: Partial<Ports>; policies?: readonly Control[]; conceal?: boolean } = {}) {
  let now = NOW
  const clock = { now: () => now }
  const rooms: Doubles = doubles(clock)
  const { audit, keys, runtime, limitOperator, revocations } = rooms
  const ports = { audit, keys, runtime, limitOperator, revocations, secret: (name: string) => SECRETS[name], ...more.ports }
  const run = underTest(adminGateway(settings, more), { clock, ports })
  let count = 0
  // Counters of attempts are real, and one for all tests: each gateway has callers of its own.
  const ip = `203.0.${Math.floor(++gateways / 250)}.${gateways % 250}`
  const advance = (ms: number) => {
    now += ms
  }
  const ask = (line: string, { json, key, headers = {}, ...how }: Parameters<Call>[1] & { token?: string } = {}): Promise<Result> => {
    const [method = 'GET', path = ''] = line.split(' ')
    const changes = method !== 'GET' && method !== 'HEAD'
    const all = {
      ...(changes && { 'idempotency-key': key ?? `a-key-of-its-own-${++count}` }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    }
    return run(path.startsWith('https:') ? path : `https://${HOST}${BASE}${path}`, {
      method,
      ip,
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
  return { ...rooms, run, ask, as, root: as(SECRETS.ADMIN_TOKEN as string), advance, now: () => now }
}
