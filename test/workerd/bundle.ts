import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const ROOT = resolve(import.meta.dirname, '../..')
const CACHE = join(ROOT, 'node_modules/.cache/portcullis-bundles')
const run = promisify(execFile)
const require = createRequire(import.meta.url)

/** What a bundle was made of; it stays good while none of it changed. */
interface Stamp {
  readonly main: string
  readonly inputs: Readonly<Record<string, number>>
}

/** Settings of `wrangler deploy` that are not in the configuration file. */
export interface BundleOptions {
  /** Minifies, as a deployment with `minify = true` would. Default false. */
  readonly minify?: boolean
}

/**
 * Bundles a Worker exactly as a deployment would (`wrangler deploy --dry-run`), without the network.
 * A bundle is kept on disk and used again, by other processes too, until one of its sources changes.
 * @param configPath a wrangler configuration, relative to the project's root.
 * @returns the path of the main module; further modules stand beside it.
 * @throws with wrangler's output when the Worker does not build.
 */
export async function bundle(configPath: string, options: BundleOptions = {}): Promise<string> {
  const config = resolve(ROOT, configPath)
  const slot = join(
    CACHE,
    createHash('sha256')
      .update(`${config}\n${options.minify === true}`)
      .digest('hex')
      .slice(0, 16),
  )
  const current = await newest(slot)
  if (current !== undefined) return current
  return build(config, slot, options)
}

async function newest(slot: string): Promise<string | undefined> {
  for (const name of await readdir(slot).catch(() => [])) {
    const text = await readFile(join(slot, name, 'stamp.json'), 'utf8').catch(() => undefined)
    if (text === undefined) continue
    const stamp = JSON.parse(text) as Stamp
    if (await isFresh(stamp)) return join(slot, name, stamp.main)
  }
  return undefined
}

async function isFresh(stamp: Stamp): Promise<boolean> {
  const checks = Object.entries(stamp.inputs).map(async ([path, mtime]) => (await modified(path)) === mtime)
  return (await Promise.all(checks)).every(Boolean)
}

function modified(path: string): Promise<number | undefined> {
  return stat(path).then(
    (found) => found.mtimeMs,
    () => undefined,
  )
}

async function build(config: string, slot: string, options: BundleOptions): Promise<string> {
  const startedAt = Date.now()
  const out = join(slot, `new-${randomUUID()}`)
  await mkdir(out, { recursive: true })
  const metafile = join(out, 'meta.json')
  const wrangler = join(dirname(require.resolve('wrangler/package.json')), 'bin/wrangler.js')
  const flags = ['deploy', '--dry-run', '-c', config, '--outdir', out, '--metafile', metafile, ...(options.minify === true ? ['--minify'] : [])]
  const env = { ...process.env, CI: '1', WRANGLER_SEND_METRICS: 'false', WRANGLER_SEND_ERROR_REPORTS: 'false', WRANGLER_HIDE_BANNER: 'true', NO_COLOR: '1' }
  try {
    await run(process.execPath, [wrangler, ...flags], { cwd: dirname(config), env, maxBuffer: 64 << 20 })
  } catch (error) {
    await rm(out, { recursive: true, force: true })
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`wrangler could not bundle ${config}\n${stdout}\n${stderr}`)
  }
  const meta = JSON.parse(await readFile(metafile, 'utf8')) as { inputs: Record<string, unknown>; outputs: Record<string, { entryPoint?: string }> }
  const output = Object.keys(meta.outputs).find((path) => meta.outputs[path]?.entryPoint !== undefined)
  if (output === undefined) throw new Error(`wrangler wrote no main module for ${config}`)
  const main = `${output.slice(output.lastIndexOf('/') + 1)}`
  const sources = Object.keys(meta.inputs).map((path) => resolve(dirname(config), path))
  const fixed = [config, join(ROOT, 'package.json'), join(ROOT, 'tsconfig.json')]
  const times = await Promise.all([...sources, ...fixed].map(async (path) => [path, await modified(path)] as const))
  // A source that was saved while wrangler ran may or may not be in the bundle: such a bundle is used once and never found again.
  const inputs = Object.fromEntries(
    times.filter(([, time]) => time !== undefined).map(([path, time]) => [path, (time as number) < startedAt ? (time as number) : -1]),
  )
  await writeFile(join(out, 'stamp.json'), JSON.stringify({ main, inputs } satisfies Stamp))
  const finished = join(slot, `${startedAt}-${randomUUID().slice(0, 8)}`)
  await rename(out, finished)
  await forget(slot, startedAt)
  return join(finished, main)
}

/** Old bundles go after an hour: another process may still be starting from a younger one. */
async function forget(slot: string, now: number): Promise<void> {
  for (const name of await readdir(slot)) {
    const made = await modified(join(slot, name))
    if (made !== undefined && made < now - 3_600_000) await rm(join(slot, name), { recursive: true, force: true })
  }
}

/** A module of a Worker, by the kind that workerd needs to know. */
export interface WorkerModule {
  readonly name: string
  readonly kind: 'esModule' | 'text' | 'data' | 'wasm' | 'json'
  readonly path: string
}

const KINDS: Readonly<Record<string, WorkerModule['kind']>> = {
  '.js': 'esModule',
  '.mjs': 'esModule',
  '.wasm': 'wasm',
  '.bin': 'data',
  '.txt': 'text',
  '.html': 'text',
  '.sql': 'text',
  '.css': 'text',
  '.svg': 'text',
}
const NOT_MODULES = new Set(['README.md', 'stamp.json', 'meta.json'])

/** @returns the modules that stand in a bundle's folder, the main one first. */
export async function modulesOf(mainPath: string): Promise<readonly WorkerModule[]> {
  const folder = dirname(mainPath)
  const modules: WorkerModule[] = []
  for (const name of await readdir(folder)) {
    const kind = KINDS[extname(name)]
    if (NOT_MODULES.has(name) || kind === undefined) continue
    const module = { name, kind, path: join(folder, name) }
    if (module.path === mainPath) modules.unshift(module)
    else modules.push(module)
  }
  return modules
}
