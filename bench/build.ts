import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { bundle, productCompatibilityDate } from '../test/workerd/serve.ts'
import type { Variant } from './variants.ts'

const ROOT = resolve(import.meta.dirname, '..')
const CONFIGS = join(ROOT, 'node_modules/.cache/portcullis-bench')
const STOMA = join(import.meta.dirname, 'node_modules/@homegrower-club/stoma/dist')

/** A Worker's code, as it would be uploaded. */
export interface Built {
  readonly main: string
  readonly gzipBytes: number
}

/** Bundles a variant with wrangler, as the product is bundled. */
export async function build({ entry, of }: Pick<Variant, 'entry' | 'of'>): Promise<Built> {
  const main = join(import.meta.dirname, entry)
  if (!existsSync(main)) throw new Error(`bench/${entry} is not there`)
  if (of === 'peer' && !existsSync(join(import.meta.dirname, 'node_modules'))) throw new Error('its packages are not installed: npm ci --prefix bench')
  const name = entry.replace(/\W+/g, '-')
  const folder = join(CONFIGS, name)
  mkdirSync(folder, { recursive: true })
  const config = join(folder, 'wrangler.toml')
  const text = [
    `name = "bench-${name}"`,
    `main = ${JSON.stringify(main)}`,
    `compatibility_date = "${productCompatibilityDate()}"`,
    ...productBuildSettings(),
    '[alias]',
    ...Object.entries(of === 'peer' ? STOMA_ENTRIES : productPackages()).map(([from, to]) => `${JSON.stringify(from)} = ${JSON.stringify(to)}`),
    '',
  ].join('\n')
  // Written only when it changes: the bundle is kept as long as what it was made of.
  if (!existsSync(config) || readFileSync(config, 'utf8') !== text) writeFileSync(config, text)
  const path = await bundle(config)
  return { main: path, gzipBytes: gzipSync(readFileSync(path)).length }
}

/** Stoma's manifest points at sources that the package does not hold; its built files are there. */
const STOMA_ENTRIES = {
  '@homegrower-club/stoma': join(STOMA, 'index.js'),
  '@homegrower-club/stoma/adapters/durable-object': join(STOMA, 'adapters/durable-object.js'),
}

/** Our own Workers use the product's packages and not the peers', which stand nearer. */
function productPackages(): Readonly<Record<string, string>> {
  const packages = ['valibot', 'hono', 'jose'].map((name) => [name, esm(join(ROOT, 'node_modules', name))])
  return { ...Object.fromEntries(packages), portcullis: join(ROOT, 'src/index.ts') }
}

/** @returns the module that a package's manifest names for imports. */
function esm(folder: string): string {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly exports: Readonly<Record<string, unknown>> }
  let entry: unknown = manifest.exports['.']
  while (typeof entry === 'object' && entry !== null) {
    const conditions = entry as { readonly import?: unknown; readonly default?: unknown }
    entry = conditions.import ?? conditions.default
  }
  return join(folder, String(entry))
}

/** What `wrangler.toml` says of how the product is built: its peers are built the same way. */
function productBuildSettings(): readonly string[] {
  const [top = ''] = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8').split(/^\[/m)
  return top.match(/^(?:minify|keep_names) *=.*$/gm) ?? []
}
