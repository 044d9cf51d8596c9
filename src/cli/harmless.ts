/**
 * Characters that a terminal obeys instead of showing them: controls (C0, DEL, C1), line and paragraph separators, marks that turn the direction of writing, and what has no width.
 * Lone surrogates are none of Unicode's characters.
 */
const OBEYED = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Makes text from elsewhere safe to show: what a terminal would obey is written out, as in `\u{1b}`. */
export function harmless(text: string): string {
  return text.replace(OBEYED, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`)
}

/** The same for text of several lines. */
export function harmlessLines(text: string): string {
  return text.split('\n').map(harmless).join('\n')
}

/** Writes a value as JSON of one line that is the same value and that no terminal obeys. */
export function jsonLine(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replace(OBEYED, escaped)
}

/** The same for people: indented. */
export function jsonDocument(value: unknown): string {
  return (JSON.stringify(value, null, 2) ?? 'null').replace(OBEYED, (character) => (character === '\n' ? character : escaped(character)))
}

function escaped(character: string): string {
  return [...Array(character.length).keys()].map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')
}
