import type { AuditCheckpoint, AuditEntry, AuditEvent, AuditPublicKey } from '../core/audit.ts'
import { EMPTY, type Head, link } from './entry.ts'
import { exportLines } from './export.ts'
import { readSigningKey, type SigningKey } from './signing-key.ts'

/** The moment of the tests. */
export const NOW = Date.UTC(2100, 0, 1)
/** Secrets with Ed25519 private keys, of which the test of RFC 8032 §7.1 is one. */
export const RFC_8032_KEY = JSON.stringify({
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
})

/** @returns a secret with a new key. */
export async function newSecret(): Promise<string> {
  const { privateKey } = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
  const { d, x } = (await crypto.subtle.exportKey('jwk', privateKey)) as JsonWebKey
  return JSON.stringify({ kty: 'OKP', crv: 'Ed25519', d, x })
}

/** An event, but for what the test changes. */
export function eventOf(more: Partial<AuditEvent> = {}): AuditEvent {
  return { type: 'admin.keys.create', actor: 'pseudonym', target: 'key', outcome: 'done', facts: { zone: 'api', number: 1, isNew: true }, ...more }
}

/** A trail with its keys, as a test wants it. */
export interface Trail {
  readonly entries: readonly AuditEntry[]
  readonly checkpoints: readonly AuditCheckpoint[]
  readonly keys: readonly AuditPublicKey[]
  readonly lines: readonly string[]
}

/** Builds a trail of these events, signed after each `every`. */
export async function trailOf(
  events: readonly AuditEvent[],
  { every = 3, key, from = EMPTY }: { every?: number; key?: SigningKey; from?: Head } = {},
): Promise<Trail> {
  const signing = key ?? (await readSigningKey(RFC_8032_KEY))
  const entries: AuditEntry[] = []
  const checkpoints: AuditCheckpoint[] = []
  let head = from
  for (const [i, event] of events.entries()) {
    const entry = link(event, head, NOW + i * 1000, () => `salt-${i}`)
    entries.push(entry)
    head = entry
    if (entry.seq % every === 0) checkpoints.push(await signing.sign({ seq: entry.seq, hash: entry.hash }, NOW + i * 1000 + 1))
  }
  const keys = [signing.publicKey]
  return { entries, checkpoints, keys, lines: [...exportLines({ entries, checkpoints, keys })] }
}
