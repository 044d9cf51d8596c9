import { type Condition, conditionParams } from '../../core/condition.ts'
import { definePolicy, type Handlers, type Policy, type PolicyOptions } from '../../core/policy.ts'
import { asksWho, checkSettings } from './check.ts'
import { joinLimits } from './join.ts'
import { needsBody } from './key.ts'
import { Limit } from './limit.ts'
import { type KeyPart, partsOf, type RateLimitSettings, rateLimitSettings } from './settings.ts'

/** The stages that a limit may run in: as early as all that it counts by is known. */
type LimitStage = 'shield' | 'limit' | 'decide'

const limits = new WeakMap<Handlers, Limit>()

const make = definePolicy({
  name: 'rate-limit',
  stage: stageOf,
  settings: rateLimitSettings,
  label: ({ name }) => name,
  bindings: ({ edge }) => ['RATE_LIMITER', ...(edge === undefined ? [] : [edge])],
  params: (settings) => [
    ...partsOf(settings).flatMap((part) => (typeof part === 'object' && 'param' in part ? [part.param] : [])),
    ...(settings.exempt ?? []).flatMap(({ when }) => conditionParams(when)),
  ],
  needsIdentity: asksWho,
  needsValidated,
  listensTo: ({ outcome }) => outcome?.denials ?? [],
  watchesBody: ({ algorithm }) => algorithm === 'concurrency',
  // A flood must not become an outage, and authentication still stands behind the shield.
  defaultOnError: (settings) => (stageOf(settings) === 'shield' ? 'local' : 'deny'),
  check: checkSettings,

  compile(settings) {
    const limit = new Limit(settings)
    const handlers: Handlers = {
      responseHeaders: limit.strippedHeaders,
      request: (x) => limit.judge(x),
      local: (x) => limit.judgeLocally(x),
      finish: (headers, x) => limit.finish(headers, x),
      ...(limit.settles && { settle: (outcome, x) => limit.settle(outcome, x) }),
      ...(limit.hasSlots && { ended: (x) => limit.ended(x) }),
    }
    limits.set(handlers, limit)
    return handlers
  },

  join: (members) => joinLimits(members.map((handlers) => limits.get(handlers) as Limit)),
})

function needsValidated(settings: RateLimitSettings): readonly ('body' | 'graphql')[] {
  const parts = partsOf(settings)
  const { cost } = settings
  const countsGraphql = parts.includes('graphql-operation') || (typeof cost === 'object' && 'graphql' in cost)
  return [...(parts.some(needsBody) ? (['body'] as const) : []), ...(countsGraphql ? (['graphql'] as const) : [])]
}

function stageOf(settings: RateLimitSettings): LimitStage {
  if (needsValidated(settings).length > 0) return 'decide'
  return asksWho(settings) ? 'limit' : 'shield'
}

type Given = Parameters<typeof make>[0]
type Part<P extends string> = Exclude<KeyPart, { param: string }> | { readonly param: P }

/** What `rate-limit` takes. `P`: the path parameters that it counts or exempts by. */
export interface RateLimitOptions<P extends string = string> extends Omit<Given, 'by' | 'exempt' | 'outcome'>, PolicyOptions {
  readonly by: Part<P> | readonly Part<P>[]
  readonly exempt?: readonly { readonly when: Condition<P>; readonly reason: string }[]
  readonly outcome?: { readonly statuses?: readonly number[]; readonly denials?: readonly string[] }
}

/** Limits how much one caller, network, tenant or route may have, worldwide: rates, windows, calendar quotas, concurrency; each counter is owned by one Durable Object. */
export const rateLimit = Object.assign(<const P extends string = never>(settings: RateLimitOptions<P>): Policy<P, LimitStage> => make(settings as Given), {
  policyName: make.policyName,
  settingsSchema: make.settingsSchema,
})
