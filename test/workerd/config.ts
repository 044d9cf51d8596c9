import type { WorkerModule } from './bundle.ts'
import { LOCATION_CACHE } from './location-cache.ts'
import { SECRETS_STORE } from './secrets-store.ts'

/** Where a binding or an outbound fetch ends: `host:port` on loopback, or the name of another Worker of the same server. */
export type Target = { readonly address: string } | { readonly worker: string }

/** One Durable Object binding. */
export interface ObjectBinding {
  readonly className: string
  /** Default true, as every class of the product is a SQLite class. */
  readonly sql?: boolean
  /** The Worker that has the class, by name. Default: the one that is bound to it. */
  readonly worker?: string
}

/** A Worker as `workerd serve` runs it: code and bindings. */
export interface WorkerSpec {
  /** Path of the main module that `bundle` returned. */
  readonly bundle?: string
  /** Source text of a one-module Worker, in place of a bundle. */
  readonly source?: string
  /** Plain-text variables and secrets: a Worker cannot tell them apart. */
  readonly vars?: Readonly<Record<string, string>>
  /** Secrets that stand in a Secrets Store, by binding name, and the address of who plays it: see `startSecretsStore`. */
  readonly stored?: { readonly secrets: readonly string[]; readonly store: string }
  /** Durable Object namespaces by binding name. */
  readonly objects?: Readonly<Record<string, string | ObjectBinding>>
  /** Service bindings by binding name. */
  readonly services?: Readonly<Record<string, Target>>
  /** Analytics Engine bindings whose `writeDataPoint` does nothing. */
  readonly datasets?: readonly string[]
  /** Where every global `fetch` goes, whatever its host and scheme. Default: nowhere, it fails. */
  readonly globalOutbound?: Target
}

/** A Worker with its code on disk. */
export interface PlacedWorker {
  readonly name: string
  readonly spec: WorkerSpec
  readonly modules: readonly WorkerModule[]
  readonly compatibilityDate: string
  readonly compatibilityFlags: readonly string[]
}

/** The headers in which a test client says what the edge would have known. workerd takes them away before the Worker runs. */
export const PROTO_HEADER = 'portcullis-proto'
export const CF_HEADER = 'portcullis-cf'

/** The text of a workerd configuration. The Workers of `listening` have a socket each, of their name. */
export function configuration(
  workers: readonly PlacedWorker[],
  listening: readonly string[],
  storage: string,
  inject: Readonly<Record<string, string | null>>,
): string {
  const externals = new Map<string, string>()
  const service = (target: Target): string => {
    if ('worker' in target) return text(`worker:${target.worker}`)
    const name = `external:${target.address}`
    externals.set(name, target.address)
    return text(name)
  }
  const stores = new Set(workers.flatMap(({ spec }) => spec.stored?.store ?? []))
  const services = workers.map((worker) => `(name = ${text(`worker:${worker.name}`)}, worker = ${workerText(worker, service)})`)
  for (const store of stores) {
    const fields = `modules = [(name = "store.js", esModule = ${text(SECRETS_STORE)})], compatibilityDate = "2026-10-01", globalOutbound = ${service({ address: store })}`
    services.push(`(name = ${text(`store:${store}`)}, worker = (${fields}))`)
  }
  for (const [name, address] of externals) services.push(`(name = ${text(name)}, external = (address = ${text(address)}, http = ()))`)
  services.push(`(name = "storage", disk = (path = ${text(storage)}, writable = true))`)
  services.push('(name = "internet", network = (allow = []))')
  services.push(`(name = "location", worker = (modules = [(name = "cache.js", esModule = ${text(LOCATION_CACHE)})], compatibilityDate = "2026-10-01"))`)
  const injected = Object.entries(inject).map(([name, value]) => `(name = ${text(name)}${value === null ? '' : `, value = ${text(value)}`})`)
  const http = `(forwardedProtoHeader = "${PROTO_HEADER}", cfBlobHeader = "${CF_HEADER}", injectRequestHeaders = [${injected.join(', ')}])`
  const sockets = listening.map((name) => `(name = ${text(name)}, address = "127.0.0.1:0", http = ${http}, service = ${text(`worker:${name}`)})`)
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${services.join(',\n    ')}
  ],
  sockets = [${sockets.join(', ')}],
  extensions = [(modules = [(name = "portcullis-harness:dataset", internal = true, esModule = "export default () => ({ writeDataPoint() {} })")])],
);
`
}

function workerText({ name, spec, modules, compatibilityDate, compatibilityFlags }: PlacedWorker, service: (target: Target) => string): string {
  const objects = Object.entries(spec.objects ?? {}).map(([binding, given]) => ({ binding, ...(typeof given === 'string' ? { className: given } : given) }))
  const bindings = [
    ...Object.entries(spec.vars ?? {}).map(([binding, value]) => `(name = ${text(binding)}, text = ${text(value)})`),
    ...(spec.stored?.secrets ?? []).map((binding) => {
      const props = `(json = ${text(JSON.stringify({ name: binding }))})`
      return `(name = ${text(binding)}, service = (name = ${text(`store:${spec.stored?.store}`)}, entrypoint = "Secret", props = ${props}))`
    }),
    ...objects.map(({ binding, className, worker }) => {
      const namespace = worker === undefined ? text(className) : `(className = ${text(className)}, serviceName = ${text(`worker:${worker}`)})`
      return `(name = ${text(binding)}, durableObjectNamespace = ${namespace})`
    }),
    ...Object.entries(spec.services ?? {}).map(([binding, target]) => `(name = ${text(binding)}, service = ${service(target)})`),
    ...(spec.datasets ?? []).map((binding) => `(name = ${text(binding)}, wrapped = (moduleName = "portcullis-harness:dataset"))`),
  ]
  const own = objects.filter(({ worker }) => worker === undefined)
  const classes = new Map(own.map(({ className, sql = true }) => [className, sql]))
  const namespaces = [...classes].map(([className, sql]) => `(className = ${text(className)}, uniqueKey = ${text(`${name}-${className}`)}, enableSql = ${sql})`)
  const fields = [
    `modules = [${modules.map((module) => `(name = ${text(module.name)}, ${module.kind} = embed ${text(module.path)})`).join(', ')}]`,
    `compatibilityDate = ${text(compatibilityDate)}`,
    `compatibilityFlags = [${compatibilityFlags.map(text).join(', ')}]`,
    `bindings = [${bindings.join(', ')}]`,
    ...(namespaces.length > 0 ? [`durableObjectNamespaces = [${namespaces.join(', ')}]`, 'durableObjectStorage = (localDisk = "storage")'] : []),
    'cacheApiOutbound = "location"',
    ...(spec.globalOutbound ? [`globalOutbound = ${service(spec.globalOutbound)}`] : []),
  ]
  return `(${fields.join(', ')})`
}

/** A string literal of Cap'n Proto text: JSON's escapes, but for `\u`, which it does not know. */
function text(value: string): string {
  return JSON.stringify(value).replace(/\\u00([0-9a-f]{2})/g, '\\x$1')
}
