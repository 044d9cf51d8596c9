// Controls in report mode: they record whom they would refuse and change nothing. Ask for it with question 4 of docs/analytics.md, then take `mode` away.
import { defineGateway, geo, ipList, rateLimit, securityHeaders, validate } from 'portcullis'
import * as v from 'valibot'

export default defineGateway({
  zones: {
    api: {
      hosts: ['api.example.com'],
      origin: 'https://origin.example.com',
      policies: [
        ipList({ deny: ['203.0.113.0/24'] }),
        geo({ allow: { eu: true, countries: ['NO', 'CH'] }, unknown: 'deny', mode: 'report' }),
        rateLimit({ name: 'per-ip', by: 'ip', limit: '600/min', assumedIsolates: 20 }),
        // It counts in cells of its own: trying it spends nothing of the limit that holds.
        rateLimit({ name: 'per-ip-tighter', by: 'ip', limit: '120/min', assumedIsolates: 20, mode: 'report' }),
        securityHeaders({ preset: 'api' }),
      ],
      routes: {
        'GET /health': { public: 'liveness, no data' },
        'GET /v1/search': {
          public: 'the catalogue is public',
          policies: [validate({ query: v.strictObject({ q: v.pipe(v.string(), v.maxLength(100)) }), mode: 'report' })],
        },
      },
    },
  },
})
