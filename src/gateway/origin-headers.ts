import type { HeaderEdits } from '../core/decision.ts'
import { withoutCookies } from '../lib/cookie.ts'
import { cookieOf } from '../lib/credential-place.ts'
import type { RequestHeaders } from '../lib/request-headers.ts'
import { traceparent } from '../lib/trace-context.ts'
import type { Passage } from './passage.ts'

/** Meant for one connection (RFC 9110 §7.6.1), never for the origin. */
const HOP_BY_HOP = [
  'connection',
  // The platform has answered it, and its body is sent at once.
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** Claims about the client or the request that only the gateway may make (ASVS 5.0 4.1.3). */
const CLAIMS = [
  'base-url',
  'client-ip',
  'fastly-client-ip',
  'forwarded',
  'front-end-https',
  // CGI makes HTTP_PROXY of it, which programs take for their own proxy (httpoxy).
  'proxy',
  'remote-user',
  'tracestate',
  'true-client-ip',
  'via',
  'x-accel-mapping',
  'x-arr-clientcert',
  'x-arr-ssl',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-custom-ip-authorization',
  'x-host',
  'x-http-host-override',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  // Skips the middleware of Next.js (CVE-2025-29927).
  'x-middleware-subrequest',
  'x-original-forwarded-for',
  'x-original-host',
  'x-original-method',
  'x-original-uri',
  'x-original-url',
  'x-originating-ip',
  'x-override-url',
  'x-proxy-url',
  'x-proxyuser-ip',
  'x-real-ip',
  'x-remote-addr',
  'x-remote-ip',
  'x-remote-user',
  'x-request-id',
  'x-rewrite-url',
  'x-scheme',
  'x-sendfile-type',
  'x-url-scheme',
  'x-wap-profile',
]

/** The same, by what the name begins with: Cloudflare's own facts stand in `request.cf` and are not forwarded as the client wrote them. */
const CLAIM_PREFIXES = [
  'x-forwarded',
  'cf-',
  'ssl-client-',
  'x-amzn-',
  'x-appengine-',
  'x-auth-request-',
  'x-authenticated-user',
  'x-client-cert',
  'x-envoy-',
  'x-goog-authenticated-user-',
  'x-goog-iap-',
  'x-ms-client-principal',
  'x-ssl-client-',
]

/** Names that every server reads alike. CGI and its relatives write each other character as `_`: `x-portcullis.subject` would be `x-portcullis-subject` to them. */
const PLAIN_NAME = /^[a-z0-9-]+$/

/** What a route's origin is told, decided at start. */
export interface OriginHeaderRules {
  /** Begins the names of the headers that tell who is calling. Lower case. */
  readonly identityPrefix: string
  /** The prefixes of all zones: an origin that several zones share believes each of them. */
  readonly reservedPrefixes: readonly string[]
  /** Headers by lower-case name, and cookies by `cookie:` and their name. */
  readonly credentialHeaders: readonly string[]
  readonly forwardCredential: boolean
  /** The route takes WebSockets: `Upgrade` goes on. */
  readonly websocket: boolean
}

/** @returns a function that writes the headers for the origin: the client's own, less everything that claims, proves or concerns the connection; plus what was verified. */
export function originHeaders({
  identityPrefix,
  reservedPrefixes,
  credentialHeaders,
  forwardCredential,
  websocket,
}: OriginHeaderRules): (passage: Passage, edits: readonly HeaderEdits[]) => Record<string, string> | Headers {
  const dropped = new Set([...HOP_BY_HOP, ...CLAIMS, ...credentialHeaders])
  const prefixes = [...new Set([...CLAIM_PREFIXES, identityPrefix, ...reservedPrefixes])]
  const isDropped = (name: string) => dropped.has(name) || !PLAIN_NAME.test(name) || prefixes.some((prefix) => name.startsWith(prefix))
  const own = identityNames(identityPrefix)
  const credentialCookies = new Set(credentialHeaders.flatMap((place) => cookieOf(place)?.toLowerCase() ?? []))
  return (passage, edits) => {
    const from = passage.headers
    // An object costs the platform less than its own Headers, with its calls for each name.
    const headers: Record<string, string> = Object.create(null)
    for (const [name, value] of from) if (!isDropped(name)) headers[name] = value
    for (const name of connectionOptions(from.get('connection'))) delete headers[name]
    if (websocket) copyHeader('upgrade', from, headers)
    const { principal } = passage
    if (credentialCookies.size > 0 && headers.cookie !== undefined) {
      const forwarded = forwardCredential && principal !== undefined ? cookieOf(principal.credentialHeader) : undefined
      const left = withoutCookies(headers.cookie, (name, readings) => name !== forwarded && readings.some((reading) => credentialCookies.has(reading)))
      if (left === undefined) delete headers.cookie
      else headers.cookie = left
    }
    if (principal !== undefined) {
      if (forwardCredential) copyHeader(principal.credentialHeader, from, headers)
      headers[own.subject] = headerText(principal.subject)
      headers[own.issuer] = headerText(principal.issuer)
      headers[own.method] = principal.method
      if (principal.scopes.size > 0) headers[own.scope] = headerList(principal.scopes)
      if (principal.roles.size > 0) headers[own.roles] = headerList(principal.roles)
    }
    if (passage.caller.kind === 'client') headers[own.clientIp] = passage.caller.ip
    headers['x-request-id'] = passage.requestId
    headers.traceparent = traceparent(from.get('traceparent'), passage.requestId, crypto.randomUUID())
    for (const edit of edits) {
      for (const name in edit) {
        const value = edit[name]
        const key = name.toLowerCase()
        if (value === null || value === undefined) delete headers[key]
        else headers[key] = value
      }
    }
    return from.isLossy ? asSent(headers, passage) : headers
  }
}

/** The same headers, those of the client byte for byte. */
function asSent(headers: Readonly<Record<string, string>>, { request, headers: from }: Passage): Headers {
  const exact = new Headers(request.headers)
  for (const [name] of from) if (!(name in headers)) exact.delete(name)
  for (const name in headers) if (headers[name] !== from.get(name)) exact.set(name, headers[name] as string)
  return exact
}

/** Put together once: an engine finds its way to a property by a text that it knows. */
function identityNames(prefix: string) {
  return {
    subject: `${prefix}subject`,
    issuer: `${prefix}issuer`,
    method: `${prefix}method`,
    scope: `${prefix}scope`,
    roles: `${prefix}roles`,
    clientIp: `${prefix}client-ip`,
  }
}

/** Applies header edits; `null` removes. */
export function applyEdits(headers: Pick<Headers, 'set' | 'delete'>, edits: HeaderEdits): void {
  for (const name in edits) {
    const value = edits[name]
    if (value === null || value === undefined) headers.delete(name)
    else headers.set(name, value)
  }
}

/** Names that the client's `Connection` header takes for the connection; it cannot take away what the gateway adds, since that is set later. */
function connectionOptions(connection: string | null): readonly string[] {
  if (connection === null) return []
  return connection.split(',').flatMap((option) => {
    const name = option.trim().toLowerCase()
    return /^[a-z0-9!#$%&'*+.^`|~-]+$/.test(name) ? [name] : []
  })
}

function copyHeader(name: string, from: RequestHeaders, to: Record<string, string>): void {
  const value = from.get(name)
  if (value !== null) to[name] = value
}

/** Texts with a space between them; one that holds a space itself goes percent-encoded, so that nobody reads the role `not admin` as `not` and `admin`. */
function headerList(texts: Iterable<string>): string {
  return [...texts].map((text) => (/^[\x21-\x24\x26-\x7e]+$/.test(text) ? text : encodeURIComponent(text.toWellFormed()))).join(' ')
}

/** A claim as a header value: what a header cannot carry as it is goes percent-encoded, so that no claim can end the line or pretend to be another value. */
function headerText(text: string): string {
  return /^[\x21-\x24\x26-\x7e](?:[\x20-\x24\x26-\x7e]*[\x21-\x24\x26-\x7e])?$/.test(text) ? text : encodeURIComponent(text.toWellFormed())
}
