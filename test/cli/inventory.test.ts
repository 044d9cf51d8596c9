import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FrontDoor, openFrontDoor } from '../attacks/front-door.ts'
import { AnalyticsEngine, type Point } from './analytics-engine.ts'
import { inProcess } from './in-process.ts'
import { type Loopback, loopback, sendJson } from './loopback.ts'
import { portcullis } from './portcullis.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const ACCOUNT = '0123456789abcdef0123456789abcdef'
const TOKEN = 'a-token-that-may-read-analytics'
const HOUR = 3600
const DAY = 24 * HOUR

const CONFIG = `
import { defineGateway, openapiResponses } from 'portcullis'
import { packJson } from '../../../src/lib/packed-json.ts'
import { Description } from '../../../src/openapi/description.ts'
const head = { version: 1, title: 'One', apiVersion: '1', digest: '0', operations: { 'GET /v1/users/:id': 1, 'GET /v1/old': 2, 'GET /v1/older': 2 } }
const packed = packJson([head, { responses: {} }, { deprecated: true, responses: {} }].map((value) => JSON.stringify(value)))
const description = new Description(packed)
const why = { public: 'a test' }
export default defineGateway({
  zones: {
    api: {
      hosts: ['api.example.com', 'api.example.net'],
      origin: 'https://origin.example.com',
      policies: [openapiResponses({ description })],
      routes: { 'GET /v1/users/:id': why, 'GET /v1/old': why, 'GET /v1/older': why },
    },
    more: { hosts: ['more.example.com'], origin: 'https://origin.example.com', routes: { 'GET /v1/old': why, 'POST /quiet': why } },
  },
})
`
const WRANGLER = (account = `account_id = "${ACCOUNT}"`, dataset = 'portcullis_production') =>
  `name = "gw"\nmain = "worker.ts"\ncompatibility_date = "2026-10-01"\n${account}\n[[analytics_engine_datasets]]\nbinding = "DECISIONS"\ndataset = "${dataset}"\n`

let folder: string
let file: (name: string, text: string) => string
beforeAll(() => {
  // Inside the project, so that a configuration finds its packages.
  folder = mkdtempSync(join(ROOT, 'test/cli/tmp-'))
  file = (name, text) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  file('gateway.config.ts', CONFIG)
  file('wrangler.toml', WRANGLER())
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const point = (zone: string, route: string, method: string, decision: 'allow' | 'deny', ageSeconds: number, more: Partial<Point> = {}): Point => ({
  record: { zone, route, method, decision, reason: decision === 'allow' ? 'origin.answered' : 'route.unlisted' },
  ageSeconds,
  ...more,
})

describe('over Analytics Engine', () => {
  let server: Loopback
  let engine: AnalyticsEngine
  beforeAll(async () => {
    engine = new AnalyticsEngine('portcullis_production', { account: ACCOUNT, token: TOKEN, now: new Date() })
    engine.write(
      point('api', 'GET /v1/users/:id', 'GET', 'allow', HOUR),
      point('api', 'GET /v1/users/:id', 'HEAD', 'deny', 2 * HOUR),
      point('api', 'GET /v1/old', 'GET', 'allow', HOUR, { each: 40 }),
      point('api', 'GET /v1/old', 'GET', 'deny', 2 * HOUR, { each: 2 }),
      point('api', 'unmatched /v1/users/:id', 'DELETE', 'deny', HOUR),
      point('api', 'unmatched /v1/users/:id', 'DELETE', 'deny', 3 * HOUR),
      point('api', 'unmatched /v1/users/{}/{}', 'GET', 'deny', DAY, { each: 50 }),
      point('api', 'unmatched /v1/users/{}/{}', 'GET', 'deny', 40 * DAY, { each: 1000 }),
      point('more', 'unmatched /{}', 'GET', 'deny', HOUR),
      // None of what is compared: URLs without a path, another layout, zones that are gone, preflights.
      point('api', 'unmatched', 'GET', 'deny', HOUR),
      point('api', 'unmatched /{}', 'GET', 'deny', HOUR, { version: '0' }),
      point('gone', 'unmatched /{}', 'GET', 'deny', HOUR),
      point('-', 'unmatched', 'GET', 'deny', HOUR),
      { record: { zone: 'more', route: 'POST /quiet', method: 'OPTIONS', decision: 'reply', reason: 'cors.preflight' }, ageSeconds: HOUR },
    )
    server = await loopback(engine.answer)
  })
  afterAll(() => server.close())

  const run = (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}, wrangler = join(folder, 'wrangler.toml')) =>
    inProcess(['inventory', '--config', join(folder, 'gateway.config.ts'), '--wrangler', wrangler, ...args], {
      ...{ CLOUDFLARE_API_TOKEN: TOKEN, CLOUDFLARE_API_BASE_URL: server.url },
      ...env,
    })

  it('tells what is not listed, what is not used, and what should not be', async () => {
    const { code, out } = await run(['--json'])
    const found = JSON.parse(out)
    expect(found).toEqual({
      span: 'in the last 30d',
      sampled: true,
      isCut: false,
      unlisted: [
        { zone: 'api', path: '/v1/users/{}/{}', unlisted: 'path', method: 'GET', requests: 50, denied: 50, lastSeen: expect.stringMatching(/^\d{4}-.*Z$/) },
        { zone: 'api', path: '/v1/users/:id', unlisted: 'method', method: 'DELETE', requests: 2, denied: 2, lastSeen: expect.any(String) },
        { zone: 'more', path: '/{}', unlisted: 'path', method: 'GET', requests: 1, denied: 1, lastSeen: expect.any(String) },
      ],
      withoutTraffic: [
        { zone: 'api', route: 'GET /v1/older' },
        { zone: 'more', route: 'GET /v1/old' },
        { zone: 'more', route: 'POST /quiet' },
      ],
      deprecated: [{ zone: 'api', route: 'GET /v1/old', requests: 42, denied: 2, lastSeen: expect.any(String) }],
    })
    expect(Math.abs(Date.parse(found.unlisted[1].lastSeen) - (Date.now() - HOUR * 1000))).toBeLessThan(60_000)
    expect(code).toBe(1)
  })

  it('in tables', async () => {
    const { out, error, code } = await run()
    expect(out).toMatch(
      /^Not listed and asked for, in the last 30d: 3\nzone +not listed +method +path +requests +denied +last seen\napi +path +GET +\/v1\/users\/\{\}\/\{\} +50 +50 +20.*\(24 h ago\)/,
    )
    expect(out).toMatch(/Listed and not asked for, in the last 30d: 3\nzone +route\napi +GET \/v1\/older\nmore +GET \/v1\/old\n/)
    expect(out).toMatch(/Deprecated and asked for, in the last 30d: 1\nzone +route +requests.*\napi +GET \/v1\/old +42 +2 +20/)
    expect(error).toContain('counts are estimates')
    expect(code).toBe(1)
  })

  it('for another time, from so many requests on, and no more lines than that', async () => {
    const unlisted = async (...args: readonly string[]) => JSON.parse((await run(['--json', ...args])).out)
    expect((await unlisted('--since', '60d')).unlisted[0]).toMatchObject({ requests: 1050 })
    expect((await unlisted('--since', '2h')).unlisted.map(({ path }: { path: string }) => path)).toEqual(['/v1/users/:id', '/{}'])
    expect((await unlisted('--at-least', '2')).unlisted).toHaveLength(2)
    expect(await unlisted('--most', '1')).toMatchObject({ isCut: true, unlisted: [{ requests: 50 }] })
    expect(await unlisted('--most', '4')).toMatchObject({ isCut: false })
  })

  it('asks two questions of one dataset, weighs rows, and says nothing of the token', async () => {
    const before = server.asked.length
    const { out, error } = await run()
    const asked = server.asked.slice(before)
    expect(asked).toHaveLength(2)
    for (const { body } of asked) {
      expect(body).toMatch(/SUM\(_sample_interval\) AS requests, sumIf\(_sample_interval, blob6 = 'deny'\) AS denied/)
      expect(body).toMatch(/ FROM portcullis_production WHERE timestamp > NOW\(\) - INTERVAL '2592000' SECOND AND blob1 = '1' AND /)
      expect(body).not.toMatch(/COUNT/i)
    }
    expect(out + error).not.toContain(TOKEN)
  })

  it('is content where there is nothing', async () => {
    const quiet = file(
      'quiet.config.ts',
      CONFIG.replace(/operations: \{.*?\} \}/, "operations: { 'GET /v1/users/:id': 1 } }")
        .replace(", 'GET /v1/old': why, 'GET /v1/older': why }", ' }')
        .replace(/ {4}more: .*\n/, ''),
    )
    const ran = await inProcess(['inventory', '--config', quiet, '--wrangler', join(folder, 'wrangler.toml'), '--at-least', '100'], {
      CLOUDFLARE_API_TOKEN: TOKEN,
      CLOUDFLARE_API_BASE_URL: server.url,
    })
    expect([ran.code, ran.out]).toEqual([0, expect.stringMatching(/^Not listed .*: none\n\nListed .*: none\n\nDeprecated .*: none\n/)])
  })

  it.each<[string, readonly string[], Readonly<Record<string, string>>, number, RegExp]>([
    ['no token', [], { CLOUDFLARE_API_TOKEN: '' }, 2, /Set CLOUDFLARE_API_TOKEN/],
    ['another token', [], { CLOUDFLARE_API_TOKEN: 'another' }, 3, /refuses CLOUDFLARE_API_TOKEN/],
    ['nobody there', [], { CLOUDFLARE_API_BASE_URL: 'http://127.0.0.1:59999' }, 5, /nobody listens there/],
    ['no time', ['--since', 'yesterday'], {}, 2, /--since wants a time/],
    ['no time at all', ['--since', '0d'], {}, 2, /more than nothing/],
    ['no number', ['--most', '0'], {}, 2, /--most wants a number/],
    ['both sources', ['--local', '--since', '1d'], {}, 2, /does not go with --local/],
    ['a port of nothing', ['--port', '80'], {}, 2, /belongs to --local/],
  ])('%s', async (_name, args, env, code, words) => {
    const ran = await run(args, env)
    expect([ran.code, ran.error]).toEqual([code, expect.stringMatching(words)])
    expect(ran.error).not.toContain(TOKEN)
  })

  it.each<[string, string, RegExp]>([
    ['no account', WRANGLER(''), /Which account/],
    ['an account that is a path', WRANGLER('account_id = "../zones"'), /Which account/],
    ['a dataset that is a question', WRANGLER(undefined, 'a; DROP TABLE a'), /no dataset as DECISIONS/],
  ])('%s', async (name, text, words) => {
    const ran = await run([], {}, file(`${name.replaceAll(' ', '-')}.toml`, text))
    expect([ran.code, ran.error]).toEqual([2, expect.stringMatching(words)])
  })

  it('takes the account from the environment, too', async () => {
    const wrangler = file('environment.toml', WRANGLER(''))
    expect((await run(['--json'], { CLOUDFLARE_ACCOUNT_ID: ACCOUNT }, wrangler)).code).toBe(1)
  })

  it.each<[string, string, RegExp]>([['a dataset that is not there yet', 'no_such', /does not take the question/]])('%s', async (_name, dataset, words) => {
    const ran = await run([], {}, file('other.toml', WRANGLER(undefined, dataset)))
    expect([ran.code, ran.error]).toEqual([5, expect.stringMatching(words)])
  })

  it.each([
    ['text', 'ok'],
    ['other columns', '{"data":[{"zone":"api"}]}'],
    ['figures that are none', '{"data":[{"zone":"api","route":"GET /x","requests":"NaN","denied":"0","last_seen":"2026-01-01 00:00:00","most_each":1}]}'],
    ['a moment that a terminal obeys', '{"data":[{"zone":"api","route":"GET /x","requests":1,"denied":0,"last_seen":"\\u001b[2J","most_each":1}]}'],
  ])('an answer of another form: %s', async (_name, text) => {
    const other = await loopback((_asked, response) => void response.writeHead(200).end(text))
    const ran = await run([], { CLOUDFLARE_API_BASE_URL: other.url })
    await other.close()
    expect([ran.code, ran.error]).toEqual([5, expect.stringContaining('of another form')])
  })

  it('shows nothing that a terminal obeys', async () => {
    const rows = [
      { zone: 'api', route: 'unmatched /\u001b[2J\u202e', method: 'GET', requests: '1', denied: '1', last_seen: '2026-01-01 00:00:00', most_each: 1 },
    ]
    const other = await loopback((_asked, response) => sendJson(response, 200, { data: rows }))
    const { out } = await run([], { CLOUDFLARE_API_BASE_URL: other.url })
    await other.close()
    for (const obeyed of ['\u001b', '\u202e']) expect(out).not.toContain(obeyed)
    expect(out).toContain('\\u{1b}[2J')
  })
})

describe('over the log of this machine, filled by a gateway that is attacked', () => {
  let door: FrontDoor
  let demo: Loopback
  beforeAll(async () => {
    door = await openFrontDoor()
    // What demo/decisions.ts gives, and to whom.
    demo = await loopback(({ method, path, headers, body }, response) => {
      const { pathname, searchParams } = new URL(path, 'http://localhost')
      const form = new URLSearchParams(body)
      if (method === 'POST' && pathname === '/demo/token')
        response.end(form.get('sub') === 'operator' && form.get('scope') === 'decisions:read' ? 'a.local.token' : 'another')
      else if (pathname !== '/demo/decisions' || headers.authorization !== 'Bearer a.local.token') response.writeHead(401).end()
      else {
        const send = (records: readonly object[]) => {
          const all = records.map((record, i) => ({ id: i + 1, ...record, trace: [] }))
          sendJson(response, 200, all.filter(({ id }) => id > Number(searchParams.get('after'))).slice(0, 500))
        }
        door.decisions().then(send, () => response.destroy())
      }
    })
  })
  afterAll(async () => {
    await demo.close()
    await door.stop()
  })

  it('tells what came', async () => {
    const at = { Host: 'partners.example.org' }
    const asked = ['GET /nothing', 'GET /nowhere', 'DELETE /own', 'GET /own/s3cr3t-4711', 'GET /OWN', 'GET /own'] as const
    for (const line of asked) await door.ask(line, at)
    await door.ask('GET /open', { Host: 'nobody.example.org' })
    const config = join(ROOT, 'test/attacks/attacks.config.ts')
    const { code, out, error } = await portcullis(['inventory', '--config', config, '--local', '--port', new URL(demo.url).port, '--json'])
    expect(error).toBe('')
    const { unlisted, withoutTraffic, sampled, span } = JSON.parse(out) as Record<'unlisted' | 'withoutTraffic', Record<string, unknown>[]> &
      Record<string, unknown>
    expect(unlisted).toEqual([
      { zone: 'partners', path: '/{}', unlisted: 'path', method: 'GET', requests: 3, denied: 3 },
      { zone: 'partners', path: '/own', unlisted: 'method', method: 'DELETE', requests: 1, denied: 1 },
      { zone: 'partners', path: '/own/{}', unlisted: 'path', method: 'GET', requests: 1, denied: 1 },
    ])
    const silent = withoutTraffic.map(({ zone, route }) => `${zone} ${route}`)
    expect(silent).toContain('api GET /v1/users/me')
    expect(silent).not.toContain('partners GET /own')
    expect([sampled, span, code]).toEqual([false, 'in the latest 7 decisions on this machine', 1])
    expect(JSON.stringify(unlisted)).not.toMatch(/s3cr3t|nothing|nowhere|OWN/)
  })

  it('says how to start what is not there', async () => {
    const ran = await inProcess(['inventory', '--config', join(folder, 'gateway.config.ts'), '--local', '--port', '1'])
    expect([ran.code, ran.error]).toEqual([5, expect.stringContaining('npm start')])
  })
})
