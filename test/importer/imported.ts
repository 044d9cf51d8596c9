import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type ImportedApi, importApi } from '../../src/importer/import-api.ts'
import { Description } from '../../src/openapi/description.ts'

/** Writes files into a folder of their own. @returns the folder */
export function folderOf(files: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-import-'))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return folder
}

/** Imports a description; other files of it stand beside. */
export async function imported(
  document: unknown,
  others: Readonly<Record<string, unknown>> = {},
): Promise<ImportedApi & { readonly description: Description }> {
  const folder = folderOf({ 'openapi.yaml': document, ...others })
  const api = await importApi({ file: join(folder, 'openapi.yaml'), source: 'openapi.yaml', zone: 'api' })
  return { ...api, description: new Description(api.packed) }
}

/** The least description with these paths. */
export function withPaths(paths: unknown, more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return { openapi: '3.2.0', info: { title: 'Test', version: '1' }, servers: [{ url: 'https://api.example.com' }], security: [{ key: [] }], paths, ...more }
}

/** The least operation. */
export const OPERATION = { responses: { 200: { description: 'done' }, default: { description: 'failed' } } } as const

/** @returns what was found of a kind, in words. */
export function found(api: ImportedApi, kind: string): readonly string[] {
  return api.report.gaps.filter((gap) => gap.kind === kind).map((gap) => gap.found)
}
