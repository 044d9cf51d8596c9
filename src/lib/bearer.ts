/** What an `Authorization` field says about the Bearer scheme. */
export type BearerReading =
  /** The one credential of the request. */
  | { readonly kind: 'token'; readonly token: string }
  /** No field at all. */
  | { readonly kind: 'absent' }
  /** A credential of another scheme. */
  | { readonly kind: 'other' }
  /** The Bearer scheme, but not its syntax. */
  | { readonly kind: 'malformed' }
  /** More than one credential: which one counts is anybody's guess. */
  | { readonly kind: 'multiple' }

const ABSENT: BearerReading = Object.freeze({ kind: 'absent' })
const OTHER: BearerReading = Object.freeze({ kind: 'other' })
const MALFORMED: BearerReading = Object.freeze({ kind: 'malformed' })
const MULTIPLE: BearerReading = Object.freeze({ kind: 'multiple' })

/** A scheme is a token (RFC 9110 §5.6.2): `Bearer` ends where another character stands. */
const BEARER = /^bearer(?![\w!#$%&'*+\-.^`|~])/i
const SECOND_BEARER = /,[ \t]*bearer(?![\w!#$%&'*+\-.^`|~])/i
/** `b64token` of RFC 6750 §2.1. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/

/**
 * Reads the value of an `Authorization` field (RFC 6750 §2.1): scheme by any case, exactly one space, a `b64token`.
 * Several fields arrive joined by commas, and a comma is no part of a token: `multiple`.
 */
export function readBearer(value: string | null): BearerReading {
  if (value === null) return ABSENT
  if (!BEARER.test(value)) return SECOND_BEARER.test(value) ? MULTIPLE : OTHER
  if (value.includes(',')) return MULTIPLE
  if (value[6] !== ' ') return MALFORMED
  const token = value.slice(7)
  return TOKEN.test(token) ? { kind: 'token', token } : MALFORMED
}

/** Reads the value of a field that holds nothing but a token. */
export function readBare(value: string | null): BearerReading {
  if (value === null || value === '') return ABSENT
  if (value.includes(',')) return MULTIPLE
  return TOKEN.test(value) ? { kind: 'token', token: value } : MALFORMED
}
