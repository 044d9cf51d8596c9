import { type Bindings, hostGateway } from '../src/host.ts'
import { defineGateway, jwt } from '../src/index.ts'
import { AUDIENCE, CLOCK_HOST, HOST, ISSUER, JWKS_URL, ORIGIN } from './scenario.ts'

const signedWith = (algorithm: 'RS256' | 'ES256') =>
  jwt({ issuer: ISSUER, audience: AUDIENCE, algorithms: [algorithm], typ: 'at+jwt', keySet: { service: 'ISSUER', url: JWKS_URL } })

export { Ledger } from '../src/platform/ledger.ts'

/** The same route three times: for everybody, and for tokens of two kinds. */
const host = hostGateway(
  defineGateway({
    zones: {
      api: {
        hosts: [HOST],
        origin: ORIGIN,
        routes: {
          'GET /v1/public': { public: 'measured' },
          'GET /v1/rs256': { authenticate: signedWith('RS256') },
          'GET /v1/es256': { authenticate: signedWith('ES256') },
        },
      },
    },
  }),
)

// Minutes and hours of an issuer's life are measured without waiting: the clock, and nothing else, can be set forward.
const realNow = Date.now
let aheadMs = 0
Date.now = () => realNow() + aheadMs

export default {
  fetch(request, env, context) {
    if (host.fetch === undefined) throw new TypeError('the gateway answers nothing')
    if (request.headers.get('host') !== CLOCK_HOST) return host.fetch(request, env, context)
    aheadMs += Number(new URL(request.url).searchParams.get('forwardMs'))
    return new Response()
  },
} satisfies ExportedHandler<Bindings>
