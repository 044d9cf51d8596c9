import { vValidator } from '@hono/valibot-validator'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { getConnInfo } from 'hono/cloudflare-workers'
import { cors } from 'hono/cors'
import { HTTPException } from 'hono/http-exception'
import { ipRestriction } from 'hono/ip-restriction'
import { proxy } from 'hono/proxy'
import { requestId } from 'hono/request-id'
import { secureHeaders } from 'hono/secure-headers'
import { createLocalJWKSet, type JWTPayload, jwtVerify } from 'jose'
import { AUDIENCE, COUNTRIES, ISSUER, LIMIT_PER_MINUTE, ORIGIN, PAGE, PATH, REFUSED_NETWORKS, SCOPE } from '../scenario.ts'
import type { Counter } from './counter.ts'
import { keySet } from './given.ts'
import { query } from './schema.ts'

export { Counter } from './counter.ts'

interface Bench {
  readonly Bindings: { readonly COUNTER: DurableObjectNamespace<Counter>; readonly DECISIONS: AnalyticsEngineDataset }
  readonly Variables: { readonly requestId: string; readonly claims?: JWTPayload }
}

const keys = createLocalJWKSet(keySet())
const countries = new Set(COUNTRIES)

const record: MiddlewareHandler<Bench> = async (c, next) => {
  const startedAt = Date.now()
  await next()
  const { cf } = c.req.raw
  c.env.DECISIONS.writeDataPoint({
    indexes: ['api'],
    blobs: [
      c.req.path,
      c.req.method,
      String(c.res.status),
      String(cf?.country),
      String(cf?.asn),
      String(cf?.colo),
      c.req.header('cf-connecting-ip') ?? '',
      c.var.claims?.sub ?? '',
      c.req.header('user-agent') ?? '',
      c.var.requestId,
    ],
    doubles: [Date.now() - startedAt],
  })
}

const httpsOnly: MiddlewareHandler = (c, next) => {
  if (!c.req.url.startsWith('https:')) throw new HTTPException(403, { message: 'HTTPS only' })
  return next()
}

const geo: MiddlewareHandler = (c, next) => {
  const country = c.req.raw.cf?.country
  if (typeof country !== 'string' || !countries.has(country)) throw new HTTPException(403, { message: 'Not here' })
  return next()
}

const limit =
  (keyOf: (c: Context<Bench>) => string): MiddlewareHandler<Bench> =>
  async (c, next) => {
    const { count, resetAt } = await c.env.COUNTER.getByName(keyOf(c)).hit(60)
    if (count > LIMIT_PER_MINUTE) {
      c.header('Retry-After', String(Math.ceil((resetAt - Date.now()) / 1000)))
      throw new HTTPException(429, { message: 'Too many requests' })
    }
    await next()
  }

const bearer: MiddlewareHandler<Bench> = async (c, next) => {
  const [, token] = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(c.req.header('authorization') ?? '') ?? []
  if (token === undefined) throw new HTTPException(401, { message: 'A token is needed' })
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: ['RS256'],
      typ: 'at+jwt',
      requiredClaims: ['exp', 'sub'],
    })
    c.set('claims', payload)
  } catch {
    throw new HTTPException(401, { message: 'The token is not valid' })
  }
  await next()
}

const scope: MiddlewareHandler<Bench> = (c, next) => {
  const scopes = String(c.var.claims?.scope ?? '').split(' ')
  if (!scopes.includes(SCOPE)) throw new HTTPException(403, { message: 'Insufficient scope' })
  return next()
}

/** The same protections as a good engineer puts them together today: Hono's own middlewares, jose, a Durable Object counter in memory, a valibot validator. */
const app = new Hono<Bench>()
app.use(record)
app.use(requestId({ headerName: '' }))
app.use(
  secureHeaders({
    contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    strictTransportSecurity: 'max-age=63072000; includeSubDomains',
    xFrameOptions: 'DENY',
  }),
)
app.use(httpsOnly)
app.use(ipRestriction(getConnInfo, { denyList: [...REFUSED_NETWORKS] }))
app.use(geo)
app.use(limit((c) => `ip:${c.req.header('cf-connecting-ip')}`))
app.use(cors({ origin: [PAGE], allowMethods: ['GET'], allowHeaders: ['authorization'] }))
app.get(
  PATH,
  bearer,
  scope,
  limit((c) => `sub:${c.var.claims?.sub}`),
  vValidator('query', query),
  async (c) => {
    const { search } = new URL(c.req.url)
    const response = await proxy(`${ORIGIN}${c.req.path}${search}`, {
      raw: c.req.raw,
      redirect: 'manual',
      headers: { ...c.req.header(), authorization: undefined, 'x-user': c.var.claims?.sub ?? '', 'x-request-id': c.var.requestId },
    })
    response.headers.delete('server')
    response.headers.set('x-request-id', c.var.requestId)
    response.headers.set('cache-control', 'private, no-store')
    return response
  },
)

export default app
