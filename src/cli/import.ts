import { basename, join } from 'node:path'
import type { Changes } from '../importer/changes.ts'
import { GAPS, type GapKind } from '../importer/gap.ts'
import type { ImportedApi } from '../importer/import-api.ts'
import { command } from './command.ts'
import { askedWrongly, EXIT } from './failure.ts'
import { generatedTexts, textOf, writeWhole } from './generated-files.ts'
import { harmless, jsonDocument } from './harmless.ts'
import { bar } from './progress.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'

const ZONE = 'zone.ts'
/** The most changed routes that are told; `--json` tells all. */
const MOST_CHANGES = 40

/** `portcullis import`. */
export const importCommand = command({
  meta: { name: 'import', description: 'Makes an OpenAPI description into routes, checks of requests and answers, and a report of what it cannot say' },
  args: {
    file: { type: 'positional', required: true, description: 'the description, 3.0 to 3.2, JSON or YAML: its first file' },
    zone: { type: 'string', valueHint: 'NAME', description: "the zone's name", default: 'api' },
    out: { type: 'string', valueHint: 'DIR', description: 'where a folder with the zone’s name is kept', default: 'openapi' },
    check: { type: 'boolean', description: 'writes nothing; exit code 1 when the files would change' },
    json: { type: 'boolean', description: 'prints the whole report' },
  },
  example: 'import openapi.yaml --zone api',
  async run({ file, zone, out, check, json }, { terminal }) {
    if (!/^[a-z][a-z0-9-]{0,31}$/.test(zone)) throw askedWrongly('--zone wants at most 32 of a-z, 0-9 and -, the first a letter.')
    const folder = join(out, zone)
    const imported = await imports(file, zone, terminal)
    const before = await generatedTexts(folder, Object.keys(imported.files))
    const written = Object.entries(imported.files).filter(([name, text]) => before.get(name) !== text)
    const zoneText = await textOf(folder, ZONE)
    const isFirst = before.size === 0 && zoneText === undefined
    const changes = await changesOf(before, imported)
    if (check !== true) {
      for (const [name, text] of written) await writeWhole(folder, name, text)
      if (isFirst) await writeWhole(folder, ZONE, imported.zoneFile)
    }
    const names = [...written.map(([name]) => name), ...(isFirst ? [ZONE] : [])]
    const notes = notesOf(zoneText, isFirst, folder)
    if (json === true) await terminal.print(jsonDocument({ zone, folder, files: names, notes, changes, ...imported.report }))
    else await tellReport({ imported, folder, names, notes, changes, isCheck: check === true, isFirst, zone }, terminal)
    return check === true && names.length > 0 ? EXIT.found : EXIT.done
  },
})

async function imports(file: string, zone: string, terminal: Terminal): Promise<ImportedApi> {
  const [{ importApi }, { ImportFault }] = await Promise.all([import('../importer/import-api.ts'), import('../importer/import-fault.ts')])
  try {
    return await importApi({ file, within: process.cwd(), source: basename(file), zone, progress: (share, what) => terminal.progress(bar(share, 1, what)) })
  } catch (error) {
    if (error instanceof ImportFault) throw askedWrongly(`Nothing was written. ${error.message}`)
    throw error
  } finally {
    terminal.progress('')
  }
}

async function changesOf(before: ReadonlyMap<string, string>, { files, packed }: ImportedApi): Promise<Changes | undefined> {
  const [{ compareImports }, { readDescription }] = await Promise.all([import('../importer/changes.ts'), import('../importer/write-description.ts')])
  const old = readDescription(before.get('description.ts') ?? '')
  if (old === undefined) return undefined
  return compareImports({ packed: old, routes: before.get('routes.ts') ?? '' }, { packed, routes: files['routes.ts'] })
}

function notesOf(zoneText: string | undefined, isFirst: boolean, folder: string): readonly string[] {
  if (isFirst) return []
  const path = join(folder, ZONE)
  if (zoneText === undefined) return [`${path} is not there any more: the generated files are used by nothing that this command knows.`]
  const missing = ['description', 'routes'].filter((name) => !new RegExp(`from ['"][^'"]*/${name}(?:\\.ts)?['"]`).test(zoneText))
  return missing.map((name) => `${path} does not import ${name}.ts: what is generated there has no effect through it.`)
}

interface Told {
  readonly imported: ImportedApi
  readonly folder: string
  readonly names: readonly string[]
  readonly notes: readonly string[]
  readonly changes: Changes | undefined
  readonly isCheck: boolean
  readonly isFirst: boolean
  readonly zone: string
}

async function tellReport({ imported, folder, names, notes, changes, isCheck, isFirst, zone }: Told, terminal: Terminal): Promise<void> {
  const { title, apiVersion, openapi, operations, gaps, lint } = imported.report
  await terminal.print(harmless(`${title} ${apiVersion} (OpenAPI ${openapi}): ${operations.served} operations served, ${operations.unserved} not`))
  const counts = (Object.keys(GAPS) as GapKind[]).map((kind) => [GAPS[kind].title, String(gaps.filter((gap) => gap.kind === kind).length)] as const)
  const rows = [...counts, ["The parser's findings", String(lint.length)] as const].filter(([, count]) => count !== '0')
  for (const line of table(['what a person must decide', 'found'], rows, terminal.columns)) await terminal.print(line)
  if (changes !== undefined) for (const line of changeLines(changes)) await terminal.print(harmless(line))
  for (const note of notes) terminal.tell(`note: ${harmless(note)}`)
  if (names.length === 0) await terminal.print(`Nothing to change in ${harmless(folder)}.`)
  else await terminal.print(harmless(`${isCheck ? 'Would change' : 'Written'} in ${folder}: ${names.join(', ')}`))
  if (isFirst && !isCheck)
    await terminal.print(
      harmless(`Next: read ${join(folder, 'gaps.md')}, decide in ${join(folder, ZONE)}, and put its zone into gateway.config.ts as ${zone}.`),
    )
}

function changeLines({ added, removed, changed }: Changes): readonly string[] {
  const lines = [
    ...added.map((route) => `+ ${route}`),
    ...removed.map((route) => `- ${route}`),
    ...changed.map(({ route, what }) => `~ ${route}: ${what.join('; ')}`),
  ]
  if (lines.length <= MOST_CHANGES) return lines
  return [...lines.slice(0, MOST_CHANGES), `and ${lines.length - MOST_CHANGES} more: --json tells them all`]
}
