import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { COMPRESSION_WORDS, FAULT_WORDS } from '../src/content/fault-words.ts'

const ROOT = resolve(import.meta.dirname, '..')
const SRC = join(ROOT, 'src')

/** Who may import whom: each room only itself and what stands here beside it. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  core: ['lib'],
  limiter: ['lib', 'core'],
  ledger: ['lib', 'core'],
  keys: ['lib', 'core'],
  audit: ['lib', 'core'],
  jose: ['lib', 'core'],
  'json-schema': ['lib', 'core'],
  content: ['lib', 'core'],
  openapi: ['lib', 'core', 'json-schema', 'content'],
  importer: ['lib', 'core', 'json-schema', 'openapi'],
  policies: ['lib', 'core', 'limiter', 'keys', 'jose', 'json-schema', 'content', 'openapi'],
  gateway: ['lib', 'core', 'limiter', 'audit', 'policies'],
  platform: ['lib', 'core', 'limiter', 'ledger', 'keys', 'audit'],
  cli: ['lib', 'core', 'limiter', 'audit', 'openapi', 'policies', 'gateway', 'importer'],
  admin: ['lib', 'core', 'limiter', 'ledger', 'keys', 'audit', 'policies', 'gateway'],
  middleware: ['lib', 'core', 'limiter', 'policies', 'gateway'],
  host: ['core', 'gateway', 'platform'],
  worker: ['host', 'platform', 'gateway.config'],
  index: ['core', 'json-schema', 'openapi', 'policies', 'gateway', 'middleware', 'admin'],
}

/** Rooms in which a package may be imported; a package that is not here is none of the Worker's. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  hono: ['middleware', 'admin'],
  '@redocly/openapi-core': ['importer'],
  '@remix-run/multipart-parser': ['content'],
  graphql: ['policies'],
  saxes: ['content'],
  '@valibot/to-json-schema': ['admin'],
  jose: ['jose', 'policies'],
  valibot: ['core', 'limiter', 'ledger', 'keys', 'audit', 'jose', 'policies', 'gateway', 'cli', 'admin', 'importer'],
  'structured-headers': ['policies'],
  'node:buffer': ['lib', 'ledger', 'keys', 'audit', 'platform', 'admin'],
  'node:crypto': ['lib', 'core', 'keys', 'audit', 'gateway', 'platform', 'admin', 'cli', 'importer'],
  'node:zlib': ['lib'],
  'cloudflare:workers': ['platform'],
  citty: ['cli'],
  'node:events': ['cli'],
  'node:fs': ['cli'],
  'node:fs/promises': ['cli', 'importer'],
  'node:path': ['cli', 'importer'],
  'node:readline/promises': ['cli'],
  'node:timers/promises': ['cli'],
  'node:url': ['cli'],
  'node:util': ['cli'],
  wrangler: ['cli'],
}

function files(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && path.endsWith('.ts'))
}

const sources = files(SRC).filter((path) => !path.endsWith('.test.ts') && !/\/test-[^/]+\.ts$/.test(path))

/** What a statement imports, on however many lines it stands. */
const IMPORT = /(?:^|\n)(?:import|export)\b[^'"]*?from '([^']+)'|\bimport\('([^']+)'\)|(?:^|\n)import '([^']+)'/g

function importsOf(path: string): readonly string[] {
  const text = readFileSync(path, 'utf8')
  return [...text.matchAll(IMPORT)].map((match) => (match[1] ?? match[2] ?? match[3]) as string)
}

/** The room of a file: the first folder under `src`, or the file's own name. */
function roomOf(path: string): string {
  const inside = relative(SRC, path)
  if (inside.startsWith('..')) return relative(ROOT, path).replace(/\.ts$/, '')
  return (inside.split('/')[0] as string).replace(/\.ts$/, '')
}

function withoutComments(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\/|(?<![:'"])\/\/[^\n]*/g, '')
}

const policyOf = (path: string) => /\/policies\/([^/]+)\//.exec(path)?.[1]

describe('who may import whom', () => {
  it('scanned the house', () => {
    expect(sources.length).toBeGreaterThan(40)
    expect(sources.flatMap(importsOf).length).toBeGreaterThan(100)
    for (const room of Object.keys(MAY_IMPORT)) expect(sources.map(roomOf), room).toContain(room)
  })

  it.each(sources.map((path) => [relative(ROOT, path), path]))('%s', (_name, path) => {
    const room = roomOf(path)
    const allowed = MAY_IMPORT[room]
    expect(allowed, `${room} is no room of the house`).toBeDefined()
    for (const specifier of importsOf(path)) {
      if (specifier.startsWith('.')) {
        const target = resolve(dirname(path), specifier)
        expect([room, ...(allowed ?? [])], `${specifier}`).toContain(roomOf(target))
        const from = policyOf(path)
        if (from !== undefined && policyOf(target) !== undefined) expect(policyOf(target), 'a policy never imports another').toBe(from)
      } else {
        expect(PACKAGES[specifier], `${specifier} is no dependency of ${room}`).toContain(room)
      }
    }
  })

  it('has no cycle, type imports included', () => {
    const graph = new Map(
      sources.map((path) => [path, importsOf(path).flatMap((specifier) => (specifier.startsWith('.') ? [resolve(dirname(path), specifier)] : []))]),
    )
    const done = new Set<string>()
    const visit = (path: string, way: readonly string[]) => {
      if (way.includes(path)) throw new Error(`cycle: ${[...way, path].map((step) => relative(SRC, step)).join(' → ')}`)
      if (done.has(path)) return
      for (const next of graph.get(path) ?? []) visit(next, [...way, path])
      done.add(path)
    }
    for (const path of sources) visit(path, [])
    expect(done.size).toBeGreaterThanOrEqual(sources.length)
  })
})

describe('each policy folder is complete', () => {
  const folders = readdirSync(join(SRC, 'policies'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const registry = readFileSync(join(SRC, 'policies/index.ts'), 'utf8')

  it('found the policies', () => expect(folders.length).toBeGreaterThanOrEqual(9))

  it.each(folders.map(({ name }) => name))('%s', (name) => {
    const has = (file: string) => readdirSync(join(SRC, 'policies', name)).includes(file)
    for (const file of [`${name}.ts`, `${name}.test.ts`, 'settings.ts', 'README.md']) expect(has(file), `${name}/${file}`).toBe(true)
    expect(registry, 'one line in the registry').toContain(`from './${name}/${name}.ts'`)
    expect(readFileSync(join(SRC, 'policies', name, `${name}.ts`), 'utf8')).toContain(`name: '${name}'`)
    const readme = readFileSync(join(SRC, 'policies', name, 'README.md'), 'utf8')
    expect(readme).toMatch(/^# /)
    expect(readme).toContain('## What it does not protect against')
    expect(readme).toMatch(/<!-- settings -->[\s\S]*<!-- \/settings -->/)
  })

  it.each(['validate', 'openapi-requests'])('%s documents every fault of content', (name) => {
    const readme = readFileSync(join(SRC, 'policies', name, 'README.md'), 'utf8')
    const causes = [...Object.values(FAULT_WORDS), ...Object.values(COMPRESSION_WORDS)].map(({ cause }) => cause)
    expect(causes.filter((cause) => !readme.includes(`| \`${name}.${cause}\` |`))).toEqual([])
  })

  it('the registry names nothing else', () => {
    const named = [...registry.matchAll(/from '\.\/([^/]+)\//g)].map((match) => match[1])
    expect([...new Set(named)].toSorted()).toEqual(folders.map(({ name }) => name).toSorted())
  })
})

describe('what must not stand anywhere in the Worker', () => {
  it.each<[string, RegExp, RegExp?]>([
    ['passThroughOnException: an error must not open the door', /passThroughOnException/],
    ['eval and new Function: Workers have neither', /\beval\(|new Function\(/],
    ['a default export, but where the platform wants one', /^export default/m, /\/worker\.ts$/],
    ['Date.now() outside the clock: tests inject it', /Date\.now\(\)/, /\/platform\//],
    ['an address from any header but CF-Connecting-IP', /get\('(?:x-forwarded-for|x-real-ip|true-client-ip)'\)/i],
    ['a silenced check', /@ts-(?:ignore|expect-error|nocheck)|biome-ignore/],
    [
      'a secret compared by characters: how long that takes tells how many are right',
      /\b(?:secret|signature|digest|password)\w*\s*[!=]==(?!\s*(?:undefined|null|''|'string'))/i,
    ],
    ['a KV counter', /KVNamespace/],
  ])('%s', (_what, pattern, except) => {
    for (const path of sources) {
      if (except?.test(path)) continue
      const code = withoutComments(readFileSync(path, 'utf8'))
      expect(pattern.test(code), relative(ROOT, path)).toBe(false)
    }
  })

  it('keys are compared in constant time, by default as well as in tests', () => {
    expect(readFileSync(join(SRC, 'keys/verify.ts'), 'utf8')).toContain('=> boolean = timingSafeEqual,')
  })

  it('worker.ts stays a list', () => {
    expect(readFileSync(join(SRC, 'worker.ts'), 'utf8').split('\n').length).toBeLessThanOrEqual(60)
  })
})

describe('wrangler.toml', () => {
  const text = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8')
  it.each([
    ['workers_dev = false', /^workers_dev = false$/m],
    ['preview_urls = false', /^preview_urls = false$/m],
    ['no invocation logs: they hold URLs', /^invocation_logs = false$/m],
  ])('%s', (_what, pattern) => expect(text).toMatch(pattern))

  it('no cache stands before the gateway', () => expect(text).not.toMatch(/^\s*\[?cache\b|cache\.enabled|\[.*\.cache\]/m))
  it('never logs invocations in any environment', () => expect(text).not.toMatch(/invocation_logs = true/))
})

describe('the scan itself', () => {
  it('finds imports that stand on several lines, and none in strings', () => {
    const found = [...'import {\n  a,\n} from \'./a.ts\'\nexport { b } from "./b.ts"\n'.matchAll(IMPORT)].map((match) => match[1])
    expect(found).toEqual(['./a.ts'])
  })

  it('takes no address for a comment', () => expect(withoutComments("fetch('https://x'); eval(y) // eval(z)")).toBe("fetch('https://x'); eval(y) "))
})
