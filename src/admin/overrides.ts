import * as v from 'valibot'
import type { RuntimeRules } from '../core/ports.ts'
import type { KeptRule, OverrideRule } from '../core/runtime-rule.ts'
import { MAX_OVERRIDE_MS } from '../limiter/operator-message.ts'
import { MAX_RATE_TOKENS } from '../limiter/rate.ts'
import { counterOf } from '../policies/rate-limit/counter-of.ts'
import { checkPlace, credentialHeadersOf, limitSettings } from './named.ts'
import { change, type Operation, reading } from './operation.ts'
import { nothingThere, unprocessableAt } from './refusal.ts'
import { addRule, OVERRIDE_RULE, RULE_PAGE, RULE_PARAMS, removeRule, ruleAnswer, rulesPage } from './rule-answer.ts'
import { checkLasting, LASTING, pageOf, REASON, text, untilMsOf } from './schema.ts'

const KINDS = ['override'] as const
const FIGURE = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_RATE_TOKENS))

/** A day less than counters take: their clock is not this one. */
const MAX_LASTING_MS = MAX_OVERRIDE_MS - 86_400_000

const NAMED = v.record(text(1, 64), v.nullable(text(0, 256)))

const WHOSE = v.strictObject({
  principal: v.exactOptional(
    v.pipe(v.nullable(v.strictObject({ issuer: text(1, 1024), subject: text(1, 1024) })), v.description('`null`: whoever is not known, by address.')),
  ),
  credential: v.exactOptional(v.nullable(v.strictObject({ issuer: text(1, 1024), id: text(1, 256) }))),
  level: v.exactOptional(v.nullable(text(1, 64))),
  roles: v.exactOptional(v.pipe(v.array(text(1, 128)), v.maxLength(64))),
  claims: v.exactOptional(v.record(text(1, 64), v.union([v.string(), v.number(), v.boolean()]))),
  ip: v.exactOptional(text(2, 64)),
  country: v.exactOptional(v.nullable(text(2, 2))),
  asn: v.exactOptional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4_294_967_295)))),
  ja4: v.exactOptional(v.nullable(text(1, 64))),
  route: v.exactOptional(text(1, 1024)),
  header: v.exactOptional(v.pipe(NAMED, v.description('By lower-case name.'))),
  params: v.exactOptional(NAMED),
  body: v.exactOptional(v.unknown()),
  graphql: v.exactOptional(
    v.pipe(
      v.strictObject({ kind: v.picklist(['query', 'mutation', 'subscription']), operation: v.nullable(text(1, 256)) }),
      v.description('`null`: an operation without a name, or a batch.'),
    ),
  ),
  worker: v.exactOptional(v.pipe(text(1, 253), v.description('Another Worker, by its zone, instead of a client.'))),
})

/** Other figures for single counters of limits. */
export const OVERRIDE_OPERATIONS: readonly Operation[] = [
  change({
    method: 'POST',
    path: '/overrides',
    id: 'addOverride',
    role: 'operator',
    summary: 'Gives one counter of a limit other figures, for a stated time.',
    type: 'admin.overrides.add',
    status: 201,
    body: v.strictObject({
      zone: text(1, 32),
      limit: v.pipe(text(1, 64), v.description('The limit’s name.')),
      whose: v.pipe(WHOSE, v.description('Whose counter: all that the limit counts by.')),
      figures: v.strictObject({ limit: FIGURE, burst: v.exactOptional(FIGURE) }),
      ...LASTING,
      reason: REASON,
    }),
    answer: OVERRIDE_RULE,
    prepare({ x, facts, body, by }) {
      const { zone, limit, whose, figures, reason } = body
      checkPlace(facts, { zone })
      const settings = limitSettings(facts, zone, limit)
      if (settings === undefined) throw unprocessableAt('#/limit', 'a limit of that zone')
      const zoneFacts = { credentialHeaders: credentialHeadersOf(facts, zone), pseudonym: (value: string) => x.ports.pseudonym(value) }
      const { header, ...rest } = whose
      const named = counterOf(settings, zone, { ...rest, ...(header !== undefined && { headers: header }) }, zoneFacts)
      if ('missing' in named) throw unprocessableAt('#/whose', `also ${named.missing.join(', ')}: the limit counts by it`.slice(0, 200))
      const counter = { owner: named.owner, cell: named.cell }
      checkLasting(body, x.ports.clock.now())
      checkNotTooLong(body, x.ports.clock.now())
      const inWords = JSON.stringify(whose).slice(0, 1024).toWellFormed()
      return {
        target: `${zone} ${limit}`,
        facts: { counter: x.ports.pseudonym(counter.cell), ...figures },
        personal: { target: inWords, reason },
        async apply() {
          const untilMs = untilMsOf(body, x.ports.clock.now())
          // The rule first: what holds and is not listed could not be taken back.
          const rule = await addRule(x.ports.runtime, { kind: 'override', zone, limit, whose: inWords, ...counter, figures, untilMs, reason, by })
          await x.ports.limitOperator.override(counter.owner, counter.cell, { ...figures, untilMs, reason })
          return { answer: ruleAnswer(rule) }
        },
      }
    },
  }),

  reading({
    path: '/overrides',
    id: 'listOverrides',
    role: 'viewer',
    summary: 'Lists the overrides in force.',
    query: v.strictObject(RULE_PAGE),
    answer: pageOf(OVERRIDE_RULE),
    read: ({ x, query }) => rulesPage(x.ports.runtime, KINDS, query),
  }),

  change({
    method: 'DELETE',
    path: '/overrides/{id}',
    id: 'removeOverride',
    role: 'operator',
    summary: 'Gives a counter its own figures back.',
    type: 'admin.overrides.remove',
    status: 200,
    params: RULE_PARAMS,
    answer: OVERRIDE_RULE,
    prepare: ({ x, params: { id = '' } }) => ({
      target: id,
      async apply() {
        const { owner, cell } = await findOverride(x.ports.runtime, id)
        // The counter first: what is forgotten while it still holds could not be taken back.
        await x.ports.limitOperator.override(owner, cell, undefined)
        return { answer: ruleAnswer(await removeRule(x.ports.runtime, KINDS, id)) }
      },
    }),
  }),
]

/** Counters keep other figures no longer. @throws {Refusal} */
function checkNotTooLong({ until, forSeconds = 0 }: Parameters<typeof untilMsOf>[0], nowMs: number): void {
  const ms = until === undefined ? forSeconds * 1000 : Date.parse(until) - nowMs
  if (ms > MAX_LASTING_MS) throw unprocessableAt('#/until', 'at most 365 days from now')
}

/** Ids are ordered: what comes behind all but the last character of one is that one, or nearly. */
async function findOverride(runtime: RuntimeRules, id: string): Promise<KeptRule & OverrideRule> {
  const found = (await runtime.list(id.slice(0, -1), 100, 'override')).find((rule) => rule.id === id)
  if (found?.kind !== 'override') throw nothingThere()
  return found
}
