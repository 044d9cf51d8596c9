import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ruleId } from '../core/rule-id.ts'
import { MAX_SKEW_MS } from '../lib/age.ts'
import { COOLDOWN_MS } from './isolate.ts'
import { asked, credential, DAY_MS, isStopped, LedgerWorld, revocationOf, stopOf } from './test-ledger.ts'

const STALENESS_MS = [1000, 5000, 60_000] as const
const FAIL_AFTER_MS = 60_000

/** What happens next in a world of isolates. */
const STEP = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 70_000 })) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('revoke' as const), user: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lift' as const), user: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('stop' as const), route: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('start' as const), route: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('visit' as const), isolate: fc.nat(3), route: fc.nat(2), staleness: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('outage' as const), isOut: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flood' as const), count: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('ask' as const), isolate: fc.nat(3), user: fc.nat(5), staleness: fc.nat(2) }) },
)

it('no request is judged by older knowledge than it bears, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(STEP, { minLength: 10, maxLength: 120 }),
      fc.integer({ min: 0, max: 400 }),
      fc.array(fc.integer({ min: 0, max: MAX_SKEW_MS }), { minLength: 4, maxLength: 4 }),
      async (steps, oneWayMs, skews) => {
        // Lists of up to 8, so that it is a filter now and then; two locations, of which one remembers nothing.
        const world = new LedgerWorld(8)
        world.oneWayMs = oneWayMs
        const isolates = skews.map((aheadMs, i) => world.isolate({ near: i < 3, aheadMs }))
        /** Since when each user is revoked, by the time of the world; absent where not, or not for long enough to say. */
        const revokedAt = new Map<number, number>()
        /** The same of routes. */
        const stoppedAt = new Map<number, number>()
        const switchOf = (route: number) => stopOf({ zone: 'api', route: `GET /${route}`, untilMs: world.time + DAY_MS })
        let floods = 0
        /** When the ledger was last out of reach. */
        let outUntil = Number.NEGATIVE_INFINITY
        for (const step of steps) {
          if (step.kind === 'pass') world.pass(step.ms)
          else if (step.kind === 'forget') world.location.clear()
          else if (step.kind === 'outage') {
            world.outage = step.isOut ? () => Promise.reject(new Error('out')) : undefined
            outUntil = world.time
          } else if (step.kind === 'revoke') {
            world.revoke(revocationOf('subject', `user-${step.user}`, { untilMs: world.time + DAY_MS }))
            if (!revokedAt.has(step.user)) revokedAt.set(step.user, world.time)
          } else if (step.kind === 'lift') {
            world.owner.lift([{ ...revocationOf('subject', `user-${step.user}`), value: `user-${step.user}` }], world.time)
            revokedAt.delete(step.user)
          } else if (step.kind === 'stop') {
            world.rule(switchOf(step.route))
            if (!stoppedAt.has(step.route)) stoppedAt.set(step.route, world.time)
          } else if (step.kind === 'start') {
            world.owner.removeRules([ruleId(switchOf(step.route))], world.time)
            stoppedAt.delete(step.route)
          } else if (step.kind === 'flood') {
            world.revoke(...Array.from({ length: step.count }, (_, i) => revocationOf('token', `flood-${floods++}-${i}`, { untilMs: world.time + 10_000 })))
            world.owner.sweep(world.time, 1000)
          } else {
            const maxStalenessMs = STALENESS_MS[step.staleness] ?? 5000
            const staleness = { maxStalenessMs, failAfterMs: Math.max(FAIL_AFTER_MS, maxStalenessMs) }
            const at = world.time
            const isolate = isolates[step.isolate] as (typeof isolates)[0]
            const isRefused =
              step.kind === 'visit'
                ? isStopped(isolate, `GET /${step.route}`, world.time, staleness)
                : asked(isolate, credential(['subject', `user-${step.user}`]), staleness).then(({ found }) => found !== undefined)
            const since = step.kind === 'visit' ? stoppedAt.get(step.route) : revokedAt.get(step.user)
            if ((await isRefused.catch(() => true)) || since === undefined) continue
            // For a cooldown after it was tried in vain, it is not tried again.
            const isOut = world.outage !== undefined || at - outUntil <= COOLDOWN_MS + 2 * oneWayMs + MAX_SKEW_MS
            const boundMs = isOut ? Math.max(FAIL_AFTER_MS, maxStalenessMs) : maxStalenessMs
            expect(at - since).toBeLessThanOrEqual(boundMs + MAX_SKEW_MS)
          }
        }
      },
    ),
    { numRuns: 500 },
  )
})
