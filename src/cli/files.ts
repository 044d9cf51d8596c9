import { type FileHandle, lstat, open, stat, unlink } from 'node:fs/promises'
import { askedWrongly } from './failure.ts'
import type { Terminal } from './terminal.ts'

/** No file that holds one secret is larger. */
const MAX_SECRET_BYTES = 65_536

/** Reads a small file. @throws {Failure} */
export async function readSmallFile(path: string, what: string, maxBytes = MAX_SECRET_BYTES): Promise<string> {
  try {
    const file = await open(path, 'r')
    try {
      return await boundedText(file, what, maxBytes)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw fileFailure(error, what)
  }
}

/** Pipes and devices do not say how long they are. */
async function boundedText(file: FileHandle, what: string, maxBytes: number): Promise<string> {
  const bytes = Buffer.alloc(maxBytes + 1)
  for (let length = 0; ; ) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length)
    length += bytesRead
    if (length > maxBytes) throw askedWrongly(`${what} is larger than ${maxBytes} bytes.`)
    if (bytesRead === 0) return bytes.toString('utf8', 0, length)
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
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw askedWrongly('The file of --out is there already: a key in it would be lost. Name another.')
    throw fileFailure(error, 'the file of --out')
  })
  /** Whether the path still leads to it: whoever may write to the folder may have put something else there. */
  const isStill = async (): Promise<boolean> => {
    const [own, there] = [await file.stat(), await lstat(path).catch(() => undefined)]
    return own.ino === there?.ino && own.dev === there.dev
  }
  return {
    async write(text) {
      try {
        if (!(await isStill())) throw askedWrongly('The file of --out was replaced meanwhile.')
        await file.writeFile(text)
        await file.sync()
        if (!(await isStill())) throw askedWrongly('The file of --out was replaced meanwhile.')
      } catch (error) {
        throw fileFailure(error, 'the file of --out')
      } finally {
        await file.close()
      }
    },
    async giveUp() {
      if (await isStill()) await unlink(path).catch(() => undefined)
      await file.close()
    },
  }
}

/** Says of an error of the file system what people should know. */
export function fileFailure(error: unknown, what: string): Error {
  const code: unknown = (error as NodeJS.ErrnoException | undefined)?.code
  // A failure of ours has a number there, and its own words.
  if (typeof code !== 'string') return error as Error
  const why: Readonly<Record<string, string>> = {
    ENOENT: 'is not there',
    EACCES: 'may not be read or written',
    EISDIR: 'is a folder',
    ENOSPC: 'has no room: the disk is full',
  }
  return askedWrongly(`${what} ${why[code] ?? `cannot be used (${code})`}.`)
}
