import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bindingFindings } from '../../src/cli/doctor/bindings.ts'
import { cloudflareApi } from '../../src/cli/doctor/cloudflare-api.ts'
import { deployedFindings } from '../../src/cli/doctor/deployed.ts'
import type { Finding } from '../../src/cli/doctor/finding.ts'
import { onlineFindings } from '../../src/cli/doctor/online.ts'
import { covers, patternOf, routeFindings } from '../../src/cli/doctor/routes.ts'
import { PRODUCT_COMPATIBILITY_DATE, settingFindings } from '../../src/cli/doctor/settings.ts'
import { readWranglerConfig, type WranglerConfig } from '../../src/cli/wrangler-config.ts'
import { type Asked, loopback, sendJson } from './loopback.ts'
import { portcullis } from './portcullis.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const NOW = new Date('2026-11-26T12:00:00Z')
const NEEDED = ['API_KEY_PEPPER', 'LEDGER', 'ORIGIN', 'PSEUDONYM_KEY', 'RATE_LIMITER']
const HOSTS = ['api.example.com']

/** A deployment in which nothing is found, piece by piece. */
const SOUND = {
  top: 'name = "gw"\nmain = "worker.ts"\ncompatibility_date = "2026-10-01"\ncompatibility_flags = ["enable_request_signal"]\nworkers_dev = false\npreview_urls = false\naccount_id = "acc"',
  routes: 'routes = [{ pattern = "api.example.com/*", zone_name = "example.com" }]',
  secrets: '[secrets]\nrequired = ["PSEUDONYM_KEY"]',
  store: '[[secrets_store_secrets]]\nbinding = "API_KEY_PEPPER"\nstore_id = "s"\nsecret_name = "pepper"',
  services: '[[services]]\nbinding = "ORIGIN"\nservice = "origin"',
  limiter: '[[durable_objects.bindings]]\nname = "RATE_LIMITER"\nclass_name = "RateLimiter"',
  ledger: '[[durable_objects.bindings]]\nname = "LEDGER"\nclass_name = "Ledger"',
  migrations: '[[migrations]]\ntag = "v1"\nnew_sqlite_classes = ["RateLimiter", "Ledger"]',
  dataset: '[[analytics_engine_datasets]]\nbinding = "DECISIONS"\ndataset = "d"',
  logs: '[observability]\nenabled = true\n[observability.logs]\ninvocation_logs = false',
  limits: '[limits]\ncpu_ms = 1000',
  more: '',
}
type Piece = keyof typeof SOUND

let folder: string
beforeAll(() => {
  // Inside the project, so that a configuration finds its packages.
  folder = mkdtempSync(join(ROOT, 'test/cli/tmp-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let count = 0
const written = (pieces: Partial<Record<Piece, string>>): string => {
  const path = join(folder, `${++count}.toml`)
  writeFileSync(path, Object.values({ ...SOUND, ...pieces }).join('\n'))
  return path
}
const offline = (pieces: Partial<Record<Piece, string>>): readonly Finding[] => {
  const config = readWranglerConfig(written(pieces), undefined)
  return [...bindingFindings(config, NEEDED), ...routeFindings(config, HOSTS), ...settingFindings(config, NOW)]
}
const short = (findings: readonly Finding[]) => findings.map(({ severity, id }) => `${severity} ${id}`)
const top = (from: string, to: string) => {
  expect(SOUND.top).toContain(from)
  return { top: SOUND.top.replace(from, to) }
}

describe('wrangler.toml', () => {
  it('in which nothing is found', () => expect(offline({})).toEqual([]))

  it.each<[string, Partial<Record<Piece, string>>, readonly string[], RegExp?]>([
    ['workers_dev = true', top('workers_dev = false', 'workers_dev = true'), ['problem workers-dev']],
    ['workers_dev left out', top('workers_dev = false', ''), ['problem workers-dev']],
    ['preview_urls = true', top('preview_urls = false', 'preview_urls = true'), ['problem preview-urls']],
    ['preview_urls left out', top('preview_urls = false', ''), ['problem preview-urls']],
    ['an old runtime', top('2026-10-01', '2025-01-01'), ['problem compatibility-date']],
    ['a runtime that is not there yet', top('2026-10-01', '2027-10-01'), ['problem compatibility-date-future']],
    ['no runtime', top('compatibility_date = "2026-10-01"', ''), ['problem compatibility-date']],
    ['no request signal', top('compatibility_flags = ["enable_request_signal"]', ''), ['warning request-signal']],
    ['invocation logs', { logs: '[observability]\nenabled = true' }, ['problem invocation-logs']],
    ['invocation logs by name', { logs: '[observability.logs]\nenabled = true\ninvocation_logs = true' }, ['problem invocation-logs']],
    ['no logs', { logs: '' }, ['warning no-logs']],
    ['traces', { logs: `${SOUND.logs}\n[observability.traces]\nenabled = true` }, ['warning traces']],
    ['logpush', top('workers_dev', 'logpush = true\nworkers_dev'), ['warning logpush']],
    ['who listens', { more: '[[tail_consumers]]\nservice = "tail"' }, ['warning tail-consumer']],
    ['a cache', { more: '[cache]\nenabled = true' }, ['problem cache']],
    [
      'a cache of the entrypoint',
      {
        migrations: '',
        limiter: SOUND.limiter,
        more: '[exports.default]\ntype = "worker"\n[exports.default.cache]\nenabled = true\n[exports.RateLimiter]\ntype = "durable-object"\nstorage = "sqlite"\n[exports.Ledger]\ntype = "durable-object"\nstorage = "sqlite"',
      },
      ['problem cache'],
    ],
    [
      'classes by exports',
      {
        migrations: '',
        more: '[exports.RateLimiter]\ntype = "durable-object"\nstorage = "sqlite"\n[exports.Ledger]\ntype = "durable-object"\nstorage = "legacy-kv"',
      },
      ['problem migration-storage'],
    ],
    ['assets before the Worker', { more: '[assets]\ndirectory = "public"' }, ['problem assets']],
    ['assets behind it', { more: '[assets]\ndirectory = "public"\nbinding = "ASSETS"\nrun_worker_first = true' }, []],
    ['no limit of CPU', { limits: '' }, ['note cpu-limit']],
    ['too little CPU', { limits: '[limits]\ncpu_ms = 10' }, ['warning cpu-limit']],

    ['no secret', { secrets: '' }, ['problem binding-missing'], /PSEUDONYM_KEY/],
    ['a secret for nobody', { secrets: '[secrets]\nrequired = ["PSEUDONYM_KEY", "OLD_KEY"]' }, ['note secret-unused'], /OLD_KEY/],
    ['a secret in plain text', { secrets: '[vars]\nPSEUDONYM_KEY = "for everybody to read"' }, ['problem secret-in-vars']],
    ['no secret of the store', { store: '' }, ['problem binding-missing'], /API_KEY_PEPPER/],
    ['no service', { services: '' }, ['problem binding-missing'], /ORIGIN/],
    ['the demo', { services: SOUND.services.replace('"origin"', '"portcullis-demo"') }, ['warning demo-bound']],
    ['no dataset', { dataset: '' }, ['problem dataset-missing']],
    ['no object', { ledger: '' }, ['problem object-missing'], /LEDGER/],
    ['an object of another class', { ledger: SOUND.ledger.replace('"Ledger"', '"RateLimiter"') }, ['problem object-class'], /class_name = "Ledger"/],
    ['an object of another Worker', { ledger: `${SOUND.ledger}\nscript_name = "other"`, migrations: SOUND.migrations.replace(', "Ledger"', '') }, []],
    ['a class that nobody makes', { migrations: SOUND.migrations.replace(', "Ledger"', '') }, ['problem migration-missing'], /Ledger/],
    ['a class without SQLite', { migrations: `${SOUND.migrations.replace(', "Ledger"', '')}\nnew_classes = ["Ledger"]` }, ['problem migration-storage']],
    [
      'a class that was deleted',
      { migrations: `${SOUND.migrations}\n[[migrations]]\ntag = "v2"\ndeleted_classes = ["Ledger"]` },
      ['problem migration-missing'],
    ],
    [
      'a class that was renamed',
      { migrations: `${SOUND.migrations.replace('"Ledger"', '"Book"')}\n[[migrations]]\ntag = "v2"\nrenamed_classes = [{ from = "Book", to = "Ledger" }]` },
      [],
    ],
    ['the demo’s log', { more: '[[durable_objects.bindings]]\nname = "DECISION_LOG"\nclass_name = "DecisionLog"' }, ['warning demo-log']],

    ['no routes', { routes: '' }, ['warning no-routes']],
    [
      'a host that no route takes',
      { routes: 'routes = [{ pattern = "www.example.com/*", zone_name = "example.com" }]' },
      ['problem host-without-route', 'warning route-without-host'],
    ],
    ['a route of a part of the paths', { routes: 'routes = [{ pattern = "api.example.com/v1/*", zone_name = "example.com" }]' }, ['problem route-path']],
    ['a route of one path', { routes: 'routes = [{ pattern = "api.example.com", zone_name = "example.com" }]' }, ['problem route-path']],
    ['a route of https alone', { routes: 'routes = [{ pattern = "https://api.example.com/*", zone_name = "example.com" }]' }, ['problem route-scheme']],
    [
      'two routes, one of each scheme',
      {
        routes:
          'routes = [{ pattern = "https://api.example.com/*", zone_name = "example.com" }, { pattern = "http://api.example.com/*", zone_name = "example.com" }]',
      },
      [],
    ],
    ['a wildcard', { routes: 'routes = [{ pattern = "*.example.com/*", zone_name = "example.com" }]' }, []],
    ['a custom domain', { routes: 'routes = [{ pattern = "api.example.com", custom_domain = true }]' }, []],
  ])('%s', (_, pieces, expected, says) => {
    const findings = offline(pieces)
    expect(short(findings)).toEqual(expected)
    if (says !== undefined) expect(JSON.stringify(findings)).toMatch(new RegExp(says.source.replaceAll('"', '\\\\"')))
    for (const { found, why, fix } of findings) for (const words of [found, why, fix]) expect(words.length).toBeGreaterThan(5)
  })

  it('says of a secret that it is one, where that is known', () => {
    const findings = bindingFindings(readWranglerConfig(written({ secrets: '' }), undefined), NEEDED, ['PSEUDONYM_KEY', 'API_KEY_PEPPER'])
    expect(short(findings)).toEqual(['problem secret-missing'])
    expect(findings[0]?.fix).toContain('wrangler secret put PSEUDONYM_KEY')
  })

  it('never repeats what stands in [vars]', () =>
    expect(JSON.stringify(offline({ secrets: '[vars]\nPSEUDONYM_KEY = "for everybody to read"' }))).not.toContain('for everybody'))

  it('the product’s own date is the one it looks for', () =>
    expect(readFileSync(join(ROOT, 'wrangler.toml'), 'utf8')).toContain(`compatibility_date = "${PRODUCT_COMPATIBILITY_DATE}"`))

  it.each<[string, string, boolean]>([
    ['api.example.com/*', 'api.example.com', true],
    ['API.example.com/*', 'api.example.com', true],
    ['api.example.com/*', 'xapi.example.com', false],
    ['*.example.com/*', 'api.example.com', true],
    ['*.example.com/*', 'example.com', false],
    ['*.example.com/*', 'badexample.com', false],
    ['*example.com/*', 'example.com', true],
    ['*example.com/*', 'api.example.com', true],
    ['*/*', 'api.example.com', true],
  ])('%s takes %s: %s', (pattern, host, takes) => expect(covers(patternOf(pattern), host)).toBe(takes))
})

const API_TOKEN = 'a-token-for-cloudflare'
const ZONE = 'f'.repeat(32)
const CONFIG: WranglerConfig = { name: 'gw', account_id: 'acc', routes: [{ pattern: 'api.example.com/*', zone_id: ZONE }] }
const route = (pattern: string, script: string | null, failsOpen?: boolean) => ({
  id: 'r',
  pattern,
  script,
  ...(failsOpen !== undefined && { request_limit_fail_open: failsOpen }),
})

/** Asks a server that answers as Cloudflare's API does. */
async function asking<T>(answer: (asked: Asked) => unknown, use: (base: string, asked: readonly Asked[]) => Promise<T>): Promise<T> {
  const server = await loopback((asked, response) => {
    const result = answer(asked)
    if (typeof result === 'number') sendJson(response, result, { success: false })
    else sendJson(response, 200, { success: true, errors: [], messages: [], result })
  })
  try {
    return await use(`${server.url}/client/v4`, server.asked)
  } finally {
    await server.close()
  }
}
const apiOf = (base: string) =>
  cloudflareApi({ CLOUDFLARE_API_TOKEN: API_TOKEN, CLOUDFLARE_API_BASE_URL: base }) as NonNullable<ReturnType<typeof cloudflareApi>>

describe('what is deployed, by Cloudflare’s word', () => {
  it.each<[string, readonly unknown[], unknown, readonly string[]]>([
    ['routes that fail closed', [route('api.example.com/*', 'gw', false)], { enabled: false, previews_enabled: false }, []],
    ['a route that fails open', [route('api.example.com/*', 'gw', true)], { enabled: false }, ['problem route-fails-open']],
    ['a route of which it is not said', [route('api.example.com/*', 'gw')], { enabled: false }, ['warning route-failure-mode']],
    ['another Worker’s route that fails open', [route('shop.example.com/*', 'shop', true)], { enabled: false }, []],
    [
      'a route that takes paths away',
      [route('api.example.com/*', 'gw', false), route('api.example.com/public/*', null)],
      { enabled: false },
      ['problem route-elsewhere'],
    ],
    ['one that gives them to another Worker', [route('api.example.com/v2/*', 'other', false)], { enabled: false }, ['problem route-elsewhere']],
    ['a wildcard that is less specific', [route('*.example.com/*', 'other', false)], { enabled: false }, ['warning route-elsewhere']],
    ['workers.dev', [], { enabled: true, previews_enabled: false }, ['problem workers-dev-served']],
    ['preview addresses', [], { enabled: false, previews_enabled: true }, ['problem previews-served']],
    ['a Worker that is not there', [], 404, []],
  ])('%s', async (_, routes, subdomain, expected) => {
    await asking(
      ({ path }) => (path.endsWith('/workers/routes') ? routes : path.endsWith('/subdomain') ? subdomain : 404),
      async (base, asked) => {
        expect(short(await deployedFindings(apiOf(base), CONFIG, HOSTS, []))).toEqual(expected)
        expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
          `GET /client/v4/zones/${ZONE}/workers/routes`,
          'GET /client/v4/accounts/acc/workers/scripts/gw/subdomain',
        ])
        for (const { headers } of asked) expect(headers.authorization).toBe(`Bearer ${API_TOKEN}`)
      },
    )
  })

  it('looks a zone up by its name', async () => {
    const config: WranglerConfig = { name: 'gw', routes: [{ pattern: 'api.example.com/*', zone_name: 'example.com' }] }
    await asking(
      ({ path }) => (path.startsWith('/client/v4/zones?name=') ? [{ id: ZONE }] : [route('api.example.com/*', 'gw', true)]),
      async (base) => expect(short(await deployedFindings(apiOf(base), config, HOSTS, []))).toEqual(['problem route-fails-open']),
    )
  })

  it('says that it knows no zone', async () => {
    await asking(
      () => 404,
      async (base) => expect(short(await deployedFindings(apiOf(base), { name: 'gw' }, HOSTS, []))).toEqual(['warning zone-unknown']),
    )
  })

  it.each<[string, unknown, number]>([
    ['a token that it refuses', 403, 3],
    ['an outage', 500, 5],
    ['an answer of another form', { routes: 'none' }, 5],
  ])('ends with words after %s', async (_, answer, code) => {
    await asking(
      () => answer,
      async (base) => {
        const failure = await deployedFindings(apiOf(base), CONFIG, HOSTS, []).catch((error: unknown) => error)
        expect(failure).toMatchObject({ name: 'Failure', code })
        expect(String(failure)).not.toContain(API_TOKEN)
      },
    )
  })

  it.each(['http://api.example.com/client/v4', 'https://a:b@api.example.com/', 'nowhere'])('sends its token to no %s', (base) =>
    expect(() => apiOf(base)).toThrow('CLOUDFLARE_API_BASE_URL'),
  )
})

const ID = 'x-request-id'
const PROBLEM = { 'content-type': 'application/problem+json', 'x-content-type-options': 'nosniff', [ID]: 'r-1' }

describe('a deployment, as a stranger sees it', () => {
  const knocking = async (
    answer: (path: string) => readonly [status: number, headers: Readonly<Record<string, string>>, body?: string],
    plain?: readonly [status: number, headers: Readonly<Record<string, string>>],
  ) => {
    const gateway = await loopback(({ path, nth }, response) => {
      const [status, headers, body = ''] = answer(path)
      response.writeHead(status, { ...headers, ...(headers[ID] !== undefined && { [ID]: `r-${nth}` }) }).end(body.replace('r-1', `r-${nth}`))
    })
    const without = await loopback((_, response) => response.writeHead(...(plain ?? [500, {}])).end())
    try {
      const url = new URL(gateway.url)
      const findings = await onlineFindings({
        url,
        adminUrl: new URL('/_portcullis/admin/status', url),
        plainUrl: plain === undefined ? undefined : new URL(without.url),
      })
      for (const { headers } of [...gateway.asked, ...without.asked]) expect(headers).not.toHaveProperty('authorization')
      return short(findings)
    } finally {
      await gateway.close()
      await without.close()
    }
  }
  const sound = () => [404, PROBLEM, '{"status":404,"requestId":"r-1"}'] as const
  const isAdmin = (path: string) => path.startsWith('/_portcullis')

  it.each<[string, Parameters<typeof knocking>[0], readonly string[]]>([
    ['that is sound', sound, []],
    ['that is not ready', () => [503, PROBLEM], ['problem not-ready']],
    ['that answers what nobody listed', () => [200, PROBLEM], ['problem unlisted-path']],
    ['that is another server', () => [404, { 'content-type': 'text/html', 'x-content-type-options': 'nosniff' }], ['problem not-portcullis']],
    ['without security headers', () => [404, { 'content-type': PROBLEM['content-type'], [ID]: 'r-1' }], ['warning security-header']],
    ['that tells what runs', () => [404, { ...PROBLEM, 'x-powered-by': 'Express' }], ['note telling-header']],
    ['whose admin API shows itself by its status', (path) => (isAdmin(path) ? [401, PROBLEM] : sound()), ['problem admin-visible']],
    [
      'by a header',
      (path) => (isAdmin(path) ? [404, { ...PROBLEM, 'cache-control': 'no-store' }, '{"status":404,"requestId":"r-1"}'] : sound()),
      ['problem admin-visible'],
    ],
    ['by its body', (path) => (isAdmin(path) ? [404, PROBLEM, '{"status":404,"detail":"no admin"}'] : sound()), ['problem admin-visible']],
    ['whose admin API has a login page before it', (path) => (isAdmin(path) ? [302, { location: 'https://login.example.com/' }] : sound()), []],
  ])('%s', async (_, answer, expected) => expect(await knocking(answer)).toEqual(expected))

  it.each<[string, readonly [number, Readonly<Record<string, string>>], readonly string[]]>([
    ['a redirect to https', [301, { location: 'https://api.example.com/' }], []],
    ['a redirect to elsewhere', [301, { location: 'http://www.example.com/' }], ['warning https-redirect']],
    ['an answer', [200, {}], ['problem https-redirect']],
    ['a refusal', [403, {}], ['note https-redirect']],
  ])('plain http gets %s', async (_, plain, expected) => expect(await knocking(sound, plain)).toEqual(expected))
})

describe('npm run portcullis -- doctor', () => {
  beforeAll(() =>
    writeFileSync(
      join(folder, 'gateway.config.ts'),
      `import { defineGateway } from 'portcullis'
       export default defineGateway({ zones: { api: { hosts: ['api.example.com'], origin: { service: 'ORIGIN' }, routes: { 'GET /*': { public: 'a test' } } } } })`,
    ),
  )
  const sound = () => written({ store: '' })

  it('0 without a problem; a note reminds of what no file says', async () => {
    const { code, out } = await portcullis(['doctor', '--wrangler', sound()], { cwd: folder })
    expect(out).toMatch(/note route-failure-mode[\s\S]*0 problems, 0 warnings, 1 notes/)
    expect(code).toBe(0)
  })

  it('1 with one, the worst first', async () => {
    const { code, out } = await portcullis(
      ['doctor', '--wrangler', written({ ...top('workers_dev = false', 'workers_dev = true'), store: '', limits: '' }), '--json'],
      { cwd: folder },
    )
    const { findings } = JSON.parse(out) as { readonly findings: readonly Finding[] }
    expect(short(findings)).toEqual(['problem workers-dev', 'note cpu-limit', 'note route-failure-mode'])
    expect(code).toBe(1)
  })

  it('a configuration that does not compile is a problem each', async () => {
    writeFileSync(join(folder, 'broken.config.ts'), "import { defineGateway } from 'portcullis'\nexport default defineGateway({ zones: {} })")
    const { code, out } = await portcullis(['doctor', '--config', 'broken.config.ts', '--wrangler', sound()], { cwd: folder })
    expect(out).toMatch(/problem configuration: zones: /)
    expect(code).toBe(1)
  })

  it.each<[string, readonly string[], RegExp]>([
    ['a wrangler.toml that is not there', ['--wrangler', 'none.toml'], /cannot be checked/],
    ['a configuration that is not there', ['--config', 'none.ts'], /cannot be checked/],
    ['an environment that is not there', ['--env', 'none'], /cannot be checked|No environment/i],
    ['a zone’s id that is none', ['--zone-id', 'example.com'], /32 hexadecimal/],
    ['plain http', ['--url', 'http://api.example.com'], /https/],
    ['a workers.dev that is none', ['--url', 'https://api.example.com', '--workers-dev', 'example.com'], /workers\.dev/],
  ])('2 for %s', async (_, args, says) => {
    const { code, error } = await portcullis(['doctor', ...(args.includes('--wrangler') ? [] : ['--wrangler', sound()]), ...args], { cwd: folder })
    expect(error).toMatch(says)
    expect(code).toBe(2)
  })

  it('asks Cloudflare where it has a token, and shows it nowhere', async () => {
    await asking(
      ({ path }) =>
        path.startsWith('/client/v4/zones?')
          ? [{ id: ZONE }]
          : path.endsWith('/workers/routes')
            ? [route('api.example.com/*', 'gw', true)]
            : { enabled: false },
      async (base) => {
        const { code, out, error, commandLine } = await portcullis(['doctor', '--wrangler', sound()], {
          cwd: folder,
          env: { CLOUDFLARE_API_TOKEN: API_TOKEN, CLOUDFLARE_API_BASE_URL: base },
        })
        expect(out).toMatch(/problem route-fails-open/)
        expect(out).not.toContain('route-failure-mode')
        expect(out + error + commandLine).not.toContain(API_TOKEN)
        expect(code).toBe(1)
      },
    )
  })
})
