/** Why a token was refused: private, for the operator. */
export type IntrospectionReason =
  | 'introspection.too-large'
  | 'introspection.inactive'
  | 'introspection.unsupported'
  | 'introspection.malformed'
  | 'introspection.issuer'
  | 'introspection.claims'
  | 'introspection.audience'
  | 'introspection.type'
  | 'introspection.bound'
  | 'introspection.expired'
  | 'introspection.not-yet-valid'

/** A refusal, with a word for the operator that holds no part of the token. */
export interface IntrospectionFault {
  readonly reason: IntrospectionReason
  readonly detail: string
}

/** Makes an {@link IntrospectionFault}. */
export const fault = (reason: IntrospectionReason, detail: string): IntrospectionFault => ({ reason, detail })
