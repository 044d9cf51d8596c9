import type { AuditCheckpoint, AuditEntry, AuditPublicKey } from '../core/audit.ts'
import { sorted } from './entry.ts'

/** The media type of a trail. */
export const TRAIL_MEDIA_TYPE = 'application/x-ndjson'

/** A piece of the trail. */
export interface TrailPiece {
  readonly entries: readonly AuditEntry[]
  /** Any of them: those that concern no entry of the piece are left out. */
  readonly checkpoints: readonly AuditCheckpoint[]
  readonly keys: readonly AuditPublicKey[]
}

/**
 * Writes a piece of the trail as lines without their ends: first the public keys, then the entries, each checkpoint after the entry that it signs.
 * Pieces that follow each other make one trail; a key may stand in each.
 */
export function* exportLines({ entries, checkpoints, keys }: TrailPiece): Generator<string, void> {
  const signatures = new Map(checkpoints.map((checkpoint) => [checkpoint.seq, checkpoint]))
  for (const key of keys) yield keyLine(key)
  for (const entry of entries) {
    yield entryLine(entry)
    const signature = signatures.get(entry.seq)
    if (signature !== undefined) yield checkpointLine(signature)
  }
}

/** @returns the piece as one text; each line ends. */
export function exportText(piece: TrailPiece): string {
  let text = ''
  for (const line of exportLines(piece)) text += `${line}\n`
  return text
}

/** Writes an entry in the one form that is verified. */
export function entryLine(entry: AuditEntry): string {
  const { seq, atMs, type, actor, target, outcome, facts, personalHash, personal, previous, hash } = entry
  return JSON.stringify({
    entry: {
      ...{ seq, atMs, type, actor, target, outcome, facts: sorted(facts) },
      ...(personalHash !== undefined && { personalHash }),
      ...(personal !== undefined && { personal: { salt: personal.salt, text: personal.text } }),
      ...{ previous, hash },
    },
  })
}

/** Writes a checkpoint in the one form that is verified. */
export function checkpointLine({ seq, hash, atMs, keyId, signature }: AuditCheckpoint): string {
  return JSON.stringify({ checkpoint: { seq, hash, atMs, keyId, signature } })
}

/** Writes a public key in the one form that is verified. */
export function keyLine({ kty, crv, x, kid }: AuditPublicKey): string {
  return JSON.stringify({ key: { kty, crv, x, kid } })
}

/** @returns the entry without its personal facts, of which the hash stays. */
export function withoutPersonal({ personal: _, ...entry }: AuditEntry): AuditEntry {
  return entry
}
