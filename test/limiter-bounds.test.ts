import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Kind, randomWorldsOf, worstOvershoot } from '../scripts/simulation/random-worlds.ts'

// `npm run simulate -- limiter --runs 20000` does the same for longer.
describe.each<[Kind, string]>([
  ['token-bucket', 'burst + rate·(w + the life of a lease) in any interval of length w'],
  ['strict token-bucket', 'burst + rate·w, each request counted at one moment between its coming and its admission'],
  ['sliding-window', 'the limit in any window'],
  ['fixed-window', 'the limit in each calendar window'],
  ['concurrency', 'the limit at any moment'],
])('the bound of %s, worldwide: %s', (kind) => {
  it('holds in every world', async () => {
    await fc.assert(
      fc.asyncProperty(randomWorldsOf(kind), async (world) => {
        expect(await worstOvershoot(world, 'storage')).toBeLessThanOrEqual(0)
      }),
      { numRuns: 300 },
    )
  })

  it('and would not, were the object to keep its state in memory only: these worlds can tell', async () => {
    const worlds = fc.sample(randomWorldsOf(kind), { numRuns: 60, seed: 1 })
    let exceeded = 0
    for (const world of worlds) if ((await worstOvershoot(world, 'memory')) > 0) exceeded++
    expect(exceeded).toBeGreaterThan(worlds.length / 8)
  })
})
