import type { PackedJson } from '../lib/packed-json.ts'
import { numbers, quoted, unquoted } from './code.ts'
import { generatedMark } from './generated.ts'

/** Writes the module of a packed description. */
export function writeDescription({ text, lengths, shorthands }: PackedJson, source: string): string {
  return [
    `// ${generatedMark(source)}`,
    "import { Description } from 'portcullis'",
    '',
    "/** What the API's description promises: read piece by piece as requests ask for it. */",
    'export const description = new Description({',
    `  text: ${quoted(text)},`,
    `  lengths: ${numbers(lengths, 2, 'lengths: ,'.length)},`,
    ...(shorthands === undefined ? [] : [`  shorthands: ${shorthands},`]),
    '})',
    '',
  ].join('\n')
}

/** Reads back what {@link writeDescription} wrote, without running it. @returns nothing where it is something else */
export function readDescription(module: string): PackedJson | undefined {
  const literal = /^ {2}text: (["'].*["']),$/m.exec(module)?.[1]
  const list = /^ {2}lengths: \[([\d,\s]*)\],$/m.exec(module)?.[1]
  if (literal === undefined || list === undefined) return undefined
  const shorthands = /^ {2}shorthands: (\d+),$/m.exec(module)?.[1]
  return {
    text: unquoted(literal),
    lengths: [...list.matchAll(/\d+/g)].map(([digits]) => Number(digits)),
    ...(shorthands !== undefined && { shorthands: Number(shorthands) }),
  }
}
