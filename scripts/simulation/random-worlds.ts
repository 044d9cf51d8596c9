import fc from 'fast-check'
import type { Cell } from '../../src/core/limit.ts'
import { LEASE_MS } from '../../src/limiter/algorithm.ts'
import { overshootOf } from './bounds.ts'
import type { Keeping } from './instance.ts'
import { type Cells, World } from './world.ts'

/** The figures of one cell; a fixed window is of the calendar that cuts all time in windows of this length. */
type Figures =
  | { readonly algorithm: 'token-bucket'; readonly tokens: number; readonly periodMs: number; readonly burst: number; readonly strict: boolean }
  | { readonly algorithm: 'sliding-window'; readonly limit: number; readonly windowMs: number }
  | { readonly algorithm: 'fixed-window'; readonly limit: number; readonly lengthMs: number }
  | { readonly algorithm: 'concurrency'; readonly limit: number; readonly maxMs: number }

type Fault = 'none' | 'crash' | 'split' | 'clock' | 'isolate' | 'lost reply' | 'lost request'

interface Phase {
  readonly pauseMs: number
  readonly requests: number
  readonly withinMs: number
  readonly cost: number
  readonly lastsMs: number
  readonly refunds: boolean
  readonly fault: Fault
  readonly skewMs: number
  /** Other figures hold from here on, which of the world's. */
  readonly change: number | undefined
}

/** A world with all that happens in it. */
export interface RandomWorld {
  readonly seed: number
  readonly isolates: number
  /** Of each set of figures that holds at some time: those of each cell. */
  readonly figures: readonly (readonly Figures[])[]
  /** The first two of them hold at the same time, each for some requests; else one after the other. */
  readonly isGradual: boolean
  /** Of each cell. */
  readonly weights: readonly number[]
  readonly budgetMs: number | undefined
  readonly latencyMs: number
  readonly phases: readonly Phase[]
}

/** The clock of the object is wrong by no more than this. */
const MAX_SKEW_MS = 20

const limit = fc.oneof(fc.integer({ min: 1, max: 15 }), fc.integer({ min: 16, max: 300 }))
const weight = fc.oneof({ arbitrary: fc.constant(1), weight: 4 }, { arbitrary: fc.integer({ min: 1, max: 3 }), weight: 1 })
const lengthMs = fc.oneof(fc.integer({ min: 200, max: 3000 }), fc.integer({ min: 1000, max: 120_000 }))

const bucket = (strict: boolean): fc.Arbitrary<Figures> =>
  fc.record({
    algorithm: fc.constant('token-bucket'),
    tokens: fc.integer({ min: 1, max: 300 }),
    periodMs: lengthMs,
    burst: fc.integer({ min: 1, max: 80 }),
    strict: fc.constant(strict),
  })

/** Cells of each kind: rates and windows that divide badly. */
const KINDS = {
  'token-bucket': bucket(false),
  'strict token-bucket': bucket(true),
  'sliding-window': fc.record({ algorithm: fc.constant('sliding-window'), limit, windowMs: lengthMs }),
  'fixed-window': fc.record({ algorithm: fc.constant('fixed-window'), limit, lengthMs }),
  concurrency: fc.record({ algorithm: fc.constant('concurrency'), limit, maxMs: lengthMs }),
} as const satisfies Readonly<Record<string, fc.Arbitrary<Figures>>>

/** A kind of cell: an algorithm, or a way of it. */
export type Kind = keyof typeof KINDS

/** All kinds. */
export const ALL_KINDS = Object.keys(KINDS) as readonly Kind[]

const phase: fc.Arbitrary<Phase> = fc.record({
  pauseMs: fc.oneof(
    { arbitrary: fc.integer({ min: 0, max: 300 }), weight: 5 },
    { arbitrary: fc.integer({ min: 500, max: 2500 }), weight: 2 },
    { arbitrary: fc.integer({ min: 0, max: 15_000 }), weight: 2 },
  ),
  requests: fc.oneof({ arbitrary: fc.integer({ min: 1, max: 60 }), weight: 4 }, { arbitrary: fc.integer({ min: 60, max: 400 }), weight: 1 }),
  withinMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3000 })),
  cost: fc.oneof({ arbitrary: fc.constant(1), weight: 3 }, { arbitrary: fc.integer({ min: 1, max: 10 }), weight: 1 }),
  lastsMs: fc.integer({ min: 0, max: 20_000 }),
  refunds: fc.boolean(),
  fault: fc.constantFrom<Fault[]>('none', 'none', 'none', 'crash', 'split', 'clock', 'isolate', 'lost reply', 'lost request'),
  skewMs: fc.integer({ min: -MAX_SKEW_MS, max: MAX_SKEW_MS }),
  change: fc.oneof({ arbitrary: fc.constant(undefined), weight: 9 }, { arbitrary: fc.nat({ max: 2 }), weight: 1 }),
})

/**
 * Worlds with a cell of this kind, in some of them with another beside it: bursts and pauses, slow networks, crashes in the middle of calls, hibernation, stale instances, clocks
 * that are set, isolates that end, messages that get lost, refunds, weights, other figures in the middle or another algorithm, gradual deployments.
 */
export function randomWorldsOf(kind: Kind): fc.Arbitrary<RandomWorld> {
  const any = fc.oneof(...Object.values(KINDS))
  const figures = fc.oneof({ arbitrary: fc.tuple(KINDS[kind]), weight: 3 }, { arbitrary: fc.tuple(KINDS[kind], any), weight: 1 })
  const changed = fc.oneof({ arbitrary: KINDS[kind], weight: 3 }, { arbitrary: any, weight: 1 })
  return fc
    .record({
      seed: fc.nat(),
      isolates: fc.integer({ min: 1, max: 6 }),
      figures,
      later: fc.array(changed, { maxLength: 2 }),
      isGradual: fc.oneof({ arbitrary: fc.constant(false), weight: 4 }, { arbitrary: fc.constant(true), weight: 1 }),
      weights: fc.tuple(weight, weight),
      budgetMs: fc.option(fc.integer({ min: 1, max: LEASE_MS }), { nil: undefined, freq: 3 }),
      latencyMs: fc.oneof(
        { arbitrary: fc.integer({ min: 0, max: 50 }), weight: 3 },
        { arbitrary: fc.integer({ min: 0, max: 600 }), weight: 2 },
        { arbitrary: fc.integer({ min: 600, max: 2500 }), weight: 1 },
      ),
      phases: fc.array(phase, { minLength: 1, maxLength: 12 }),
    })
    .map(({ figures, later, ...world }) => ({ ...world, figures: [figures, ...later.map((first) => [first, ...figures.slice(1)])] }))
}

/** Lets it happen. @returns by how many tokens the bound of any cell is exceeded at worst, clocks taken into account: 0 or less, if all hold. */
export async function worstOvershoot({ figures, isGradual, weights, latencyMs, phases, ...settings }: RandomWorld, keeping: Keeping): Promise<number> {
  const capacities = (figures[0] ?? []).map((_, i) => Math.min(...figures.map((some) => capacityOf(some[i] as Figures))))
  const weightAt = (i: number) => Math.min(weights[i] ?? 1, capacities[i] ?? 1)
  const highestCost = Math.min(...capacities.map((capacity, i) => Math.floor(capacity / weightAt(i))))
  const ways: Cells = figures.map((some) => (nowMs) => some.map((cell, i) => cellOf(`cell ${i}`, cell, weightAt(i), nowMs)))
  // No gradual deployment changes an algorithm.
  const isMixed = isGradual && new Set(figures.slice(0, 2).map(([first]) => first?.algorithm)).size === 1
  const world = new World({ ...settings, cells: ways.slice(0, isMixed ? 2 : 1), latencyMs: [0, latencyMs], keeping })
  let atMs = 0
  for (const phase of phases) {
    const { pauseMs, withinMs, change } = phase
    atMs += pauseMs
    if (change !== undefined && !isMixed) {
      // What was leased or is on its way under the former figures comes to its end first.
      atMs += Math.max(LEASE_MS, 2 * latencyMs) + 1
      world.events.in(atMs, () => world.change(ways.slice(change % ways.length).slice(0, 1)))
    }
    world.events.in(atMs + world.random() * withinMs, () => suffer(world, phase, settings.isolates))
    for (let i = 0; i < phase.requests; i++) world.events.in(atMs + world.random() * withinMs, () => request(world, phase, settings.isolates, highestCost))
    atMs += withinMs
  }
  await world.run()
  return Math.max(...capacities.map((_, i) => overshootOf(world.admitted, world.eras, i, 2 * MAX_SKEW_MS)))
}

function suffer(world: World, { fault, skewMs }: Phase, isolates: number): void {
  const some = () => 1 + Math.floor(world.random() * 4)
  if (fault === 'crash') world.crash(skewMs)
  else if (fault === 'split') world.split(skewMs)
  else if (fault === 'clock') world.setClock(skewMs)
  else if (fault === 'isolate') world.restartIsolate(Math.floor(world.random() * isolates))
  else if (fault === 'lost reply') world.lostReplies += some()
  else if (fault === 'lost request') world.lostRequests += some()
}

function request(world: World, { cost, lastsMs, refunds }: Phase, isolates: number, highestCost: number): void {
  const paid = Math.min(cost, highestCost)
  const needless = refunds && world.random() < 0.4 ? 1 + Math.floor(world.random() * paid) : 0
  world.request(Math.floor(world.random() * isolates), paid, { needless, lastsMs: Math.floor(world.random() ** 3 * lastsMs) })
}

function capacityOf(figures: Figures): number {
  return figures.algorithm === 'token-bucket' ? figures.burst : figures.limit
}

function cellOf(id: string, figures: Figures, weight: number, nowMs: number): Cell {
  if (figures.algorithm !== 'fixed-window') return { id, weight, ...figures }
  const windowStartMs = nowMs - (nowMs % figures.lengthMs)
  return { id, weight, algorithm: figures.algorithm, limit: figures.limit, windowStartMs, windowEndMs: windowStartMs + figures.lengthMs }
}
