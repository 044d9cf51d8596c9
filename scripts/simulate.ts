// `npm run simulate -- limiter`: what the rate limiter costs, and whether its bounds hold, on the code that ships in a world of simulated isolates, clocks and networks.
//   --json FILE    writes the scenarios' figures
//   --runs N       random worlds to look for a violation of a bound in, of all algorithms together (default 2000)
//   --seed N       another seed for both
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { ALL_KINDS, randomWorldsOf, worstOvershoot } from './simulation/random-worlds.ts'
import { runScenario, SCENARIOS, type ScenarioResult } from './simulation/scenarios.ts'
import { table } from './table.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, runs: { type: 'string', default: '2000' }, seed: { type: 'string', default: '1' } },
})
const [runs, seed] = [Number(values.runs), Number(values.seed)]
if (positionals.join() !== 'limiter' || !Number.isSafeInteger(runs) || runs < 0 || !Number.isSafeInteger(seed)) {
  console.error('Usage: npm run simulate -- limiter [--json FILE] [--runs N] [--seed N]')
  process.exit(2)
}

/** So many worlds show that they can tell. */
const MOST_FORGETFUL = 200

const scenarios: ScenarioResult[] = []
for (const scenario of SCENARIOS) {
  scenarios.push(await runScenario(scenario, seed))
  console.error(`${scenarios.length}/${SCENARIOS.length} ${scenario.name}`)
}
const HEAD = [
  'scenario',
  'calls / 1000 allowed',
  'calls / 1000 denied',
  'rows / 1000 allowed',
  'rows / 1000 denied',
  'false denials',
  'utilisation',
  'overshoot',
]
console.log(table([HEAD, ...scenarios.map((result) => Object.values(result).map(String))]))
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ scenarios }, null, 2)}\n`)

for (const [i, kind] of ALL_KINDS.entries()) {
  const numRuns = Math.floor((runs + i) / ALL_KINDS.length)
  let done = 0
  const property = fc.asyncProperty(randomWorldsOf(kind), async (world) => {
    const worst = await worstOvershoot(world, 'storage')
    if (++done % 1000 === 0) console.error(`${kind}: ${done}/${numRuns} worlds`)
    return worst <= 0
  })
  const found = await fc.check(property, { numRuns, seed })
  if (found.failed) {
    console.error(`${kind}: the bound was exceeded, or something else went wrong: ${fc.stringify(found.counterexample)} ${String(found.errorInstance ?? '')}`)
    process.exit(1)
  }
  const forgetful = fc.sample(randomWorldsOf(kind), { numRuns: Math.min(numRuns, MOST_FORGETFUL), seed })
  let exceeded = 0
  for (const world of forgetful) if ((await worstOvershoot(world, 'memory')) > 0) exceeded++
  console.log(
    `${kind}: the bound held in each of ${numRuns} random worlds; with an object that counts in memory only it is exceeded in ${exceeded} of ${forgetful.length}`,
  )
}
