import { resolve } from 'node:path'
import { unstable_readConfig } from 'wrangler'

/** The parts of wrangler.toml that the doctor looks at, of one environment. */
export interface WranglerConfig {
  readonly name?: string | undefined
  readonly account_id?: string | undefined
  readonly compatibility_date?: string | undefined
  readonly compatibility_flags?: readonly string[] | undefined
  readonly workers_dev?: boolean | undefined
  readonly preview_urls?: boolean | undefined
  readonly routes?: readonly WranglerRoute[] | undefined
  readonly route?: WranglerRoute | undefined
  readonly vars?: Readonly<Record<string, unknown>> | undefined
  readonly secrets?: { readonly required?: readonly string[] } | undefined
  readonly durable_objects?: { readonly bindings: readonly { readonly name: string; readonly class_name: string; readonly script_name?: string }[] } | undefined
  readonly migrations?: readonly Migration[] | undefined
  readonly exports?: Readonly<Record<string, ExportedClass>> | undefined
  readonly services?: readonly { readonly binding: string; readonly service: string }[] | undefined
  readonly r2_buckets?: readonly { readonly binding: string }[] | undefined
  readonly ratelimits?: readonly { readonly name: string }[] | undefined
  readonly kv_namespaces?: readonly { readonly binding: string }[] | undefined
  readonly mtls_certificates?: readonly { readonly binding: string }[] | undefined
  readonly secrets_store_secrets?: readonly { readonly binding: string }[] | undefined
  readonly analytics_engine_datasets?: readonly { readonly binding: string; readonly dataset?: string }[] | undefined
  readonly observability?:
    | {
        readonly enabled?: boolean
        readonly logs?: { readonly enabled?: boolean; readonly invocation_logs?: boolean }
        readonly traces?: { readonly enabled?: boolean }
      }
    | undefined
  readonly logpush?: boolean | undefined
  readonly tail_consumers?: readonly { readonly service: string }[] | undefined
  readonly cache?: { readonly enabled: boolean } | undefined
  readonly assets?: { readonly directory?: string; readonly run_worker_first?: boolean | readonly string[] } | undefined
  readonly limits?: { readonly cpu_ms?: number } | undefined
}

/** A route as wrangler.toml writes it. */
export type WranglerRoute = string | { readonly pattern: string; readonly zone_name?: string; readonly zone_id?: string; readonly custom_domain?: boolean }

interface Migration {
  readonly tag: string
  readonly new_classes?: readonly string[]
  readonly new_sqlite_classes?: readonly string[]
  readonly renamed_classes?: readonly { readonly from: string; readonly to: string }[]
  readonly deleted_classes?: readonly string[]
  readonly transferred_classes?: readonly { readonly to: string }[]
}

interface ExportedClass {
  readonly type: string
  readonly state?: string
  readonly storage?: string
  readonly cache?: { readonly enabled: boolean }
}

/** Reads wrangler.toml as wrangler does, but for an environment that is not there: wrangler takes the top level then. @throws where it is not there or wrong */
export function readWranglerConfig(path: string, env: string | undefined): WranglerConfig {
  const config = unstable_readConfig({ config: resolve(path), ...(env !== undefined && { env }) }, { hideWarnings: true })
  if (env !== undefined && config.definedEnvironments?.includes(env) !== true) throw new Error(`${path} has no environment of that name`)
  return config as WranglerConfig
}
