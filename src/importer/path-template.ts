import { isLiteralSegment, RESERVED_SEGMENT } from '../core/route-grammar.ts'
import { canonicalUrl } from '../lib/canonical-url.ts'

/** One segment of a path template. */
export type TemplateSegment =
  | { readonly kind: 'literal'; readonly text: string }
  /** One value, or several with texts before, between and behind them. */
  | { readonly kind: 'values'; readonly names: readonly string[]; readonly literals: readonly string[] }

/** A path of a description, taken apart. */
export interface PathTemplate {
  readonly segments: readonly TemplateSegment[]
  /** What stands behind `?`: names with their values, which requests must have. */
  readonly query: readonly (readonly [name: string, value: string])[]
  /** What stands behind `#`: no request carries it. */
  readonly fragment?: string
}

/** Why a path cannot be a route's. */
export interface PathFault {
  readonly fault: string
}

/** Reads a path (OpenAPI 3.2 §4.8.2: templates of whole segments or parts of them). Behind `?` and `#` stands more than a path: some descriptions do that. */
export function readPath(path: string): PathTemplate | PathFault {
  if (!path.startsWith('/')) return { fault: 'a path that does not begin with /' }
  const { plain, query, fragment } = cutPath(path)
  const texts = plain.slice(1).split(/\/(?![^{}]*\})/)
  const segments: TemplateSegment[] = []
  for (const [i, text] of texts.entries()) {
    const segment = readSegment(text, i === texts.length - 1)
    if ('fault' in segment) return segment
    segments.push(segment)
  }
  if (segments[0]?.kind === 'literal' && segments[0].text.toLowerCase() === RESERVED_SEGMENT)
    return { fault: `a path below /${RESERVED_SEGMENT}, which is the gateway's own` }
  return { segments, query: query === undefined ? [] : [...new URLSearchParams(query)], ...(fragment !== undefined && { fragment }) }
}

function cutPath(path: string): { readonly plain: string; readonly query?: string; readonly fragment?: string } {
  const hash = outside(path, '#')
  const fragment = hash < 0 ? undefined : path.slice(hash + 1)
  const before = hash < 0 ? path : path.slice(0, hash)
  const mark = outside(before, '?')
  return {
    plain: mark < 0 ? before : before.slice(0, mark),
    ...(mark >= 0 && { query: before.slice(mark + 1) }),
    ...(fragment !== undefined && { fragment }),
  }
}

/** @returns where a character stands outside of braces; -1 if nowhere. */
function outside(text: string, character: string): number {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '{') depth++
    else if (text[i] === '}') depth--
    else if (depth === 0 && text[i] === character) return i
  }
  return -1
}

function readSegment(text: string, isLast: boolean): TemplateSegment | PathFault {
  const pieces = text.split(/\{([^{}]*)\}/)
  const literals = pieces.filter((_, i) => i % 2 === 0)
  const names = pieces.filter((_, i) => i % 2 === 1)
  if (literals.some((literal) => /[{}]/.test(literal))) return { fault: `braces in ${JSON.stringify(text)} that do not belong together` }
  if (names.length === 0) return readLiteral(text, isLast)
  if (literals.slice(1, -1).includes('')) return { fault: `values in ${JSON.stringify(text)} with nothing between them` }
  return { kind: 'values', names, literals }
}

/** What a request cannot have in its path but percent-encoded (RFC 3986 §3.3). */
const NOT_IN_PATHS = /[^\x21-\x7e]|["<>`^|]/gu

function readLiteral(text: string, isLast: boolean): TemplateSegment | PathFault {
  const { path, fault } = canonicalUrl(`https://host/${text.toWellFormed().replaceAll(NOT_IN_PATHS, encodeURIComponent)}`)
  const canonical = path.slice(1)
  if (fault !== undefined || text.startsWith(':') || canonical.includes('/') || !isLiteralSegment(canonical, isLast)) {
    return { fault: `the segment ${JSON.stringify(text)}, which no request can have in its canonical form` }
  }
  return { kind: 'literal', text: canonical }
}
