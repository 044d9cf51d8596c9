import { deny, pass, reply } from '../../core/decision.ts'
import { definePolicy, type HeaderWriter } from '../../core/policy.ts'
import { isInsecureOrigin } from './origin.ts'
import { compileOrigins, compilePreflight, isPreflight, type PreflightFault } from './preflight.ts'
import { corsSettings } from './settings.ts'
import { addVary } from './vary.ts'

/** What an origin server might say about other origins: none of it reaches a browser. */
const FROM_ORIGIN_SERVER = {
  'access-control-allow-origin': null,
  'access-control-allow-credentials': null,
  'access-control-allow-methods': null,
  'access-control-allow-headers': null,
  'access-control-allow-private-network': null,
  'access-control-allow-local-network': null,
  'access-control-expose-headers': null,
  'access-control-max-age': null,
} as const

const DENIALS = {
  origin: deny(403, 'cors.origin'),
  method: deny(403, 'cors.method'),
  header: deny(403, 'cors.header'),
} as const satisfies Record<PreflightFault, unknown>

const VARY = ['Origin'] as const
const VARY_OF_PREFLIGHT = ['Origin', 'Access-Control-Request-Method', 'Access-Control-Request-Headers'] as const

/** Says which other origins' pages may read responses, and answers their preflights here. */
export const cors = definePolicy({
  name: 'cors',
  stage: 'preflight',
  single: true,
  settings: corsSettings,

  check({ origins, credentials }, path, problems) {
    if (!credentials) return
    if (origins === '*') {
      problems.add([...path, 'origins'], {
        found: "'*' with credentials",
        expected: 'a list of origins',
        fix: 'list the origins that are to have the credentials, or leave out credentials: tokens that a script sends itself need none',
      })
      return
    }
    for (const [i, origin] of origins.entries()) {
      if (!isInsecureOrigin(origin)) continue
      problems.add([...path, 'origins', i], {
        found: `${origin} with credentials`,
        expected: 'https:// (or http:// on localhost)',
        fix: 'serve that page over https: whoever stands on the way of plain http could use the credentials of its visitors',
      })
    }
  },

  compile(settings) {
    const allowedOrigin = compileOrigins(settings)
    const faultOf = compilePreflight(settings)
    const varies = settings.origins !== '*'
    const exposed = settings.exposeHeaders.join(', ')
    const methods = settings.methods.join(', ')
    const requestHeaders = settings.headers.join(', ')
    const maxAge = String(settings.maxAgeSeconds)

    const permitPreflight = (headers: HeaderWriter): void => {
      headers.set('access-control-allow-methods', methods)
      if (requestHeaders !== '') headers.set('access-control-allow-headers', requestHeaders)
      headers.set('access-control-max-age', maxAge)
    }

    return {
      responseHeaders: FROM_ORIGIN_SERVER,

      request(x) {
        if (!isPreflight(x)) return pass()
        const fault = faultOf(x.headers)
        // What it permits is said in `finish`, as on every other response.
        return fault === undefined ? reply(new Response(null, { status: 204 }), 'cors.preflight') : DENIALS[fault]
      },

      finish(headers, x) {
        const preflight = isPreflight(x)
        if (preflight) addVary(headers, VARY_OF_PREFLIGHT)
        else if (varies) addVary(headers, VARY)
        const allowed = allowedOrigin(x.headers.get('origin'))
        if (allowed === undefined || (preflight && faultOf(x.headers) !== undefined)) return
        headers.set('access-control-allow-origin', allowed)
        if (settings.credentials) headers.set('access-control-allow-credentials', 'true')
        if (preflight) permitPreflight(headers)
        else if (exposed !== '') headers.set('access-control-expose-headers', exposed)
      },
    }
  },
})
