import type { Path, Problems } from '../core/problems.ts'
import { isLiteralSegment, isParamName, METHODS, RESERVED_SEGMENT } from '../core/route-grammar.ts'

/** What a route's key says, taken apart. */
export interface RoutePattern {
  readonly key: string
  readonly method: string
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

/** Reads a route's key. @returns nothing when it has a problem, which is then among `problems`. */
export type RouteKeyReader = (key: string, at: Path, problems: Problems) => RoutePattern | undefined

/** @returns a reader that remembers what it found sound: thousands of keys are made of a few hundred words, and each is read when it is checked and when it is compiled. */
export function routeKeyReader(): RouteKeyReader {
  const patterns = new Map<string, RoutePattern>()
  const segments = new Map<string, Segment>()
  return (key, at, problems) => {
    const known = patterns.get(key)
    if (known !== undefined) return known
    const pattern = read(key, segments, at, problems)
    if (pattern !== undefined) patterns.set(key, pattern)
    return pattern
  }
}

/** Reads one route's key. @returns nothing when it has a problem, which is then among `problems`. */
export function parseRouteKey(key: string, at: Path, problems: Problems): RoutePattern | undefined {
  return read(key, new Map(), at, problems)
}

function read(key: string, known: Map<string, Segment>, at: Path, problems: Problems): RoutePattern | undefined {
  const space = key.indexOf(' ')
  const method = key.slice(0, Math.max(space, 0))
  const path = key.slice(space + 1)
  if (!IS_METHOD.has(method) || !path.startsWith('/')) {
    problems.add(at, {
      found: JSON.stringify(key),
      expected: `a method (${METHODS.join(', ')}), one space and a path`,
      fix: "write it as 'GET /path'; HEAD follows GET",
    })
    return undefined
  }
  const texts = path.slice(1).split('/')
  const segments: Segment[] = []
  const names: string[] = []
  for (const text of texts) {
    const segment = known.get(text) ?? soundSegment(text, segments.length === texts.length - 1)
    if (segment === undefined) {
      problems.add(at, {
        found: `segment ${JSON.stringify(text)}`,
        expected: 'a literal in canonical form, `:name` with a name of letters, digits and _, or `*` as the last segment',
        fix: 'a request’s path is compared in its canonical form: a pattern in any other could never match',
      })
      return undefined
    }
    // A wildcard or an empty text is sound in one place only.
    if (segment.kind === 'param') names.push(segment.name)
    if (segment.kind === 'param' || (segment.kind === 'literal' && text !== '')) known.set(text, segment)
    segments.push(segment)
  }
  if (names.length > 1 && new Set(names).size < names.length) {
    problems.add(at, { found: `parameters ${names.join(', ')}`, expected: 'each name once', fix: 'rename one of them' })
    return undefined
  }
  if (texts[0]?.toLowerCase() === RESERVED_SEGMENT) {
    problems.add(at, { found: path, expected: `a path outside /${RESERVED_SEGMENT}`, fix: 'that path belongs to the gateway itself; choose another' })
    return undefined
  }
  return { key, method, segments }
}

function soundSegment(text: string, isLast: boolean): Segment | undefined {
  if (text === '*') return isLast ? { kind: 'wildcard' } : undefined
  if (!text.startsWith(':')) return isLiteralSegment(text, isLast) ? { kind: 'literal', text } : undefined
  const name = text.slice(1)
  return isParamName(name) ? { kind: 'param', name } : undefined
}

/** @returns what two patterns share when they differ only in parameter names. */
export function shapeOf({ segments }: RoutePattern): string {
  let shape = ''
  for (const segment of segments) shape += segment.kind === 'literal' ? `/${segment.text}` : segment.kind === 'param' ? '/:' : '/*'
  return shape
}
