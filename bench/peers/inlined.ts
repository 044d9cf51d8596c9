import { createLocalJWKSet, jwtVerify } from 'jose'
import * as v from 'valibot'
import type { Cell } from '../../src/core/limit.ts'
import type { Limiter } from '../../src/core/ports.ts'
import { shardOf } from '../../src/lib/shard.ts'
import { userAgentFamily } from '../../src/lib/user-agent.ts'
import { durableLimiter } from '../../src/platform/durable-limiter.ts'
import { pseudonyms } from '../../src/platform/pseudonym.ts'
import type { RateLimiter } from '../../src/platform/rate-limiter.ts'
import { STRIPPED } from '../../src/policies/security-headers/strip.ts'
import { AUDIENCE, COUNTRIES, HOST, ISSUER, LIMIT_PER_MINUTE, ORIGIN, PAGE, PATH, REFUSED_NETWORKS, SCOPE } from '../scenario.ts'
import { keySet } from './given.ts'
import { query } from './schema.ts'

export { RateLimiter } from '../../src/platform/rate-limiter.ts'

interface Env {
  readonly RATE_LIMITER: DurableObjectNamespace<RateLimiter>
  readonly DECISIONS: AnalyticsEngineDataset
  readonly PSEUDONYM_KEY: string
}

interface Verified {
  readonly subject: string
  readonly tokenId: string
  readonly scopes: ReadonlySet<string>
  readonly notBeforeMs: number
  readonly expiresMs: number
  readonly freshUntilMs: number
}

const TARGET = `https://${HOST}${PATH}`
const TLS_VERSIONS = new Set(['TLSv1.2', 'TLSv1.3'])
const COUNTRY_SET = new Set(COUNTRIES)
const keys = createLocalJWKSet(keySet())
const verified = new Map<string, Verified>()
const PERIOD_MS = 60_000
const BURST = LIMIT_PER_MINUTE / 10
const POLICY_SECONDS = Math.ceil((BURST * PERIOD_MS) / (LIMIT_PER_MINUTE * 1000))

/** First and last address of each refused network, sorted. */
const RANGES = REFUSED_NETWORKS.map((network) => {
  const [address = '', bits = '32'] = network.split('/')
  const first = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  return [first, first + 2 ** (32 - Number(bits)) - 1] as const
}).sort(([a], [b]) => a - b)
const FIRST = Uint32Array.from(RANGES, ([first]) => first)
const LAST = Uint32Array.from(RANGES, ([, last]) => last)

const NOT_FORWARDED = new Set(
  'authorization client-ip connection fastly-client-ip forwarded front-end-https keep-alive proxy-authenticate proxy-authorization proxy-connection te tracestate trailer transfer-encoding true-client-ip upgrade via x-arr-ssl x-client-ip x-cluster-client-ip x-custom-ip-authorization x-host x-http-host-override x-http-method x-http-method-override x-method-override x-original-forwarded-for x-original-host x-original-method x-original-uri x-original-url x-originating-ip x-override-url x-proxy-url x-proxyuser-ip x-real-ip x-remote-addr x-remote-ip x-remote-user x-request-id x-rewrite-url x-url-scheme x-wap-profile'.split(
    ' ',
  ),
)
const NOT_FORWARDED_PREFIX = /^(?:x-forwarded|cf-|x-amzn-|x-envoy-|x-ms-client-principal|x-portcullis-)|_/

const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
}
const SECURITY_ENTRIES = Object.entries(SECURITY_HEADERS)

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  502: 'Bad Gateway',
  504: 'Gateway Timeout',
}

let limiter: Limiter | undefined
let pseudonym: ((value: string) => string) | undefined

/** The value of a dotted address, or -1. */
function bitsOf(ip: string): number {
  const octets = ip.split('.')
  if (octets.length !== 4) return -1
  let bits = 0
  for (const octet of octets) {
    const value = Number(octet)
    if (octet === '' || !(value <= 255) || String(value) !== octet) return -1
    bits = bits * 256 + value
  }
  return bits
}

/** Every protection of `full.config.ts`, written by hand in one function for this one route: what is left to gain by doing without a gateway. */
export default {
  async fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
    const startedAt = Date.now()
    const { headers, method, url } = request
    const requestId = crypto.randomUUID()
    const origin = headers.get('origin')
    const ip = headers.get('cf-connecting-ip')
    const meter = { objectCalls: 0 }
    const standings: string[] = []
    const policies: string[] = []
    let user: Verified | undefined
    let originMs = -1
    limiter ??= durableLimiter(env.RATE_LIMITER)
    pseudonym ??= pseudonyms(env.PSEUDONYM_KEY)

    const finish = (response: Response, decision: string, reason: string, policy: string): Response => {
      const out = response.headers
      out.set('x-request-id', requestId)
      for (const standing of standings) out.append('ratelimit', standing)
      for (const written of policies) out.append('ratelimit-policy', written)
      out.append('vary', 'Origin')
      if (origin === PAGE) out.set('access-control-allow-origin', PAGE)
      const { cf } = request
      env.DECISIONS.writeDataPoint({
        indexes: ['api'],
        blobs: [
          '1',
          'api',
          HOST,
          `GET ${PATH}`,
          method,
          decision,
          reason,
          policy,
          '',
          String(response.status),
          typeof cf?.country === 'string' ? cf.country : '',
          cf?.asn === undefined ? '' : String(cf.asn),
          typeof cf?.colo === 'string' ? cf.colo : '',
          ip === null ? '' : (pseudonym?.(ip) ?? ''),
          user === undefined ? '' : (pseudonym?.(`${ISSUER.length}:${ISSUER}|${user.subject}`) ?? ''),
          user === undefined ? '' : (pseudonym?.(user.tokenId) ?? ''),
          '',
          userAgentFamily(headers.get('user-agent')),
          'by-hand',
          requestId,
        ],
        doubles: [Date.now() - startedAt, originMs, Number(headers.get('content-length') ?? -1), Number(out.get('content-length') ?? -1), meter.objectCalls],
      })
      return response
    }
    const deny = (status: number, reason: string, more: Readonly<Record<string, string>> = {}): Response => {
      const body = JSON.stringify({ type: 'about:blank', title: TITLES[status], status, requestId })
      const fields = { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...SECURITY_HEADERS, ...more }
      return finish(new Response(body, { status, headers: fields }), status >= 500 ? 'error' : 'deny', reason, reason.slice(0, reason.indexOf('.')))
    }
    const overLimit = async (name: string, owner: string, id: string): Promise<Response | undefined> => {
      const cell: Cell = { id, tokens: LIMIT_PER_MINUTE, periodMs: PERIOD_MS, burst: BURST }
      const [verdict] = (await limiter?.take({ owner, cells: [cell], cost: 1 }, { meter, background: context })) ?? []
      if (verdict === undefined) throw new TypeError('the limiter did not answer')
      const seconds = verdict.admitted
        ? Math.max(1, Math.ceil((verdict.remaining * PERIOD_MS) / (LIMIT_PER_MINUTE * 1000)))
        : Math.max(1, Math.ceil(verdict.retryAfterMs / 1000))
      standings.push(`"${name}";r=${verdict.remaining};t=${seconds}`)
      policies.push(`"${name}";q=${BURST};w=${POLICY_SECONDS}`)
      return verdict.admitted ? undefined : deny(429, 'rate-limit.exceeded', { 'retry-after': String(seconds) })
    }

    // Transport. The URL is compared as it came: only the one canonical spelling of the one route is let through.
    const mark = url.indexOf('?')
    const search = mark < 0 ? '' : url.slice(mark)
    if ((mark < 0 ? url : url.slice(0, mark)) !== TARGET) return url.startsWith('https:') ? deny(404, 'route.unlisted') : deny(403, 'transport.insecure')
    if (method !== 'GET') return deny(404, 'route.method')
    if (!TLS_VERSIONS.has(String(request.cf?.tlsVersion))) return deny(403, 'transport.tls-version')
    let names = 0
    let bytes = 0
    headers.forEach((value, name) => {
      names += 1
      bytes += name.length + value.length + 4
    })
    if (names > 64 || bytes > 16_384) return deny(431, 'transport.header-bytes')
    if (request.body !== null || headers.has('upgrade') || headers.has('trailer')) return deny(400, 'transport.body')

    // Access.
    const bits = ip === null || headers.has('cf-worker') ? -1 : bitsOf(ip)
    if (bits < 0) return deny(403, 'ip-list.unknown')
    let low = 0
    let high = FIRST.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((FIRST[middle] as number) <= bits) low = middle + 1
      else high = middle
    }
    if (low > 0 && bits <= (LAST[low - 1] as number)) return deny(403, 'ip-list.denied')
    if (!COUNTRY_SET.has(String(request.cf?.country))) return deny(403, 'geo.country')

    try {
      // Shield.
      const address = `3:api6:per-ipc2:ip${ip?.length}:${ip}`
      const shield = await overLimit('per-ip', `api|shard|${shardOf(address)}`, address)
      if (shield !== undefined) return shield

      // Authenticate. A verified token is believed for a minute, and its times are looked at every time.
      const [, token] = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(headers.get('authorization') ?? '') ?? []
      if (token === undefined) return deny(401, 'jwt.missing', { 'www-authenticate': 'Bearer' })
      const now = Date.now()
      user = verified.get(token)
      if (user === undefined || now >= user.freshUntilMs) {
        try {
          const { payload } = await jwtVerify(token, keys, {
            issuer: ISSUER,
            audience: AUDIENCE,
            algorithms: ['RS256'],
            typ: 'at+jwt',
            requiredClaims: ['exp', 'sub'],
            clockTolerance: 5,
          })
          const expiresMs = Number(payload.exp) * 1000
          user = {
            subject: String(payload.sub),
            tokenId: String(payload.jti ?? ''),
            scopes: new Set(String(payload.scope ?? '').split(' ')),
            notBeforeMs: Number(payload.nbf ?? 0) * 1000,
            expiresMs,
            freshUntilMs: Math.min(expiresMs, now + 60_000),
          }
          if (verified.size >= 5000) verified.clear()
          verified.set(token, user)
        } catch {
          user = undefined
          return deny(401, 'jwt.invalid', { 'www-authenticate': 'Bearer error="invalid_token"' })
        }
      }
      if (user.expiresMs <= now - 5000 || user.notBeforeMs > now + 5000) return deny(401, 'jwt.expired', { 'www-authenticate': 'Bearer error="invalid_token"' })

      // Authorize, limit, validate.
      if (!user.scopes.has(SCOPE)) return deny(403, 'authorize.scope', { 'www-authenticate': `Bearer error="insufficient_scope", scope="${SCOPE}"` })
      const principal = `${ISSUER.length}:${ISSUER}|${user.subject}`
      const limited = await overLimit('per-principal', `api|principal|${principal}`, `3:api13:per-principali9:principal${principal.length}:${principal}`)
      if (limited !== undefined) return limited
      const given: Record<string, string> = Object.create(null)
      for (const [name, value] of new URLSearchParams(search)) {
        if (name in given || name === '__proto__') return deny(400, 'validate.query')
        given[name] = value
      }
      if (!v.safeParse(query, { ...given }).success) return deny(400, 'validate.query')

      // Origin.
      const forwarded = new Headers(headers)
      headers.forEach((_, name) => {
        if (NOT_FORWARDED.has(name) || NOT_FORWARDED_PREFIX.test(name)) forwarded.delete(name)
      })
      forwarded.set('x-portcullis-subject', encodeURIComponent(user.subject))
      forwarded.set('x-portcullis-issuer', ISSUER)
      forwarded.set('x-portcullis-method', 'jwt')
      forwarded.set('x-portcullis-scope', [...user.scopes].join(' '))
      forwarded.set('x-portcullis-client-ip', String(ip))
      forwarded.set('x-request-id', requestId)
      forwarded.set('traceparent', `00-${requestId.replaceAll('-', '')}-${crypto.randomUUID().replaceAll('-', '').slice(-16)}-00`)
      const abort = new AbortController()
      const timer = setTimeout(() => abort.abort(), 30_000)
      const askedAt = Date.now()
      let answer: Response
      try {
        answer = await fetch(`${ORIGIN}${PATH}${search}`, { method, headers: forwarded, redirect: 'manual', cache: 'no-store', signal: abort.signal })
      } catch {
        return abort.signal.aborted ? deny(504, 'origin.timeout') : deny(502, 'origin.unreachable')
      } finally {
        clearTimeout(timer)
        originMs = Date.now() - askedAt
      }
      const response = new Response(answer.body, answer)
      const out = response.headers
      for (const name of [...out.keys()])
        if (STRIPPED.has(name) || name.startsWith('access-control-') || name === 'ratelimit' || name === 'ratelimit-policy') out.delete(name)
      for (const [name, value] of SECURITY_ENTRIES) out.set(name, value)
      out.set('cache-control', 'private, no-store')
      return finish(response, 'allow', 'origin.answered', '')
    } catch {
      return deny(503, 'gateway.internal', { 'retry-after': '5' })
    }
  },
}
