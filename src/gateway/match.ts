import { RESERVED_SEGMENT } from '../core/route-grammar.ts'
import type { RoutePattern, Segment } from './route-key.ts'
import { SegmentTree, type TreeNode } from './segment-tree.ts'

/** A route that a table finds by path and method. */
export interface Matchable {
  readonly pattern: RoutePattern
}

/** What a table says of a path and a method. */
export type Found<R> =
  | { readonly kind: 'route'; readonly route: R; readonly params: Readonly<Record<string, string>> }
  /** The path is listed, the method is not. */
  | { readonly kind: 'method'; readonly allow: readonly string[]; readonly path: string }
  | { readonly kind: 'none' }

/** The routes of one path. */
interface Shape<R> {
  /** As the first route that has it writes it. */
  readonly path: string
  readonly methods: Map<string, { readonly route: R; readonly params: readonly (readonly [name: string, at: number])[] }>
  /** Where a careless server finds it. */
  readonly folded: TreeNode<true>
}

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({})
const NONE = { kind: 'none' } as const

/** @returns a function that finds the route for a canonical path and a method. The most specific path wins whatever the order of `routes`; then its methods decide. */
export function routeTable<R extends Matchable>(routes: readonly R[]): (path: string, method: string) => Found<R> {
  const exact = new SegmentTree<Shape<R>>()
  const folded = new SegmentTree<true>()
  /** Paths without parameters: the most specific there are, found without the tree. */
  const literals = new Map<string, Shape<R>>()
  /** Whether a pattern itself has what a careless server does not see: then every path may be read as it. */
  let isOdd = false
  const foldLiteral = remembering((text) => foldSegment(text.toLowerCase()))
  for (const route of routes) {
    const { key, method, segments } = route.pattern
    const node = exact.place(segments)
    if (node.value === undefined) {
      node.value = { path: key.slice(method.length + 1), methods: new Map(), folded: folded.place(foldPattern(segments, foldLiteral)) }
      node.value.folded.value = true
      isOdd ||= mayBeFolded(`/${segments.flatMap((segment) => (segment.kind === 'literal' ? segment.text : [])).join('/')}`)
      if (segments.every(({ kind }) => kind === 'literal')) literals.set(literalPath(segments), node.value)
    }
    const params = segments.flatMap((segment, at) => (segment.kind === 'param' ? [[segment.name, at] as const] : []))
    node.value.methods.set(method, { route, params })
  }
  return (path, method) => {
    if (path === '' || isReserved(path)) return NONE
    const literal = literals.get(path)
    const parts = literal === undefined ? exact.split(path) : []
    const shape = literal ?? exact.find(parts)?.value
    if (shape === undefined) return NONE
    if ((isOdd || mayBeFolded(path)) && shadows(folded.find(folded.split(fold(path))), shape)) return NONE
    const entry = shape.methods.get(method) ?? (method === 'HEAD' ? shape.methods.get('GET') : undefined)
    if (entry === undefined) return { kind: 'method', allow: allowed([...shape.methods.keys()]), path: shape.path }
    return { kind: 'route', route: entry.route, params: entry.params.length === 0 ? NO_PARAMS : readParams(entry.params, parts) }
  }
}

function literalPath(segments: readonly Segment[]): string {
  return `/${segments.map((segment) => (segment.kind === 'literal' ? segment.text : '')).join('/')}`
}

/** The pattern as {@link fold} would leave the paths that match it. */
function foldPattern(segments: readonly Segment[], foldLiteral: (text: string) => string): readonly Segment[] {
  const all = segments.map((segment): Segment => (segment.kind === 'literal' ? { kind: 'literal', text: foldLiteral(segment.text) } : segment))
  const last = all.at(-1)
  return all.length > 1 && last?.kind === 'literal' && last.text === '' ? all.slice(0, -1) : all
}

/** Thousands of paths are made of a few hundred words. */
function remembering(make: (text: string) => string): (text: string) => string {
  const made = new Map<string, string>()
  return (text) => {
    let known = made.get(text)
    if (known === undefined) {
      known = make(text)
      made.set(text, known)
    }
    return known
  }
}

function readParams(names: readonly (readonly [name: string, at: number])[], parts: readonly string[]): Readonly<Record<string, string>> {
  const params: Record<string, string> = {}
  for (const [name, at] of names) {
    const value = parts[at] as string
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

/** Whether more than the case of its letters could differ. */
function mayLosePieces(path: string): boolean {
  return /[;%]|[./]$|\.\//.test(path)
}

/** The path as a careless server reads it: without case, path parameters, trailing dots, spaces around segments and a trailing slash. */
function fold(path: string): string {
  if (!mayLosePieces(path)) return path.toLowerCase()
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
function shadows(read: TreeNode<true> | undefined, matched: Shape<unknown>): boolean {
  return read !== undefined && read !== matched.folded
}
