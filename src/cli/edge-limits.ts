import * as v from 'valibot'
import type { PolicyUse } from '../gateway/policy-use.ts'
import { compileCost } from '../policies/rate-limit/cost.ts'
import { type Figures, figuresOf } from '../policies/rate-limit/figures.ts'
import { type RateLimitSettings, rateLimitSettings } from '../policies/rate-limit/settings.ts'

/** One `[[ratelimits]]` of wrangler.toml: so many requests in a period of 10 or 60 seconds, at each of Cloudflare's locations. */
export interface EdgeBinding {
  readonly name: string
  readonly namespace_id: string
  readonly simple: { readonly limit: number; readonly period: number }
}

/** What a limit expects of its binding, and what it has. */
export interface EdgeFinding {
  /** `zone: limit`. */
  readonly limit: string
  readonly binding: string
  /** Requests that the limit itself admits in one period of the binding; absent without a binding. */
  readonly admits?: number
  /** Requests that the binding admits in it. */
  readonly edge?: number
  readonly periodSeconds?: number
  /** What is wrong and what to do about it; absent when nothing is. */
  readonly problem?: string
}

/** Compares the limits that ask a binding of the platform first with what wrangler.toml binds. */
export function compareEdgeLimits(uses: readonly PolicyUse[], bindings: readonly EdgeBinding[]): readonly EdgeFinding[] {
  const seen = new Set<object>()
  return uses.flatMap(({ zone, policy }) => {
    if (policy.name !== 'rate-limit' || seen.has(policy)) return []
    seen.add(policy)
    const settings = v.parse(rateLimitSettings, policy.settings)
    return settings.edge === undefined ? [] : [compare(`${zone}: ${settings.name}`, settings, settings.edge, bindings)]
  })
}

function compare(limit: string, settings: RateLimitSettings, name: string, bindings: readonly EdgeBinding[]): EdgeFinding {
  const binding = bindings.find((each) => each.name === name)
  if (binding === undefined)
    return { limit, binding: name, problem: `wrangler.toml has no [[ratelimits]] with name = "${name}": add it, or every request is 503` }
  const { simple, namespace_id } = binding
  const admits = mostIn(simple.period * 1000, settings)
  const found = { limit, binding: name, admits, edge: simple.limit, periodSeconds: simple.period }
  const twin = bindings.find((each) => each !== binding && each.namespace_id === namespace_id)
  if (twin !== undefined) return { ...found, problem: `${name} and ${twin.name} have the same namespace_id and share their counters: give each its own` }
  if (simple.limit >= admits) return found
  return { ...found, problem: `the binding refuses what the limit admits: set its limit to at least ${admits} in ${simple.period} s` }
}

/** @returns the most requests that the limit admits in any time of that length, with the figures of its largest plan. */
function mostIn(ms: number, settings: RateLimitSettings): number {
  const { constant = 1 } = compileCost(settings.cost)
  const limits = [settings, ...Object.values(settings.plans?.limits ?? {})]
  return Math.max(...limits.map(({ limit, burst }) => Math.floor(tokensIn(ms, figuresOf(settings, limit, burst)) / constant)))
}

function tokensIn(ms: number, figures: ReturnType<typeof figuresOf>): number {
  if ('fix' in figures) throw new TypeError(figures.fix)
  return mostTokens(ms, figures)
}

function mostTokens(ms: number, figures: Figures): number {
  switch (figures.algorithm) {
    case 'token-bucket':
      return figures.burst + Math.ceil((figures.tokens * ms) / figures.periodMs)
    case 'sliding-window':
      return figures.limit * Math.ceil(ms / figures.windowMs)
    case 'fixed-window':
      // The end of one window and the beginning of the next.
      return figures.limit * 2
    case 'concurrency':
      throw new TypeError('a binding counts requests, not slots: refused at start')
  }
}
