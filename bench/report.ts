import type { KeyringFigures } from './keyring.ts'
import type { LimiterFigures } from './limiter.ts'
import type { Runner } from './measure.ts'
import { type Comparison, compare, type Spread, spread } from './spread.ts'
import { OUTAGE_MINUTES, OUTAGE_REQUESTS, REQUESTS_A_SECOND } from './token-fetches.ts'
import type { TokenFigures } from './tokens.ts'
import type { ValidationFigures } from './validation.ts'
import { CONTROLS } from './variants.ts'

/** A variant that could not be measured, and why. */
export interface Missing {
  readonly name: string
  readonly reason: string
}

interface Row {
  readonly about: string
  readonly cpu_us: Spread | null
  readonly requests_per_second: Spread
  readonly startup_ms: Spread
  readonly bundle_gzip_bytes: number
}

/** Everything that was found. Ratios are of requests a second, compared round by round; `null` stands for what could not be measured. */
export interface Results extends LimiterFigures, KeyringFigures, TokenFigures, ValidationFigures {
  readonly ratios: Readonly<Record<string, number | null>>
  /** The spread behind each ratio, and whether the rounds agree that there is a difference. */
  readonly comparisons: Readonly<Record<string, Comparison | null>>
  /** The same pairs by CPU: how many requests the first answers for the CPU of one of the second's. */
  readonly cpu_comparisons: Readonly<Record<string, Comparison | null>>
  /** Median CPU of the server per request, in microseconds. */
  readonly cpu_us: Readonly<Record<string, number | null>>
  /** What each control costs over the pipeline without any, in microseconds of CPU. */
  readonly control_cpu_us: Readonly<Record<string, Comparison | null>>
  /** The gateway's Worker with every control, compressed. */
  readonly bundle_gzip_bytes: number | null
  /** From the start of the process until it listens, for the gateway with every control. */
  readonly startup_ms: number | null
  readonly variants: Readonly<Record<string, Row>>
  readonly not_run: readonly Missing[]
}

const RATIOS: readonly (readonly [name: string, of: string, to: string])[] = [
  ['full_vs_pass', 'full', 'pass'],
  ['full_vs_inlined', 'full', 'inlined'],
  ['full_vs_composed', 'full', 'composed'],
  ['full_vs_stoma', 'full', 'stoma'],
  ['deny_vs_hello_same', 'deny', 'hello_same'],
  ['limited_vs_hello_same', 'limited', 'limited_same'],
  ['full_hono_vs_full', 'full_hono', 'full'],
  ['full_recorded_vs_full', 'full_recorded', 'full'],
]

/** Reads the results out of the measurements. */
export function resultsOf(
  runners: readonly Runner[],
  notRun: readonly Missing[],
  parts: LimiterFigures & KeyringFigures & TokenFigures & ValidationFigures,
): Results {
  const by = new Map(runners.map((runner) => [runner.variant.name, runner]))
  const compareAll = (figuresOf: (runner: Runner) => readonly number[], ratio: (x: number, y: number) => number) =>
    Object.fromEntries(
      RATIOS.map(([name, of, to]) => {
        const [a, b] = [by.get(of), by.get(to)].map((runner) => (runner === undefined ? [] : figuresOf(runner)))
        return [name, a?.length && b?.length ? compare(a, b, ratio, 1) : null]
      }),
    )
  const comparisons = compareAll(
    ({ requestsPerSecond }) => requestsPerSecond,
    (x, y) => x / y,
  )
  const cpuComparisons = compareAll(
    ({ cpuUs }) => cpuUs,
    (x, y) => y / x,
  )
  const rows = runners.map(({ variant, built, cpuUs, requestsPerSecond, startupMs }) => {
    const row: Row = {
      about: variant.about,
      cpu_us: cpuUs.length === 0 ? null : spread(cpuUs),
      requests_per_second: spread(requestsPerSecond),
      startup_ms: spread(startupMs),
      bundle_gzip_bytes: built.gzipBytes,
    }
    return [variant.name, row] as const
  })
  const variants = Object.fromEntries(rows)
  const base = by.get('alone:none')
  const controlCosts = CONTROLS.filter(([name]) => name !== 'none').map(([name]) => {
    const alone = by.get(`alone:${name}`)
    const both = base && alone && base.cpuUs.length > 0 && alone.cpuUs.length > 0
    return [name, both ? compare(alone.cpuUs, base.cpuUs, (x, y) => x - y, 0) : null] as const
  })
  return {
    ratios: Object.fromEntries(Object.entries(comparisons).map(([name, found]) => [name, found?.median ?? null])),
    comparisons,
    cpu_comparisons: cpuComparisons,
    cpu_us: Object.fromEntries(rows.map(([name, row]) => [name, row.cpu_us?.median ?? null])),
    control_cpu_us: Object.fromEntries(controlCosts),
    ...parts,
    bundle_gzip_bytes: variants.full?.bundle_gzip_bytes ?? null,
    startup_ms: variants.full?.startup_ms.median ?? null,
    variants,
    not_run: notRun,
  }
}

/** The results as tables for people. */
export function tables({ variants, comparisons, cpu_comparisons, control_cpu_us, not_run, ...parts }: Results): string {
  const rows = Object.entries(variants).map(([name, row]) => [
    name,
    row.cpu_us === null ? '?' : figures(row.cpu_us, 1),
    figures(row.requests_per_second, 0),
    figures(row.startup_ms, 0),
    (row.bundle_gzip_bytes / 1000).toFixed(1),
    row.about,
  ])
  const said = (found: Comparison | null | undefined, digits: number, unit = '') => (found ? verdict(found, digits, unit) : 'not measured')
  const compared = Object.entries(comparisons).map(([name, found]) => [name, said(found, 2), said(cpu_comparisons[name], 2)])
  const controls = Object.entries(control_cpu_us).map(([name, found]) => [name, said(found, 1, ' µs')])
  return [
    table([['variant', 'CPU µs/request', 'requests/s', 'start ms', 'gzip KB', ''], ...rows]),
    table([['ratio', 'requests/s', 'requests for the same CPU'], ...compared]),
    table([['control', 'CPU over the bare pipeline'], ...controls]),
    table([
      ['limiter alone', ''],
      ['CPU of an answer from a lease', alone(parts.lease_hit_us, 'µs')],
      ['RSS grown over a million keys', alone(parts.keys_rss_growth_mb, 'MB')],
      ['the same with all objects', alone(parts.keys_objects_rss_growth_mb, 'MB')],
    ]),
    keyringTable(parts),
    table([
      ['tokens', ''],
      ['CPU of a request to a public route', spreadOf(parts.token_public_us)],
      ['CPU of a caller who is known without a token, more than that', spreadOf(parts.token_caller_us)],
      ['CPU of a cached token, more than both', spreadOf(parts.token_cached_us)],
      ['CPU of a new RS256 token, more than both', spreadOf(parts.token_cold_rs256_us)],
      ['CPU of a new ES256 token, more than both', spreadOf(parts.token_cold_es256_us)],
      ['CPU of verifying an RS256 token, in a loop', spreadOf(parts.token_verify_rs256_us)],
      ['CPU of verifying an ES256 token, in a loop', spreadOf(parts.token_verify_es256_us)],
      [`key sets fetched, of 1,000 requests, at ${REQUESTS_A_SECOND} a second`, alone(parts.key_set_fetches_per_1000, '')],
      ['key sets fetched, in a cooldown, half of the requests with unknown key ids', alone(parts.key_set_fetches_per_cooldown, '')],
      [`failed of ${OUTAGE_REQUESTS} requests with the issuer down for ${OUTAGE_MINUTES} minutes`, alone(parts.outage_failures, '')],
    ]),
    validationTable(parts),
    ...(not_run.length === 0 ? [] : [table([['not run', 'because'], ...not_run.map(({ name, reason }) => [name, reason.split('\n')[0] ?? ''])])]),
  ].join('\n\n')
}

function validationTable({ validation, first_validation_ms, github_start_ms, github_gzip_bytes, routing_us }: ValidationFigures): string {
  const rows = validation ?? []
  const orders = rows.flatMap(({ bytes, warmedUpWith, validating_us, validated_us }) => {
    const other = rows.find((row) => row.bytes === bytes && row.warmedUpWith !== warmedUpWith)
    if (other === undefined || warmedUpWith === 'small first') return []
    return [
      [`big first over small first, ${bytes} bytes, bare Worker`, ratio(validating_us, other.validating_us)],
      [`big first over small first, ${bytes} bytes, gateway`, ratio(validated_us, other.validated_us)],
    ]
  })
  return table([
    ['validation', ''],
    ...rows.flatMap(({ bytes, warmedUpWith, own_us, over_parsed_us, added_us }) => [
      [`${bytes} bytes, ${warmedUpWith}: a bare Worker that validates, over one that reads, parses and forwards`, `${figures(own_us, 1)} µs`],
      [`${bytes} bytes, ${warmedUpWith}: the whole gateway, over the same`, `${figures(over_parsed_us, 1)} µs`],
      [`${bytes} bytes, ${warmedUpWith}: added to the gateway, reading and parsing with it`, `${figures(added_us, 1)} µs`],
    ]),
    ...orders,
    ...Object.entries(first_validation_ms ?? {}).map(([operation, ms]) => [`first validation of ${operation}`, `${figures(ms, 2)} ms`]),
    ['finding a route among 2,000', spreadOf(routing_us)],
    ['CPU that GitHub’s operations add to the start', github_start_ms === null ? 'not measured' : `${figures(github_start_ms, 1)} ms`],
    ['what they add to the bundle, compressed', github_gzip_bytes === null ? 'not measured' : `${(github_gzip_bytes / 1000).toFixed(1)} KB`],
  ])
}

function ratio(a: readonly number[], b: readonly number[]): string {
  return (spread(a).median / spread(b).median).toFixed(2)
}

function keyringTable({ keyring, keyring_lookups_rss_growth_mb }: KeyringFigures): string {
  const rows = (keyring ?? []).map(({ keys, lookup_cpu_us, copy_cpu_us, page_cpu_ms, owner_page_cpu_ms, rss_mb }) => [
    `${keys}`,
    lookup_cpu_us.toFixed(0),
    copy_cpu_us.toFixed(1),
    page_cpu_ms.toFixed(1),
    owner_page_cpu_ms.toFixed(1),
    rss_mb.toFixed(0),
  ])
  return table([
    ['keys in the keyring', 'CPU µs of a lookup', 'of a copy', 'CPU ms of a page', 'of an owner’s page', 'RSS MB'],
    ...rows,
    ['RSS grown over 300,000 lookups', alone(keyring_lookups_rss_growth_mb, 'MB'), '', '', '', ''],
  ])
}

function alone(figure: number | null, unit: string): string {
  return figure === null ? 'not measured' : `${figure.toFixed(2)} ${unit}`
}

function spreadOf(figure: Spread | null): string {
  return figure === null ? 'not measured' : `${figures(figure, 1)} µs`
}

function figures({ min, median, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`
}

function verdict(found: Comparison, digits: number, unit: string): string {
  return `${found.differs ? `${found.median.toFixed(digits)}${unit}` : 'none'} (${found.min.toFixed(digits)}–${found.max.toFixed(digits)})`
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
