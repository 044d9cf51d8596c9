import fc from 'fast-check'
import type { TokenBucketCell } from '../../src/core/ports.ts'
import { LEASE_MS } from '../../src/limiter/algorithm.ts'
import { type Keeping, overshootOf, World } from './world.ts'

type Fault = 'none' | 'crash' | 'split' | 'isolate' | 'lost reply' | 'lost request'

interface Phase {
  readonly pauseMs: number
  readonly requests: number
  readonly withinMs: number
  readonly cost: number
  readonly fault: Fault
  readonly skewMs: number
  readonly refunds: boolean
}

interface Figures {
  readonly tokens: number
  readonly periodMs: number
  readonly burst: number
}

/** A world with all that happens in it. */
export interface RandomWorld {
  readonly seed: number
  readonly isolates: number
  readonly figures: readonly Figures[]
  readonly latencyMs: number
  readonly phases: readonly Phase[]
}

/** The clocks of two machines differ by no more than twice this. */
const MAX_SKEW_MS = 20

const figures: fc.Arbitrary<Figures> = fc.record({
  tokens: fc.integer({ min: 1, max: 300 }),
  periodMs: fc.oneof(fc.integer({ min: 200, max: 3000 }), fc.integer({ min: 1000, max: 120_000 })),
  burst: fc.integer({ min: 1, max: 80 }),
})

const phase: fc.Arbitrary<Phase> = fc.record({
  pauseMs: fc.oneof({ arbitrary: fc.integer({ min: 0, max: 300 }), weight: 3 }, { arbitrary: fc.integer({ min: 0, max: 15_000 }), weight: 1 }),
  requests: fc.oneof({ arbitrary: fc.integer({ min: 1, max: 60 }), weight: 4 }, { arbitrary: fc.integer({ min: 60, max: 400 }), weight: 1 }),
  withinMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3000 })),
  cost: fc.oneof({ arbitrary: fc.constant(1), weight: 3 }, { arbitrary: fc.integer({ min: 1, max: 10 }), weight: 1 }),
  fault: fc.constantFrom<Fault[]>('none', 'none', 'none', 'crash', 'split', 'isolate', 'lost reply', 'lost request'),
  skewMs: fc.integer({ min: -MAX_SKEW_MS, max: MAX_SKEW_MS }),
  refunds: fc.boolean(),
})

/** Worlds of every kind: rates that divide badly, bursts and pauses, slow networks, crashes in the middle of calls, stale instances, isolates that end, replies that get lost, refunds. */
export const randomWorlds: fc.Arbitrary<RandomWorld> = fc.record({
  seed: fc.nat(),
  isolates: fc.integer({ min: 1, max: 6 }),
  figures: fc.array(figures, { minLength: 1, maxLength: 2 }),
  latencyMs: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 600 })),
  phases: fc.array(phase, { minLength: 1, maxLength: 12 }),
})

/** Lets it happen. @returns by how many tokens the worst interval of any cell exceeds burst + rate·(w + the life of a lease), clocks taken into account: 0 or less, if the bound holds. */
export async function worstOvershoot({ seed, isolates, figures, latencyMs, phases }: RandomWorld, keeping: Keeping): Promise<number> {
  const cells = figures.map((figure, i): TokenBucketCell => ({ id: `cell ${i}`, ...figure }))
  const world = new World({ seed, isolates, cells, latencyMs: [0, latencyMs], keeping })
  const highestCost = Math.min(...figures.map(({ burst }) => burst))
  let atMs = 0
  for (const { pauseMs, requests, withinMs, cost, fault, skewMs, refunds } of phases) {
    atMs += pauseMs
    world.events.in(atMs + world.random() * withinMs, () => {
      if (fault === 'crash') world.crash(skewMs)
      else if (fault === 'split') world.split(skewMs)
      else if (fault === 'isolate') world.restartIsolate(Math.floor(world.random() * isolates))
      else if (fault === 'lost reply') world.lostReplies += 1 + Math.floor(world.random() * 4)
      else if (fault === 'lost request') world.lostRequests += 1 + Math.floor(world.random() * 4)
    })
    for (let i = 0; i < requests; i++) {
      world.events.in(atMs + world.random() * withinMs, () => {
        const paid = Math.min(cost, highestCost)
        const needless =
          refunds && world.random() < 0.4 ? { count: 1 + Math.floor(world.random() * paid), afterMs: Math.floor(world.random() ** 3 * 20_000) } : undefined
        world.request(Math.floor(world.random() * isolates), paid, needless)
      })
    }
    atMs += withinMs
  }
  await world.run()
  const slackMs = Math.max(LEASE_MS, 2 * latencyMs) + 2 * MAX_SKEW_MS
  return Math.max(...figures.map((figure) => overshootOf(world.admitted, figure, slackMs)))
}
