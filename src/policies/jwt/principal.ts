import { type Principal, principalId } from '../../core/principal.ts'
import type { Credential } from './credential.ts'
import type { JwtSettings } from './settings.ts'
import { isJsonObject, type JsonObject } from './token.ts'

/** Makes the principal of verified claims; frozen, because requests with the same token share it. */
export function jwtPrincipal(
  claims: JsonObject,
  subject: string,
  { issuer, scopesClaim, rolesClaim }: Pick<JwtSettings, 'issuer' | 'scopesClaim' | 'rolesClaim'>,
  { scheme, place }: Pick<Credential, 'scheme' | 'place'>,
): Principal {
  const { jti } = claims
  return Object.freeze({
    id: principalId(issuer, subject),
    issuer,
    subject,
    method: 'jwt',
    scheme,
    credentialHeader: place,
    scopes: scopesOf(scopesClaim === undefined ? (claims.scope ?? claims.scp) : own(claims, scopesClaim)),
    roles: rolesOf(rolesClaim === undefined ? undefined : [rolesClaim].flat().reduce<unknown>(own, claims)),
    claims,
    ...(typeof jti === 'string' && jti !== '' && { credentialId: jti }),
  })
}

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
