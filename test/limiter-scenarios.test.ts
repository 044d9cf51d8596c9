import { describe, expect, it } from 'vitest'
import { runScenario, SCENARIOS, type ScenarioResult } from '../scripts/simulation/scenarios.ts'

/** The most calls for 1000 requests that were allowed, or denied where the name says so. */
const MOST_CALLS: Readonly<Record<string, number>> = {
  'allowed: limit 1000/s, load 800/s, 20 isolates': 40,
  'allowed: limit 100/s, load 80/s, 1 isolate': 25,
  'allowed: limit 100/s, load 80/s, 8 isolates': 130,
  'allowed: limit 100/s, load 95/s, 8 isolates': 130,
  'allowed: limit 100/s, load 80/s, 100 isolates': 700,
  'allowed: limit 100/min, load 1/s, 1 isolate': 650,
  'denied: limit 100/min, load 1000/s, 1 isolate': 5,
  'denied: limit 100/min, load 1000/s, 40 isolates': 75,
  'denied: limit 100/s, load 400/s (4x), 8 isolates': 400,
  'banned: limit 100/min, load 1000/s, 40 isolates, after 3 episodes': 75,
}

// `npm run simulate -- limiter` shows them all.
describe('what limits cost, simulated on the code that ships', () => {
  it.each(SCENARIOS)('$name', async (scenario) => {
    const result = await runScenario(scenario)
    const calls = scenario.name.startsWith('allowed') ? result.callsPer1000Allowed : result.callsPer1000Denied
    expect(calls).toBeLessThanOrEqual(MOST_CALLS[scenario.name] ?? 0)
    expect(result.rowsPer1000Allowed).toBeLessThanOrEqual(45)
    expect(result.rowsPer1000Denied).toBeLessThanOrEqual(scenario.ban === undefined ? 0 : 1)
    expect(result).toMatchObject<Partial<ScenarioResult>>({ falseDenials: 0, overshoot: 0 })
  })

  // Of those that are not leased, each answer is for one request: to be quiet after it would refuse most others.
  it.each([true, false])('below its limit a key of few isolates and a small burst is hardly refused: strict %s', async (strict) => {
    const scenario = { name: '', tokens: 50, periodMs: 1000, burst: 10, requestsPerSecond: 40, isolates: 2, strict }
    const { falseDenials, utilisation } = await runScenario(scenario)
    expect(falseDenials).toBeLessThan(24)
    expect(utilisation).toBeGreaterThan(0.99)
  })
})
