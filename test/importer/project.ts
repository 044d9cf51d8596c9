import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { ImportedApi } from '../../src/importer/import-api.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

/** A folder within the project, where `portcullis` is what it is for everybody who configures a gateway. What stood there goes. */
export function emptyProject(name: string): string {
  const folder = join(ROOT, 'dist', 'import-tests', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../../tsconfig.json', include: ['.'], exclude: [] }))
  return folder
}

/** Writes what an import writes. */
export function writeZone(folder: string, zone: string, { files, zoneFile }: ImportedApi): void {
  mkdirSync(join(folder, zone), { recursive: true })
  for (const [name, text] of Object.entries({ ...files, 'zone.ts': zoneFile })) writeFileSync(join(folder, zone, name), text)
}

/** @returns what the compiler says of a project; nothing where it is content. */
export function typeErrors(folder: string): Promise<string> {
  return output(join(ROOT, 'node_modules/typescript/bin/tsc'), ['-p', folder, '--pretty', 'false'])
}

/** @returns what the formatter and linter say of files; nothing where they are content. */
export async function lintErrors(folder: string): Promise<string> {
  const said = await output(join(ROOT, 'node_modules/@biomejs/biome/bin/biome'), [
    'check',
    '--vcs-enabled=false',
    '--error-on-warnings',
    '--colors=off',
    folder,
  ])
  return /^Checked \d+ files? in [^.]+\. No fixes applied\.$/.test(said.trim()) ? '' : said
}

/** Runs a script of a project. @returns what it printed */
export function runScript(path: string): Promise<string> {
  return output(path, [])
}

function output(script: string, args: readonly string[]): Promise<string> {
  return run(process.execPath, [script, ...args], { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 }).then(
    ({ stdout, stderr }) => stdout + stderr,
    ({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }) => `failed: ${stdout}${stderr}`,
  )
}
