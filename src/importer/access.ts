import type { Gaps } from './gap.ts'
import { importFault } from './import-fault.ts'
import type { Place } from './place.ts'

/** Security schemes by name, and how they stand to each other. */
export type Schemes = string | { readonly anyOf: readonly Schemes[] } | { readonly allOf: readonly Schemes[] }

/** Names that are needed: every one, or one of them. */
export type Needed = { readonly all: readonly string[] } | { readonly any: readonly string[] }

/** Who may call an operation. */
export type Access = { readonly isPublic: true } | { readonly isPublic: false; readonly by: Schemes; readonly scopes?: Needed; readonly roles?: Needed }

/** Who may call where the description does not say. */
export const DEFAULT_SCHEME = 'default'

const SAYS_NOTHING = `no security: asks for the scheme ${DEFAULT_SCHEME}`

/** Whether a description says of no operation who may call it; then that is noted once. */
export function isSilent(root: Place, operations: readonly Place[], gaps: Gaps): boolean {
  if ([root, ...operations].some((place) => place.has('security'))) return false
  gaps.add('access', '#', `${SAYS_NOTHING}, everywhere`)
  return true
}

/** What an authenticator may be asked for (RFC 6749 §3.3). */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** One alternative: all of its schemes are needed. */
interface Alternative {
  readonly names: readonly string[]
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
}

/** Whoever wrote `- key` in place of `- key: []` meant somebody. */
const UNREADABLE: Alternative = { names: [DEFAULT_SCHEME], scopes: [], roles: [] }

/** Reads who may call an operation (OpenAPI 3.2 §4.8.30). What cannot be asked for becomes the stricter, and a gap. @param isSilent whether no operation says it: that is noted once. @throws {ImportFault} */
export function readAccess(operation: Place, route: string, gaps: Gaps, isSilent: boolean): Access {
  const root = operation.top()
  const security = operation.child('security') ?? root.child('security')
  if (security === undefined || !Array.isArray(security.value)) {
    if (!isSilent) gaps.add('access', operation.pointer, SAYS_NOTHING, route)
    return { isPublic: false, by: DEFAULT_SCHEME }
  }
  const given = security.items().map((place) => {
    if (place.isObject()) return readAlternative(root, place)
    gaps.add('access', place.pointer, `no scheme with its scopes: asks for the scheme ${DEFAULT_SCHEME}`, route)
    return UNREADABLE
  })
  const named = given.filter(({ names }) => names.length > 0)
  if (named.length === 0) {
    gaps.add('public', security.pointer, 'security asks for nothing', route)
    return { isPublic: true }
  }
  if (named.length < given.length) gaps.add('access', security.pointer, 'authentication is optional: it is required here', route)
  const alternatives = withoutWeaker(named)
  const by = schemesOf(alternatives)
  if (by === undefined) gaps.add('access', security.pointer, 'alternatives that share schemes in part: all of them are required here', route)
  const scopes = neededOf(alternatives, ({ scopes }) => scopes)
  const roles = neededOf(alternatives, ({ roles }) => roles)
  for (const [what, { isExact }] of [
    ['scopes', scopes],
    ['roles', roles],
  ] as const) {
    if (!isExact) gaps.add('access', security.pointer, `alternatives with different ${what}: all of them are asked for here`, route)
  }
  return {
    isPublic: false,
    by: by ?? { allOf: unique(alternatives.flatMap(({ names }) => names)) },
    ...(scopes.needed !== undefined && { scopes: scopes.needed }),
    ...(roles.needed !== undefined && { roles: roles.needed }),
  }
}

function readAlternative(root: Place, place: Place): Alternative {
  const names: string[] = []
  const scopes: string[] = []
  const roles: string[] = []
  // A scheme may be called as an extension is.
  for (const name of Object.keys(place.value as object)) {
    names.push(name)
    const type = root.child('components')?.child('securitySchemes')?.at(name)?.text('type')
    for (const asked of place.child(name)?.items() ?? []) {
      const { value } = asked
      if (typeof value !== 'string' || !SCOPE.test(value)) {
        throw importFault(asked.pointer, {
          found: 'no scope that a credential can hold',
          expected: 'printable ASCII without spaces, quotes and backslashes',
          fix: 'write each scope as an entry of its own',
        })
      }
      if (type === 'oauth2' || type === 'openIdConnect' || type === undefined) scopes.push(value)
      else roles.push(value)
    }
  }
  return { names: unique(names), scopes: unique(scopes), roles: unique(roles) }
}

/** Who has what another alternative asks for, and more, has that. */
function withoutWeaker(given: readonly Alternative[]): readonly Alternative[] {
  return given.filter((one, i) => !given.some((other, j) => j !== i && suffices(other, one) && (j < i || !suffices(one, other))))
}

function suffices(less: Alternative, more: Alternative): boolean {
  return within(less.names, more.names) && within(less.scopes, more.scopes) && within(less.roles, more.roles)
}

/** The gateway takes each authenticator once: what all alternatives share is asked for before them. @returns nothing where they share some in part. */
function schemesOf(alternatives: readonly Alternative[]): Schemes | undefined {
  const sets = alternatives.map(({ names }) => names)
  const shared = (sets[0] ?? []).filter((name) => sets.every((names) => names.includes(name)))
  const rests = distinct(sets.map((names) => names.filter((name) => !shared.includes(name))))
  if (rests.some(({ length }) => length === 0)) return rests.length === 1 ? all(shared) : undefined
  const named = rests.flat()
  if (new Set(named).size < named.length) return undefined
  const either: Schemes = rests.length === 1 ? all(rests[0] ?? []) : { anyOf: rests.map(all) }
  return shared.length === 0 ? either : { allOf: [...shared, either] }
}

function all(names: readonly string[]): Schemes {
  const [only] = names
  return names.length === 1 && only !== undefined ? only : { allOf: names }
}

/** Different names may be asked for as `any` only where the same schemes hold them: else a scope of one issuer would do for another's. */
function neededOf(
  alternatives: readonly Alternative[],
  pick: (one: Alternative) => readonly string[],
): { readonly needed?: Needed; readonly isExact: boolean } {
  const sets = distinct(alternatives.map(pick))
  const [only] = sets
  if (sets.length === 1) return { ...(only !== undefined && only.length > 0 && { needed: { all: only } }), isExact: true }
  const sameSchemes = distinct(alternatives.map(({ names }) => names)).length === 1
  const named = unique(sets.flat())
  if (sameSchemes && sets.every(({ length }) => length === 1)) return { needed: { any: named }, isExact: true }
  return { needed: { all: named }, isExact: false }
}

function within(less: readonly string[], more: readonly string[]): boolean {
  return less.every((name) => more.includes(name))
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)]
}

/** Sets of names, each once whatever its order. */
function distinct(sets: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return sets.filter((set, i) => sets.findIndex((other) => within(other, set) && within(set, other)) === i)
}
