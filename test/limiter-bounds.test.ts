import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomWorlds, worstOvershoot } from '../scripts/simulation/random-worlds.ts'

// `npm run simulate -- limiter --runs 20000` does the same for longer.
describe('the bound of token buckets, worldwide: burst + rate·(w + the life of a lease)', () => {
  it('holds in every world', async () => {
    await fc.assert(
      fc.asyncProperty(randomWorlds, async (world) => {
        expect(await worstOvershoot(world, 'storage')).toBeLessThanOrEqual(0)
      }),
      { numRuns: 400 },
    )
  })

  it('and would not, were the object to keep its state in memory only: these worlds can tell', async () => {
    const { failed, numRuns } = await fc.check(
      fc.asyncProperty(randomWorlds, async (world) => (await worstOvershoot(world, 'memory')) <= 0),
      { numRuns: 400, seed: 1, endOnFailure: true },
    )
    expect(failed).toBe(true)
    expect(numRuns).toBeLessThan(100)
  })
})
