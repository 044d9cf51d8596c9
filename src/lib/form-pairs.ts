import { isForbiddenKey } from './json-keys.ts'

/** One `name=value` of a query or of a form, taken apart but for its value: who knows its style splits first and decodes then. */
export interface FormPair {
  /** Decoded. */
  readonly name: string
  /** As it was sent; empty where there was no `=`. */
  readonly raw: string
  /** The whole pair as it was sent. */
  readonly text: string
}

/** Why pairs do not mean one thing to everybody who will read them. */
export type PairsFault = 'encoding' | 'nul' | 'separator' | 'empty-parameter' | 'too-many' | 'forbidden-name'

/** The pairs in their order, or why there are none. */
export type PairsReading = { readonly pairs: readonly FormPair[]; readonly fault?: never } | { readonly fault: PairsFault; readonly pairs?: never }

const NO_PAIRS: PairsReading = { pairs: [] }

/**
 * Takes `application/x-www-form-urlencoded` apart. Refused is what parsers disagree on: a bare `;` (a separator to some), an empty pair or name, names that reach prototypes, NUL.
 * Whether a name may come twice is for its style to say.
 * @param text without the `?` of a query. Whether it is visible ASCII is its owner's to check.
 */
export function readPairs(text: string, maxPairs: number): PairsReading {
  if (text === '') return NO_PAIRS
  if (text.includes(';')) return { fault: 'separator' }
  if (text.includes('%00')) return { fault: 'nul' }
  const pairs: FormPair[] = []
  for (let from = 0; from <= text.length; ) {
    const ampersand = text.indexOf('&', from)
    const end = ampersand < 0 ? text.length : ampersand
    if (pairs.length >= maxPairs) return { fault: 'too-many' }
    const pair = text.slice(from, end)
    const equals = pair.indexOf('=')
    const name = decodeFormText(equals < 0 ? pair : pair.slice(0, equals))
    if (name === undefined) return { fault: 'encoding' }
    if (name === '') return { fault: 'empty-parameter' }
    if (isForbiddenKey(name)) return { fault: 'forbidden-name' }
    pairs.push({ name, raw: equals < 0 ? '' : pair.slice(equals + 1), text: pair })
    from = end + 1
  }
  return { pairs }
}

/** Decodes a name or a value of a form: `+` is a space, percent-encoding is strict UTF-8. @returns undefined for anything else */
export function decodeFormText(raw: string): string | undefined {
  return decodePercent(raw.includes('+') ? raw.replaceAll('+', ' ') : raw)
}

/** Decodes percent-encoding, once: strict UTF-8. @returns undefined for anything else */
export function decodePercent(raw: string): string | undefined {
  if (!raw.includes('%')) return raw
  try {
    return decodeURIComponent(raw)
  } catch {
    return undefined
  }
}
