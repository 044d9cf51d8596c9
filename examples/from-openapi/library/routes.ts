// Written by `portcullis import` from library.yaml; the next import overwrites it. What you decide stands in zone.ts.
import { type Authentication, authorize, rateLimit } from 'portcullis'

const limits = {
  loans: rateLimit({ name: 'loans', by: 'principal', limit: '10/min', burst: 5 }),
}

/** How callers are known, by the description's security schemes. */
export interface Authenticators {
  /** OpenID Connect: https://login.example.com/.well-known/openid-configuration */
  readonly members: Authentication
}

/** Every operation that is served. */
export function routes(by: Authenticators) {
  return {
    // Whether it is there
    'GET /health': {
      public: 'the description asks for no authentication',
    },
    // Finds books
    'GET /v1/books': {
      authenticate: by.members,
      policies: [authorize({ scopes: ['loans:read'] })],
    },
    // What a member has at home
    'GET /v1/members/:memberId/loans': {
      authenticate: by.members,
      policies: [authorize({ scopes: ['loans:read'] })],
    },
    // Lends a book
    'POST /v1/members/:memberId/loans': {
      authenticate: by.members,
      policies: [authorize({ scopes: ['loans:write'] }), limits.loans],
    },
  }
}
