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

/** Reads a route's key. @returns nothing when it has a problem, which is then among `problems`. */
export function parseRouteKey(key: string, at: Path, problems: Problems): RoutePattern | undefined {
  const space = key.indexOf(' ')
  const method = key.slice(0, Math.max(space, 0))
  const path = key.slice(space + 1)
  if (!METHODS.some((known) => known === method) || !path.startsWith('/')) {
    problems.add(at, {
      found: JSON.stringify(key),
      expected: `a method (${METHODS.join(', ')}), one space and a path`,
      fix: "write it as 'GET /path'; HEAD follows GET",
    })
    return undefined
  }
  const texts = path.slice(1).split('/')
  const segments = texts.map(parseSegment)
  const bad = texts.findIndex((text, i) => !isSegmentSound(text, segments[i] as Segment, i === texts.length - 1))
  const names = segments.flatMap((segment) => (segment.kind === 'param' ? [segment.name] : []))
  if (bad >= 0) {
    problems.add(at, {
      found: `segment ${JSON.stringify(texts[bad])}`,
      expected: 'a literal in canonical form, `:name` with a name of letters, digits and _, or `*` as the last segment',
      fix: 'a request’s path is compared in its canonical form: a pattern in any other could never match',
    })
    return undefined
  }
  if (new Set(names).size < names.length) {
    problems.add(at, { found: `parameters ${names.join(', ')}`, expected: 'each name once', fix: 'rename one of them' })
    return undefined
  }
  if (texts[0]?.toLowerCase() === RESERVED_SEGMENT) {
    problems.add(at, { found: path, expected: `a path outside /${RESERVED_SEGMENT}`, fix: 'that path belongs to the gateway itself; choose another' })
    return undefined
  }
  return { key, method, segments }
}

function parseSegment(text: string): Segment {
  if (text === '*') return { kind: 'wildcard' }
  if (text.startsWith(':')) return { kind: 'param', name: text.slice(1) }
  return { kind: 'literal', text }
}

function isSegmentSound(text: string, segment: Segment, isLast: boolean): boolean {
  switch (segment.kind) {
    case 'wildcard':
      return isLast
    case 'param':
      return isParamName(segment.name)
    case 'literal':
      return isLiteralSegment(text, isLast)
  }
}

/** @returns what two patterns share when they differ only in parameter names. */
export function shapeOf({ segments }: RoutePattern): string {
  return `/${segments.map((segment) => (segment.kind === 'literal' ? segment.text : segment.kind === 'param' ? ':' : '*')).join('/')}`
}
