import { lstat, mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isGenerated } from '../importer/generated.ts'
import { askedWrongly } from './failure.ts'
import { fileFailure } from './files.ts'

/** @returns a file's text; nothing where there is none. @throws {Failure} */
export async function textOf(folder: string, name: string): Promise<string | undefined> {
  const path = join(folder, name)
  try {
    const facts = await lstat(path)
    if (!facts.isFile()) throw askedWrongly(`${path} is no file of its own (a link, or a folder): nothing was written. Move it away.`)
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw fileFailure(error, path)
  }
}

/** @returns the texts of generated files, before anything is written. @throws {Failure} where one is somebody's own */
export async function generatedTexts(folder: string, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>()
  for (const name of names) {
    const text = await textOf(folder, name)
    if (text === undefined) continue
    if (!isGenerated(text)) {
      throw askedWrongly(
        `${join(folder, name)} is not of an import's making: nothing was written. Move what you wrote to zone.ts and remove the file, or import into another folder with --out.`,
      )
    }
    texts.set(name, text)
  }
  return texts
}

/** Writes a file whole: who reads it meanwhile reads the one before. @throws {Failure} */
export async function writeWhole(folder: string, name: string, text: string): Promise<void> {
  const path = join(folder, name)
  const part = `${path}.part`
  try {
    await mkdir(folder, { recursive: true })
    await unlink(part).catch(() => undefined)
    await writeFile(part, text, { flag: 'wx' })
    await rename(part, path)
  } catch (error) {
    throw fileFailure(error, path)
  }
}
