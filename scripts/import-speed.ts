// How long it takes from a description that its maker publishes to a gateway that is ready: the import, then the compilation, each as a process of its own. Printed, not asserted.
import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { REAL_DESCRIPTIONS } from '../test/importer/real-descriptions.ts'

const ROOT = resolve(import.meta.dirname, '..')
const FOLDER = join(ROOT, 'dist', 'import-speed')
const run = promisify(execFile)

/** Tells on standard error what a process cost when it ends. */
const METER = `process.on('exit', () => { const { user, system } = process.cpuUsage(); process.stderr.write('cpu ' + (user + system)) })`

/** @returns seconds of a process on the clock, and of CPU in all its threads; its start is in both. */
async function measured(args: readonly string[]): Promise<string> {
  const from = performance.now()
  const meter = `data:text/javascript,${encodeURIComponent(METER)}`
  const { stderr } = await run(process.execPath, ['--import', meter, ...args], { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 })
  const cpu = Number(/cpu (\d+)$/.exec(stderr)?.[1]) / 1e6
  return `${((performance.now() - from) / 1000).toFixed(1)} s (CPU ${cpu.toFixed(1)})`
}

rmSync(FOLDER, { recursive: true, force: true })
for (const [name, file] of Object.entries(REAL_DESCRIPTIONS)) {
  const imported = await measured(['src/cli/main.ts', 'import', file, '--zone', name, '--out', FOLDER])
  const main = join(FOLDER, name, 'main.ts')
  writeFileSync(main, `import { defineGateway } from 'portcullis'\nimport { zone } from './zone.ts'\n\ndefineGateway({ zones: { ${name}: zone } })\n`)
  const compiled = await measured([main])
  const packed = readFileSync(join(FOLDER, name, 'description.ts'))
  console.log(
    `${name}: import ${imported}, compile ${compiled}, description ${Math.round(packed.length / 1024)} KB, ${Math.round(gzipSync(packed).length / 1024)} KB gzip`,
  )
}
