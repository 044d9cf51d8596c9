import { allOf, anyOf, apiKey, bootstrapToken, claim, cors, defineGateway, eq, has, ipList, jwt, rateLimit, value } from 'portcullis'
import { adminApi } from '../../../src/admin/admin-api.ts'
import type { AdminSettings } from '../../../src/admin/settings.ts'

const common = { algorithms: ['RS256', 'ES256'], typ: 'at+jwt' } as const
const one = { ...common, issuer: 'https://issuer-one.test', keySet: { url: 'https://issuer-one.test/jwks' } } as const
const two = { ...common, issuer: 'https://issuer-two.test', keySet: { url: 'https://issuer-two.test/jwks' } } as const
const audience = 'https://admin.example.com'

const users = jwt({ ...one, audience: 'https://api.example.com' })
const people = jwt({ ...one, audience })
const access = jwt({ ...one, audience, header: 'cf-access-jwt-assertion' })
const cookie = jwt({ ...one, audience, cookie: { name: '__Host-admin', origins: ['https://api.example.com'] } })
const devices = jwt({ ...two, audience, header: 'x-device-assertion' })

const keys = apiKey({ prefix: 'acme', environment: 'live', pepper: 'KEY_PEPPER', maxStalenessSeconds: 0 })

const settings = {
  host: 'api.example.com',
  authenticate: anyOf(people, access, cookie, bootstrapToken({ secret: 'ADMIN_TOKEN' })),
  roles: { viewer: has(claim('groups'), value('viewers')), operator: has(claim('groups'), value('operators')), admin: has(claim('groups'), value('admins')) },
  limits: { attempts: '5000/min', calls: '5000/min' },
} satisfies AdminSettings

const gatewayOf = (admin: AdminSettings | undefined) =>
  defineGateway({
    ...(admin !== undefined && { audit: { signingKeys: 'AUDIT_SIGNING_KEY' }, admin: adminApi(admin) }),
    zones: {
      api: {
        hosts: ['api.example.com', 'api.example.net'],
        origin: 'https://origin-api.test/base',
        policies: [
          ipList({ workers: ['partner.example'] }),
          rateLimit({ name: 'per-ip', by: 'ip', limit: '60000/min', burst: 6000, onError: 'deny' }),
          cors({
            origins: ['https://app.example.com'],
            methods: ['GET', 'POST', 'DELETE'],
            headers: ['authorization', 'content-type', 'idempotency-key'],
            credentials: true,
          }),
        ],
        routes: {
          'GET /v1/passport': { authenticate: users, forwardCredential: true },
          'GET /v1/keyed': { authenticate: apiKey({ prefix: 'acme', environment: 'live', pepper: 'KEY_PEPPER' }) },
          'GET /keyed': { authenticate: keys, policies: [rateLimit({ name: 'per-key', by: 'credential', limit: '6000/min', burst: 600 })] },
          'GET /:first/:second': { public: 'parameters' },
          'GET /*': { public: 'everything' },
          'POST /*': { public: 'everything' },
          'DELETE /*': { public: 'everything' },
          'PUT /*': { public: 'everything' },
          'OPTIONS /*': { public: 'everything' },
        },
      },
      open: {
        hosts: ['open.example.com'],
        origin: 'https://origin-open.test',
        routes: { 'GET /*': { public: 'everything' }, 'POST /*': { public: 'everything' } },
      },
    },
  })

/** The gateways that are attacked, by the name that the Worker's `VARIANT` says. */
export const GATEWAYS = {
  /** On a zone's host. */
  zone: gatewayOf(settings),
  /** On a host that no zone has. */
  host: gatewayOf({ ...settings, host: 'admin.example.com' }),
  /** Nowhere. */
  none: gatewayOf(undefined),
  /** Two credentials, of which the first decides. */
  factors: gatewayOf({ ...settings, authenticate: allOf(people, devices) }),
  /** Whoever changes something signs in again. */
  stepUp: gatewayOf({ ...settings, stepUp: { when: eq(claim('acr'), value('urn:mfa')), acr: 'urn:mfa', maxAgeSeconds: 300 } }),
  /** Few attempts. */
  few: gatewayOf({ ...settings, limits: { attempts: '5/day' } }),
}
