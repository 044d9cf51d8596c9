/** Why a signed token does not hold, before anybody looks at what it says. */
export type JwsReason = 'too-large' | 'malformed' | 'critical' | 'algorithm' | 'type' | 'key' | 'signature'

/** A refusal, with a word for the operator that holds no part of the token. Whoever asked begins its own reason with its name. */
export interface JwsFault {
  readonly reason: JwsReason
  readonly detail: string
}

/** Makes a {@link JwsFault}. */
export const fault = (reason: JwsReason, detail: string): JwsFault => ({ reason, detail })
