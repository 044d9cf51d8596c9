import * as v from 'valibot'
import { checkPlace } from './named.ts'
import { change, type Operation, reading } from './operation.ts'
import { addRule, RULE_PAGE, RULE_PARAMS, removeRule, ruleAnswer, rulesPage, STOP_RULE } from './rule-answer.ts'
import { checkLasting, LASTING, pageOf, REASON, TIME, text, untilMsOf } from './schema.ts'

const KINDS = ['stop'] as const

/** Kill switches and maintenance windows. */
export const KILL_SWITCH_OPERATIONS: readonly Operation[] = [
  change({
    method: 'POST',
    path: '/kill-switches',
    id: 'addKillSwitch',
    role: 'operator',
    summary: 'Answers 503 on a route, in a zone or everywhere, but for this API: at once, or from some time on as a maintenance window.',
    type: 'admin.kill-switches.add',
    status: 201,
    body: v.strictObject({
      zone: v.exactOptional(v.pipe(text(1, 32), v.description('Only in this zone. Default: everywhere.'))),
      route: v.exactOptional(v.pipe(text(1, 1024), v.description('Only on this route of the zone, by its key in the configuration.'))),
      from: v.exactOptional(TIME),
      ...LASTING,
      retryAfterSeconds: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(86_400))),
      reason: REASON,
    }),
    answer: STOP_RULE,
    prepare({ x, facts, body, by }) {
      const { zone, route, from, retryAfterSeconds, reason } = body
      checkPlace(facts, { zone, route })
      const fromMs = from === undefined ? undefined : Date.parse(from)
      checkLasting(body, x.ports.clock.now(), fromMs)
      return {
        target: [zone ?? '*', ...(route === undefined ? [] : [route])].join(' ').slice(0, 256),
        ...(fromMs !== undefined && { facts: { from: new Date(fromMs).toISOString() } }),
        personal: { reason },
        async apply() {
          const untilMs = untilMsOf(body, x.ports.clock.now(), fromMs)
          const place = { ...(zone !== undefined && { zone }), ...(route !== undefined && { route }), ...(fromMs !== undefined && { fromMs }) }
          const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
          return { answer: ruleAnswer(await addRule(x.ports.runtime, { kind: 'stop', ...place, ...retry, untilMs, reason, by })) }
        },
      }
    },
  }),

  reading({
    path: '/kill-switches',
    id: 'listKillSwitches',
    role: 'viewer',
    summary: 'Lists kill switches and maintenance windows, in force or to come.',
    query: v.strictObject(RULE_PAGE),
    answer: pageOf(STOP_RULE),
    read: ({ x, query }) => rulesPage(x.ports.runtime, KINDS, query),
  }),

  change({
    method: 'DELETE',
    path: '/kill-switches/{id}',
    id: 'removeKillSwitch',
    role: 'operator',
    summary: 'Ends a kill switch or a maintenance window.',
    type: 'admin.kill-switches.remove',
    status: 200,
    params: RULE_PARAMS,
    answer: STOP_RULE,
    prepare: ({ x, params: { id = '' } }) => ({
      target: id,
      apply: async () => ({ answer: ruleAnswer(await removeRule(x.ports.runtime, KINDS, id)) }),
    }),
  }),
]
