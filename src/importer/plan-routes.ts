import { METHODS } from '../core/route-grammar.ts'
import type { PathSource } from '../openapi/description.ts'
import type { Gaps } from './gap.ts'
import { operationsOf } from './operations-of.ts'
import { paramNames } from './param-names.ts'
import { type PathTemplate, readPath, type TemplateSegment } from './path-template.ts'
import type { Place } from './place.ts'

/** An operation that can be served, and where. */
export interface PlannedRoute {
  /** Its key in the configuration. */
  readonly key: string
  readonly method: string
  /** The path in the description. */
  readonly path: string
  readonly pathItem: Place
  readonly operation: Place
  /** Where each value of the path is read from, by its name in the description. */
  readonly sources: ReadonlyMap<string, PathSource>
  /** What the path says of the query, behind `?`. */
  readonly query: PathTemplate['query']
}

/** What the routes' names of one path shape are, and what stands there already. */
interface Shape {
  readonly path: string
  readonly names: readonly string[]
  readonly methods: Map<string, string>
}

/**
 * Decides for every operation which route serves it. Paths that differ only in parameter names are one: the first names win. What cannot be served is a gap.
 * @param prefix the servers' base path, `''` or like `/v1`.
 */
export function planRoutes(root: Place, prefix: string, gaps: Gaps): readonly PlannedRoute[] {
  const shapes = new Map<string, Shape>()
  return (root.child('paths')?.entries() ?? []).flatMap(([path, item]) => {
    const pathItem = item.resolved()
    const operations = operationsOf(pathItem)
    const template = readPath(`${prefix}${path}`)
    if ('fault' in template) {
      for (const { method, place } of operations) gaps.add('unserved', place.pointer, `${method} ${path}: ${template.fault}`)
      return []
    }
    const text = shapeOf(template.segments)
    const shape = shapes.get(text) ?? { path, names: paramNames(template.segments), methods: new Map() }
    shapes.set(text, shape)
    const sources = sourcesOf(template.segments, shape.names)
    return operations.flatMap(({ method, place: operation }): readonly PlannedRoute[] => {
      if (method === 'HEAD' && operations.some((other) => other.method === 'GET')) {
        gaps.add('unchecked', operation.pointer, `HEAD ${path}: GET serves it, and what this operation says otherwise does not count`)
        return []
      }
      const fault = methodFault(method) ?? taken(method, shape, path)
      if (fault !== undefined) {
        gaps.add('unserved', operation.pointer, `${method} ${path}: ${fault}`)
        return []
      }
      shape.methods.set(method, path)
      const key = `${method} ${pathOf(template.segments, shape.names)}`
      noteNames(sources, shape, path, operation, key, gaps)
      if (template.fragment !== undefined)
        gaps.add('unchecked', operation.pointer, `${path}: what stands behind # is in no request; it is served without it`, key)
      return [{ key, method, path, pathItem, operation, sources, query: template.query }]
    })
  })
}

function methodFault(method: string): string | undefined {
  if (METHODS.some((known) => known === method)) return undefined
  return method === 'HEAD' ? 'HEAD without GET' : 'the gateway lists no such method'
}

function taken(method: string, { methods }: Shape, path: string): string | undefined {
  const by = methods.get(method)
  if (by === undefined) return undefined
  return by === path ? 'the same operation twice' : `a request of it is also one of ${method} ${by}, which comes first`
}

function noteNames(sources: ReadonlyMap<string, PathSource>, shape: Shape, path: string, operation: Place, key: string, gaps: Gaps): void {
  const other = [...sources].filter(([name, { param, parts }]) => name !== param && parts === undefined)
  if (other.length === 0) return
  const mapping = other.map(([name, { param }]) => `${name} → ${param}`).join(', ')
  gaps.add('renamed', operation.pointer, shape.path === path ? mapping : `${mapping} (the names of ${shape.path}, which has the same shape)`, key)
}

function shapeOf(segments: readonly TemplateSegment[]): string {
  return `/${segments.map((segment) => (segment.kind === 'literal' ? segment.text : ':')).join('/')}`
}

function pathOf(segments: readonly TemplateSegment[], names: readonly string[]): string {
  let next = 0
  return `/${segments.map((segment) => (segment.kind === 'literal' ? segment.text : `:${names[next++]}`)).join('/')}`
}

function sourcesOf(segments: readonly TemplateSegment[], names: readonly string[]): ReadonlyMap<string, PathSource> {
  const sources = new Map<string, PathSource>()
  let next = 0
  for (const segment of segments) {
    if (segment.kind === 'literal') continue
    const param = names[next++] as string
    const whole = segment.literals.every((literal) => literal === '')
    for (const [index, name] of segment.names.entries()) {
      if (!sources.has(name)) sources.set(name, whole ? { param } : { param, parts: { literals: segment.literals, index } })
    }
  }
  return sources
}
