import * as v from 'valibot'
import type { RuntimeRules } from '../core/ports.ts'
import { type KeptRule, RULE_TARGETS, type RuntimeRule } from '../core/runtime-rule.ts'
import { nothingThere, refusal, unprocessableAt } from './refusal.ts'
import { PAGE, TIME_ANSWER, timeOf, words } from './schema.ts'

/** What every rule is answered with. */
const COMMON = {
  id: v.string(),
  from: v.exactOptional(TIME_ANSWER),
  until: TIME_ANSWER,
  reason: v.string(),
  by: v.string(),
  at: TIME_ANSWER,
}

/** A ban or an allowance, as it is answered. */
export const LIST_RULE = v.strictObject({
  ...COMMON,
  kind: v.picklist(['ban', 'allow']),
  target: v.picklist(RULE_TARGETS),
  value: v.string(),
  issuer: v.exactOptional(v.string()),
  zone: v.exactOptional(v.string()),
})

/** A kill switch or a maintenance window, as it is answered. */
export const STOP_RULE = v.strictObject({
  ...COMMON,
  kind: v.literal('stop'),
  zone: v.exactOptional(v.string()),
  route: v.exactOptional(v.string()),
  retryAfterSeconds: v.exactOptional(v.number()),
})

/** An override, as it is answered. */
export const OVERRIDE_RULE = v.strictObject({
  ...COMMON,
  kind: v.literal('override'),
  zone: v.string(),
  limit: v.string(),
  whose: v.string(),
  owner: v.string(),
  cell: v.string(),
  figures: v.strictObject({ limit: v.number(), burst: v.exactOptional(v.number()) }),
})

/** Ids of rules are no longer. */
const MAX_ID_LENGTH = 64

/** The id of a rule, in a path. */
export const RULE_PARAMS = v.strictObject({ id: v.pipe(v.string(), v.regex(/^[\w.-]{1,64}$/, words('the id of a rule'))) })

/** A page of rules: a cursor is the id that the page before ended with. */
export const RULE_PAGE = {
  ...PAGE,
  cursor: v.exactOptional(v.pipe(v.string(), v.regex(/^[\w.-]{0,64}$/, words('what the page before gave as next')))),
}

/** @returns a rule as it is answered. */
export function ruleAnswer(rule: KeptRule): unknown {
  const { fromMs, untilMs, atMs, ...rest } = rule
  return { ...rest, ...(fromMs !== undefined && { from: timeOf(fromMs) }), until: timeOf(untilMs), at: timeOf(atMs) }
}

/** @returns a page of rules of these kinds. Ids begin with their kind, so that the kinds come one after another, in the order of the alphabet. */
export async function rulesPage(
  runtime: RuntimeRules,
  kinds: readonly RuntimeRule['kind'][],
  { limit, cursor = '' }: { readonly limit: number; readonly cursor?: string },
): Promise<{ readonly items: readonly unknown[]; readonly next?: string }> {
  if (cursor.length > MAX_ID_LENGTH) throw unprocessableAt('query/cursor', 'what the page before gave as next')
  const rules: KeptRule[] = []
  for (const kind of kinds.toSorted()) {
    if (rules.length < limit) rules.push(...(await runtime.list(cursor, limit - rules.length, kind)))
  }
  const last = rules.at(-1)
  return { items: rules.map(ruleAnswer), ...(rules.length === limit && last !== undefined && { next: last.id }) }
}

/** Adds one rule. @throws {Refusal} where the ledger finds it no rule, or has too many. */
export async function addRule(runtime: RuntimeRules, rule: RuntimeRule): Promise<KeptRule> {
  try {
    const [kept] = await runtime.add([rule])
    if (kept === undefined) throw new TypeError('the ledger kept nothing')
    return kept
  } catch (error) {
    const why = error instanceof Error ? error.message : ''
    // By the ledger's clock, which may be ahead; the class of its errors does not come through from another machine.
    if (/untilMs has passed/.test(why)) throw unprocessableAt('#/until', 'a time to come')
    if (!(error instanceof RangeError)) throw error
    if (!/more than/.test(why)) throw unprocessableAt('#', 'a rule that the ledger takes')
    throw refusal(409, 'rules-full', 'There are as many rules as there may be. Remove some, or wait until they end.')
  }
}

/** Ends one rule of these kinds. @throws {Refusal} where there is none. */
export async function removeRule(runtime: RuntimeRules, kinds: readonly RuntimeRule['kind'][], id: string): Promise<KeptRule> {
  if (!kinds.some((kind) => id.startsWith(`${kind}.`))) throw nothingThere()
  const [removed] = await runtime.remove([id])
  if (removed === undefined) throw nothingThere()
  return removed
}
