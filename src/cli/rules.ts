import type { Invocation } from './command.ts'
import { askedWrongly } from './failure.ts'
import { type Columns, cell, type Item, printItem } from './listing.ts'
import { told } from './time.ts'

/** What one writes to end a rule. */
export const RULE_ID_ARG = { id: { type: 'positional', description: 'the rule’s id, as its list shows it', required: true } } as const

/** Reads the id of a rule for a path. @throws {Failure} */
export function ruleId(id: string): string {
  if (!/^[\w.~-]{1,128}$/.test(id) || /^\.+$/.test(id)) throw askedWrongly('That is no id: take it from the list.')
  return id
}

/** How rules are listed: what each is about, then what all have. */
export function ruleColumns(heading: readonly string[], about: (rule: Item) => readonly unknown[]): Columns {
  return {
    heading: ['ID', ...heading, 'FROM', 'UNTIL', 'BY', 'REASON'],
    row: (rule, now) => [cell(rule.id), ...about(rule).map(cell), told(rule.from, now), told(rule.until, now), cell(rule.by), cell(rule.reason)],
  }
}

/** Prints one rule. */
export function printRule(rule: Item, options: { readonly json?: boolean | undefined }, invocation: Invocation): Promise<void> {
  const now = invocation.terminal.now()
  const moments = new Set(['from', 'until', 'at'])
  return printItem(
    rule,
    options,
    invocation,
    Object.entries(rule).map(([name, value]) => [name, moments.has(name) ? told(value, now) : cell(value)] as const),
  )
}
