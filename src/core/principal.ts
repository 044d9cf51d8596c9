import type { KeyLimit } from './api-key.ts'
import type { Revocable } from './revocation.ts'

/** Who the request comes from, as an authenticator verified it. */
export interface Principal {
  /** Unambiguous over all issuers: made by {@link principalId}. */
  readonly id: string
  readonly issuer: string
  readonly subject: string
  /** The policy that verified it: `jwt`, `api-key`… */
  readonly method: string
  /** The HTTP authentication scheme of the credential, for challenges: `Bearer`. */
  readonly scheme: string
  /** The lower-case name of the header that carried the credential; one cookie is `cookie:` and its name. */
  readonly credentialHeader: string
  readonly scopes: ReadonlySet<string>
  readonly roles: ReadonlySet<string>
  readonly claims: Readonly<Record<string, unknown>>
  /** The token's or key's own id (`jti`, key id), never the credential. */
  readonly credentialId?: string
  /** What the credential can be revoked by; absent where nothing can be. */
  readonly revocable?: Revocable
  /** The plan or level of the key, where there is one. */
  readonly level?: string
  /** Figures of its own, by the limit's name; see `rate-limit`. */
  readonly limits?: Readonly<Record<string, KeyLimit>>
  /** Further identities that `allOf` verified beside this one. */
  readonly factors?: readonly Principal[]
}

/** Joins issuer and subject so that no two pairs give one id, whatever characters they hold. */
export function principalId(issuer: string, subject: string): string {
  return `${issuer.length}:${issuer}|${subject}`
}
