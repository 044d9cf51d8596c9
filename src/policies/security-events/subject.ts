import type { RevocationKind } from '../../core/revocation.ts'
import { isSubject } from '../../core/token-claims.ts'
import { isJsonObject, type JsonObject } from '../../lib/json-object.ts'
import type { RevokingEvent } from './event-types.ts'

/** Tokens that an event is about. */
export interface Named {
  readonly kind: Extract<RevocationKind, 'subject' | 'session' | 'token'>
  readonly value: string
}

/** What a subject identifier names; `unusable` says, without any part of it, what could not be used. `foreign`: somebody of another issuer. */
export type SubjectReading = { readonly named: readonly Named[]; readonly unusable?: string } | 'foreign'

/** How subjects are read. */
export interface SubjectRules {
  /** How subjects write the issuer of the tokens. */
  readonly issuer: string
  /** The transmitter gives out the tokens itself: what it calls somebody is their `sub`, and a session its `sid`. */
  readonly isOwn: boolean
  readonly tokensHaveSid: boolean
}

/** The ledger takes no longer ones. */
const MAX_VALUE_LENGTH = 4096
/** More aliases of one subject are not looked at. */
const MAX_ALIASES = 10

/** Formats that may be named to the operator: others are the transmitter's text. */
const KNOWN_FORMATS: ReadonlySet<string> = new Set(
  'account aliases complex did email ip_addresses iss_sub jwt_id oauth_client oauth_token opaque phone phone_number saml_assertion_id uri'.split(' '),
)

/** Finds out whose tokens an event is about (RFC 9493, Shared Signals Framework 1.0 §3; `subject_type` and `iss-sub` as Google's events have them). */
export function readSubject(id: unknown, event: RevokingEvent, rules: SubjectRules): SubjectReading {
  if (!isJsonObject(id)) return unusable('no subject')
  const aboutSession = event === 'caep/session-revoked'
  switch (formatOf(id)) {
    case 'complex':
      return readComplex(id, aboutSession, rules)
    case 'aliases':
      return readAliases(id.identifiers, rules)
    default:
      // Nobody says whether an opaque id of a session event is that of the session, as in CAEP's own example, or of its user.
      return readSimple(id, ['subject'], aboutSession ? ['session', 'subject'] : ['subject'], rules)
  }
}

/** All members narrow down one subject. What can be judged by none here (a device, a tenant) narrows nothing: rather too many tokens than too few. */
function readComplex({ user, session }: JsonObject, aboutSession: boolean, rules: SubjectRules): SubjectReading {
  const ofSession = isJsonObject(session) ? readSimple(session, ['session'], ['session'], rules) : NOTHING
  const ofUser = isJsonObject(user) ? readSimple(user, ['subject'], ['subject'], rules) : NOTHING
  if (ofSession === 'foreign' || ofUser === 'foreign') return 'foreign'
  if (ofSession.named.length === 0 && ofUser.named.length === 0) return unusable('a complex subject without a usable user or session')
  if (aboutSession && rules.tokensHaveSid && ofSession.named.length > 0) return ofSession
  const named = [...ofSession.named, ...ofUser.named]
  const endsNothing = !rules.tokensHaveSid && named.every(({ kind }) => kind === 'session')
  return { named, ...(endsNothing && { unusable: 'a session without a usable user, where tokens are not said to have sid' }) }
}

/** One subject has names at many issuers: those of others are no concern of ours. */
function readAliases(identifiers: unknown, rules: SubjectRules): SubjectReading {
  const list: readonly unknown[] = Array.isArray(identifiers) ? identifiers.slice(0, MAX_ALIASES) : []
  const named = list.filter(isJsonObject).flatMap((id) => {
    const reading = readSimple(id, ['subject'], ['subject'], rules)
    return reading === 'foreign' ? [] : reading.named
  })
  return named.length === 0 ? unusable('a subject of format aliases, none of them usable') : { named }
}

type Kinds = readonly Named['kind'][]

function readSimple(id: JsonObject, ofIssuer: Kinds, ofOpaque: Kinds, { issuer, isOwn }: SubjectRules): SubjectReading {
  const format = formatOf(id)
  switch (format) {
    case 'iss_sub':
      return id.iss === issuer ? named(id.sub, ofIssuer, format) : 'foreign'
    case 'jwt_id':
      return id.iss === issuer ? named(id.jti, ['token'], format) : 'foreign'
    case 'opaque':
      return isOwn ? named(id.id, ofOpaque, format) : unusableFormat(format)
    default:
      return unusableFormat(format)
  }
}

function named(value: unknown, kinds: Kinds, format: string): SubjectReading {
  if (!isSubject(value) || value.length > MAX_VALUE_LENGTH) return unusableFormat(format)
  return { named: kinds.map((kind) => ({ kind, value })) }
}

function formatOf({ format, subject_type: olderFormat, user, session }: JsonObject): string {
  const written = format ?? olderFormat
  if (typeof written === 'string') return written.replaceAll('-', '_')
  return isJsonObject(user) || isJsonObject(session) ? 'complex' : ''
}

const NOTHING: Exclude<SubjectReading, 'foreign'> = { named: [] }

const unusable = (what: string): SubjectReading => ({ named: [], unusable: what })

const unusableFormat = (format: string): SubjectReading => unusable(KNOWN_FORMATS.has(format) ? `a subject of format ${format}` : 'a subject of another format')
