// Written by `portcullis import` from members.yaml; the next import overwrites it. What you decide stands in zone.ts.
import { type Authentication, authorize } from 'portcullis'

/** How callers are known, by the description's security schemes. */
export interface Authenticators {
  /** OpenID Connect: https://issuer.test/.well-known/openid-configuration */
  readonly login: Authentication
  /** OAuth 2.0. */
  readonly machines: Authentication
}

/** Every operation that is served. */
export function routes(by: Authenticators) {
  return {
    'GET /members/:memberId': {
      authenticate: by.login,
      policies: [authorize({ scopes: ['users:read'] })],
    },
    'PUT /members/:memberId': {
      authenticate: by.machines,
      policies: [authorize({ scopes: ['notes:write'] })],
    },
    'DELETE /members/:memberId': {
      authenticate: by.login,
      policies: [authorize({ scopes: ['users:read', 'notes:write'] })],
    },
  }
}
