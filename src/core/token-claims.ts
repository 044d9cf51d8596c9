import { isJsonObject, type JsonObject } from '../lib/json-object.ts'
import { type Principal, principalId } from './principal.ts'
import { TokenRevocable } from './revocation.ts'

/** Whether `aud`, a text or a list of nothing but texts, names one of the audiences. */
export function namesAudience(aud: unknown, audiences: ReadonlySet<string>): boolean {
  const list: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  let found = false
  for (const entry of list) {
    if (typeof entry !== 'string') return false
    found ||= audiences.has(entry)
  }
  return found
}

/** Whether a claim can name somebody. Lone surrogates become one character on their way through UTF-8: two subjects would be one. */
export function isSubject(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.isWellFormed()
}

/** @returns the first of these claims that is not there, or holds nothing. */
export function missingClaim(claims: JsonObject, required: readonly string[]): string | undefined {
  return required.find((name) => !Object.hasOwn(claims, name) || claims[name] === null || claims[name] === '')
}

/** Which claims hold what a principal may do, and who verified them. */
export interface PrincipalSource {
  readonly issuer: string
  /** The policy that verified the claims. */
  readonly method: string
  /** Of the challenge; default `Bearer`. */
  readonly scheme?: string
  /** Where the token stood: the lower-case name of a header, or `cookie:` and the cookie's name. */
  readonly credentialHeader: string
  /** Of the key that signed them, where one did. */
  readonly keyId?: string
  /** Default `scope`, or `scp` where there is no `scope`. */
  readonly scopesClaim?: string | undefined
  /** A list leads into nested claims. Default: no roles. */
  readonly rolesClaim?: string | readonly string[] | undefined
}

/** Makes the principal of a token's verified claims; frozen, because requests with the same token share it. */
export function tokenPrincipal(claims: JsonObject, subject: string, source: PrincipalSource): Principal {
  const { issuer, method, scheme = 'Bearer', credentialHeader, keyId, scopesClaim, rolesClaim } = source
  const { jti } = claims
  return Object.freeze({
    id: principalId(issuer, subject),
    issuer,
    subject,
    method,
    scheme,
    credentialHeader,
    scopes: scopesOf(scopesClaim === undefined ? (claims.scope ?? claims.scp) : own(claims, scopesClaim)),
    roles: rolesClaim === undefined ? NO_ROLES : rolesOf([rolesClaim].flat().reduce<unknown>(own, claims)),
    claims,
    revocable: new TokenRevocable(issuer, subject, claims, keyId),
    ...(typeof jti === 'string' && jti !== '' && { credentialId: jti }),
  })
}

const NO_ROLES: ReadonlySet<string> = new Set()

function own(from: unknown, name: string): unknown {
  return isJsonObject(from) && Object.hasOwn(from, name) ? from[name] : undefined
}

/** RFC 8693 §4.2 writes scopes as one text with spaces, some issuers as a list. */
function scopesOf(claim: unknown): ReadonlySet<string> {
  return new Set(typeof claim === 'string' ? claim.split(' ').filter((scope) => scope !== '') : textsOf(claim))
}

/** One text is one role: a role's name may hold spaces. */
function rolesOf(claim: unknown): ReadonlySet<string> {
  return new Set(textsOf([claim].flat()))
}

function textsOf(list: unknown): readonly string[] {
  const entries: readonly unknown[] = Array.isArray(list) ? list : []
  return entries.filter((entry): entry is string => typeof entry === 'string' && entry !== '')
}
