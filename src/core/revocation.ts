import { createHash } from 'node:crypto'

/**
 * What credentials may be revoked by. `token`: one token's id (`jti`). `subject`: all of one user. `session`: all of one login (`sid`). `client`: all that one client was
 * given (`client_id`, `azp`). `key`: all that one key of the issuer signed (`kid`). `issuer`: all of an issuer.
 */
export const REVOCATION_KINDS = ['token', 'subject', 'session', 'client', 'key', 'issuer'] as const

/** One of {@link REVOCATION_KINDS}. */
export type RevocationKind = (typeof REVOCATION_KINDS)[number]

/** Names what is revoked. `value` is empty for an issuer. */
export interface RevocationSubject {
  readonly kind: RevocationKind
  readonly issuer: string
  readonly value: string
}

/** A revocation, as an operator or an issuer gives it. */
export interface Revocation extends RevocationSubject {
  /** Credentials that were issued before this are revoked, in milliseconds since the epoch. Default: all of them, whenever they were issued. */
  readonly beforeMs?: number
  /** When the last credential that it concerns has expired, in milliseconds since the epoch: then it is forgotten. */
  readonly untilMs: number
  /** Why, for people. */
  readonly reason: string
  /** Who wanted it, for people. */
  readonly by: string
}

/** A revocation as the ledger keeps it. */
export interface KeptRevocation extends Required<Revocation> {
  /** When it was made, or last changed. */
  readonly atMs: number
}

/** What a credential may be revoked by. Made once a credential and kept with it: each request looks these up. */
export interface Revocable {
  /** Made by {@link revocationName}. */
  readonly names: readonly string[]
  /** When it was issued, in milliseconds since the epoch; 0 where nobody knows, so that every "before" concerns it. */
  readonly issuedAtMs: number
}

/** How old the knowledge of revocations may be that a request is judged by. */
export interface Staleness {
  /** Older than that, a request waits for newer; 0: each request asks the ledger itself. */
  readonly maxStalenessMs: number
  /** With the ledger out of reach, older than that nobody passes. */
  readonly failAfterMs: number
}

/** "Issued before" a time that never comes: all of them. */
export const ALL_ISSUED_MS = 8_640_000_000_000_000

/** Longer values stand in a name as their hash, so that a name has a bound. */
const MAX_PLAIN_LENGTH = 128

/** Joins the parts so that no two subjects have one name, whatever characters they hold. At most some 300 characters. */
export function revocationName({ kind, issuer, value }: RevocationSubject): string {
  return `${kind}|${bounded(issuer)}|${bounded(value)}`
}

function bounded(text: string): string {
  if (text.length <= MAX_PLAIN_LENGTH) return `${text.length}:${text}`
  return `#${createHash('sha256').update(text.toWellFormed()).digest('base64url')}`
}

/** @returns what a token with these verified claims can be revoked by. @param keyId of the key that signed it. */
export function revocableByClaims(issuer: string, subject: string, claims: Readonly<Record<string, unknown>>, keyId?: string): Revocable {
  const { jti, sid, client_id: clientId, azp, iat } = claims
  const named: readonly (readonly [RevocationKind, unknown])[] = [
    ['token', jti],
    ['subject', subject],
    ['session', sid],
    ['client', clientId],
    ['client', azp],
    ['key', keyId],
  ]
  const names = named.flatMap(([kind, value]) => (typeof value === 'string' && value !== '' ? revocationName({ kind, issuer, value }) : []))
  return Object.freeze({
    names: Object.freeze([...new Set([...names, revocationName({ kind: 'issuer', issuer, value: '' })])]),
    issuedAtMs: typeof iat === 'number' ? iat * 1000 : 0,
  })
}
