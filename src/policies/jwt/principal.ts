import type { Principal } from '../../core/principal.ts'
import { tokenPrincipal } from '../../core/token-claims.ts'
import type { JsonObject } from '../../lib/json-object.ts'
import type { JwtSettings } from './settings.ts'

/** Makes the principal of verified claims. */
export function jwtPrincipal(claims: JsonObject, subject: string, settings: Pick<JwtSettings, 'issuer' | 'header' | 'scopesClaim' | 'rolesClaim'>): Principal {
  const { header = 'authorization', ...source } = settings
  return tokenPrincipal(claims, subject, { ...source, method: 'jwt', credentialHeader: header })
}
