import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareEdgeLimits, type EdgeBinding } from '../../src/cli/edge-limits.ts'
import { type RateLimitOptions, rateLimit } from '../../src/policies/rate-limit/rate-limit.ts'

const ROOT = resolve(import.meta.dirname, '../..')

type Settings = RateLimitOptions<string>
const base: Settings = { name: 'n', by: 'ip', limit: '600/min', burst: 60, edge: 'EDGE', assumedIsolates: 20 }
const binding = (limit: number, period: 10 | 60, more: Partial<EdgeBinding> = {}): EdgeBinding => ({
  name: 'EDGE',
  namespace_id: '1',
  simple: { limit, period },
  ...more,
})
const compare = (settings: Partial<Settings>, bindings: readonly EdgeBinding[]) =>
  compareEdgeLimits([{ zone: 'api', policy: rateLimit({ ...base, ...settings }) }], bindings)

describe('a limit and its binding', () => {
  it.each<[string, Partial<Settings>, EdgeBinding, number, boolean]>([
    ['a binding that admits as much', {}, binding(660, 60), 660, true],
    ['one that admits less', {}, binding(659, 60), 660, false],
    ['a shorter period', {}, binding(160, 10), 160, true],
    ['a shorter period that admits less', {}, binding(100, 10), 160, false],
    ['a cost above one', { cost: 5 }, binding(132, 60), 132, true],
    ['a window', { limit: '100/30s', algorithm: 'sliding-window', burst: undefined as never }, binding(200, 60), 200, true],
    ['a calendar window', { limit: '100/day', algorithm: 'fixed-window', timeZone: 'UTC', burst: undefined as never }, binding(199, 60), 200, false],
    ['the largest plan', { by: 'principal', plans: { by: 'level', limits: { pro: { limit: '6000/min', burst: 600 } } } }, binding(6600, 60), 6600, true],
  ])('%s', (_, settings, bound, admits, isFine) => {
    const [found] = compare(settings, [bound])
    expect(found).toMatchObject({ limit: 'api: n', binding: 'EDGE', admits })
    expect(found?.problem === undefined).toBe(isFine)
  })

  it('a binding that is not there, or shares its counters, is a problem', () => {
    expect(compare({}, [])[0]?.problem).toContain('has no [[ratelimits]] with name = "EDGE"')
    expect(compare({}, [binding(660, 60), binding(1, 10, { name: 'OTHER' })])[0]?.problem).toContain('EDGE and OTHER have the same namespace_id')
  })

  it('a limit on many routes is told once, one without a binding not at all', () => {
    const policy = rateLimit(base)
    const uses = [policy, policy, rateLimit({ name: 'm', by: 'ip', limit: '1/s', assumedIsolates: 2 })].map((each) => ({ zone: 'api', policy: each }))
    expect(compareEdgeLimits(uses, [binding(660, 60)])).toHaveLength(1)
  })
})

describe('npm run portcullis -- check', () => {
  let folder: string
  // Inside the project, so that a configuration finds its packages.
  beforeAll(async () => {
    folder = await mkdtemp(join(ROOT, 'test/cli/tmp-'))
    await writeFile(
      join(folder, 'gateway.config.ts'),
      `import { defineGateway, rateLimit } from 'portcullis'
       export default defineGateway({ zones: { api: { hosts: ['api.example.com'], origin: 'https://origin.example.com', routes: { 'GET /*': { public: 'a test' } },
         policies: [rateLimit({ name: 'per-ip', by: 'ip', limit: '600/min', edge: 'EDGE', assumedIsolates: 20 })] } } })`,
    )
    await writeFile(join(folder, 'broken.config.ts'), `import { defineGateway } from 'portcullis'\nexport default defineGateway({ zones: {} })`)
    await writeFile(
      join(folder, 'undecided.config.ts'),
      `import { anyOf, defineGateway, jwt, nobody } from 'portcullis'
const undecided = nobody({ why: 'the import could not know' })
const users = jwt({ issuer: 'https://issuer.test', audience: 'a', algorithms: ['ES256'], typ: 'at+jwt', keySet: { url: 'https://issuer.test/jwks' } })
export default defineGateway({
  zones: {
    api: {
      hosts: ['api.example.com'],
      origin: 'https://origin.test',
      routes: { 'GET /a': { authenticate: undecided }, 'GET /b': { authenticate: anyOf(users, undecided) }, 'GET /c': { authenticate: users } },
    },
  },
})`,
    )
    const toml = (limit: number) =>
      `name = "a"\nmain = "worker.ts"\ncompatibility_date = "2026-10-01"\n[[ratelimits]]\nname = "EDGE"\nnamespace_id = "1"\nsimple = { limit = ${limit}, period = 60 }\n`
    await writeFile(join(folder, 'fine.toml'), toml(660))
    await writeFile(join(folder, 'tight.toml'), toml(100))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const run = (...args: readonly string[]) =>
    new Promise<{ readonly code: number; readonly out: string; readonly error: string }>((done) => {
      execFile(process.execPath, [join(ROOT, 'src/cli/main.ts'), ...args], { cwd: folder }, (error, out, stderr) => {
        done({ code: error === null ? 0 : Number(error.code), out, error: stderr })
      })
    })

  it.each<[string, readonly string[], number, RegExp]>([
    ['a sound deployment', ['check', '--wrangler', 'fine.toml'], 0, /admits 660 in 60 s at each location; the limit admits 660 worldwide[\s\S]*Nothing found/],
    ['a binding below its limit', ['check', '--wrangler', 'tight.toml'], 1, /problem: api: per-ip: .*at least 660 in 60 s/],
    ['as JSON', ['check', '--wrangler', 'tight.toml', '--json'], 1, /"edgeLimits": \[/],
    [
      'routes of which nobody knows yet who may call',
      ['check', '--config', 'undecided.config.ts', '--wrangler', 'fine.toml'],
      0,
      /^unfinished: api GET \/a stands behind nobody: the import could not know\nunfinished: api GET \/b stands behind nobody: the import could not know\nNothing found\.\n$/,
    ],
    ['such routes, as JSON', ['check', '--config', 'undecided.config.ts', '--wrangler', 'fine.toml', '--json'], 0, /"unfinished": \[\s+\{\s+"zone": "api"/],
    ['a configuration with problems', ['check', '--config', 'broken.config.ts', '--wrangler', 'fine.toml'], 1, /a gateway without one answers nothing/],
    [
      'a configuration with problems, as JSON',
      ['check', '--config', 'broken.config.ts', '--wrangler', 'fine.toml', '--json'],
      1,
      /"edgeLimits": \[\],\s+"problems": \[\s+"zones: /,
    ],
    ['a configuration that is not there', ['check', '--config', 'none.ts', '--wrangler', 'fine.toml'], 2, /It cannot be checked/],
    ['a wrangler.toml that is not there', ['check', '--wrangler', 'none.toml'], 2, /It cannot be checked/],
    ['an environment that is not there', ['check', '--wrangler', 'fine.toml', '--env', 'none'], 2, /no environment of that name/],
    ['no command', [], 2, /Usage/],
    ['another command', ['conjure'], 2, /Usage/],
    ['an unknown option', ['check', '--loud'], 2, /Usage/],
  ])('%s', async (_, args, code, says) => {
    const answer = await run(...args)
    expect(`${answer.out}${answer.error}`).toMatch(says)
    expect(answer.code).toBe(code)
  })
})
