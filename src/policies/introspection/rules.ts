import { isSubject, missingClaim, namesAudience } from '../../core/token-claims.ts'
import { freezeJson, type JsonObject, MAX_CLAIMS_DEPTH } from '../../lib/json-object.ts'
import { isNumericDate } from '../../lib/numeric-date.ts'
import { fault, type IntrospectionFault } from './fault.ts'
import type { IntrospectionSettings } from './settings.ts'

/** What an answer must say of a token, made from settings once. */
export interface AnswerRules {
  readonly issuer: string
  readonly audiences: ReadonlySet<string>
  readonly audienceClaim: string
  readonly toleranceMs: number
  readonly requiredClaims: readonly string[]
  readonly clientSubjectPrefix: string | undefined
}

/** What the rules found in an answer and later steps need. */
export interface CheckedAnswer {
  readonly subject: string
  /** Infinity when the answer does not say. */
  readonly expiresAtMs: number
  /** 0 when the answer does not say. */
  readonly notBeforeMs: number
}

/** Prepares the rules of the settings for {@link checkAnswer}. */
export function answerRules(settings: IntrospectionSettings): AnswerRules {
  const { issuer, audience, audienceClaim, clockToleranceSeconds, requiredClaims = [], clientSubjectPrefix } = settings
  return { issuer, audiences: new Set([audience].flat()), audienceClaim, toleranceMs: clockToleranceSeconds * 1000, requiredClaims, clientSubjectPrefix }
}

/** Judges what an issuer says of an active token (RFC 7662 §2.2), and freezes it. `now` in milliseconds since the epoch. */
export function checkAnswer(answer: JsonObject, rules: AnswerRules, now: number): CheckedAnswer | IntrospectionFault {
  const { iss, exp, nbf } = answer
  if (iss !== undefined && iss !== rules.issuer) return fault('introspection.issuer', 'iss is not the configured issuer')
  const misused = useFault(answer, rules)
  if (misused !== undefined) return misused
  if (exp !== undefined && !isNumericDate(exp)) return fault('introspection.claims', 'exp is not a date in seconds')
  if (nbf !== undefined && !isNumericDate(nbf)) return fault('introspection.claims', 'nbf is not a date in seconds')
  const aud = Object.hasOwn(answer, rules.audienceClaim) ? answer[rules.audienceClaim] : undefined
  if (!namesAudience(aud, rules.audiences)) return fault('introspection.audience', `${rules.audienceClaim} names none of the configured audiences`)
  const subject = subjectOf(answer, rules)
  if (typeof subject !== 'string') return subject
  const missing = missingClaim(answer, rules.requiredClaims)
  if (missing !== undefined) return fault('introspection.claims', `${missing} is missing`)
  if (!freezeJson(answer, MAX_CLAIMS_DEPTH)) return fault('introspection.malformed', `an answer nested deeper than ${MAX_CLAIMS_DEPTH}`)
  const checked = { subject, expiresAtMs: exp === undefined ? Number.POSITIVE_INFINITY : exp * 1000, notBeforeMs: (nbf ?? 0) * 1000 }
  return timeFault(checked, rules, now) ?? checked
}

/** Judges whether a token is in force at a moment; the only part of the rules that time changes. */
export function timeFault({ expiresAtMs, notBeforeMs }: CheckedAnswer, { toleranceMs }: AnswerRules, now: number): IntrospectionFault | undefined {
  if (expiresAtMs <= now - toleranceMs) return fault('introspection.expired', 'exp has passed')
  return notBeforeMs > now + toleranceMs ? fault('introspection.not-yet-valid', 'nbf is still to come') : undefined
}

/** An issuer answers for refresh tokens too (RFC 7662 §2.1), and a token that is bound to a key is worth nothing without its proof (RFC 9449 §6, RFC 8705 §3). */
function useFault({ token_type: type, token_use: use, cnf }: JsonObject, { audienceClaim }: AnswerRules): IntrospectionFault | undefined {
  if (cnf !== undefined && cnf !== null) return fault('introspection.bound', 'the token is bound to a key (cnf), whose proof nobody checks here')
  const isBearer = typeof type === 'string' && type.toLowerCase() === 'bearer'
  const mayBeUnsaid = type === undefined && audienceClaim === 'aud'
  if (!isBearer && !mayBeUnsaid) return fault('introspection.type', type === undefined ? 'token_type is missing' : 'token_type is not Bearer')
  if (use !== undefined && use !== 'access_token' && use !== 'access') return fault('introspection.type', 'token_use is not that of an access token')
  return undefined
}

function subjectOf({ sub, client_id: clientId }: JsonObject, { clientSubjectPrefix: prefix }: AnswerRules): string | IntrospectionFault {
  if (sub === undefined && prefix !== undefined) {
    return isSubject(clientId) ? `${prefix}${clientId}` : fault('introspection.claims', 'neither sub nor client_id is a text')
  }
  if (!isSubject(sub)) return fault('introspection.claims', 'sub is missing or not a text')
  return prefix !== undefined && sub.startsWith(prefix) ? fault('introspection.claims', 'sub begins like the subject of a client') : sub
}
