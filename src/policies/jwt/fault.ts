/** Why a token was refused: private, for the operator. */
export type JwtReason =
  | 'jwt.too-large'
  | 'jwt.malformed'
  | 'jwt.decryption'
  | 'jwt.unencrypted'
  | 'jwt.critical'
  | 'jwt.algorithm'
  | 'jwt.type'
  | 'jwt.key'
  | 'jwt.issuer'
  | 'jwt.claims'
  | 'jwt.audience'
  | 'jwt.expired'
  | 'jwt.not-yet-valid'
  | 'jwt.lifetime'
  | 'jwt.step-up'
  | 'jwt.signature'

/** A refusal, with a word for the operator that holds no part of the token. */
export interface JwtFault {
  readonly reason: JwtReason
  readonly detail: string
}

/** Makes a {@link JwtFault}. */
export const fault = (reason: JwtReason, detail: string): JwtFault => ({ reason, detail })
