import { RESERVED_SEGMENT } from '../core/route-grammar.ts'
import type { RoutePattern } from './route-key.ts'
import { endOf, ShapeTree } from './shape-tree.ts'

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
  /** As a careless server reads it. */
  readonly folded: string
  readonly isLiteral: boolean
  /** As the first route that has it writes it. */
  readonly path: string
  readonly methods: Map<string, R>
}

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({})
const NONE = { kind: 'none' } as const

/**
 * @returns a function that finds the route for a canonical path and a method. The most specific path wins whatever the order of `routes`; then its methods decide.
 * The table is made when it is first asked: thousands of routes must not hold up a start.
 */
export function routeTable<R extends Matchable>(routes: () => readonly R[]): (path: string, method: string) => Found<R> {
  let table: Table<R> | undefined
  return (path, method) => {
    if (path === '' || isReserved(path)) return NONE
    table ??= tableOf(routes())
    const { shapes, exact, folded } = table
    const literal = shapes.get(path)
    const shape = literal?.isLiteral === true ? literal : exact.find(path)
    if (shape === undefined) return NONE
    if ((folded !== exact || mayBeFolded(path)) && shadows(folded.find(fold(path)), shape)) return NONE
    const route = shape.methods.get(method) ?? (method === 'HEAD' ? shape.methods.get('GET') : undefined)
    if (route === undefined) return { kind: 'method', allow: allowed([...shape.methods.keys()]), path: shape.path }
    return { kind: 'route', route, params: shape.isLiteral ? NO_PARAMS : readParams(route.pattern, path) }
  }
}

interface Table<R> {
  readonly shapes: ReadonlyMap<string, Shape<R>>
  readonly exact: ShapeTree<Shape<R>>
  /** Shapes as careless servers read them: the same tree where none of them has anything that those overlook. */
  readonly folded: ShapeTree<Shape<R>>
}

function tableOf<R extends Matchable>(routes: readonly R[]): Table<R> {
  const shapes = new Map<string, Shape<R>>()
  const exact = new ShapeTree<Shape<R>>()
  let isOdd = false
  for (const route of routes) {
    const { key, method, shape } = route.pattern
    let entry = shapes.get(shape)
    if (entry === undefined) {
      isOdd ||= mayBeFolded(shape)
      entry = { folded: fold(shape), isLiteral: !/\/[:*]/.test(shape), path: key.slice(method.length + 1), methods: new Map() }
      shapes.set(shape, entry)
      exact.add(shape, entry)
    }
    entry.methods.set(method, route)
  }
  return { shapes, exact, folded: isOdd ? foldedTree([...shapes.values()]) : exact }
}

function foldedTree<R>(shapes: readonly Shape<R>[]): ShapeTree<Shape<R>> {
  const tree = new ShapeTree<Shape<R>>()
  for (const shape of shapes) tree.add(shape.folded, shape)
  return tree
}

function readParams({ segments }: RoutePattern, path: string): Readonly<Record<string, string>> {
  const params: Record<string, string> = {}
  let at = 1
  for (const segment of segments) {
    const end = endOf(path, at)
    if (segment.kind === 'param') {
      const value = path.slice(at, end)
      params[segment.name] = value.includes('%') ? decodeURIComponent(value) : value
    }
    at = end + 1
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
function shadows(read: Shape<unknown> | undefined, matched: Shape<unknown>): boolean {
  return read !== undefined && read !== matched && read.folded !== matched.folded
}
