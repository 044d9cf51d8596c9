import type { JwsFault, JwsReason } from '../../jose/fault.ts'

/** Why a token was refused: private, for the operator. */
export type JwtReason =
  | `jwt.${JwsReason}`
  | 'jwt.decryption'
  | 'jwt.unencrypted'
  | 'jwt.issuer'
  | 'jwt.claims'
  | 'jwt.audience'
  | 'jwt.expired'
  | 'jwt.not-yet-valid'
  | 'jwt.lifetime'
  | 'jwt.step-up'

/** A refusal, with a word for the operator that holds no part of the token. */
export interface JwtFault {
  readonly reason: JwtReason
  readonly detail: string
}

/** Makes a {@link JwtFault}. */
export const fault = (reason: JwtReason, detail: string): JwtFault => ({ reason, detail })

/** The same refusal, as this policy's. */
export const jwtFault = ({ reason, detail }: JwsFault): JwtFault => fault(`jwt.${reason}`, detail)
