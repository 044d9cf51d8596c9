import { createHash } from 'node:crypto'
import type { AuditEntry, AuditEvent } from '../core/audit.ts'

/** What stands as `previous` in the first entry. */
export const GENESIS = 'A'.repeat(43)

/** The place of the chain to which the next entry is tied. */
export interface Head {
  readonly seq: number
  readonly hash: string
}

/** The head of a chain in which nothing stands yet. */
export const EMPTY: Head = { seq: 0, hash: GENESIS }

/** Ties an event to the chain. `salt` is random: without it nobody can guess personal facts by their hash. */
export function link(event: AuditEvent, head: Head, atMs: number, salt: () => string): AuditEntry {
  const personal = event.personal === undefined || Object.keys(event.personal).length === 0 ? undefined : { salt: salt(), text: textOf(event.personal) }
  const entry = {
    seq: head.seq + 1,
    atMs,
    // Storage and files hold no half of a surrogate pair: what is hashed is what can be read back.
    type: event.type.toWellFormed(),
    actor: event.actor.toWellFormed(),
    target: event.target.toWellFormed(),
    outcome: event.outcome.toWellFormed(),
    facts: sorted(event.facts),
    ...(personal !== undefined && { personalHash: personalHash(personal) }),
    previous: head.hash,
  }
  return { ...entry, ...(personal !== undefined && { personal }), hash: entryHash(entry) }
}

/** @returns SHA-256 over the canonical form of an entry, base64url: a JSON array of every field but the personal facts, which have their own hash in it. */
export function entryHash({ seq, atMs, type, actor, target, outcome, facts, personalHash, previous }: Omit<AuditEntry, 'hash' | 'personal'>): string {
  const pairs = Object.entries(sorted(facts))
  return sha256(JSON.stringify(['portcullis-audit-entry-1', seq, atMs, type, actor, target, outcome, pairs, personalHash ?? null, previous]))
}

/** @returns SHA-256 over salt and text of personal facts, base64url. */
export function personalHash({ salt, text }: NonNullable<AuditEntry['personal']>): string {
  return sha256(JSON.stringify(['portcullis-audit-personal-1', salt, text]))
}

/** @returns SHA-256 of a text's UTF-8, base64url. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

function textOf(personal: Readonly<Record<string, string>>): string {
  return JSON.stringify(sorted(personal))
}

/** @returns the same facts in the order of their names. */
export function sorted<T>(facts: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  const names = Object.keys(facts).toSorted()
  return Object.fromEntries(names.map((name) => [name, wellFormed(facts[name] as T)]))
}

function wellFormed<T>(value: T): T {
  return typeof value === 'string' ? (value.toWellFormed() as T) : value
}
