import type { Authentication, Authenticator } from '../core/authentication.ts'

/** An authenticator that no credential reaches. */
export interface Unreachable {
  readonly authenticator: Authenticator
  /** Where it stands in the route's `authenticate`: `['of', 1]`. */
  readonly at: readonly (string | number)[]
}

/**
 * Finds authenticators that come too late: what they would claim, others claim before them. Within `anyOf` the first that claims decides, and an `allOf` decides with any of its parts.
 * @param claimed what is claimed before.
 */
export function unreachableIn(given: Authentication, claimed: readonly string[] = [], at: readonly (string | number)[] = []): readonly Unreachable[] {
  if (!('kind' in given)) return isClaimed(given, claimed) ? [{ authenticator: given, at }] : []
  let before = claimed
  return given.of.flatMap((part, i) => {
    const found = unreachableIn(part, before, [...at, 'of', i])
    if (given.kind === 'anyOf') before = [...before, ...claimsOf(part)]
    return found
  })
}

function isClaimed({ claims, mode }: Authenticator, claimed: readonly string[]): boolean {
  return mode === 'enforce' && claims.length > 0 && claims.every((claim) => claimed.some((one) => claim.startsWith(one)))
}

function claimsOf(given: Authentication): readonly string[] {
  if ('kind' in given) return given.of.flatMap(claimsOf)
  return given.mode === 'enforce' ? given.claims : []
}
