/** One way to authenticate, as `WWW-Authenticate` offers it (RFC 9110 §11.6.1). */
export interface Challenge {
  /** An HTTP authentication scheme: `Bearer`. */
  readonly scheme: string
  /** By name, in the order in which they are written. Values are printable ASCII; quotation marks and backslashes are escaped. */
  readonly params?: ChallengeParams
}

/** What a challenge says beside its scheme, by lower-case name. */
export type ChallengeParams = Readonly<Record<string, string>>

/** @returns the challenge with further parameters behind its own; one of a name that it has replaces it where it stands. */
export function withParams({ scheme, params }: Challenge, more: ChallengeParams): Challenge {
  return { scheme, params: { ...params, ...more } }
}

/** Writes challenges as the value of one field; what would stand there twice stands there once. */
export function challengeField(challenges: readonly Challenge[]): string {
  return [...new Set(challenges.map(challengeText))].join(', ')
}

/** A scheme alone, or a scheme, one space and parameters: anything between is read differently by different clients. */
function challengeText({ scheme, params = {} }: Challenge): string {
  const written = Object.entries(params).map(([name, value]) => `${name}="${value.replaceAll(/["\\]/g, '\\$&')}"`)
  return written.length === 0 ? scheme : `${scheme} ${written.join(', ')}`
}
