import { type BearerReading, readBare } from './bearer.ts'

/**
 * Reads a cookie that holds nothing but a token, out of the value of a `Cookie` field (RFC 6265 §4.2.1), in one pass that keeps nothing. The name is compared exactly; quotation marks are no part of a token.
 * `multiple`: the name is there twice, or so that fields which were joined by a comma could hide it.
 */
export function readCookie(field: string | null, name: string): BearerReading {
  if (field === null) return ABSENT
  let value: string | undefined
  for (let at = field.indexOf(name); at >= 0; at = field.indexOf(name, at + name.length)) {
    const before = field[skipBack(field, at - 1)]
    const equals = skip(field, at + name.length)
    if ((before !== undefined && before !== ';' && before !== ',') || field[equals] !== '=') continue
    if (value !== undefined || before === ',') return MULTIPLE
    const end = field.indexOf(';', equals)
    value = trim(field.slice(equals + 1, end < 0 ? field.length : end))
  }
  return value === undefined ? ABSENT : readBare(value)
}

/**
 * Takes cookies out of the value of a `Cookie` field; the others stay byte for byte.
 * A pair that a comma divides goes as a whole when any part of it is to go: some servers read it as several.
 * @param isTaken is asked with a cookie's name as it stands, and as careless servers may read it, in lower case.
 * @returns `undefined` when nothing is left.
 */
export function withoutCookies(field: string, isTaken: (name: string, readings: readonly string[]) => boolean): string | undefined {
  const pairs = field.split(';')
  const kept = pairs.filter((pair) => !pair.split(',').some((part) => isTaken(nameOf(part), readingsOf(part))))
  if (kept.length === pairs.length) return field
  const text = kept.join(';').replace(/^[ \t]+/, '')
  return text === '' ? undefined : text
}

const ABSENT: BearerReading = Object.freeze({ kind: 'absent' })
const MULTIPLE: BearerReading = Object.freeze({ kind: 'multiple' })

function nameOf(part: string): string {
  const equals = part.indexOf('=')
  return trim(equals < 0 ? part : part.slice(0, equals))
}

/** What no cookie's name has (RFC 6265 §4.1.1): white space of other kinds, and bytes that are no text. */
const NOT_IN_NAMES = /[^!#$%&'*+\-.^_`|~0-9a-z]/g

/** Without what no name has; and as PHP reads it: decoded, `$` and `=` in front left away, up to a bracket that is closed, with `_` for dots, spaces and one that is not. */
function readingsOf(part: string): readonly string[] {
  const decoded = nameOf(part.replace(/^[\s$=]+/, ''))
    .toLowerCase()
    .replaceAll(/%([0-9a-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  const plain = decoded.replaceAll(NOT_IN_NAMES, '')
  const bracket = decoded.includes(']') ? decoded.indexOf('[', 1) : -1
  const php = (bracket < 0 ? decoded : decoded.slice(0, bracket)).trim().replaceAll(/[. [\0]/g, '_')
  return [plain, php]
}

function trim(text: string): string {
  return text.slice(skip(text, 0), skipBack(text, text.length - 1) + 1)
}

function skip(text: string, from: number): number {
  let at = from
  while (isSpace(text[at])) at++
  return at
}

function skipBack(text: string, from: number): number {
  let at = from
  while (isSpace(text[at])) at--
  return at
}

/** Browsers take these away around names and values, and nothing else. */
function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}
