import { TrieRouter } from 'hono/router/trie-router'
import { RESERVED_SEGMENT } from '../core/route-grammar.ts'
import { bySpecificity, type RoutePattern, shapeOf } from './route-key.ts'

/** A route that a table finds by path and method. */
export interface Matchable {
  readonly pattern: RoutePattern
}

/** What a table says of a path and a method. */
export type Found<R> =
  | { readonly kind: 'route'; readonly route: R; readonly params: Readonly<Record<string, string>> }
  /** The path is listed, the method is not. */
  | { readonly kind: 'method'; readonly allow: readonly string[] }
  | { readonly kind: 'none' }

interface Shape<R> {
  readonly shape: string
  /** Slashes that a path needs at least, so that a wildcard stands for one segment or more. */
  readonly minDepth: number
  readonly methods: Map<string, { readonly route: R; readonly params: readonly (readonly [name: string, slot: string])[] }>
}

const ANY_METHOD = 'ALL'
const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({})
const NONE = { kind: 'none' } as const

/** @returns a function that finds the route for a canonical path and a method. The most specific path wins whatever the order of `routes`; then its methods decide. */
export function routeTable<R extends Matchable>(routes: readonly R[]): (path: string, method: string) => Found<R> {
  const exact = new TrieRouter<Shape<R>>()
  const folded = new TrieRouter<Shape<R>>()
  const shapes = new Map<string, Shape<R>>()
  /** Paths without parameters: the most specific there are, found without the router. */
  const literals = new Map<string, Shape<R>>()
  for (const route of routes.toSorted((a, b) => bySpecificity(a.pattern, b.pattern))) {
    const { pattern } = route
    const shape = shapeOf(pattern)
    let entry = shapes.get(shape)
    if (entry === undefined) {
      entry = { shape, minDepth: pattern.segments.at(-1)?.kind === 'wildcard' ? pattern.segments.length : 0, methods: new Map() }
      shapes.set(shape, entry)
      exact.add(
        ANY_METHOD,
        slotted(pattern, (text) => text),
        entry,
      )
      if (pattern.segments.every(({ kind }) => kind === 'literal'))
        literals.set(
          slotted(pattern, (text) => text),
          entry,
        )
      folded.add(ANY_METHOD, fold(slotted(pattern, (text) => text.toLowerCase())), entry)
    }
    const params = pattern.segments.flatMap((segment, i) => (segment.kind === 'param' ? [[segment.name, `p${i}`] as const] : []))
    entry.methods.set(pattern.method, { route, params })
  }
  return (path, method) => {
    if (isReserved(path)) return NONE
    const literal = literals.get(path)
    const found = literal === undefined ? first(exact, path) : ([literal, NO_PARAMS] as const)
    if (found === undefined) return NONE
    const [shape, slots] = found
    if (mayBeFolded(path) && shadows(first(folded, fold(path))?.[0], shape)) return NONE
    const entry = shape.methods.get(method) ?? (method === 'HEAD' ? shape.methods.get('GET') : undefined)
    if (entry === undefined) return { kind: 'method', allow: allowed([...shape.methods.keys()]) }
    return { kind: 'route', route: entry.route, params: entry.params.length === 0 ? NO_PARAMS : readParams(entry.params, slots) }
  }
}

/** Parameters stand in the router under the number of their segment, since two methods of one path may name them differently. */
function slotted({ segments }: RoutePattern, literal: (text: string) => string): string {
  return `/${segments.map((segment, i) => (segment.kind === 'literal' ? literal(segment.text) : segment.kind === 'param' ? `:p${i}` : '*')).join('/')}`
}

function first<R>(router: TrieRouter<Shape<R>>, path: string): readonly [Shape<R>, Record<string, string>] | undefined {
  const [matches] = router.match(ANY_METHOD, path)
  for (const [shape, params] of matches) {
    // Hono lets `/a/*` match `/a`; ours stands for at least one segment.
    if (depthOf(path) >= shape.minDepth) return [shape, params as Record<string, string>]
  }
  return undefined
}

/** A slash at the end begins no segment: many servers read `/users/` as `/users`, which a wildcard below it does not list. */
function depthOf(path: string): number {
  let depth = 0
  const end = path.length > 1 && path.endsWith('/') ? path.length - 1 : path.length
  for (let i = 0; i < end; i++) if (path.charCodeAt(i) === 0x2f) depth++
  return depth
}

function readParams(names: readonly (readonly [string, string])[], slots: Record<string, string>): Readonly<Record<string, string>> {
  const params: Record<string, string> = {}
  for (const [name, slot] of names) {
    const value = slots[slot] as string
    params[name] = value.includes('%') ? decodeURIComponent(value) : value
  }
  return params
}

function allowed(methods: readonly string[]): readonly string[] {
  return methods.includes('GET') ? [...methods, 'HEAD'].toSorted() : methods.toSorted()
}

function isReserved(path: string): boolean {
  return path.charCodeAt(1) === 0x5f && fold(path).split('/')[1] === RESERVED_SEGMENT
}

/** Whether some server could read the path as another one: upper case, path parameters, percent-encoding, or a dot or slash at an end. */
function mayBeFolded(path: string): boolean {
  return /[A-Z;%]|[./]$|\.\//.test(path)
}

/** The path as a careless server reads it: without case, path parameters, trailing dots, spaces around segments and a trailing slash. */
function fold(path: string): string {
  const text = path.split('/').map(foldSegment).join('/')
  return text.length > 1 && text.endsWith('/') ? text.slice(0, -1) : text
}

/** Character by character: a regular expression for the dots at the end takes quadratic time when they stand before something else. */
function foldSegment(segment: string): string {
  const text = decodeLeniently(segment).toLowerCase()
  const semicolon = text.indexOf(';')
  let end = semicolon < 0 ? text.length : semicolon
  while (end > 0 && (text[end - 1] === '.' || text[end - 1] === ' ')) end--
  let start = 0
  while (start < end && text[start] === ' ') start++
  return text.slice(start, end)
}

function decodeLeniently(segment: string): string {
  return segment.includes('%') ? decodeURIComponent(segment) : segment
}

/** A path that a careless server reads as a listed path never falls to another, looser one. */
function shadows<R>(read: Shape<R> | undefined, matched: Shape<R>): boolean {
  return read !== undefined && read !== matched && foldShape(read) !== foldShape(matched)
}

function foldShape<R>({ shape }: Shape<R>): string {
  return fold(shape)
}
