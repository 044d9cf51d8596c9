import type { Principal } from '../../core/principal.ts'
import { tokenPrincipal } from '../../core/token-claims.ts'
import type { JsonObject } from '../../lib/json-object.ts'
import type { Credential } from './credential.ts'
import type { JwtSettings } from './settings.ts'

/** Makes the principal of verified claims. @param keyId of the key that signed them. */
export function jwtPrincipal(
  claims: JsonObject,
  subject: string,
  keyId: string | undefined,
  { issuer, scopesClaim, rolesClaim }: Pick<JwtSettings, 'issuer' | 'scopesClaim' | 'rolesClaim'>,
  { scheme, place }: Pick<Credential, 'scheme' | 'place'>,
): Principal {
  return tokenPrincipal(claims, subject, {
    issuer,
    scopesClaim,
    rolesClaim,
    method: 'jwt',
    scheme,
    credentialHeader: place,
    ...(keyId !== undefined && { keyId }),
  })
}
