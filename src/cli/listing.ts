import type { AdminClient, Query } from './admin-client.ts'
import type { Invocation } from './command.ts'
import { askedWrongly, EXIT, Failure } from './failure.ts'
import { jsonDocument, jsonLine } from './harmless.ts'
import { columnWidths, tableRow } from './table.ts'

/** What the API says of one thing. */
export type Item = Readonly<Record<string, unknown>>

/** The options of every list. */
export const LIST_ARGS = {
  limit: { type: 'string', valueHint: 'N', description: 'at most so many, 1 to 1000', default: '100' },
  cursor: { type: 'string', valueHint: 'CURSOR', description: 'goes on where another list ended' },
  all: { type: 'boolean', description: 'all of them; with --json one line each' },
} as const

interface ListOptions {
  readonly limit: string
  readonly cursor?: string | undefined
  readonly all?: boolean | undefined
  readonly json?: boolean | undefined
}

/** How a list is shown. */
export interface Columns {
  readonly heading: readonly string[]
  row(item: Item, now: Date): readonly string[]
}

const MOST_AT_ONCE = 1000

/** Reads a list and prints it: a page, or all pages as they come. */
export async function printList(
  client: AdminClient,
  path: string,
  query: Query,
  columns: Columns,
  options: ListOptions,
  { terminal }: Invocation,
): Promise<void> {
  const limit = options.all === true ? MOST_AT_ONCE : countOf(options.limit, 'limit')
  let cursor = options.cursor
  let widths: readonly number[] | undefined
  let count = 0
  do {
    const page = await client.read(path, { ...query, limit, cursor })
    const { items, next } = pageOf(page)
    count += items.length
    if (options.json === true) {
      if (options.all === true) for (const item of items) await terminal.print(jsonLine(item))
      else await terminal.print(jsonDocument(page))
    } else {
      const rows = items.map((item) => columns.row(item, terminal.now()))
      if (widths === undefined && rows.length > 0) {
        widths = columnWidths([columns.heading, ...rows], terminal.columns)
        await terminal.print(terminal.heading(tableRow(columns.heading, widths)))
      }
      for (const row of rows) await terminal.print(tableRow(row, widths ?? []))
      if (count === 0 && next === undefined) terminal.tell('There is nothing.')
    }
    if (options.all === true && next !== undefined) terminal.progress(`${count} so far…`)
    else if (next !== undefined && options.json !== true) terminal.tell(`There is more: --all, or --cursor ${next}`)
    if (next === cursor) break
    cursor = options.all === true ? next : undefined
  } while (cursor !== undefined)
  terminal.progress('')
}

/** Reads every item of a list, at most so many. @throws {Failure} */
export async function readAll(client: AdminClient, path: string, most: number): Promise<readonly Item[]> {
  const found: Item[] = []
  let cursor: string | undefined
  do {
    const { items, next } = pageOf(await client.read(path, { limit: MOST_AT_ONCE, cursor }))
    found.push(...items)
    if (found.length > most) throw new Failure(EXIT.unreachable, `There are more than ${most}.`)
    if (next === cursor) break
    cursor = next
  } while (cursor !== undefined)
  return found
}

/** Reads one page of a list. @throws {Failure} where it is none */
export function pageOf(page: unknown): { readonly items: readonly Item[]; readonly next: string | undefined } {
  const { items, next } = itemOf(page)
  if (!Array.isArray(items)) throw new Failure(EXIT.unreachable, 'What answered there is no admin API: a list was expected.')
  // A cursor is shown and sent again: it holds nothing but what a URL may hold.
  return { items: items.map(itemOf), next: typeof next === 'string' && /^[\w.~:|=+/%-]{1,16384}$/.test(next) ? next : undefined }
}

/** Reads one thing. @throws {Failure} where it is none */
export function itemOf(value: unknown): Item {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Failure(EXIT.unreachable, 'What answered there is no admin API: its answer is of another form.')
  return value as Item
}

/** Reads a count of an option. @throws {Failure} */
export function countOf(text: string, option: string, most = MOST_AT_ONCE): number {
  const count = Number(text)
  if (!/^\d{1,9}$/.test(text) || count < 1 || count > most) throw askedWrongly(`--${option} wants a number from 1 to ${most}.`)
  return count
}

/** Shows a value of a table's cell: text as it is, nothing as nothing, the rest as JSON. */
export function cell(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(' ')
  return typeof value === 'object' && Object.keys(value).length === 0 ? '' : JSON.stringify(value)
}

/** Prints one thing: as the API gave it, or a line for each fact. */
export async function printItem(
  item: Item,
  options: { readonly json?: boolean | undefined },
  { terminal }: Invocation,
  facts: readonly (readonly [name: string, value: string])[],
): Promise<void> {
  if (options.json === true) return terminal.print(jsonDocument(item))
  const given = facts.filter(([, value]) => value !== '')
  const widths = [Math.max(0, ...given.map(([name]) => name.length)), Number.POSITIVE_INFINITY]
  for (const fact of given) await terminal.print(factLine(fact, widths[0] as number))
}

function factLine([name, value]: readonly [string, string], width: number): string {
  return tableRow([name, value], [width, value.length * 10])
}
