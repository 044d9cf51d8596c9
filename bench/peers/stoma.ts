import { env } from 'cloudflare:workers'
import {
  cors,
  createGateway,
  definePolicy,
  GatewayError,
  geoIpFilter,
  ipFilter,
  jwtAuth,
  Priority,
  rateLimit,
  rbac,
  requestLog,
  requestTransform,
  responseTransform,
  sslEnforce,
} from '@homegrower-club/stoma'
import { DurableObjectRateLimitStore } from '@homegrower-club/stoma/adapters/durable-object'
import * as v from 'valibot'
import { AUDIENCE, COUNTRIES, ISSUER, JWKS_URL, LIMIT_PER_MINUTE, ORIGIN, PAGE, PATH, REFUSED_NETWORKS, SCOPE } from '../scenario.ts'
import { query } from './schema.ts'

export { RateLimiterDO } from '@homegrower-club/stoma/adapters/durable-object'

const { RATE_LIMITER, DECISIONS } = env as unknown as { readonly RATE_LIMITER: DurableObjectNamespace; readonly DECISIONS: AnalyticsEngineDataset }
const store = new DurableObjectRateLimitStore(RATE_LIMITER)

/** Stoma validates bodies only; a query takes a policy of one's own, which its README shows how to write. */
const validateQuery = definePolicy({
  name: 'validate-query',
  priority: Priority.REQUEST_TRANSFORM,
  handler: async (c, next) => {
    if (!v.safeParse(query, c.req.query()).success) throw new GatewayError(400, 'bad_query', 'The query is not valid')
    await next()
  },
})

/**
 * The same protections with Stoma, after its README, but built once and not in every request as its example for Workers does.
 * It has no cache of verified tokens and no in-line key set; the claim that it forwards is where its role check looks.
 */
const gateway = createGateway({
  name: 'bench',
  policies: [
    requestLog({
      sink: (entry) =>
        DECISIONS.writeDataPoint({
          indexes: ['api'],
          blobs: [entry.routePath, entry.method, String(entry.statusCode), entry.clientIp, entry.userAgent, entry.requestId],
          doubles: [entry.durationMs],
        }),
    }),
    ipFilter({ deny: [...REFUSED_NETWORKS], ipHeaders: ['cf-connecting-ip'] }),
    geoIpFilter({ mode: 'allow', allow: [...COUNTRIES] }),
    sslEnforce({ redirect: false, hstsMaxAge: 63_072_000, includeSubDomains: true }),
    cors({ origins: [PAGE], methods: ['GET'], allowHeaders: ['authorization'] }),
    rateLimit({ max: LIMIT_PER_MINUTE, windowSeconds: 60, store, keyBy: (c) => `ip:${c.req.header('cf-connecting-ip')}` }),
    responseTransform({
      setHeaders: {
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'x-permitted-cross-domain-policies': 'none',
        'cache-control': 'private, no-store',
      },
      removeHeaders: ['server', 'x-powered-by'],
    }),
  ],
  routes: [
    {
      path: PATH,
      methods: ['GET'],
      pipeline: {
        policies: [
          jwtAuth({ jwksUrl: JWKS_URL, issuer: ISSUER, audience: AUDIENCE, requireExp: true, forwardClaims: { sub: 'x-user', scope: 'x-user-permissions' } }),
          rbac({ permissions: [SCOPE], permissionDelimiter: ' ', stripHeaders: false }),
          rateLimit({ max: LIMIT_PER_MINUTE, windowSeconds: 60, store, keyBy: (c) => `sub:${c.req.header('x-user')}` }),
          validateQuery(),
          requestTransform({ removeHeaders: ['authorization', 'x-user-permissions'] }),
        ],
        upstream: { type: 'url', target: ORIGIN },
      },
    },
  ],
})

export default gateway.app
