import { RESERVED_SEGMENT } from '../core/route-grammar.ts'
import { type RoutePattern, shapesOf } from './route-key.ts'
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

/** The routes of one path. What requests want to know of it is found out when the first of them asks. */
class Shape<R> {
  readonly #text: string
  readonly #keys: string[]
  #byMethod: Map<string, R> | undefined
  #isLiteral: boolean | undefined
  #folded: string | undefined

  constructor(text: string, key: string) {
    this.#text = text
    this.#keys = [key]
  }

  get isLiteral(): boolean {
    this.#isLiteral ??= !/\/[:*]/.test(this.#text)
    return this.#isLiteral
  }

  /** As a careless server reads it. */
  get folded(): string {
    this.#folded ??= fold(this.#text)
    return this.#folded
  }

  /** As the first route that has it writes it. */
  get path(): string {
    const key = this.#keys[0] as string
    return key.slice(key.indexOf(' ') + 1)
  }

  get methods(): readonly string[] {
    return this.#keys.map(methodOf)
  }

  add(key: string): void {
    this.#keys.push(key)
  }

  by(method: string, routeOf: (key: string) => R): R | undefined {
    this.#byMethod ??= new Map()
    const known = this.#byMethod.get(method)
    if (known !== undefined) return known
    const key = this.#keys.find((one) => methodOf(one) === method)
    if (key === undefined) return undefined
    const route = routeOf(key)
    this.#byMethod.set(method, route)
    return route
  }
}

function methodOf(key: string): string {
  return key.slice(0, key.indexOf(' '))
}

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
