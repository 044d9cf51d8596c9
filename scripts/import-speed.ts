// How long it takes from a description that its maker publishes to a gateway that answers: the import, the compiler, the bundle, and workerd until it has answered a first request. Printed, not asserted.
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { bundleGateway, GATEWAY_OBJECTS, writeGateway } from '../test/importer/gateway-project.ts'
import { REAL_DESCRIPTIONS } from '../test/importer/real-descriptions.ts'
import { PRODUCT_SECRETS } from '../test/workerd/product.ts'
import { rawRequest, rawText } from '../test/workerd/raw.ts'
import { CF_HEADER, serve } from '../test/workerd/serve.ts'

const ROOT = resolve(import.meta.dirname, '..')
const FOLDER = join(ROOT, 'dist', 'import-speed')
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')
const TSC_VERSION = (JSON.parse(readFileSync(join(ROOT, 'node_modules/typescript/package.json'), 'utf8')) as { readonly version: string }).version
const run = promisify(execFile)

/** A request of each that is judged whole. Who may call is a person's to decide: for the measurement, anybody. */
const FIRST = {
  github: 'GET /repos/octocat/hello/issues?state=ajar',
  stripe: 'GET /v1/charges?limit=much',
  kubernetes: 'GET /api/v1/nodes?limit=x',
} as const satisfies Record<keyof typeof REAL_DESCRIPTIONS, string>
const REFUSED = 400

const CONFIG = `import { defineGateway } from 'portcullis'
import { zone } from './api/zone.ts'
const routes = Object.fromEntries(Object.keys(zone.routes).map((key) => [key, { public: 'a measurement' }])) as unknown as { readonly 'GET /': { readonly public: string } }
export default defineGateway({ zones: { api: { ...zone, hosts: ['api.example.com'], routes }, written: zone } })
`

/** @returns seconds on the clock. */
async function seconds(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await work()
  return (performance.now() - from) / 1000
}

const node = (...args: readonly string[]) => run(process.execPath, args, { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 })

/** Starts workerd with a bundle and asks it once. */
async function answerFirst(bundled: string, first: string): Promise<void> {
  const server = await serve({
    worker: { bundle: bundled, vars: PRODUCT_SECRETS, datasets: ['DECISIONS'], objects: GATEWAY_OBJECTS },
  })
  const [method = '', target = ''] = first.split(' ')
  const { status, body } = await rawRequest(server.port, rawText(method, target, { [CF_HEADER]: '{"country":"SE","tlsVersion":"TLSv1.3"}' }))
  // Its end is no part of what is measured.
  ending.push(server.stop())
  if (status !== REFUSED) throw new Error(`${first} was answered with ${status}: ${body}`)
}
const ending: Promise<void>[] = []

rmSync(FOLDER, { recursive: true, force: true })
for (const [name, file] of Object.entries(REAL_DESCRIPTIONS)) {
  const folder = join(FOLDER, name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../../tsconfig.json', include: ['.'], exclude: [] }))
  writeGateway(folder, CONFIG)
  let bundled = ''
  const imports = await seconds(() => node('src/cli/main.ts', 'import', file, '--zone', 'api', '--out', folder))
  const typeChecks = await seconds(() => node(TSC, '-p', folder))
  const bundles = await seconds(async () => {
    bundled = await bundleGateway(folder)
  })
  const answers = await seconds(() => answerFirst(bundled, FIRST[name as keyof typeof FIRST]))
  const steps = { import: imports, [`type-check (tsc ${TSC_VERSION})`]: typeChecks, bundle: bundles, 'start of workerd and first request': answers }
  const sum = Object.values(steps).reduce((all, one) => all + one, 0)
  const packed = readFileSync(join(folder, 'api', 'description.ts'))
  const told = Object.entries(steps).map(([step, took]) => `${step} ${took.toFixed(2)} s`)
  console.log(`${name}: ${told.join(', ')}: together ${sum.toFixed(2)} s`)
  console.log(`  description ${Math.round(packed.length / 1024)} KB, ${Math.round(gzipSync(packed).length / 1024)} KB gzip`)
}
await Promise.all(ending)
console.log(`By the clock, on ${availableParallelism()} cores; load ${(loadavg()[0] ?? 0).toFixed(1)}: figures of a machine that has other work say little.`)
