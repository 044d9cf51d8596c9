import type { ScenarioResult } from './simulation/scenarios.ts'

/**
 * Prices in US dollars a million, beyond what the plan includes. Sources, of Cloudflare's documentation: durable-objects/platform/pricing, kv/platform/pricing, workers/platform/pricing.
 * Without a guarantee: look them up before you plan with them.
 */
const PRICES = { workerRequest: 0.3, workerCpuMs: 0.02, objectCall: 0.15, rowWritten: 1, rowRead: 0.001, gigabyteSecond: 12.5, kvRead: 0.5, kvWrite: 5 }

/** What an object is billed for in memory, in GB, and how long one call keeps it busy, in seconds: the first is Cloudflare's, the second an assumption. */
const OBJECT_GB = 0.128
const CALL_SECONDS = 0.002

/** @returns dollars for a million requests, given calls and rows for a thousand. */
function objectCost(callsPer1000: number, rowsPer1000: number): number {
  const calls = callsPer1000 / 1000
  const rows = rowsPer1000 / 1000
  return calls * (PRICES.objectCall + PRICES.rowRead + CALL_SECONDS * OBJECT_GB * PRICES.gigabyteSecond) + rows * PRICES.rowWritten
}

/** @returns a Markdown table: what a million requests cost beyond the Worker itself, in each scenario and by other designs. */
export function costTable(scenarios: readonly ScenarioResult[]): string {
  const rows = scenarios.map(({ name, callsPer1000Allowed, rowsPer1000Allowed, callsPer1000Denied, rowsPer1000Denied }) => {
    const isDenied = callsPer1000Denied > 0
    const [calls, written] = isDenied ? [callsPer1000Denied, rowsPer1000Denied] : [callsPer1000Allowed, rowsPer1000Allowed]
    return [name, `${round(calls)}`, `${round(written)}`, dollars(objectCost(calls, written)), isDenied ? 'a million denied' : 'a million allowed']
  })
  const others = [
    ['one call and one row a request', '1000', '1000', dollars(objectCost(1000, 1000)), 'a million allowed'],
    ['one call a request, counted in memory: not exact', '1000', '0', dollars(objectCost(1000, 0)), 'a million'],
    ['a KV read and write a request: not exact, one write a second a key', '', '', dollars(PRICES.kvRead + PRICES.kvWrite), 'a million allowed'],
    ['the Worker itself, with 1 ms of CPU', '', '', dollars(PRICES.workerRequest + PRICES.workerCpuMs), 'a million'],
  ]
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(['', 'calls a 1000', 'rows a 1000', '$', 'for']), '|---|---|---|---|---|', ...[...rows, ...others].map(line)].join('\n')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function dollars(value: number): string {
  return value.toFixed(value < 0.1 ? 3 : 2)
}
