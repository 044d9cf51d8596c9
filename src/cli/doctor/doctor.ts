import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigurationError } from '../../core/problems.ts'
import type { CompiledGateway } from '../../gateway/compiled.ts'
import { cannotBeChecked, problemLines } from '../check-command.ts'
import { compareEdgeLimits, type EdgeBinding } from '../edge-limits.ts'
import { isLoopback } from '../safe-url.ts'
import type { Terminal } from '../terminal.ts'
import { readWranglerConfig, type WranglerConfig } from '../wrangler-config.ts'
import { bindingFindings } from './bindings.ts'
import { cloudflareApi } from './cloudflare-api.ts'
import { deployedFindings, REMINDER } from './deployed.ts'
import { type Finding, finding, worstFirst } from './finding.ts'
import { type Deployment, onlineFindings } from './online.ts'
import { routeFindings } from './routes.ts'
import { settingFindings } from './settings.ts'

/** What to look at. */
export interface DoctorOptions {
  readonly config: string
  readonly wrangler: string
  readonly env?: string | undefined
  /** Of zones whose routes Cloudflare is asked for. */
  readonly zoneIds: readonly string[]
  /** A host of the gateway, or its admin API. */
  readonly url?: URL | undefined
  readonly workersDevUrl?: URL | undefined
}

/** Looks at configuration, wrangler.toml and, where it may, at what is deployed. Nothing is changed. @throws {Failure} */
export async function examine(options: DoctorOptions, terminal: Terminal): Promise<readonly Finding[]> {
  const wrangler = readOrFail(() => readWranglerConfig(options.wrangler, options.env))
  const compiled = await compile(options.config)
  const ofConfiguration = 'problems' in compiled ? compiled.problems : configurationFindings(compiled, wrangler)
  const hosts = 'problems' in compiled ? [] : hostsOf(compiled)
  const api = cloudflareApi(terminal.env)
  terminal.progress('asking…')
  const ofDeployment = [
    ...(api === undefined ? [REMINDER] : await deployedFindings(api, wrangler, hosts, options.zoneIds)),
    ...(options.url === undefined ? [] : await onlineFindings(deploymentOf(options.url, options.workersDevUrl))),
  ]
  terminal.progress('')
  return worstFirst([...ofConfiguration, ...settingFindings(wrangler, terminal.now()), ...ofDeployment])
}

async function compile(path: string): Promise<CompiledGateway | { readonly problems: readonly Finding[] }> {
  try {
    const { default: gateway } = (await import(pathToFileURL(resolve(path)).href)) as { readonly default: CompiledGateway }
    return gateway
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw cannotBeChecked(error)
    return {
      problems: problemLines(error).map((line) =>
        finding('problem', 'configuration', line, 'The Worker does not start with it: the deployment is refused.', 'mend it'),
      ),
    }
  }
}

function configurationFindings(gateway: CompiledGateway, wrangler: WranglerConfig): readonly Finding[] {
  const edge = compareEdgeLimits(gateway.uses, (wrangler.ratelimits ?? []) as readonly EdgeBinding[])
  return [
    ...bindingFindings(wrangler, gateway.bindings, gateway.secrets),
    ...routeFindings(wrangler, hostsOf(gateway)),
    ...edge.flatMap(({ limit, problem }) =>
      problem === undefined
        ? []
        : [finding('problem', 'edge-limit', `${limit}: ${problem}`, 'The first shield refuses what the limit admits, or nothing.', 'see above')],
    ),
  ]
}

/** The zones', and the admin API's where that has one of its own. */
function hostsOf({ zones, admin }: CompiledGateway): readonly string[] {
  return [...new Set([...zones.keys(), ...(admin === undefined ? [] : [admin.host])])]
}

/** A path in the URL is the admin API's; without one it is where it is by default. */
function deploymentOf(url: URL, workersDevUrl: URL | undefined): Deployment {
  const adminUrl = new URL(url.pathname === '/' ? '/_portcullis/admin/status' : `${url.pathname.replace(/\/$/, '')}/status`, url)
  const plainUrl = new URL('/', url)
  plainUrl.protocol = 'http:'
  return { url: new URL('/', url), adminUrl, workersDevUrl, ...(url.protocol === 'https:' && !isLoopback(url.hostname) && { plainUrl }) }
}

function readOrFail<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw cannotBeChecked(error)
  }
}
