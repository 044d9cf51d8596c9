import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { KeySpec } from '../../src/core/api-key.ts'
import type { CompiledGateway } from '../../src/gateway/compiled.ts'
import { mintKey } from '../../src/keys/mint.ts'
import { portsOf } from '../../src/platform/ports.ts'
import { type Ask, underTest } from './under-test.ts'

declare global {
  interface ImportMeta {
    /** Vite's: every module that the pattern finds. */
    glob<T>(pattern: string, options: { readonly eager: true }): Readonly<Record<string, T>>
  }
}

const found = import.meta.glob<{ readonly default: CompiledGateway }>('../../examples/*.config.ts', { eager: true })
const examples = Object.fromEntries(Object.entries(found).map(([path, module]) => [path.replace(/^.*\/(.*)\.config\.ts$/, '$1'), module.default]))
const hosts = Object.entries(examples).flatMap(([name, gateway]) =>
  [...gateway.zones.keys()].map((host): [string, string, CompiledGateway] => [name, host, gateway]),
)

const cf = { tlsVersion: 'TLSv1.3', country: 'SE', continent: 'EU', isEUCountry: '1', asn: 64496 }

const ask = (name: string, url: string, how: Ask = {}) => underTest(examples[name] as CompiledGateway)(url, { cf, ...how })

describe('examples', () => {
  it('are there', () => expect(hosts.length).toBeGreaterThanOrEqual(5))

  it.each(hosts)('%s: %s lets through what is public, and nothing that is not listed', async (_name, host, gateway) => {
    const run = underTest(gateway)
    const health = await run(`https://${host}/health`, { cf })
    expect([health.response.status, health.record.reason, health.body]).toEqual([200, 'origin.answered', 'origin'])
    const other = await run(`https://${host}/unlisted`, { cf, ip: '192.0.2.1' })
    expect([other.response.status, other.record.reason, other.received]).toEqual([404, 'route.unlisted', undefined])
  })

  it.each<[string, string, Ask, string]>([
    ['minimal', 'https://api.example.com/v1/users/ada', {}, '401 jwt.missing'],
    ['minimal', 'http://api.example.com/health', {}, '403 transport.insecure'],
    ['two-zones', 'https://api.example.com/v1/customers/ada/orders', { method: 'DELETE' }, '405 route.method'],
    ['two-zones', 'https://api.example.com/.well-known/oauth-protected-resource', {}, '200 resource.metadata'],
    ['two-zones', 'https://partners.example.org/.well-known/oauth-protected-resource', {}, '404 route.unlisted'],
    ['two-zones', 'https://partners.example.org/v1/stock/A-1', { method: 'DELETE' }, '404 route.method'],
    ['two-zones', 'https://partners.example.org/v1/stock/A-1', {}, '401 authenticate.missing'],
    ['two-zones', 'https://partners.example.org/v1/stock/A-1', { ip: '198.51.100.1' }, '403 ip-list.not-allowed'],
    ['two-zones', 'https://partners.example.org/health', { ip: '198.51.100.1' }, '200 origin.answered'],
    ['two-zones', 'https://partners.example.org/health', { cf: { ...cf, tlsVersion: 'TLSv1.2' } }, '403 transport.tls-version'],
    ['two-zones', 'https://api.example.com/.portcullis-events', { method: 'POST', body: 'x' }, '415 security-events.content-type'],
    [
      'two-zones',
      'https://api.example.com/.portcullis-events',
      { method: 'POST', body: 'x', headers: { 'content-type': 'application/secevent+jwt' } },
      '400 security-events.malformed',
    ],
    ['from-openapi', 'https://library.example.com/v1/books', {}, '401 jwt.missing'],
    ['from-openapi', 'https://library.example.com/v1/books', { method: 'POST' }, '405 route.method'],
    ['sign-in', 'https://shop.example.com/v1/customers/ada/orders', {}, '401 jwt.missing'],
    ['sign-in', 'https://shop.example.com/v1/customers/ada/orders', { headers: { cookie: '__Host-token=a.b.c' } }, '401 jwt.malformed'],
    ['sign-in', 'https://shop.example.com/v1/payments', { method: 'POST', headers: { cookie: '__Host-token=a.b.c' } }, '403 jwt.csrf'],
    ['sign-in', 'https://shop.example.com/v1/admin/orders', { headers: { 'cf-access-jwt-assertion': 'a.b.c' } }, '401 jwt.malformed'],
    ['sign-in', 'https://shop.example.com/v1/parcels/7/status', { method: 'POST' }, '401 authenticate.missing'],
    ['web-app', 'http://app.example.com/', {}, '308 transport.redirect'],
    ['web-app', 'https://app.example.com/assets/a/b.js', {}, '200 origin.answered'],
    ['web-app', 'https://app.example.com/assets', {}, '404 route.unlisted'],
    ['web-app', 'https://app.example.com/api/socket', { headers: { upgrade: 'websocket' } }, '403 transport.websocket-origin'],
    ['web-app', 'https://app.example.com/', { headers: { upgrade: 'websocket', origin: 'https://app.example.com' } }, '426 transport.upgrade'],
    ['trying-out', 'https://api.example.com/health', { ip: '203.0.113.1' }, '403 ip-list.denied'],
    ['rate-limits', 'https://api.example.com/v1/orders', {}, '401 jwt.missing'],
    ['rate-limits', 'https://api.example.com/hooks/a', { method: 'POST', body: 'x', headers: { 'content-length': '1' } }, '200 origin.answered'],
    ['rate-limits', 'https://api.example.com/hooks/a', { method: 'POST', body: 'x' }, '411 rate-limit.length-unknown'],
    [
      'rate-limits',
      'https://api.example.com/login',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"user":"ada"}' },
      '422 validate.body',
    ],
    ['operations', 'https://api.example.com/v1/orders', {}, '401 api-key.missing'],
    ['operations', 'https://api.example.com/v1/orders', { headers: { 'x-api-key': 'acme_live_0' } }, '401 api-key.malformed'],
    ['operations', 'https://admin.example.com/_portcullis/admin/status', {}, '404 admin.policy'],
    ['operations', 'https://admin.example.com/_portcullis/admin/status', { ip: '198.51.100.7' }, '404 admin.missing'],
    ['operations', 'https://api.example.com/_portcullis/admin/status', { ip: '198.51.100.7' }, '404 route.unlisted'],
  ])('%s: %s %o → %s', async (name, url, how, expected) => {
    const { response, record } = await ask(name, url, how)
    expect(`${response.status} ${record.reason}`).toBe(expected)
  })

  it('rate-limits: bad logins are few, and good ones cost nothing', async () => {
    const login = async (status: number, ip: string) => {
      const run = underTest(examples['rate-limits'] as CompiledGateway, { origin: () => new Response(null, { status }) })
      const how = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"user":"ada","password":"a"}', ip, cf }
      return (await run('https://api.example.com/login', how)).response.status
    }
    for (let i = 0; i < 8; i++) expect(await login(200, '192.0.2.31')).toBe(200)
    const bad = []
    for (let i = 0; i < 7; i++) bad.push(await login(401, '192.0.2.31'))
    expect(bad).toEqual([401, 401, 401, 401, 401, 429, 429])
    expect(await login(200, '192.0.2.32')).toBe(200)
  })

  it.each<[string, Partial<KeySpec>, string]>([
    ['of no plan', {}, '6'],
    ['of a plan', { level: 'pro' }, '60'],
    ['with figures of its own', { level: 'pro', limits: { orders: { limit: 7, burst: 3 } } }, '3'],
  ])('operations: a key %s has its own burst, under either pepper, until a kill switch', async (owner, more, burst) => {
    const gateway = examples.operations as CompiledGateway
    const secrets: Record<string, string> = { KEY_PEPPER: 'p'.repeat(32), KEY_PEPPER_2: 'q'.repeat(32) }
    const { keys, runtime } = portsOf(env as unknown as Record<string, unknown>)
    const { text, ...minted } = mintKey({ prefix: 'acme', environment: 'live', seed: owner.padStart(43), pepper: secrets.KEY_PEPPER as string })
    const none = { scopes: ['orders:read'], roles: [], metadata: {}, limits: {}, allowedIps: [], allowedOrigins: [], allowedRoutes: [] }
    await keys.create({ owner, name: 'a key', ...none, ...more, ...minted, prefix: 'acme', environment: 'live', createdBy: 'tests' })
    const run = underTest(gateway, { ports: { secret: (name) => secrets[name] } })
    const call = (line: string) =>
      run(`https://api.example.com${line.split(' ')[1]}`, { method: line.split(' ')[0] as string, headers: { 'x-api-key': text }, cf })
    const { response, record } = await call('GET /v1/orders')
    expect([response.status, record.reason]).toEqual([200, 'origin.answered'])
    expect(response.headers.get('ratelimit-policy')).toContain(`"orders";q=${burst};`)
    expect((await call('POST /v1/payments')).record.reason).toBe('authorize.scope')
    const untilMs = Date.now() + 60_000
    const added = await runtime.add([{ kind: 'stop', zone: 'api', route: 'POST /v1/payments', untilMs, reason: 'a test', by: 'tests' }])
    expect((await call('POST /v1/payments')).record.reason).toBe('kill-switch.route')
    await runtime.remove(added.map(({ id }) => id))
  })

  it.each([
    ['/health', { ...cf, isEUCountry: undefined, country: 'US', continent: 'NA' }, 'geo:geo.not-allowed'],
    ['/v1/search?q=milk&page=2', cf, 'validate:validate.query'],
    ['/v1/search?q=milk', cf, ''],
  ])('trying-out: %s is answered, and what report mode would have done is recorded', async (path, where, reported) => {
    const { response, record } = await ask('trying-out', `https://api.example.com${path}`, { cf: where })
    expect([response.status, record.reported]).toEqual([200, reported])
  })
})
