import type { Path, Problems } from '../core/problems.ts'
import { isLiteralSegment, isParamName, METHODS, RESERVED_SEGMENT } from '../core/route-grammar.ts'

/** What a route's key says, taken apart. */
export interface RoutePattern {
  readonly key: string
  readonly method: string
  /** The path with `:` for each parameter: what two patterns share when they differ only in the names of those. */
  readonly shape: string
  /** Begins with `/`. */
  readonly segments: readonly Segment[]
}

/** One segment of a pattern. */
export type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'param'; readonly name: string }
  /** The last one only: one segment or more. */
  | { readonly kind: 'wildcard' }

const IS_METHOD: ReadonlySet<string> = new Set(METHODS)

/** Reads one route's key. @returns nothing when it has a problem, which is then among `problems`. */
export function parseRouteKey(key: string, at: Path, problems: Problems): RoutePattern | undefined {
  const space = key.indexOf(' ')
  const method = key.slice(0, Math.max(space, 0))
  if (!IS_METHOD.has(method) || key[space + 1] !== '/') {
    problems.add(at, {
      found: JSON.stringify(key),
      expected: `a method (${METHODS.join(', ')}), one space and a path`,
      fix: "write it as 'GET /path'; HEAD follows GET",
    })
    return undefined
  }
  const path = key.slice(space + 1)
  return isPlain(path) || isSound(path, at, problems) ? new Pattern(key, method, path) : undefined
}

/** @returns what a key says that has been found sound. */
export function patternOf(key: string): RoutePattern {
  const space = key.indexOf(' ')
  return new Pattern(key, key.slice(0, space), key.slice(space + 1))
}

/** @returns each key with `:` for its parameters. An engine goes faster through one long text than through thousands of short ones; of keys that are none there may be more texts than keys. */
export function shapesOf(keys: readonly string[]): readonly string[] {
  return keys.join('\n').replace(PARAMS, '/:').split('\n')
}

/** Takes itself apart when somebody asks: a start with thousands of routes does not. */
class Pattern implements RoutePattern {
  readonly key: string
  readonly method: string
  readonly shape: string
  #segments: readonly Segment[] | undefined

  constructor(key: string, method: string, path: string) {
    this.key = key
    this.method = method
    this.shape = path.replace(PARAMS, '/:')
  }

  get segments(): readonly Segment[] {
    this.#segments ??= this.key
      .slice(this.method.length + 2)
      .split('/')
      .map(segmentOf)
    return this.#segments
  }
}

const PARAMS = /\/:[^/\n]+/g

function segmentOf(text: string): Segment {
  if (text === '*') return { kind: 'wildcard' }
  return text.startsWith(':') ? { kind: 'param', name: text.slice(1) } : { kind: 'literal', text }
}

/** Literals of letters, digits, `.`, `_` and `-`, and parameters with short names, as in nearly all paths: those that {@link isSound} accepts without a look at their text. */
const PLAIN = /^(?:\/(?:[A-Za-z0-9-][A-Za-z0-9_.-]*|:[A-Za-z][A-Za-z0-9_]*))+$/
/** The only plain names that a parameter may not have, whatever follows. */
const SUSPECT = /:(?:constructor|prototype)/

/** One look at the whole path, in place of one at each segment. */
function isPlain(path: string): boolean {
  if (!PLAIN.test(path) || SUSPECT.test(path)) return false
  const params = path.match(PARAMS)
  return params === null || params.length === 1 || new Set(params).size === params.length
}

function isSound(path: string, at: Path, problems: Problems): boolean {
  const texts = path.slice(1).split('/')
  const bad = texts.findIndex((text, i) => !isSegmentSound(text, i === texts.length - 1))
  if (bad >= 0) {
    problems.add(at, {
      found: `segment ${JSON.stringify(texts[bad])}`,
      expected: 'a literal in canonical form, `:name` with a name of letters, digits and _, or `*` as the last segment',
      fix: 'a request’s path is compared in its canonical form: a pattern in any other could never match',
    })
    return false
  }
  const names = texts.flatMap((text) => (text.startsWith(':') ? [text.slice(1)] : []))
  if (new Set(names).size < names.length) {
    problems.add(at, { found: `parameters ${names.join(', ')}`, expected: 'each name once', fix: 'rename one of them' })
    return false
  }
  if (texts[0]?.toLowerCase() === RESERVED_SEGMENT) {
    problems.add(at, { found: path, expected: `a path outside /${RESERVED_SEGMENT}`, fix: 'that path belongs to the gateway itself; choose another' })
    return false
  }
  return true
}

function isSegmentSound(text: string, isLast: boolean): boolean {
  if (text === '*') return isLast
  return text.startsWith(':') ? isParamName(text.slice(1)) : isLiteralSegment(text, isLast)
}
