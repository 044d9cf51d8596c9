import { oneLine } from './code.ts'
import { GAPS, type Gap, type GapKind } from './gap.ts'
import { generatedMark } from './generated.ts'
import type { LintFinding } from './lint-findings.ts'
import type { ImportReport } from './report.ts'

/** The most that is listed of one kind; `--json` gives all. */
const MOST_GAPS = 30
const MOST_OF_A_RULE = 5

/** Writes the report that a person goes through: counts first, then what to do. */
export function writeReport(report: ImportReport, source: string): string {
  const { title, apiVersion, openapi, sources, operations, gaps, lint } = report
  const kinds = (Object.keys(GAPS) as GapKind[])
    .map((kind) => ({ kind, found: gaps.filter((gap) => gap.kind === kind) }))
    .filter(({ found }) => found.length > 0)
  const errors = lint.filter(({ severity }) => severity === 'error').length
  return [
    `<!-- ${generatedMark(source).replaceAll(/-(?=-)/g, '- ')} -->`,
    `# ${plain(title)} ${plain(apiVersion)}: what a person must decide`,
    '',
    `OpenAPI ${plain(openapi)}, ${counted(sources.length, 'file')}. ${counted(operations.served, 'operation')} served, ${operations.unserved} not. Pointers are into the description with all of its files read as one.`,
    '',
    '| what | found |',
    '|---|---|',
    ...kinds.map(({ kind, found }) => `| ${GAPS[kind].title} | ${found.length} |`),
    `| The parser's findings | ${counted(errors, 'error')}, ${counted(lint.length - errors, 'warning')} |`,
    '',
    ...kinds.flatMap(({ kind, found }) => gapSection(kind, found)),
    ...lintSection(lint),
  ].join('\n')
}

function gapSection(kind: GapKind, found: readonly Gap[]): readonly string[] {
  const { title, todo } = GAPS[kind]
  return [`## ${title} (${found.length})`, '', todo, '', ...found.slice(0, MOST_GAPS).map(gapLine), ...more(found.length, MOST_GAPS), '']
}

function gapLine({ kind, route, found, pointer }: Gap): string {
  // What is to be pasted stands there as it is.
  return `- ${route === undefined ? '' : `${ticked(route)}: `}${kind === 'urls' ? ticked(found) : plain(found)} (${ticked(pointer)})`
}

function lintSection(lint: readonly LintFinding[]): readonly string[] {
  if (lint.length === 0) return []
  const byRule = Map.groupBy(lint, ({ rule }) => rule)
  const rules = [...byRule].toSorted(([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1))
  return [
    `## The parser's findings (${lint.length})`,
    '',
    'What is wrong with the description itself, or unusual in it.',
    '',
    ...rules.flatMap(([rule, found]) => [
      `### ${rule} (${found.length}, ${found[0]?.severity})`,
      '',
      ...found.slice(0, MOST_OF_A_RULE).map(({ message, pointer }) => `- ${plain(message)} (${ticked(pointer)})`),
      ...more(found.length, MOST_OF_A_RULE),
      '',
    ]),
  ]
}

function more(count: number, shown: number): readonly string[] {
  return count > shown ? [`- and ${count - shown} more: \`--json\` lists them all`] : []
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** Text of a description as Markdown of one line in which nothing is a tag, a link or a picture that somebody's server hears of. */
function plain(text: string): string {
  const escaped = oneLine(text)
    .replaceAll(/[\\|[\]]/g, '\\$&')
    .replaceAll('<', '&lt;')
  // A tick alone would pair with one of those behind it.
  return PAIRED_TICKS.test(escaped) ? escaped : escaped.replaceAll('`', '\\`')
}

const PAIRED_TICKS = /^[^`]*(?:`[^`]+`[^`]*)*$/

function ticked(text: string): string {
  return `\`${oneLine(text).replaceAll('`', "'")}\``
}
