import { isSubject, namesAudience } from '../../core/token-claims.ts'
import { type HeaderRules, headerRules } from '../../jose/header.ts'
import { isJsonObject, type JsonObject } from '../../lib/json-object.ts'
import { isNumericDate } from '../../lib/numeric-date.ts'
import { fault, type SetFault } from './fault.ts'
import type { SecurityEventsSettings } from './settings.ts'

/** More events in one token are refused: they are to be one event, under several names (Shared Signals Framework 1.0 §4.2.1). */
export const MAX_EVENTS = 10

/** What a Security Event Token must say of itself, made from settings once. */
export interface SetRules {
  readonly issuer: string
  readonly audiences: ReadonlySet<string>
  readonly header: HeaderRules
  readonly toleranceMs: number
  readonly maxAgeMs: number
}

/** What a token says, as far as the rules found it sound. */
export interface CheckedSet {
  readonly issuedAtMs: number
  /** Whom it is about (`sub_id`, RFC 9493 §4.1), of whatever shape; older transmitters say it in each event. */
  readonly subject: unknown
  /** When it happened (`toe`), of whatever shape. */
  readonly eventTime: unknown
  readonly events: readonly (readonly [uri: string, payload: JsonObject])[]
}

/** Prepares the rules of the settings for {@link checkSet} and `headerFault`. */
export function setRules(settings: Pick<SecurityEventsSettings, 'issuer' | 'audience' | 'algorithms' | 'clockToleranceSeconds' | 'maxAgeSeconds'>): SetRules {
  return {
    issuer: settings.issuer,
    audiences: new Set([settings.audience].flat()),
    header: headerRules(settings.algorithms, 'secevent+jwt'),
    toleranceMs: settings.clockToleranceSeconds * 1000,
    maxAgeMs: settings.maxAgeSeconds * 1000,
  }
}

/**
 * Judges the claims of a Security Event Token (RFC 8417 §2.2, Shared Signals Framework 1.0 §4.1). `sub` and `exp` must not be there: what has them is some other token.
 * @param now milliseconds since the epoch.
 */
export function checkSet(claims: JsonObject, rules: SetRules, now: number): CheckedSet | SetFault {
  const { iss, aud, iat, jti, toe, events, sub_id: subject } = claims
  if (iss !== rules.issuer) return fault('security-events.issuer', 'iss is not the configured issuer')
  if (!namesAudience(aud, rules.audiences)) return fault('security-events.audience', 'aud names none of the configured audiences')
  for (const name of ['sub', 'exp']) if (Object.hasOwn(claims, name)) return fault('security-events.claims', `${name} is there, as in a token of another kind`)
  if (!isSubject(jti)) return fault('security-events.claims', 'jti is missing or not a text')
  if (!isNumericDate(iat)) return fault('security-events.claims', 'iat is missing or not a date in seconds')
  const issuedAtMs = iat * 1000
  if (issuedAtMs > now + rules.toleranceMs) return fault('security-events.not-yet-issued', 'iat is still to come')
  if (issuedAtMs < now - rules.maxAgeMs - rules.toleranceMs) return fault('security-events.too-old', 'iat is longer ago than maxAgeSeconds')
  if (!isJsonObject(events)) return fault('security-events.claims', 'events is missing or not an object')
  const entries = Object.entries(events)
  if (entries.length === 0 || entries.length > MAX_EVENTS)
    return fault('security-events.claims', `events has ${entries.length} members, not 1 to ${MAX_EVENTS}`)
  const sound = entries.filter((entry): entry is [string, JsonObject] => isJsonObject(entry[1]))
  if (sound.length < entries.length) return fault('security-events.claims', 'an event is not an object')
  return { issuedAtMs, subject, eventTime: toe, events: sound }
}
