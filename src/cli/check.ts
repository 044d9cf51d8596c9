import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CompiledGateway } from '../gateway/compiled.ts'
import { compareEdgeLimits, type EdgeBinding, type EdgeFinding } from './edge-limits.ts'
import { type UnfinishedRoute, unfinishedRoutes } from './unfinished.ts'
import { readWranglerConfig } from './wrangler-config.ts'

/** Where to look. */
export interface CheckOptions {
  /** The configuration. */
  readonly config: string
  /** wrangler.toml. */
  readonly wrangler: string
  /** An environment of it. */
  readonly env?: string
}

/** What a check found. */
export interface CheckReport {
  readonly edgeLimits: readonly EdgeFinding[]
  /** Routes where it is not decided yet who may call. */
  readonly unfinished: readonly UnfinishedRoute[]
  readonly problems: readonly string[]
}

/** Compiles a configuration and compares it with what wrangler.toml binds, without running either. @throws {ConfigurationError} */
export async function check({ config, wrangler, env }: CheckOptions): Promise<CheckReport> {
  const { default: gateway } = (await import(pathToFileURL(resolve(config)).href)) as { readonly default: CompiledGateway }
  const { ratelimits } = readWranglerConfig(wrangler, env)
  const edgeLimits = compareEdgeLimits(gateway.uses, (ratelimits ?? []) as readonly EdgeBinding[])
  return {
    edgeLimits,
    unfinished: unfinishedRoutes(gateway.uses),
    problems: edgeLimits.flatMap(({ limit, problem }) => (problem === undefined ? [] : [`${limit}: ${problem}`])),
  }
}
