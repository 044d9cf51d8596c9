import { type Decision, deny, pass } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import { definePolicy } from '../../core/policy.ts'
import type { Cell, LimitVerdict } from '../../core/ports.ts'
import type { PublicProblem } from '../../core/problem.ts'
import { type BucketFigures, bucketOf } from '../../limiter/bucket.ts'
import { defaultBurst } from '../../limiter/rate.ts'
import { compileFields } from './fields.ts'
import { compileKey, type Key, needsIdentity } from './key.ts'
import { type KeyPart, type RateLimitSettings, rateLimitSettings } from './settings.ts'

const DEFAULT_IPV6_CEILING_FACTOR = 16

/** RFC 9457 type of draft-ietf-httpapi-ratelimit-headers-11 §5.1. */
const QUOTA_EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded'

const UNKNOWN_CALLER = deny(403, 'rate-limit.unknown-caller')

/** Limits how many requests one caller, network, tenant or route may make, worldwide: a token bucket for each key, each owned by one Durable Object. */
export const rateLimit = definePolicy({
  name: 'rate-limit',
  stage: ({ by }) => (partsOf(by).some(needsIdentity) ? 'limit' : 'shield'),
  settings: rateLimitSettings,
  label: ({ name }) => name,
  bindings: () => ['RATE_LIMITER'],

  check(settings, path, problems) {
    const parts = partsOf(settings.by)
    const figures = figuresOf(settings)
    const ceiling = ceilingOf(settings)
    const bucket = bucketOf(figures)
    const widest = 'fault' in bucket || !parts.includes('ip') ? bucket : bucketOf(ceiling)
    if (new Set(parts.map((part) => JSON.stringify(part))).size !== parts.length) {
      problems.add([...path, 'by'], { found: 'one thing twice', expected: 'each thing once', fix: 'leave the second one out' })
    }
    if (settings.cost > figures.burst) {
      problems.add([...path, 'cost'], {
        found: `${settings.cost}, with a burst of ${figures.burst}`,
        expected: 'at most the burst',
        fix: 'raise burst or lower cost: as it is, every request would be refused',
      })
    }
    if (settings.ipv6CeilingFactor !== undefined && !parts.includes('ip')) {
      problems.add([...path, 'ipv6CeilingFactor'], { found: 'a ceiling for IPv6 networks', expected: "by: 'ip'", fix: "remove it, or count by 'ip'" })
    }
    if ('fault' in widest) {
      problems.add([...path, 'limit'], {
        found: widest.fault,
        expected: 'figures that can be counted exactly',
        fix: 'choose a smaller burst or a rounder rate',
      })
    }
  },

  compile(settings) {
    const { name, cost } = settings
    const keyOf = compileKey(name, partsOf(settings.by))
    const figures = figuresOf(settings)
    const ceiling = ceilingOf(settings)
    const fields = compileFields(name, figures)
    const problem: PublicProblem = { type: QUOTA_EXCEEDED, violatedPolicies: [name] }
    /** What to say in the response's `RateLimit` field. */
    const standings = new WeakMap<Exchange, string>()

    const decide = (verdicts: readonly LimitVerdict[], cells: readonly Cell[], x: Exchange): Decision => {
      if (verdicts.length !== cells.length) throw new TypeError('the limiter did not answer for every cell')
      let remaining = Number.POSITIVE_INFINITY
      let retryAfterMs = 0
      let admitted = true
      for (const verdict of verdicts) {
        remaining = Math.min(remaining, verdict.remaining)
        retryAfterMs = Math.max(retryAfterMs, verdict.retryAfterMs)
        if (verdict.admitted !== true) admitted = false
      }
      if (admitted) {
        standings.set(x, fields.limit(remaining, fields.secondsFor(Math.max(remaining, cost))))
        return pass()
      }
      const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000))
      standings.set(x, fields.limit(remaining, retryAfterSeconds))
      return deny(429, 'rate-limit.exceeded', {
        detail: { limit: name, retryAfterMs, exceeded: verdicts[0]?.admitted === true ? 'ceiling of the /48' : 'limit' },
        problem,
        headers: { 'retry-after': `${retryAfterSeconds}` },
      })
    }

    return {
      // The origin knows nothing of these limits: its lists and ours do not mix.
      responseHeaders: { ratelimit: null, 'ratelimit-policy': null },
      request(x) {
        const key = keyOf(x)
        if (key === undefined) return UNKNOWN_CALLER
        const cells = cellsOf(key, figures, ceiling)
        const verdicts = x.ports.limiter.take({ owner: key.owner, cells, cost }, x)
        return verdicts instanceof Promise ? verdicts.then((found) => decide(found, cells, x)) : decide(verdicts, cells, x)
      },
      finish(headers, x) {
        const standing = standings.get(x)
        if (standing === undefined) return
        // A weak map full of what the collector has yet to find costs more than the whole limit.
        standings.delete(x)
        headers.append('ratelimit', standing)
        headers.append('ratelimit-policy', fields.policy)
      },
    }
  },
})

function cellsOf({ id, ceilingId }: Key, { tokens, periodMs, burst }: BucketFigures, ceiling: BucketFigures): readonly Cell[] {
  const own: Cell = { id, tokens, periodMs, burst }
  return ceilingId === undefined ? [own] : [own, { id: ceilingId, tokens: ceiling.tokens, periodMs, burst: ceiling.burst }]
}

function partsOf(by: RateLimitSettings['by']): readonly KeyPart[] {
  return Array.isArray(by) ? by : [by]
}

function figuresOf({ limit, burst }: RateLimitSettings): BucketFigures {
  return { ...limit, burst: burst ?? defaultBurst(limit) }
}

/** What all the /64s of one /48 may have together. */
function ceilingOf(settings: RateLimitSettings): BucketFigures {
  const { tokens, periodMs, burst } = figuresOf(settings)
  const factor = settings.ipv6CeilingFactor ?? DEFAULT_IPV6_CEILING_FACTOR
  return { tokens: tokens * factor, periodMs, burst: burst * factor }
}
