import { open, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { askedWrongly } from './failure.ts'
import type { Terminal } from './terminal.ts'

/** No file that holds one secret is larger. */
const MAX_SECRET_BYTES = 65_536

/** Reads a small file. @throws {Failure} */
export async function readSmallFile(path: string, what: string, maxBytes = MAX_SECRET_BYTES): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size > maxBytes) throw askedWrongly(`${what} is larger than ${maxBytes} bytes.`)
    return await readFile(path, 'utf8')
  } catch (error) {
    throw fileFailure(error, what)
  }
}

/** Reads a secret from a file, and says so where others can read it too. @throws {Failure} */
export async function readSecretFile(path: string, what: string, terminal: Terminal): Promise<string> {
  const text = await readSmallFile(path, what)
  const { mode } = await stat(path)
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) terminal.tell(`Warning: others on this machine can read ${what}. Make it yours alone: chmod 600`)
  return text
}

/** Makes sure that a new secret can be kept before it is made: takes the place of the file, which must not be there. @returns what writes it. @throws {Failure} */
export async function reserveSecretFile(path: string): Promise<{ write(text: string): Promise<void>; giveUp(): Promise<void> }> {
  try {
    const file = await open(path, 'wx', 0o600)
    await file.close()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw askedWrongly('The file of --out is there already: a key in it would be lost. Name another.')
    throw fileFailure(error, 'the file of --out')
  }
  return {
    async write(text) {
      try {
        await writeFile(path, text, { mode: 0o600, flush: true })
      } catch (error) {
        throw fileFailure(error, 'the file of --out')
      }
    },
    async giveUp() {
      await unlink(path).catch(() => undefined)
    },
  }
}

/** Says of an error of the file system what people should know. */
export function fileFailure(error: unknown, what: string): Error {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (code === undefined) return error as Error
  const why: Readonly<Record<string, string>> = {
    ENOENT: 'is not there',
    EACCES: 'may not be read or written',
    EISDIR: 'is a folder',
    ENOSPC: 'has no room: the disk is full',
  }
  return askedWrongly(`${what} ${why[code] ?? `cannot be used (${code})`}.`)
}
