import { constants } from 'node:fs'
import { copyFile, type FileHandle, lstat, open, rename, stat, unlink } from 'node:fs/promises'
import { askedWrongly } from './failure.ts'
import { fileFailure } from './files.ts'

/** The entry that a file ends with. */
export interface LastEntry {
  readonly seq: number
  readonly hash: string
}

/** A file of the audit trail while more is added to it. */
export interface AuditFile {
  /** Nothing where it is new. */
  readonly last: LastEntry | undefined
  /** Adds whole lines and makes sure that they are on the disk. */
  append(lines: readonly string[]): Promise<void>
  /** Puts it in its place, whole. */
  finish(): Promise<void>
  /** Leaves what there is beside the file, for another attempt to go on from. */
  stop(): Promise<void>
}

const WHAT = 'the file of the audit trail'
const PART = 'FILE.part, where an attempt that broke off would be,'
/** A link in the place of the file is not followed: whoever may write to the folder may have put it there. */
const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants
const CHUNK_BYTES = 65_536
/** A last line that is longer is none of a trail. */
const MAX_TAIL_BYTES = 4_194_304

/**
 * Opens a file to go on with. What is added is written to `FILE.part` and takes the file's place once it is complete, so that the file is whole at every moment; an attempt that broke off is continued.
 * @throws {Failure}
 */
export async function openAuditFile(path: string): Promise<AuditFile> {
  const part = `${path}.part`
  try {
    const finished = await lastEntryOf(path, WHAT, stat)
    const unfinished = await lastEntryOf(part, PART, lstat)
    const goesOn = unfinished !== undefined && unfinished.last !== undefined && (finished?.last === undefined || unfinished.last.seq > finished.last.seq)
    if (finished !== undefined && !goesOn && finished.last === undefined && finished.bytes > 0) throw askedWrongly(`${WHAT} holds no entry: it is none.`)
    if (unfinished !== undefined && !goesOn) await unlink(part)
    if (finished !== undefined && !goesOn) await copyFile(path, part, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
    const from = goesOn ? unfinished : (finished ?? { last: undefined, bytes: 0 })
    const isThere = goesOn || finished !== undefined
    const file = await open(part, O_WRONLY | O_APPEND | O_NOFOLLOW | (isThere ? 0 : O_CREAT | O_EXCL), 0o600)
    await file.chmod(0o600)
    // What broke off in the middle of a line goes.
    await file.truncate(from.bytes)
    return writer(file, part, path, from.last)
  } catch (error) {
    throw fileFailure(error, WHAT)
  }
}

function writer(file: FileHandle, part: string, path: string, last: LastEntry | undefined): AuditFile {
  const guarded = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      throw fileFailure(error, WHAT)
    }
  }
  return {
    last,
    append: (lines) =>
      guarded(async () => {
        await file.appendFile(lines.map((line) => `${line}\n`).join(''))
        await file.datasync()
      }),
    finish: () =>
      guarded(async () => {
        await file.sync()
        await file.close()
        await rename(part, path)
      }),
    stop: () => guarded(() => file.close()),
  }
}

/** @returns the last entry of a file and how many of its bytes are whole lines; nothing where there is no file. */
async function lastEntryOf(
  path: string,
  what: string,
  look: typeof stat,
): Promise<{ readonly last: LastEntry | undefined; readonly bytes: number } | undefined> {
  const info = await look(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (info === undefined) return undefined
  if (!info.isFile()) throw askedWrongly(`${what} is no file.`)
  const file = await open(path, O_RDONLY | (look === lstat ? O_NOFOLLOW : 0))
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0)
    if (info.size > 1 && buffer.toString() !== '{"') throw askedWrongly(`${what} is something else, and stays as it is.`)
    return await lastOf(file, info.size)
  } finally {
    await file.close()
  }
}

async function lastOf(file: FileHandle, size: number): Promise<{ readonly last: LastEntry | undefined; readonly bytes: number }> {
  let tail = Buffer.alloc(0)
  let start = size
  while (start > 0 && tail.length < MAX_TAIL_BYTES) {
    const from = Math.max(0, start - CHUNK_BYTES)
    const { buffer } = await file.read(Buffer.alloc(start - from), 0, start - from, from)
    tail = Buffer.concat([buffer, tail])
    start = from
    const found = entryIn(tail, start)
    if (found !== undefined) return found
  }
  if (start > 0) throw askedWrongly(`${WHAT} ends with something that is no trail.`)
  return { last: undefined, bytes: start + tail.lastIndexOf(0x0a) + 1 }
}

/** The last line that is whole and an entry, where this piece holds it. */
function entryIn(tail: Buffer, start: number): { readonly last: LastEntry; readonly bytes: number } | undefined {
  const whole = tail.lastIndexOf(0x0a) + 1
  let end = whole
  while (end > 0) {
    const begin = tail.lastIndexOf(0x0a, end - 2) + 1
    if (begin === 0 && start > 0) return undefined
    const last = readEntry(tail.toString('utf8', begin, end - 1))
    if (last !== undefined) return { last, bytes: start + whole }
    end = begin
  }
  return undefined
}

/** Reads the entry of a line; nothing where the line is another. */
export function readEntry(line: string): (LastEntry & { readonly previous: string }) | undefined {
  if (!line.startsWith('{"entry":')) return undefined
  try {
    const { seq, hash, previous } = (JSON.parse(line) as { readonly entry: Record<string, unknown> }).entry
    return Number.isSafeInteger(seq) && typeof hash === 'string' && typeof previous === 'string' ? { seq: seq as number, hash, previous } : undefined
  } catch {
    return undefined
  }
}
