import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { linesOf } from '../audit/lines.ts'
import { readPublicKeys } from '../audit/public-key.ts'
import { type TrailReport, type VerifyOptions, verifyTrail } from '../audit/verify.ts'
import { askedWrongly } from './failure.ts'
import { fileFailure, readSmallFile } from './files.ts'
import { moment } from './time.ts'

/** What is known from elsewhere. */
export interface KnownOfTrail {
  /** Files of public keys: a JWK, a JWK Set, a line of a trail that is a key, or PEM. */
  readonly keyFiles: readonly string[]
  /** The hash that the last entry must have, or `SEQ:HASH` of any entry. */
  readonly head?: string | undefined
  /** The trail goes on after this entry: `SEQ` or `SEQ:HASH`. */
  readonly after?: string | undefined
  /** Personal facts of entries from this moment on must still be there. */
  readonly personalSince?: string | undefined
}

/** A trail's report, and whether it ends as it was said to. */
export interface VerifiedFile {
  readonly report: TrailReport
  /** Why it is not verified; nothing where it is. */
  readonly fault: string | undefined
}

/** Verifies a file offline. @throws {Failure} where it, or a key, cannot be read */
export async function verifyFile(path: string, known: KnownOfTrail, onProgress: (bytes: number, of: number) => void): Promise<VerifiedFile> {
  const publicKeys = (await Promise.all(known.keyFiles.map(publicKeysOf))).flat()
  const head = known.head === undefined ? undefined : headOf(known.head)
  const after = known.after === undefined ? undefined : afterOf(known.after)
  const options: VerifyOptions = {
    publicKeys,
    ...(head?.seq !== undefined && { head: { seq: head.seq, hash: head.hash } }),
    ...(after !== undefined && { after }),
    ...(known.personalSince !== undefined && { personalKeptSinceMs: Date.parse(moment(known.personalSince, 'personal-since')) }),
  }
  try {
    const { size } = await stat(path)
    const report = await verifyTrail(linesOf(counted(createReadStream(path), (bytes) => onProgress(bytes, size))), options)
    return { report, fault: faultOf(report, head) }
  } catch (error) {
    throw fileFailure(error, 'the file of the audit trail')
  }
}

function faultOf(report: TrailReport, head: { readonly seq?: number; readonly hash: string } | undefined): string | undefined {
  if (report.fault !== undefined) return `line ${report.fault.line}: ${report.fault.why} (${report.fault.code})`
  if (head !== undefined && head.seq === undefined && report.lastHash !== head.hash) return `it does not end with the entry of --head (head)`
  if (report.verdict === 'unsigned') return 'nobody who was named with --key signed it: it is consistent with itself alone (unsigned)'
  const { signedSeq, strangersSeq, strangers } = report
  if (strangersSeq > signedSeq)
    return `entries ${signedSeq + 1} to ${strangersSeq} are signed, but by nobody who was named with --key: ${strangers.join(', ')} (unsigned)`
  return undefined
}

async function* counted(chunks: AsyncIterable<Uint8Array>, onBytes: (bytes: number) => void): AsyncGenerator<Uint8Array, void> {
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.byteLength
    onBytes(bytes)
    yield chunk
  }
}

const HASH = /^(?:(\d{1,15}):)?([\w-]{43})$/

function headOf(text: string): { readonly seq?: number; readonly hash: string } {
  const [, seq, hash] = HASH.exec(text) ?? []
  if (hash === undefined) throw askedWrongly('--head wants a hash of 43 characters, as `status` shows it, or SEQ:HASH.')
  return { hash, ...(seq !== undefined && { seq: Number(seq) }) }
}

function afterOf(text: string): { readonly seq: number; readonly hash?: string } {
  if (/^\d{1,15}$/.test(text)) return { seq: Number(text) }
  const [, seq, hash] = HASH.exec(text) ?? []
  if (seq === undefined || hash === undefined) throw askedWrongly('--after wants the number of an entry, or SEQ:HASH.')
  return { seq: Number(seq), hash }
}

async function publicKeysOf(path: string): Promise<ReturnType<typeof readPublicKeys>> {
  const text = await readSmallFile(path, 'a file of --key')
  try {
    return readPublicKeys(text)
  } catch (error) {
    // Its words hold nothing of the file.
    throw askedWrongly(`A file of --key cannot be used: ${error instanceof TypeError ? error.message : 'it is none'}.`)
  }
}
