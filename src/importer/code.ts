/** The widest line. */
const WIDTH = 160

/** A piece of TypeScript. */
export type Code =
  | string
  | { readonly list: readonly Code[] }
  | { readonly call: string; readonly with: readonly Code[] }
  /** Its members stand on lines of their own only where they must. */
  | { readonly object: readonly (readonly [name: string, value: Code])[] }

/** Writes a piece as the formatter does: on one line where it fits, else broken from the outside in. @param taken columns that stand before it and behind it. */
export function code(piece: Code, indent: number, taken: number): string {
  const flat = flatCode(piece)
  if (typeof piece === 'string' || taken + flat.length <= WIDTH) return flat
  const inner = indent + 2
  const lines = (parts: readonly string[]) => parts.map((part) => `${' '.repeat(inner)}${part},\n`).join('')
  const end = ' '.repeat(indent)
  if ('list' in piece) return `[\n${lines(piece.list.map((one) => code(one, inner, inner + 1)))}${end}]`
  if ('object' in piece) return `{\n${lines(piece.object.map(([name, value]) => `${name}: ${code(value, inner, inner + name.length + 3)}`))}${end}}`
  const [only] = piece.with
  if (piece.with.length === 1 && only !== undefined && typeof only !== 'string' && !('call' in only)) {
    return `${piece.call}(${code(only, indent, WIDTH)})`
  }
  return `${piece.call}(\n${lines(piece.with.map((one) => code(one, inner, inner + 1)))}${end})`
}

function flatCode(piece: Code): string {
  if (typeof piece === 'string') return piece
  if ('list' in piece) return `[${piece.list.map(flatCode).join(', ')}]`
  if ('object' in piece) return `{ ${piece.object.map(([name, value]) => `${name}: ${flatCode(value)}`).join(', ')} }`
  return `${piece.call}(${piece.with.map(flatCode).join(', ')})`
}

/** Characters that are not shown as themselves: controls, marks that turn the direction of writing, line separators, halves of characters. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Writes a text as a literal, in the quotes that need fewer escapes. */
export function quoted(text: string): string {
  const quote = count(text, "'") > count(text, '"') ? '"' : "'"
  const escaped = text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`)
  return `${quote}${escaped.replaceAll(UNSEEN, (one) => `\\u{${(one.codePointAt(0) as number).toString(16)}}`)}${quote}`
}

/** @returns the text of a literal that {@link quoted} wrote. */
export function unquoted(literal: string): string {
  return literal
    .slice(1, -1)
    .replaceAll(/\\(?:u\{([0-9a-f]+)\}|(.))/g, (_all, point: string | undefined, one: string) =>
      point === undefined ? one : String.fromCodePoint(Number.parseInt(point, 16)),
    )
}

function count(text: string, character: string): number {
  return text.split(character).length - 1
}

/** Writes a property's name: in quotes only where it needs them. */
export function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) && name !== '__proto__' ? name : quoted(name)
}

/** Writes how a property is read. */
export function member(object: string, name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${object}.${name}` : `${object}[${quoted(name)}]`
}

/** Writes a list of numbers: on one line where it fits, else in lines as wide as they may be. @param taken columns that stand before it and behind it, but the indent. */
export function numbers(list: readonly number[], indent: number, taken: number): string {
  const flat = `[${list.join(', ')}]`
  if (indent + taken + flat.length <= WIDTH) return flat
  const inner = indent + 2
  const lines: string[] = []
  let line = ''
  for (const number of list) {
    const next = line === '' ? `${number},` : `${line} ${number},`
    if (inner + next.length > WIDTH && line !== '') {
      lines.push(line)
      line = `${number},`
    } else line = next
  }
  lines.push(line)
  return `[\n${lines.map((one) => `${' '.repeat(inner)}${one}\n`).join('')}${' '.repeat(indent)}]`
}

/** Puts a text of a description on one line, with nothing in it that is not shown. */
export function oneLine(text: string): string {
  return text.replaceAll(UNSEEN, ' ').replaceAll(/\s+/g, ' ').trim()
}

/** The same, short, and safe within a comment. */
export function commentText(text: string): string {
  return oneLine(text).replaceAll('*/', '* /').slice(0, 120).trim()
}
