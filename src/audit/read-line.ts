import type { AuditCheckpoint, AuditEntry, AuditPublicKey } from '../core/audit.ts'
import { checkpointLine, entryLine, keyLine } from './export.ts'
import { publicKeyOf } from './signing-key.ts'
import { TrailFault } from './trail-fault.ts'

/** What one line of a trail says. */
export type TrailLine =
  | { readonly kind: 'entry'; readonly entry: AuditEntry }
  | { readonly kind: 'checkpoint'; readonly checkpoint: AuditCheckpoint }
  | { readonly kind: 'key'; readonly key: AuditPublicKey }

type Members = Readonly<Record<string, unknown>>

/**
 * Reads one line. A trail has one form, to the byte: a line that says the same in another one was not written by the gateway.
 * @throws {TrailFault}
 */
export function readLine(text: string): TrailLine {
  const line = parse(text)
  const again = line.kind === 'entry' ? entryLine(line.entry) : line.kind === 'checkpoint' ? checkpointLine(line.checkpoint) : keyLine(line.key)
  if (again !== text) throw new TrailFault('form', `the ${line.kind} is not written as the gateway writes it: its bytes were changed`)
  return line
}

function parse(text: string): TrailLine {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new TrailFault('shape', text.trim() === '' ? 'the line is empty' : 'the line is no JSON: it was changed, or cut off')
  }
  if (isObject(parsed)) {
    if (isEntry(parsed.entry)) return { kind: 'entry', entry: parsed.entry }
    if (isCheckpoint(parsed.checkpoint)) return { kind: 'checkpoint', checkpoint: parsed.checkpoint }
    if (isKey(parsed.key)) {
      if (publicKeyOf(parsed.key.x).kid !== parsed.key.kid) throw new TrailFault('key', 'the public key is not the one that its id names')
      return { kind: 'key', key: parsed.key }
    }
  }
  throw new TrailFault('shape', 'the line is neither an entry nor a checkpoint nor a key')
}

function isEntry(value: unknown): value is AuditEntry {
  return (
    isObject(value) &&
    isWhole(value.seq) &&
    isWhole(value.atMs) &&
    areTexts([value.type, value.actor, value.target, value.outcome, value.previous, value.hash]) &&
    isObject(value.facts) &&
    (value.personalHash === undefined || typeof value.personalHash === 'string') &&
    (value.personal === undefined || (isObject(value.personal) && areTexts([value.personal.salt, value.personal.text])))
  )
}

function isCheckpoint(value: unknown): value is AuditCheckpoint {
  return isObject(value) && isWhole(value.seq) && isWhole(value.atMs) && areTexts([value.hash, value.keyId, value.signature])
}

function isKey(value: unknown): value is AuditPublicKey {
  return isObject(value) && value.kty === 'OKP' && value.crv === 'Ed25519' && areTexts([value.x, value.kid])
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function areTexts(values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'string')
}
