// Pages and their API on one host, in front of the zone's own origin: browsers are redirected to https, one path takes WebSockets, files may be cached.
import { defineGateway, geo, jwt, rateLimit, securityHeaders, transport } from 'portcullis'

const visitors = jwt({
  issuer: 'https://login.example.com',
  audience: 'https://app.example.com',
  algorithms: ['ES256'],
  typ: 'at+jwt',
  keySet: { url: 'https://login.example.com/.well-known/jwks.json' },
})

export default defineGateway({
  zones: {
    app: {
      hosts: ['app.example.com', 'www.example.com'],
      origin: { zone: 'own' },
      policies: [
        transport({ https: 'redirect', minTls: '1.2' }),
        geo({ deny: { countries: ['T1'] }, unknown: 'pass' }),
        rateLimit({ name: 'per-ip', by: 'ip', limit: '1200/min', burst: 200, assumedIsolates: 20 }),
        securityHeaders({ preset: 'web', csp: 'from-origin' }),
      ],
      routes: {
        'GET /': { public: 'the front page' },
        'GET /health': { public: 'liveness, no data' },
        'GET /assets/*': { public: 'scripts, styles and images' },

        // A body that stands still for half a minute is given up; server-sent events that go on are not.
        'GET /api/events': { authenticate: visitors, timeouts: { headersSeconds: 5, idleSeconds: 30 } },
        'GET /api/me': { authenticate: visitors, caching: 'keep' },
        // Only pages of this host may open one, whatever else a visitor has open. The origin checks the token's rights itself.
        'GET /api/socket': { authenticate: visitors, forwardCredential: true, websocket: { origins: ['https://app.example.com'] } },
      },
    },
  },
})
