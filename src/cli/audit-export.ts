import type { AdminClient } from './admin-client.ts'
import { type AuditFile, type LastEntry, readEntry } from './audit-file.ts'
import { EXIT, Failure } from './failure.ts'

/** So many entries are asked for at once. */
const PAGE = 1000

/** What an export came to. */
export interface ExportReport {
  readonly file: string
  readonly entries: number
  readonly lastSeq: number
  readonly lastHash: string
}

/**
 * Adds to a file what the gateway's trail has after it, and looks at each entry that it follows the one before.
 * @param upTo the entry that it must come to: a page may be shorter than asked for
 * @param onProgress gets the number of the last entry so far
 * @throws {Failure}
 */
export async function exportTrail(
  client: AdminClient,
  path: string,
  file: AuditFile,
  after: number,
  upTo: number,
  onProgress: (lastSeq: number) => void,
): Promise<ExportReport> {
  let last: LastEntry = file.last ?? { seq: after, hash: '' }
  let entries = 0
  try {
    if (file.last !== undefined) await checkSame(client, file.last)
    for (;;) {
      const { lines, next } = await client.readLines('/audit/export', { after: last.seq, limit: PAGE })
      const before = last
      for (const line of lines) last = followed(last, line)
      entries += last.seq - before.seq
      await file.append(lines)
      onProgress(last.seq)
      if (next === undefined && last.seq >= upTo) break
      if (last.seq === before.seq) throw new Failure(EXIT.unreachable, 'The gateway says that there is more, and gives nothing.')
    }
  } catch (error) {
    await file.stop()
    throw error
  }
  await file.finish()
  return { file: path, entries, lastSeq: last.seq, lastHash: last.hash }
}

/** A file may be of another trail though nothing follows its end: the gateway must have that very entry. @throws {Failure} */
async function checkSame(client: AdminClient, last: LastEntry): Promise<void> {
  const { lines } = await client.readLines('/audit/export', { after: last.seq - 1, limit: 1 })
  const hash = lines.map(readEntry).find((entry) => entry?.seq === last.seq)?.hash
  if (hash === last.hash) return
  const found = hash === undefined ? `has no entry ${last.seq}` : `has another entry ${last.seq}`
  throw new Failure(EXIT.found, `The gateway's trail ${found}: the file is of another trail, or one of both was changed. The file is as it was.`)
}

function followed(last: LastEntry, line: string): LastEntry {
  const entry = readEntry(line)
  if (entry === undefined) return last
  const fits = entry.seq === last.seq + 1 && (last.hash === '' || entry.previous === last.hash)
  if (!fits)
    throw new Failure(
      EXIT.found,
      `Entry ${entry.seq} of the gateway's trail does not follow entry ${last.seq} of the file: the file is of another trail, or one of both was changed. The file is as it was. Where it is only what an earlier attempt left that is wrong, delete FILE.part.`,
    )
  return entry
}
