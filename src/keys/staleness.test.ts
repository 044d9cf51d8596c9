import fc from 'fast-check'
import { expect, it } from 'vitest'
import { MAX_SKEW_MS } from '../lib/age.ts'
import { COOLDOWN_MS } from './shards.ts'
import { asked, KeyringWorld, minted, newKey } from './test-keyring.ts'

const STALENESS_MS = [0, 1000, 30_000] as const
const FAIL_AFTER_MS = 60_000
const KEYS = Array.from({ length: 4 }, (_, n) => minted(n))

/** What happens next in a world of isolates. */
const STEP = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.oneof(fc.nat(3000), fc.nat(70_000)) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('revoke' as const), key: fc.nat(3), by: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rotate' as const), key: fc.nat(3), n: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('outage' as const), isOut: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('strangers' as const), isolate: fc.nat(3), from: fc.nat(1000) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('ask' as const), isolate: fc.nat(3), key: fc.nat(3), staleness: fc.nat(2) }) },
)

it('no request is judged by older knowledge of its key than it bears, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(STEP, { minLength: 10, maxLength: 100 }),
      fc.integer({ min: 0, max: 400 }),
      fc.array(fc.integer({ min: 0, max: MAX_SKEW_MS }), { minLength: 4, maxLength: 4 }),
      fc.integer({ min: -30_000, max: 30_000 }),
      async (steps, oneWayMs, skews, objectsAheadMs) => {
        const world = new KeyringWorld()
        world.oneWayMs = oneWayMs
        world.objectsAheadMs = objectsAheadMs
        // Two locations, of which one remembers nothing.
        const isolates = skews.map((aheadMs, i) => world.isolate({ near: i < 3, aheadMs }))
        const [first] = isolates as [(typeof isolates)[0]]
        for (const key of KEYS) await first.create(newKey(key))
        /** Since when each key is surely revoked, by the time of the world. */
        const revokedAt = new Map<number, number>()
        let outUntil = Number.NEGATIVE_INFINITY
        for (const step of steps) {
          if (step.kind === 'pass') world.pass(step.ms)
          else if (step.kind === 'forget') world.location.clear()
          else if (step.kind === 'outage') {
            world.outage = step.isOut ? () => Promise.reject(new Error('out')) : undefined
            outUntil = world.time
          } else if (step.kind === 'revoke') {
            const done = await isolates[step.by]?.revoke(KEYS[step.key]?.id ?? '', 'grace', 'a test').catch(() => undefined)
            if (done !== undefined && !revokedAt.has(step.key)) revokedAt.set(step.key, world.time)
          } else if (step.kind === 'rotate') {
            const secret = { hash: `${step.n}`.padStart(43, 'h'), pepper: 'pepper00' }
            await first.rotate(KEYS[step.key]?.id ?? '', secret, world.time).catch(() => undefined)
          } else if (step.kind === 'strangers') {
            for (let n = 0; n < 3; n++) await asked(isolates[step.isolate] ?? first, `${step.from + n}`.padStart(16, '0')).catch(() => undefined)
          } else {
            const maxStalenessMs = STALENESS_MS[step.staleness] ?? 0
            const failAfterMs = maxStalenessMs === 0 ? 0 : FAIL_AFTER_MS
            const at = world.time
            const found = await asked(isolates[step.isolate] ?? first, KEYS[step.key]?.id ?? '', { maxStalenessMs, failAfterMs }).then(
              ({ key }) => key,
              () => 'unavailable' as const,
            )
            // A key that is there is never called unknown.
            expect(found).toBeDefined()
            const since = revokedAt.get(step.key)
            if (found === 'unavailable' || found?.revoked !== undefined || since === undefined) continue
            // For a cooldown after it was tried in vain, a shard is not tried again.
            const isOut = world.outage !== undefined || at - outUntil <= COOLDOWN_MS + 2 * oneWayMs + MAX_SKEW_MS
            expect(at - since).toBeLessThanOrEqual((isOut ? failAfterMs : maxStalenessMs) + MAX_SKEW_MS)
          }
        }
      },
    ),
    { numRuns: 300 },
  )
})
