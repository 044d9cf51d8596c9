// Who may sign in how: customers in the browser, with their token in a cookie; staff behind Cloudflare Access; a partner whose tokens are signed with a shared secret.
// What was revoked is refused everywhere within five seconds, and where money moves at once.
import { anyOf, authorize, claim, defineGateway, eq, jwt, param, providers, revocation, securityHeaders } from 'portcullis'

const tenant = providers.auth0({ domain: 'example.eu.auth0.com', audience: 'https://shop.example.com' })

const inBrowser = jwt({ ...tenant, cookie: { name: '__Host-token', origins: ['https://shop.example.com'] } })
// Who pays has authenticated within the last ten minutes, or is told to do it again (RFC 9470).
const lately = jwt({ ...tenant, cookie: { name: '__Host-token', origins: ['https://shop.example.com'] }, maxAgeSeconds: 600 })

const staff = jwt(providers.cloudflareAccess({ team: 'example', audience: '4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2' }))

const carrier = jwt({
  issuer: 'https://carrier.example.net',
  audience: 'https://shop.example.com',
  algorithms: ['HS256'],
  typ: 'JWT',
  keySet: { secret: 'CARRIER_SECRET' },
  maxLifetimeSeconds: 300,
})

export default defineGateway({
  zones: {
    shop: {
      hosts: ['shop.example.com'],
      origin: 'https://shop-origin.example.com',
      policies: [securityHeaders({ preset: 'api' })],
      routes: {
        'GET /health': { public: 'liveness, no data' },
        'GET /v1/customers/:id/orders': { authenticate: inBrowser, policies: [authorize({ owner: eq(param('id'), claim('sub')) })] },
        'POST /v1/payments': { authenticate: lately, policies: [revocation({ maxStalenessSeconds: 0 })] },
        'GET /v1/admin/orders': { authenticate: staff },
        'POST /v1/parcels/:id/status': { authenticate: anyOf(carrier, staff) },
      },
    },
  },
})
