import type { JwsFault, JwsReason } from '../../jose/fault.ts'

/** Why a Security Event Token was refused: private, for the operator. */
export type SetReason = `security-events.${JwsReason | 'claims' | 'issuer' | 'audience' | 'not-yet-issued' | 'too-old' | 'foreign-subject' | 'content-type'}`

/** A refusal, with a word for the operator that holds no part of the token. */
export interface SetFault {
  readonly reason: SetReason
  readonly detail: string
}

/** Makes a {@link SetFault}. */
export const fault = (reason: SetReason, detail: string): SetFault => ({ reason, detail })

/** The same refusal, as this policy's. */
export const setFault = ({ reason, detail }: JwsFault): SetFault => fault(`security-events.${reason}`, detail)
