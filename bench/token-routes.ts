import * as v from 'valibot'
import { pass } from '../src/core/decision.ts'
import { definePolicy } from '../src/core/policy.ts'
import { tokenPrincipal } from '../src/core/token-claims.ts'
import { type Bindings, hostGateway } from '../src/host.ts'
import { defineGateway, jwt } from '../src/index.ts'
import { AUDIENCE, CLOCK_HOST, HOST, ISSUER, JWKS_URL, ORIGIN } from './scenario.ts'

const signedWith = (algorithm: 'RS256' | 'ES256') =>
  jwt({ issuer: ISSUER, audience: AUDIENCE, algorithms: [algorithm], typ: 'at+jwt', keySet: { service: 'ISSUER', url: JWKS_URL } })

/** Whoever asks is the same caller as a token names, and nothing is looked at: what a token costs is what comes on top. */
const given = definePolicy({
  name: 'given',
  stage: 'authenticate',
  settings: v.strictObject({}),
  credentials: () => ['authorization'],
  compile: () => {
    const claims = { sub: 'user-0', jti: 'token', scope: 'items:read', iat: 1 }
    const decision = Object.freeze(
      pass({ principal: tokenPrincipal(claims, claims.sub, { issuer: ISSUER, method: 'given', credentialHeader: 'authorization' }) }),
    )
    return { request: () => decision }
  },
})

export { Ledger } from '../src/platform/ledger.ts'

/** The same route four times: for everybody, for a caller that is given, and for tokens of two kinds. */
const host = hostGateway(
  defineGateway({
    zones: {
      api: {
        hosts: [HOST],
        origin: ORIGIN,
        routes: {
          'GET /v1/public': { public: 'measured' },
          'GET /v1/given': { authenticate: given({}) },
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
