import type { Principal } from '../../core/principal.ts'
import { tokenPrincipal } from '../../core/token-claims.ts'
import type { JsonObject } from '../../lib/json-object.ts'
import type { JwtSettings } from './settings.ts'

/** Makes the principal of verified claims. @param keyId of the key that signed them. */
export function jwtPrincipal(
  claims: JsonObject,
  subject: string,
  keyId: string | undefined,
  settings: Pick<JwtSettings, 'issuer' | 'header' | 'scopesClaim' | 'rolesClaim'>,
): Principal {
  const { header = 'authorization', ...source } = settings
  return tokenPrincipal(claims, subject, { ...source, method: 'jwt', credentialHeader: header, ...(keyId !== undefined && { keyId }) })
}
