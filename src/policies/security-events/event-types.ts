/** The events that end tokens: profile and name, as they stand in `https://schemas.openid.net/secevent/<profile>/event-type/<name>`. */
export const REVOKING_EVENTS = [
  'caep/session-revoked',
  'caep/token-claims-change',
  'caep/credential-change',
  'risc/account-credential-change-required',
  'risc/account-disabled',
  'risc/account-purged',
  'risc/credential-compromise',
  'risc/sessions-revoked',
  'oauth/token-revoked',
  'oauth/tokens-revoked',
] as const

/** One of {@link REVOKING_EVENTS}. */
export type RevokingEvent = (typeof REVOKING_EVENTS)[number]

/** Events that are known and leave every token what it is. */
const OTHER_EVENTS = [
  'caep/assurance-level-change',
  'caep/device-compliance-change',
  'caep/risk-level-change',
  'caep/session-established',
  'caep/session-presented',
  'risc/account-enabled',
  'risc/identifier-changed',
  'risc/identifier-recycled',
  'risc/opt-in',
  'risc/opt-out-cancelled',
  'risc/opt-out-effective',
  'risc/opt-out-initiated',
  'risc/recovery-activated',
  'risc/recovery-information-changed',
  'risc/verification',
  'sse/stream-updated',
  'sse/verification',
  'ssf/stream-updated',
  'ssf/verification',
  'oauth/client-enabled',
  'oauth/token-issued',
] as const

const urisOf = <E extends string>(events: readonly E[]) =>
  events.map((event): [uri: string, event: E] => {
    const [profile, name] = event.split('/')
    return [`https://schemas.openid.net/secevent/${profile}/event-type/${name}`, event]
  })

const REVOKING: ReadonlyMap<string, RevokingEvent> = new Map(urisOf(REVOKING_EVENTS))
const OTHER: ReadonlyMap<string, string> = new Map(urisOf(OTHER_EVENTS))

/** What becomes of an event of this type: it ends tokens, it is known and ends none (`none`), or nobody here knows it. */
export function eventOf(uri: string): RevokingEvent | 'none' | 'unknown' {
  return REVOKING.get(uri) ?? (OTHER.has(uri) ? 'none' : 'unknown')
}
