import { fault, type JwtFault } from './fault.ts'
import type { JwtSettings } from './settings.ts'
import type { JsonObject } from './token.ts'

/** What a token must say of itself, made from settings once. */
export interface JwtRules {
  readonly issuer: string
  readonly audiences: ReadonlySet<string>
  readonly algorithms: ReadonlySet<string>
  /** Normalised by {@link mediaType}. */
  readonly types: ReadonlySet<string>
  readonly toleranceMs: number
}

/** What the rules found in the claims and later steps need. */
export interface CheckedClaims {
  readonly subject: string
  readonly expiresAtMs: number
  /** 0 when the token does not say. */
  readonly notBeforeMs: number
}

/** Prepares the rules of the settings for {@link headerFault} and {@link checkClaims}. */
export function jwtRules(settings: Pick<JwtSettings, 'issuer' | 'audience' | 'algorithms' | 'typ' | 'clockToleranceSeconds'>): JwtRules {
  return {
    issuer: settings.issuer,
    audiences: new Set([settings.audience].flat()),
    algorithms: new Set(settings.algorithms),
    types: new Set([settings.typ].flat().map(mediaType)),
    toleranceMs: settings.clockToleranceSeconds * 1000,
  }
}

/** RFC 7515 §4.1.9: a type without a slash means `application/` and itself; media types know no case. */
function mediaType(typ: string): string {
  const lower = typ.toLowerCase()
  return lower.includes('/') ? lower : `application/${lower}`
}

/** Judges a token's header. Where a key is to be found is never the header's to say: `jwk`, `jku`, `x5u` and `x5c` are not looked at. */
export function headerFault(header: JsonObject, rules: JwtRules): JwtFault | undefined {
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) return fault('jwt.critical', 'an extension that must be understood (crit, b64)')
  if (typeof header.alg !== 'string' || !rules.algorithms.has(header.alg)) return fault('jwt.algorithm', 'alg is none of the configured algorithms')
  if (typeof header.typ !== 'string' || !rules.types.has(mediaType(header.typ))) return fault('jwt.type', 'typ is none of the configured types')
  return undefined
}

/** The last second of the year 9999: a later date is milliseconds taken for seconds, or worse. */
const LATEST_SECONDS = 253_402_300_799

/** Judges a token's claims (RFC 7519 §4.1). `now` in milliseconds since the epoch. */
export function checkClaims(claims: JsonObject, rules: JwtRules, now: number): CheckedClaims | JwtFault {
  const { iss, sub, aud, exp, nbf, iat } = claims
  if (iss !== rules.issuer) return fault('jwt.issuer', 'iss is not the configured issuer')
  // Lone surrogates become one character on their way through UTF-8: two subjects would be one.
  if (typeof sub !== 'string' || sub === '' || !sub.isWellFormed()) return fault('jwt.claims', 'sub is missing or not a text')
  if (!isNumericDate(exp)) return fault('jwt.claims', 'exp is missing or not a date in seconds')
  if (nbf !== undefined && !isNumericDate(nbf)) return fault('jwt.claims', 'nbf is not a date in seconds')
  if (iat !== undefined && !isNumericDate(iat)) return fault('jwt.claims', 'iat is not a date in seconds')
  if (!isForUs(aud, rules.audiences)) return fault('jwt.audience', 'aud names none of the configured audiences')
  const checked = { subject: sub, expiresAtMs: exp * 1000, notBeforeMs: (nbf ?? 0) * 1000 }
  return timeFault(checked, rules, now) ?? checked
}

/** Judges whether a token is in force at a moment; the only part of the rules that time changes. */
export function timeFault(claims: CheckedClaims, rules: JwtRules, now: number): JwtFault | undefined {
  if (claims.expiresAtMs <= now - rules.toleranceMs) return fault('jwt.expired', 'exp has passed')
  if (claims.notBeforeMs > now + rules.toleranceMs) return fault('jwt.not-yet-valid', 'nbf is still to come')
  return undefined
}

function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LATEST_SECONDS
}

function isForUs(aud: unknown, audiences: ReadonlySet<string>): boolean {
  const list: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  let found = false
  for (const entry of list) {
    if (typeof entry !== 'string') return false
    found ||= audiences.has(entry)
  }
  return found
}
