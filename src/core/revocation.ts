import { createHash } from 'node:crypto'
import { isNumericDate } from '../lib/numeric-date.ts'

/**
 * What credentials may be revoked by. `token`: one token's id (`jti`). `subject`: all of one user. `session`: all of one login (`sid`, `session_id`). `client`: all that one client was
 * given (`client_id`, `azp`, `cid`). `key`: all that one key of the issuer signed (`kid`). `issuer`: all of an issuer.
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
  // Storage knows no lone surrogates: what it would write otherwise is named otherwise from the start.
  const written = text.toWellFormed()
  return written.length <= MAX_PLAIN_LENGTH ? `${written.length}:${written}` : `#${createHash('sha256').update(written).digest('base64url')}`
}

/** What a token with these verified claims can be revoked by. Its names are put together when somebody looks at them: while nothing at all is revoked, nobody does. */
export class TokenRevocable implements Revocable {
  readonly issuedAtMs: number
  readonly #issuer: string
  readonly #claims: Readonly<Record<string, unknown>>
  readonly #subject: string
  readonly #keyId: string | undefined
  #names: readonly string[] | undefined

  /** @param keyId of the key that signed it. */
  constructor(issuer: string, subject: string, claims: Readonly<Record<string, unknown>>, keyId?: string) {
    // To the millisecond: a key that was made right after a revocation is another.
    this.issuedAtMs = isNumericDate(claims.iat) ? Math.round(claims.iat * 1000) : 0
    this.#issuer = issuer
    this.#claims = claims
    this.#subject = subject
    this.#keyId = keyId
  }

  get names(): readonly string[] {
    this.#names ??= this.#name()
    return this.#names
  }

  #name(): readonly string[] {
    const { jti, sid, session_id: sessionId, client_id: clientId, azp, cid } = this.#claims
    const named: readonly (readonly [RevocationKind, unknown])[] = [
      ['token', jti],
      ['subject', this.#subject],
      ['session', sid],
      ['session', sessionId],
      ['client', clientId],
      ['client', azp],
      ['client', cid],
      ['key', this.#keyId],
    ]
    const issuer = this.#issuer
    const names = named.flatMap(([kind, value]) => (typeof value === 'string' && value !== '' ? revocationName({ kind, issuer, value }) : []))
    return [...new Set([...names, revocationName({ kind: 'issuer', issuer, value: '' })])]
  }
}
