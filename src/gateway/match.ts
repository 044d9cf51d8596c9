import { RESERVED_SEGMENT } from '../core/route-grammar.ts'
import { fold, mayBeFolded } from './careless-path.ts'
import { type RoutePattern, shapesOf } from './route-key.ts'
import { Shape } from './shape.ts'
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

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({})
const NONE = { kind: 'none' } as const

/**
 * @returns a function that finds the route for a canonical path and a method. The most specific path wins whatever the order of `keys`; then its methods decide.
 * The table is made when it is first asked, and a route when it is first found: thousands of them must not hold up a start.
 * @param keys sound ones, each path once a method.
 */
export function routeTable<R extends Matchable>(keys: readonly string[], routeOf: (key: string) => R): (path: string, method: string) => Found<R> {
  let table: Table<R> | undefined
  return (path, method) => {
    if (path === '' || isReserved(path)) return NONE
    table ??= tableOf<R>(keys)
    const { shapes, exact, folded } = table
    const literal = shapes.get(path)
    const shape = literal?.isLiteral === true ? literal : exact.find(path)
    if (shape === undefined) return NONE
    if ((folded !== exact || mayBeFolded(path)) && shadows(folded.find(fold(path)), shape)) return NONE
    const route = shape.by(method, routeOf) ?? (method === 'HEAD' ? shape.by('GET', routeOf) : undefined)
    if (route === undefined) return { kind: 'method', allow: allowed(shape.methods), path: shape.path }
    return { kind: 'route', route, params: shape.isLiteral ? NO_PARAMS : readParams(route.pattern, path) }
  }
}

interface Table<R> {
  readonly shapes: ReadonlyMap<string, Shape<R>>
  readonly exact: ShapeTree<Shape<R>>
  /** Shapes as careless servers read them: the same tree where they read all of them as they are. */
  readonly folded: ShapeTree<Shape<R>>
}

function tableOf<R>(keys: readonly string[]): Table<R> {
  const shapes = new Map<string, Shape<R>>()
  const exact = new ShapeTree<Shape<R>>()
  const texts = shapesOf(keys)
  let isOdd = false
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string
    const text = texts[i] as string
    const shape = text.slice(text.indexOf(' ') + 1)
    const known = shapes.get(shape)
    if (known !== undefined) {
      known.add(key)
      continue
    }
    const entry = new Shape<R>(shape, key)
    isOdd ||= mayBeFolded(shape) && entry.folded !== shape
    shapes.set(shape, entry)
    exact.add(shape, entry)
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

/** A path that a careless server reads as a listed path never falls to another, looser one. */
function shadows(read: Shape<unknown> | undefined, matched: Shape<unknown>): boolean {
  return read !== undefined && read !== matched && read.folded !== matched.folded
}
