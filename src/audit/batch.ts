import { entryLine, exportText, withoutPersonal } from './export.ts'
import type { AuditOwner } from './owner.ts'
import type { AuditStore } from './store.ts'

/** The most entries of one batch, and about the most characters. */
export const BATCH_ENTRIES = 500
const BATCH_CHARACTERS = 1_000_000

/** A part of the trail on its way to the sink. However often it is sent, it has the same name. */
export interface Batch {
  /** The first characters of the first entry's hash: another chain has another, so that none takes the place of this one's files. */
  readonly chain: string
  readonly firstSeq: number
  readonly lastSeq: number
  readonly text: string
}

/** @returns what the sink is to have next, if there is anything: signed entries only, in order, without personal facts, which end with their retention here. */
export function nextBatch(owner: AuditOwner, store: AuditStore): Batch | undefined {
  const { exportedSeq, batchSeq } = owner.state
  const signedSeq = owner.signedSeq
  if (exportedSeq >= signedSeq) return undefined
  const isAgain = batchSeq > exportedSeq
  const upTo = isAgain ? batchSeq : signedSeq
  const entries = []
  let characters = 0
  for (const entry of store.entries(exportedSeq, Math.min(upTo - exportedSeq, BATCH_ENTRIES))) {
    const bare = withoutPersonal(entry)
    characters += entryLine(bare).length
    if (!isAgain && entries.length > 0 && characters > BATCH_CHARACTERS) break
    entries.push(bare)
  }
  const [first] = entries
  const last = entries.at(-1)
  const [beginning] = store.entries(0, 1)
  if (first === undefined || last === undefined || beginning === undefined) return undefined
  // On disk before anything is sent: who asks again after a crash sends the same.
  if (!isAgain) owner.note({ batchSeq: last.seq })
  const checkpoints = store.checkpoints(first.seq, BATCH_ENTRIES).filter(({ seq }) => seq <= last.seq)
  return {
    chain: beginning.hash.slice(0, 16),
    firstSeq: first.seq,
    lastSeq: last.seq,
    text: exportText({ entries, checkpoints, keys: store.keys() }),
  }
}
