import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigurationError } from '../../core/problems.ts'
import type { CompiledGateway } from '../../gateway/compiled.ts'
import { cannotBeChecked, problemLines } from '../check-command.ts'
import { cloudflareAccess } from '../cloudflare-access.ts'
import { askedWrongly } from '../failure.ts'
import { harmless } from '../harmless.ts'
import type { Terminal } from '../terminal.ts'
import { readWranglerConfig, type WranglerConfig } from '../wrangler-config.ts'
import { analyticsTraffic } from './analytics.ts'
import { compare, type Inventory } from './compare.ts'
import { listedRoutes } from './listed.ts'
import { localTraffic } from './local-log.ts'
import type { Traffic } from './traffic.ts'

/** The binding of the dataset that each decision is written to. */
const DATASET = 'DECISIONS'

/** Where traffic is read from: Analytics Engine, or this machine's log. */
export type TrafficSource =
  | { readonly wrangler: string; readonly env: string | undefined; readonly since: string; readonly sinceSeconds: number; readonly most: number }
  | { readonly port: number }

/** What to compare. */
export interface InventoryOptions {
  readonly config: string
  readonly source: TrafficSource
  /** See {@link compare}. */
  readonly atLeast: number
}

/** Compiles the configuration, reads the traffic and compares them. Nothing is changed. @throws {Failure} */
export async function takeInventory(
  { config, source, atLeast }: InventoryOptions,
  terminal: Terminal,
): Promise<{ readonly traffic: Traffic; readonly found: Inventory }> {
  const listed = listedRoutes(await compiled(config))
  terminal.progress('asking…')
  const traffic = 'port' in source ? await localTraffic(source.port) : await recordedTraffic(source, terminal)
  terminal.progress('')
  return { traffic, found: compare(listed, traffic, atLeast) }
}

async function compiled(path: string): Promise<CompiledGateway> {
  try {
    const { default: gateway } = (await import(pathToFileURL(resolve(path)).href)) as { readonly default: CompiledGateway }
    return gateway
  } catch (error) {
    if (error instanceof ConfigurationError) throw askedWrongly(`The configuration cannot run: ${problemLines(error).map(harmless).join('; ')}`)
    throw cannotBeChecked(error)
  }
}

async function recordedTraffic(source: Exclude<TrafficSource, { readonly port: number }>, terminal: Terminal): Promise<Traffic> {
  const access = cloudflareAccess(terminal.env)
  if (access === undefined)
    throw askedWrongly('Set CLOUDFLARE_API_TOKEN to a token that may read Account Analytics; or give --local for the gateway on this machine.')
  const wrangler = wranglerOf(source)
  return await analyticsTraffic(access, {
    accountId: accountOf(wrangler, terminal.env),
    dataset: datasetOf(wrangler),
    since: source.since,
    sinceSeconds: source.sinceSeconds,
    most: source.most,
  })
}

function wranglerOf({ wrangler, env }: { readonly wrangler: string; readonly env: string | undefined }): WranglerConfig {
  try {
    return readWranglerConfig(wrangler, env)
  } catch (error) {
    throw cannotBeChecked(error)
  }
}

function accountOf({ account_id }: WranglerConfig, { CLOUDFLARE_ACCOUNT_ID }: Terminal['env']): string {
  const id = account_id ?? CLOUDFLARE_ACCOUNT_ID ?? ''
  if (!/^[0-9a-f]{32}$/.test(id)) throw askedWrongly('Which account? Set account_id in wrangler.toml, or CLOUDFLARE_ACCOUNT_ID: 32 hexadecimal digits.')
  return id
}

/** The name becomes part of a question in SQL. */
function datasetOf({ analytics_engine_datasets = [] }: WranglerConfig): string {
  const bound = analytics_engine_datasets.find(({ binding }) => binding === DATASET)
  const name = bound?.dataset ?? bound?.binding ?? ''
  if (!/^[A-Za-z_]\w{0,127}$/.test(name)) throw askedWrongly(`wrangler.toml binds no dataset as ${DATASET} whose name is of letters, digits and _.`)
  return name
}
