import type { Revocation } from '../../core/revocation.ts'
import type { JsonObject } from '../../lib/json-object.ts'
import { isNumericDate } from '../../lib/numeric-date.ts'
import { eventOf, type RevokingEvent } from './event-types.ts'
import { fault, type SetFault } from './fault.ts'
import type { CheckedSet } from './rules.ts'
import type { SecurityEventsSettings } from './settings.ts'
import { type Named, readSubject, type SubjectRules } from './subject.ts'

/** What follows from a token that was verified. */
export interface Consequences {
  readonly revocations: readonly Revocation[]
  /** What ends tokens and names none that could be found: the event and what was wrong, for the operator, without any part of the subject. */
  readonly unusable: readonly string[]
  /** Types of events that nobody here knows. */
  readonly unknown: readonly string[]
}

/** How events become revocations, made from settings once. */
export interface ConsequenceRules {
  readonly transmitter: string
  readonly tokenIssuer: string
  readonly subject: SubjectRules
  readonly liveMs: number
  readonly taken: ReadonlySet<RevokingEvent>
}

/** The ledger takes no longer author. */
const MAX_AUTHOR_LENGTH = 256

/** Prepares the rules of the settings for {@link consequencesOf}. */
export function consequenceRules(settings: SecurityEventsSettings): ConsequenceRules {
  const { issuer, tokenIssuer = issuer, subjectIssuer = tokenIssuer, tokensHaveSid, tokensLiveSeconds, events } = settings
  return {
    transmitter: issuer.slice(0, MAX_AUTHOR_LENGTH).toWellFormed(),
    tokenIssuer,
    subject: { issuer: subjectIssuer, isOwn: issuer === tokenIssuer, tokensHaveSid },
    liveMs: tokensLiveSeconds * 1000,
    taken: new Set(events),
  }
}

/** Works out what a token's events revoke. Nothing of it depends on when it is received, so that the same token again changes nothing. */
export function consequencesOf(set: CheckedSet, rules: ConsequenceRules): Consequences | SetFault {
  const revocations: Revocation[] = []
  const unusable: string[] = []
  const unknown: string[] = []
  for (const [uri, payload] of set.events) {
    const event = eventOf(uri)
    if (event === 'unknown') unknown.push(uri)
    if (event === 'unknown' || event === 'none' || !rules.taken.has(event) || isHarmless(event, payload)) continue
    const reading = readSubject(set.subject ?? payload.subject, event, rules.subject)
    if (reading === 'foreign') return fault('security-events.foreign-subject', `${event}: the subject is another issuer’s`)
    if (reading.unusable !== undefined) unusable.push(`${event}: ${reading.unusable}`)
    const happenedMs = Math.min(millisecondsOf(payload.event_timestamp) ?? millisecondsOf(set.eventTime) ?? set.issuedAtMs, set.issuedAtMs)
    for (const one of reading.named) revocations.push(revocationOf(one, event, happenedMs, set, rules))
  }
  return { revocations, unusable, unknown }
}

/** A credential that was added makes no token worse. */
function isHarmless(event: RevokingEvent, { change_type: changeType }: JsonObject): boolean {
  return event === 'caep/credential-change' && changeType === 'create'
}

/** A session or token that ended stays so; of a user what was issued until then: who logs in again is in again. */
function revocationOf({ kind, value }: Named, event: RevokingEvent, happenedMs: number, { issuedAtMs }: CheckedSet, rules: ConsequenceRules): Revocation {
  const afterMs = endOfSecond(kind === 'subject' ? happenedMs : issuedAtMs)
  return {
    kind,
    issuer: rules.tokenIssuer,
    value,
    ...(kind === 'subject' && { beforeMs: afterMs }),
    untilMs: afterMs + rules.liveMs,
    reason: event,
    by: rules.transmitter,
  }
}

/** Dates in tokens are whole seconds: of the same second nobody knows which came first. */
function endOfSecond(ms: number): number {
  return (Math.floor(ms / 1000) + 1) * 1000
}

/** Seconds, as in CAEP 1.0; what would be a date beyond the year 9999 is in milliseconds, as in its drafts. What is no date says nothing. */
function millisecondsOf(date: unknown): number | undefined {
  if (isNumericDate(date)) return date * 1000
  return typeof date === 'number' && isNumericDate(date / 1000) ? date : undefined
}
