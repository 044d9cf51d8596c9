import { type Decision, deny } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import { AMBIGUOUS } from './ambiguous.ts'
import { exceeds, type HeaderFacts, readHeaders } from './header-facts.ts'
import type { TransportSettings } from './settings.ts'
import { judgeUpgrade } from './upgrade.ts'

/** The characters of a host and port. Any other would have moved the border between host and path in the URL that the platform puts together. */
const HOST = /^[A-Za-z0-9.:[\]_-]*$/
const LENGTH = /^\d{1,15}$/
const GRPC = /^application\/grpc/i

/** @returns a function that says what is wrong with a request's headers, or nothing. */
export function compileHeaderRules({ maxHeaders, maxHeaderBytes, bodyOnGet }: TransportSettings): (x: Exchange) => Decision | undefined {
  return (x) => {
    const { headers } = x.request
    const facts = readHeaders(headers)
    if (facts.count > maxHeaders) return deny(431, 'transport.header-count', { detail: facts.count })
    if (exceeds(headers, facts, maxHeaderBytes)) return deny(431, 'transport.header-bytes')
    if (facts.host !== undefined && !HOST.test(facts.host)) return deny(400, 'transport.ambiguous-path', { detail: 'bad-host', problem: AMBIGUOUS })
    if (facts.connection !== undefined && takesFields(facts.connection)) return deny(400, 'transport.connection', { detail: facts.connection })
    const framing = faultOfFraming(facts)
    if (framing !== undefined) return deny(400, 'transport.framing', { detail: framing })
    if (!bodyOnGet && (x.method === 'GET' || x.method === 'HEAD') && hasBody(x, facts)) return deny(400, 'transport.body', { problem: NO_BODY })
    if (facts.trailer !== undefined) return deny(400, 'transport.trailer', { problem: NO_TRAILERS })
    if (facts.contentType !== undefined && GRPC.test(facts.contentType)) return deny(415, 'transport.grpc')
    return facts.upgrade === undefined ? undefined : judgeUpgrade(x, facts.upgrade, facts.origin)
  }
}

/** What a client may honestly say of its connection (RFC 9110 §7.6.1). */
const CONNECTION_OPTIONS: ReadonlySet<string> = new Set(['', 'close', 'http2-settings', 'keep-alive', 'te', 'upgrade'])

/** Whether `Connection` names another field: it would be taken away after the controls have judged it, and the origin would get another request than they saw. */
function takesFields(connection: string): boolean {
  return connection.split(',').some((option) => !CONNECTION_OPTIONS.has(option.trim().toLowerCase()))
}

const NO_BODY = { detail: 'GET and HEAD requests take no body.' }
const NO_TRAILERS = { detail: 'Trailers are not accepted.' }

/** The platform has framed the message already; whatever is left to see of a second reading is refused (RFC 9112 §6). */
function faultOfFraming({ contentLength, transferEncoding }: HeaderFacts): string | undefined {
  if (contentLength !== undefined && !LENGTH.test(contentLength)) return 'content-length'
  if (transferEncoding === undefined) return undefined
  if (contentLength !== undefined) return 'both'
  return transferEncoding.toLowerCase() === 'chunked' ? undefined : 'transfer-encoding'
}

/** The platform gives a stream for `Content-Length: 0` too, which many clients send with every method. */
function hasBody(x: Exchange, { contentLength, transferEncoding }: HeaderFacts): boolean {
  return contentLength === undefined ? transferEncoding !== undefined || x.body.present : Number(contentLength) > 0
}
