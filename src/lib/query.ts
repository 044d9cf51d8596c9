import { isForbiddenKey } from './json-keys.ts'

/** Why a query string does not mean one thing to everybody who will parse it. */
export type QueryFault = 'encoding' | 'nul' | 'separator' | 'empty-parameter' | 'too-many' | 'forbidden-name' | 'duplicate'

/** What {@link parseQuery} lets in. */
export interface QueryRules {
  /** Names that may come more than once; their values are always lists. */
  readonly repeatable: ReadonlySet<string>
  readonly maxParameters: number
}

/** The parameters, or why there are none. The object has no prototype. */
export type QueryReading =
  | { readonly parameters: Readonly<Record<string, string | string[]>>; readonly fault?: never }
  | { readonly fault: QueryFault; readonly parameters?: never }

/**
 * Reads `application/x-www-form-urlencoded` parameters: `+` is a space, percent-encoding is strict UTF-8, a name without `=` has the empty value.
 * Refused: what parsers disagree on, which is a name that comes twice, a bare `;` (a separator to some), an empty parameter or name.
 * @param search begins with `?`, or is empty.
 */
export function parseQuery(search: string, rules: QueryRules): QueryReading {
  const parameters: Record<string, string | string[]> = Object.create(null)
  if (search.length <= 1) return { parameters }
  if (search.includes(';')) return { fault: 'separator' }
  const pairs = search.slice(1).split('&', rules.maxParameters + 1)
  if (pairs.length > rules.maxParameters) return { fault: 'too-many' }
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    const name = decode(equals < 0 ? pair : pair.slice(0, equals))
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1))
    if (name === undefined || value === undefined) return { fault: 'encoding' }
    if (name === '') return { fault: 'empty-parameter' }
    if (name.includes('\0') || value.includes('\0')) return { fault: 'nul' }
    if (isForbiddenKey(name)) return { fault: 'forbidden-name' }
    const earlier = parameters[name]
    if (!rules.repeatable.has(name)) {
      if (earlier !== undefined) return { fault: 'duplicate' }
      parameters[name] = value
    } else if (Array.isArray(earlier)) earlier.push(value)
    else parameters[name] = [value]
  }
  return { parameters }
}

function decode(encoded: string): string | undefined {
  if (!/[%+]/.test(encoded)) return encoded
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
