import type { Violation } from '../../core/problem.ts'
import { jsonPointer } from '../../lib/json-pointer.ts'

/** Which part of the request a pointer points into; see {@link Violation}. */
export type Place = '#' | 'query' | 'path' | 'header'

/** An issue of any library, as far as it is read here; valibot's path items have keys of any type. */
export interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: unknown })[] | undefined
}

/** Longest description of a rule, in UTF-16 code units. */
const MAX_DETAIL = 200
const NOT_ALLOWED = 'not allowed here'

/** Something was sent that the schema does not list. */
export function unlistedAt(place: Place, path: readonly PropertyKey[]): Violation {
  return { pointer: jsonPointer(place, path), detail: NOT_ALLOWED }
}

/**
 * Puts an issue into words that come from the schema alone. Libraries' own messages repeat the value, so they are not used; a message that the
 * schema's author wrote as a constant (`ownMessages`) is.
 */
export function violationOf(issue: Issue, place: Place, ownMessages: ReadonlySet<string>): Violation {
  const path = (issue.path ?? []).map((item) => (typeof item === 'object' ? String(item.key) : item))
  const detail = ownMessages.has(issue.message) ? issue.message : ruleOf(issue)
  return { pointer: jsonPointer(place, path), detail: detail.length > MAX_DETAIL ? `${detail.slice(0, MAX_DETAIL)}…` : detail }
}

/** valibot's issues carry what was expected, which is written at start and knows no value. */
function ruleOf(issue: Issue): string {
  if (!('expected' in issue) || !('type' in issue) || typeof issue.expected !== 'string') return 'does not match the schema'
  if (issue.expected === 'never') return NOT_ALLOWED
  if (isMissingKey(issue)) return 'required'
  return `expected ${issue.expected}`
}

function isMissingKey(issue: Issue): boolean {
  const last = issue.path?.at(-1)
  return typeof last === 'object' && 'origin' in last && last.origin === 'key' && 'input' in issue && issue.input === undefined
}
