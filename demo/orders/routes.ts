// Written by `portcullis import` from orders.yaml; the next import overwrites it. What you decide stands in zone.ts.
import { type Authentication, authorize, rateLimit } from 'portcullis'

const limits = {
  orders: rateLimit({ name: 'orders', by: 'principal', limit: '60/min', burst: 20 }),
}

/** How callers are known, by the description's security schemes. */
export interface Authenticators {
  /** OpenID Connect: https://issuer.example/.well-known/openid-configuration */
  readonly users: Authentication
}

/** Every operation that is served. */
export function routes(by: Authenticators) {
  return {
    // Orders something
    'POST /v1/orders': {
      authenticate: by.users,
      policies: [authorize({ scopes: ['orders:write'] }), limits.orders],
    },
    // What became of an order
    'GET /v1/orders/:orderId': {
      authenticate: by.users,
      policies: [authorize({ scopes: ['orders:read'] })],
    },
    // Sends something back
    'POST /v1/orders/:orderId/returns': {
      authenticate: by.users,
      policies: [authorize({ scopes: ['orders:write'] })],
    },
  }
}
