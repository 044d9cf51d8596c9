import type * as v from 'valibot'
import { bodyLimitsOf, DEFAULT_MAX_BYTES, maxRatioOf } from '../../core/body-settings.ts'
import { type Decision, deny, pass } from '../../core/decision.ts'
import type { Exchange, Validated } from '../../core/exchange.ts'
import { definePolicy, type Policy, type PolicyOptions } from '../../core/policy.ts'
import { bodyStep, contentTypeStep } from './body.ts'
import { checkSettings } from './check.ts'
import { headersStep, paramsStep, queryStep } from './names.ts'
import type { BodyLimits } from './read-body.ts'
import { outermostKeys } from './schema-tree.ts'
import { type Settings, settings } from './settings.ts'
import type { InputKeys, StandardSchema } from './standard-schema.ts'
import type { Sound, Step } from './step.ts'

/** What {@link validate} takes. `S`: the schema of the path parameters. */
export type ValidateSettings<S extends StandardSchema = never> = Omit<v.InferInput<typeof settings>, 'params'> & PolicyOptions & { readonly params?: S }

const factory = definePolicy({
  name: 'validate',
  stage: 'validate',
  settings,
  params: (given) => outermostKeys(given.params),
  validates: (given) => PARTS.filter((part) => given[part] !== undefined),
  check: checkSettings,
  compile(given) {
    const steps = stepsOf(given)
    return { request: (x) => (x.url.fault === undefined ? walk(x, steps, 0, NOTHING_LEARNED) : AMBIGUOUS_URL) }
  },
})

/**
 * Lets a request through only if its path parameters, query, headers and body are what schemas (valibot, or any Standard Schema) say, and
 * nothing that they do not list is there. What was received is forwarded, decompressed if it was compressed; what the schemas made of it is for conditions.
 */
export const validate = Object.assign(
  <const S extends StandardSchema = never>(given: ValidateSettings<S>): Policy<InputKeys<S>, 'validate'> => factory(given),
  { policyName: factory.policyName, settingsSchema: factory.settingsSchema },
)

const PARTS = ['params', 'query', 'headers', 'body'] as const
const NOTHING_LEARNED: Learned = Object.freeze({ validated: Object.freeze({}) })
const AMBIGUOUS_URL = deny(400, 'validate.url', { problem: { detail: 'The URL is ambiguous.' } })

/** In the order of their cost: what needs the body comes last. */
function stepsOf(given: Settings): readonly Step[] {
  const steps: Step[] = []
  if (given.params !== undefined) steps.push(paramsStep(given.params))
  if (given.query !== undefined) {
    const repeatable = new Set(given.repeatable)
    steps.push(queryStep(given.query, { repeatable, maxParameters: given.maxQueryParameters ?? 64, maxBytes: given.maxQueryBytes ?? 8192 }))
  }
  if (given.headers !== undefined) steps.push(headersStep(given.headers))
  const contentTypes = new Set(given.contentTypes ?? ['application/json'])
  if (given.body !== undefined) {
    steps.push(bodyStep(given.body, { contentTypes, required: given.bodyRequired ?? true, limits: limitsOf(given), maxRatio: maxRatioOf(given) }))
  } else if (given.contentTypes !== undefined) steps.push(contentTypeStep(contentTypes))
  return steps
}

function limitsOf(given: Settings): BodyLimits {
  const { maxBytes = DEFAULT_MAX_BYTES, maxFields = 64 } = given
  return { ...bodyLimitsOf(given, maxBytes), repeatable: new Set(given.repeatableFields), maxFields, maxBytes }
}

/** What the steps before found sound, and the body that goes on, where it is not the one that came. */
interface Learned {
  readonly validated: Validated
  readonly inflated?: Uint8Array<ArrayBuffer>
}

/** Goes from step to step; a promise only where a step gave one. */
function walk(x: Exchange, steps: readonly Step[], from: number, before: Learned): Decision | Promise<Decision> {
  let learned = before
  for (let i = from; i < steps.length; i++) {
    const step = steps[i] as Step
    const found = step.judge(x)
    if (found instanceof Promise) return found.then((settled) => (settled.kind === 'deny' ? settled : walk(x, steps, i + 1, learn(learned, step, settled))))
    if (found.kind === 'deny') return found
    learned = learn(learned, step, found)
  }
  if (learned === NOTHING_LEARNED) return pass()
  const { validated, inflated } = learned
  return inflated === undefined ? pass({ validated }) : pass({ validated, body: inflated, toOrigin: UNCOMPRESSED })
}

/** What goes on was decompressed here. */
const UNCOMPRESSED = Object.freeze({ 'content-encoding': null })

function learn(learned: Learned, { part }: Step, found: Sound): Learned {
  if (!('value' in found)) return learned
  const validated = { ...learned.validated, [part]: found.value }
  return found.inflated === undefined ? { ...learned, validated } : { validated, inflated: found.inflated }
}
