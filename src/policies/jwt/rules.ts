import { isSubject, missingClaim, namesAudience } from '../../core/token-claims.ts'
import { type HeaderRules, headerRules } from '../../jose/header.ts'
import type { JsonObject } from '../../lib/json-object.ts'
import { isNumericDate } from '../../lib/numeric-date.ts'
import { fault, type JwtFault } from './fault.ts'
import type { JwtSettings } from './settings.ts'

/** What a token must say of itself, made from settings once. */
export interface JwtRules {
  readonly issuer: string
  readonly audiences: ReadonlySet<string>
  readonly header: HeaderRules
  /** The claim that names the audience: `aud`, or another where the issuer writes it there. */
  readonly audienceClaim: string
  readonly toleranceMs: number
  readonly requiredClaims: readonly string[]
  /** Claims and the values of which each must have one. */
  readonly exactClaims: readonly (readonly [name: string, values: ReadonlySet<unknown>])[]
  /** The longest time from `iat` to `exp`. */
  readonly maxLifetimeMs: number | undefined
  /** How long ago the user may have authenticated (`auth_time`). */
  readonly maxAgeMs: number | undefined
  /** Authentication context classes of which the token must name one (`acr`). */
  readonly acr: ReadonlySet<string> | undefined
}

/** What the rules found in the claims and later steps need. */
export interface CheckedClaims {
  readonly subject: string
  readonly expiresAtMs: number
  /** 0 when the token does not say. */
  readonly notBeforeMs: number
  /** When the user authenticated (`auth_time`); absent when the token does not say. */
  readonly authenticatedAtMs?: number
  /** How the user authenticated (`acr`). */
  readonly acr?: string
}

/** The settings that rules are made from. */
export type RuleSettings = Pick<JwtSettings, 'issuer' | 'audience' | 'algorithms' | 'typ' | 'clockToleranceSeconds'> &
  Partial<Pick<JwtSettings, 'audienceClaim' | 'requiredClaims' | 'claims' | 'maxLifetimeSeconds' | 'maxAgeSeconds' | 'acr'>>

/** Prepares the rules of the settings for `headerFault` and {@link checkClaims}. */
export function jwtRules(settings: RuleSettings): JwtRules {
  const { audienceClaim = 'aud', requiredClaims = [], claims = {}, maxLifetimeSeconds, maxAgeSeconds, acr } = settings
  return {
    issuer: settings.issuer,
    audiences: new Set([settings.audience].flat()),
    header: headerRules(settings.algorithms, settings.typ),
    audienceClaim,
    toleranceMs: settings.clockToleranceSeconds * 1000,
    requiredClaims,
    exactClaims: Object.entries(claims).map(([name, values]) => [name, new Set([values].flat())]),
    maxLifetimeMs: milliseconds(maxLifetimeSeconds),
    maxAgeMs: milliseconds(maxAgeSeconds),
    acr: acr === undefined ? undefined : new Set([acr].flat()),
  }
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000
}

/** Judges a token's claims (RFC 7519 §4.1). `now` in milliseconds since the epoch. */
export function checkClaims(claims: JsonObject, rules: JwtRules, now: number): CheckedClaims | JwtFault {
  const { iss, sub, exp, nbf, iat } = claims
  if (iss !== rules.issuer) return fault('jwt.issuer', 'iss is not the configured issuer')
  if (!isSubject(sub)) return fault('jwt.claims', 'sub is missing or not a text')
  if (!isNumericDate(exp)) return fault('jwt.claims', 'exp is missing or not a date in seconds')
  if (nbf !== undefined && !isNumericDate(nbf)) return fault('jwt.claims', 'nbf is not a date in seconds')
  if (iat !== undefined && !isNumericDate(iat)) return fault('jwt.claims', 'iat is not a date in seconds')
  const refused = audienceFault(claims, rules) ?? contentFault(claims, rules) ?? lifetimeFault(exp, iat, rules)
  if (refused !== undefined) return refused
  const { auth_time: authTime, acr } = claims
  const checked = {
    subject: sub,
    expiresAtMs: exp * 1000,
    notBeforeMs: (nbf ?? 0) * 1000,
    ...(isNumericDate(authTime) && { authenticatedAtMs: authTime * 1000 }),
    ...(typeof acr === 'string' && { acr }),
  }
  return timeFault(checked, rules, now) ?? checked
}

/** An `aud` beside the configured claim must be for us as well: RFC 7519 §4.1.3 has every token refused that names somebody else. */
function audienceFault(claims: JsonObject, { audienceClaim, audiences }: JwtRules): JwtFault | undefined {
  const named = Object.hasOwn(claims, audienceClaim) ? claims[audienceClaim] : undefined
  if (!namesAudience(named, audiences)) return fault('jwt.audience', `${audienceClaim} names none of the configured audiences`)
  const isElsewhere = audienceClaim !== 'aud' && claims.aud !== undefined && !namesAudience(claims.aud, audiences)
  return isElsewhere ? fault('jwt.audience', `aud names none of the configured audiences, beside ${audienceClaim}`) : undefined
}

function contentFault(claims: JsonObject, { requiredClaims, exactClaims }: JwtRules): JwtFault | undefined {
  const missing = missingClaim(claims, requiredClaims)
  if (missing !== undefined) return fault('jwt.claims', `${missing} is missing`)
  for (const [name, values] of exactClaims) {
    if (!Object.hasOwn(claims, name) || !values.has(claims[name])) return fault('jwt.claims', `${name} has none of the configured values`)
  }
  return undefined
}

function lifetimeFault(exp: number, iat: number | undefined, { maxLifetimeMs }: JwtRules): JwtFault | undefined {
  if (maxLifetimeMs === undefined) return undefined
  if (iat === undefined) return fault('jwt.lifetime', 'iat is missing: nobody knows how long the token lives')
  return (exp - iat) * 1000 > maxLifetimeMs ? fault('jwt.lifetime', 'exp is too long after iat') : undefined
}

/** Judges whether a token is in force at a moment; the only part of the rules that time changes. */
export function timeFault(claims: CheckedClaims, rules: JwtRules, now: number): JwtFault | undefined {
  if (claims.expiresAtMs <= now - rules.toleranceMs) return fault('jwt.expired', 'exp has passed')
  if (claims.notBeforeMs > now + rules.toleranceMs) return fault('jwt.not-yet-valid', 'nbf is still to come')
  return undefined
}

/** Judges whether the user of a verified token authenticated well and lately enough (RFC 9470 §3). Only after its signature: a forged one is told nothing. */
export function stepUpFault({ acr, authenticatedAtMs }: CheckedClaims, rules: JwtRules, now: number): JwtFault | undefined {
  if (rules.acr !== undefined && !(acr !== undefined && rules.acr.has(acr))) return fault('jwt.step-up', 'acr is none of those that suffice')
  if (rules.maxAgeMs === undefined) return undefined
  if (authenticatedAtMs === undefined || authenticatedAtMs > now + rules.toleranceMs) return fault('jwt.step-up', 'auth_time is missing or still to come')
  return now - authenticatedAtMs > rules.maxAgeMs + rules.toleranceMs ? fault('jwt.step-up', 'the user authenticated too long ago') : undefined
}
