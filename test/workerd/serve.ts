import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { modulesOf, type WorkerModule } from './bundle.ts'
import { configuration, type WorkerSpec } from './config.ts'

export { bundle } from './bundle.ts'
export { CF_HEADER, type ObjectBinding, PROTO_HEADER, type Target, type WorkerSpec } from './config.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const STARTS_WITHIN_MS = 30_000
/** The Worker that always listens. */
const MAIN = 'main'

/** What a server runs. */
export interface ServeOptions {
  /** The Worker that listens. */
  readonly worker: WorkerSpec
  /** Further Workers, reached through `{ worker: name }`. */
  readonly workers?: Readonly<Record<string, WorkerSpec>>
  /** Those of them that listen too, each on a port of its own. */
  readonly alsoListening?: readonly string[]
  /** A folder for the Durable Objects' data, made where it is not there; it outlives the server. Default: one of its own that goes with the server: only on disk do objects have SQLite. */
  readonly storage?: string
  /** Headers that the socket sets on each request, or takes away (`null`), as a fixed edge would. */
  readonly injectRequestHeaders?: Readonly<Record<string, string | null>>
  /** The only CPU that the server may use, by number. Ignored where `taskset` is not there. */
  readonly cpu?: number
}

/** A running server on loopback. */
export interface Server {
  readonly port: number
  /** @returns the port of a Worker that listens too. */
  portOf(worker: string): number
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly url: string
  readonly pid: number
  /** Milliseconds from the start of the process until it listened, with all Workers loaded. */
  readonly startupMs: number
  /** Everything it wrote so far: exceptions and `console` output. */
  log(): string
  /** Ends it in order and removes what it left behind. */
  stop(): Promise<void>
  /** Ends it as a crash would, without a chance to write. */
  kill(): Promise<void>
}

/** @returns the compatibility date that the product is deployed with. */
export function productCompatibilityDate(): string {
  const found = /^compatibility_date\s*=\s*"([\d-]+)"/m.exec(readFileSync(join(ROOT, 'wrangler.toml'), 'utf8'))?.[1]
  if (found === undefined) throw new Error('wrangler.toml names no compatibility_date')
  return found
}

/** @returns the compatibility flags that it is deployed with. */
export function productCompatibilityFlags(): readonly string[] {
  const found = /^compatibility_flags\s*=\s*(\[.*\])/m.exec(readFileSync(join(ROOT, 'wrangler.toml'), 'utf8'))?.[1]
  return found === undefined ? [] : (JSON.parse(found) as string[])
}

/**
 * Runs Workers in `workerd serve`, the production runtime, on a free loopback port.
 *
 * A client plays the edge: `portcullis-proto: https` makes `request.url` an https URL, `portcullis-cf: {"country":"SE"}` becomes
 * `request.cf`, and `CF-Connecting-IP` is sent as it is. workerd removes the first two before the Worker runs.
 * @throws with the server's log when it does not come to listen.
 */
export async function serve(options: ServeOptions): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-workerd-'))
  const specs = Object.entries({ [MAIN]: options.worker, ...options.workers })
  const compatibilityDate = productCompatibilityDate()
  const compatibilityFlags = productCompatibilityFlags()
  const placed = await Promise.all(
    specs.map(async ([name, spec]) => ({ name, spec, compatibilityDate, compatibilityFlags, modules: await modules(name, spec, folder) })),
  )
  const storage = options.storage ?? join(folder, 'objects')
  mkdirSync(storage, { recursive: true })
  const file = join(folder, 'config.capnp')
  const names = [MAIN, ...(options.alsoListening ?? [])]
  writeFileSync(file, configuration(placed, names, storage, options.injectRequestHeaders ?? {}))
  const child = start(['serve', file, 'config', '--control-fd=3'], options.cpu)
  return listening(child, names, folder)
}

/** @returns the modules with paths relative to the configuration: Cap'n Proto reads absolute ones from its import path. */
async function modules(name: string, spec: WorkerSpec, folder: string): Promise<readonly WorkerModule[]> {
  if (spec.bundle !== undefined) return (await modulesOf(resolve(spec.bundle))).map((module) => ({ ...module, path: relative(folder, module.path) }))
  if (spec.source === undefined) throw new Error(`Worker ${name} has neither bundle nor source`)
  const file = `${name}.js`
  writeFileSync(join(folder, file), spec.source)
  return [{ name: file, kind: 'esModule', path: file }]
}

function start(args: readonly string[], cpu: number | undefined): ChildProcess {
  const binary = workerdBinary()
  const pinned = cpu !== undefined && process.platform === 'linux'
  const child = spawn(pinned ? 'taskset' : binary, pinned ? ['-c', String(cpu), binary, ...args] : args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** Nothing that a test starts outlives it, not even a test that fails. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** The workerd that wrangler brings: the version that the product is tested with. */
function workerdBinary(): string {
  const require = createRequire(createRequire(import.meta.url).resolve('wrangler/package.json'))
  return (require('workerd') as { default: string }).default
}

async function listening(child: ChildProcess, names: readonly string[], folder: string): Promise<Server> {
  const startedAt = performance.now()
  let log = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      log += chunk
    })
  }
  const exited = new Promise<void>((done) => child.once('close', () => done()))
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    const patience = setTimeout(() => child.kill('SIGKILL'), 5_000)
    await exited
    clearTimeout(patience)
    rmSync(folder, { recursive: true, force: true })
  }
  const ports = await portsOf(child, names, () => log).catch(async (error: unknown) => {
    if (isRunning(child)) await end('SIGKILL')
    else rmSync(folder, { recursive: true, force: true })
    throw error
  })
  const portOf = (name: string): number => {
    const port = ports.get(name)
    if (port === undefined) throw new Error(`${name} does not listen`)
    return port
  }
  return {
    port: portOf(MAIN),
    portOf,
    url: `http://127.0.0.1:${portOf(MAIN)}`,
    pid: child.pid as number,
    startupMs: performance.now() - startedAt,
    log: () => log,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}

/** workerd says on descriptor 3 where it listens. */
function portsOf(child: ChildProcess, names: readonly string[], log: () => string): Promise<ReadonlyMap<string, number>> {
  const ports = new Map<string, number>()
  return new Promise((found, failed) => {
    const patience = setTimeout(() => failed(new Error(`workerd did not listen within ${STARTS_WITHIN_MS} ms\n${log()}`)), STARTS_WITHIN_MS)
    const fail = (error: Error) => {
      clearTimeout(patience)
      failed(error)
    }
    child.once('error', fail)
    child.once('close', (code) => fail(new Error(`workerd ended with ${code} before it listened\n${log()}`)))
    createInterface(child.stdio[3] as Readable).on('line', (line) => {
      const message = JSON.parse(line) as { event: string; socket?: string; port?: number }
      if (message.event !== 'listen' || message.socket === undefined || message.port === undefined) return
      ports.set(message.socket, message.port)
      if (!names.every((name) => ports.has(name))) return
      clearTimeout(patience)
      found(ports)
    })
  })
}
