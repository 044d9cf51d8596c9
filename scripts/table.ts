/** Sets rows of text in columns, each as wide as its widest cell; the first row is underlined as the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = widthsOf(rows)
  const [heading = [], ...rest] = rows
  return [
    tableRow(heading, widths),
    tableRow(
      widths.map((width) => '─'.repeat(width)),
      widths,
    ),
    ...rest.map((row) => tableRow(row, widths)),
  ].join('\n')
}

/** @returns how wide each column must be. */
export function widthsOf(rows: readonly (readonly string[])[]): readonly number[] {
  const columns = Math.max(0, ...rows.map(({ length }) => length))
  return Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
}

/** Sets one row. */
export function tableRow(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, i) => cell.padEnd(widths[i] ?? 0))
    .join('  ')
    .trimEnd()
}
