import { harmless } from './harmless.ts'

/** Between two columns. */
const GAP = '  '
/** No column becomes narrower. */
const MIN_WIDTH = 6

const segments = new Intl.Segmenter('en', { granularity: 'grapheme' })
/** East Asian wide characters and pictures take two columns of a terminal. */
const WIDE = /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u

/** @returns how many columns of a terminal a text takes. */
export function widthOf(text: string): number {
  let width = 0
  for (const { segment } of segments.segment(text)) width += WIDE.test(segment) ? 2 : 1
  return width
}

/** Cuts a text to so many columns; what is cut off shows as `…`. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let kept = ''
  let taken = 1
  for (const { segment } of segments.segment(text)) {
    taken += WIDE.test(segment) ? 2 : 1
    if (taken > width) break
    kept += segment
  }
  return `${kept}…`
}

/** Decides how wide each column is: as its widest cell, and narrower from the widest on where the terminal is narrower than all. */
export function columnWidths(rows: readonly (readonly string[])[], columns: number): readonly number[] {
  const count = Math.max(0, ...rows.map(({ length }) => length))
  const widths = Array.from({ length: count }, (_, i) => Math.max(0, ...rows.map((row) => widthOf(harmless(row[i] ?? '')))))
  let over = widths.reduce((sum, width) => sum + width, 0) + GAP.length * Math.max(0, count - 1) - columns
  while (over > 0) {
    const widest = Math.max(...widths)
    if (widest <= MIN_WIDTH) break
    const next = Math.max(MIN_WIDTH, ...widths.filter((width) => width < widest))
    const share = widths.filter((width) => width === widest).length
    const less = Math.min(widest - next, Math.ceil(over / share))
    for (const [i, width] of widths.entries()) if (width === widest) widths[i] = width - less
    over -= less * share
  }
  return widths
}

/** Sets one row, with nothing in it that a terminal obeys. */
export function tableRow(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, i) => {
      const text = cut(harmless(cell), widths[i] ?? 0)
      return text + ' '.repeat(Math.max(0, (widths[i] ?? 0) - widthOf(text)))
    })
    .join(GAP)
    .trimEnd()
}

/** Sets rows in columns under their heading. @param columns of the terminal; infinite where it is none. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[], columns: number): readonly string[] {
  const widths = columnWidths([heading, ...rows], columns)
  return [tableRow(heading, widths), ...rows.map((row) => tableRow(row, widths))]
}
