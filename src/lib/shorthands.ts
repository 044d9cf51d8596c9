/** JSON needs these two nowhere but within its strings, where they are escaped: one stands before a digit, the other before two. */
const SHORT = '~'
const LONG = '^'
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-'
const BASE = DIGITS.length
const MOST = BASE + BASE * BASE

/** What a shorthand costs beside its text: its length in the list of lengths. */
const ENTRY = 4

/** JSON texts, and what stands for the parts that they repeat. */
export interface Shortened {
  readonly values: readonly string[]
  /** By number. Shorthands may stand in them too, none within itself. */
  readonly shorthands: readonly string[]
}

/** Writes JSON texts shorter: strings, members, lists and objects that occur often enough stand once, and elsewhere by their number. */
export function shorten(texts: readonly string[]): Shortened {
  // The first is what a start reads: it is read as it is.
  const [first, ...rest] = texts.map((text) => read(JSON.parse(text)))
  const uses = new Map<Part, number>()
  const parts = new Map<string, Part>()
  for (const part of rest) count(part, parts, uses)
  const often = [...uses].flatMap(([part, times]) => {
    const saved = (times - 1) * part.text.length - times * 3 - ENTRY
    return saved > 0 ? [{ part, times, saved }] : []
  })
  const chosen = often.toSorted((a, b) => b.saved - a.saved).slice(0, MOST)
  const byUse = chosen.toSorted((a, b) => b.times - a.times)
  const codes = new Map(byUse.map(({ part }, number) => [part.text, codeOf(number)]))
  return {
    values: [...(first === undefined ? [] : [first.text]), ...rest.map(({ text, pieces }) => codes.get(text) ?? written(pieces, codes))],
    shorthands: byUse.map(({ part }) => written(part.pieces, codes)),
  }
}

/** @returns a text with every shorthand in it spelt out. */
export function spellOut(text: string, textOf: (number: number) => string): string {
  return text.replaceAll(CODES, (code) => textOf(numberOf(code)))
}

const CODES = /~[\w-]|\^[\w-]{2}/g

function codeOf(number: number): string {
  if (number < BASE) return `${SHORT}${DIGITS[number]}`
  const rest = number - BASE
  return `${LONG}${DIGITS[Math.floor(rest / BASE)]}${DIGITS[rest % BASE]}`
}

function numberOf(code: string): number {
  const last = DIGITS.indexOf(code.at(-1) as string)
  return code.startsWith(SHORT) ? last : BASE + DIGITS.indexOf(code[1] as string) * BASE + last
}

/** A piece of JSON: a value, or a member of an object. */
interface Part {
  readonly text: string
  /** What it is made of: texts between parts. */
  readonly pieces: readonly (string | Part)[]
}

function read(value: unknown): Part {
  if (typeof value === 'string') return part([asciiText(value)])
  if (typeof value !== 'object' || value === null) return part([JSON.stringify(value)])
  if (Array.isArray(value)) return part(['[', ...between(value.map(read)), ']'])
  const members = Object.entries(value).map(([name, member]) => part([read(name), ':', read(member)]))
  return part(['{', ...between(members), '}'])
}

function part(pieces: Part['pieces']): Part {
  return { text: pieces.map((piece) => (typeof piece === 'string' ? piece : piece.text)).join(''), pieces }
}

function between(parts: readonly Part[]): Part['pieces'] {
  return parts.flatMap((one, i) => (i === 0 ? [one] : [',', one]))
}

/** Of parts that are alike, the insides are counted once: if the whole gets a number, they stand in one place. */
function count(one: Part, parts: Map<string, Part>, uses: Map<Part, number>): void {
  const known = parts.get(one.text)
  if (known !== undefined) {
    uses.set(known, (uses.get(known) as number) + 1)
    return
  }
  parts.set(one.text, one)
  uses.set(one, 1)
  for (const piece of one.pieces) if (typeof piece !== 'string') count(piece, parts, uses)
}

function written(pieces: Part['pieces'], codes: ReadonlyMap<string, string>): string {
  return pieces.map((piece) => (typeof piece === 'string' ? piece : (codes.get(piece.text) ?? written(piece.pieces, codes)))).join('')
}

function asciiText(text: string): string {
  return JSON.stringify(text).replaceAll(/[~^']|[^\x20-\x7e]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
