import { type Decision, deny } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { RequestHeaders } from '../../lib/request-headers.ts'
import { AMBIGUOUS } from './ambiguous.ts'
import type { TransportSettings } from './settings.ts'
import { judgeUpgrade } from './upgrade.ts'

/** The characters of a host and port. Any other would have moved the border between host and path in the URL that the platform puts together. */
const HOST = /^[A-Za-z0-9.:[\]_-]*$/
const LENGTH = /^\d{1,15}$/
const GRPC = /^application\/grpc/i

/** @returns a function that says what is wrong with a request's headers, or nothing. */
export function compileHeaderRules({ maxHeaders, maxHeaderBytes, bodyOnGet }: TransportSettings): (x: Exchange) => Decision | undefined {
  return (x) => {
    const { headers } = x
    if (headers.size > maxHeaders) return deny(431, 'transport.header-count', { detail: headers.size })
    if (exceeds(headers, maxHeaderBytes)) return deny(431, 'transport.header-bytes')
    const host = headers.get('host')
    if (host !== null && !HOST.test(host)) return deny(400, 'transport.ambiguous-path', { detail: 'bad-host', problem: AMBIGUOUS })
    const connection = headers.get('connection')
    if (connection !== null && takesFields(connection)) return deny(400, 'transport.connection', { detail: connection })
    const framing = faultOfFraming(headers)
    if (framing !== undefined) return deny(400, 'transport.framing', { detail: framing })
    if (!bodyOnGet && (x.method === 'GET' || x.method === 'HEAD') && hasBody(x)) return deny(400, 'transport.body', { problem: NO_BODY })
    if (headers.has('trailer')) return deny(400, 'transport.trailer', { problem: NO_TRAILERS })
    const contentType = headers.get('content-type')
    if (contentType !== null && GRPC.test(contentType)) return deny(415, 'transport.grpc')
    const upgrade = headers.get('upgrade')
    return upgrade === null ? undefined : judgeUpgrade(x, upgrade, headers.get('origin'))
  }
}

/** `: ` and the line's end. */
const SEPARATORS = 4
/** A UTF-16 unit stands for three bytes of UTF-8 at most. */
const MOST_BYTES_PER_UNIT = 3

/** Whether the header lines are longer than `maxBytes`. Workers see header values decoded from UTF-8: only near the cap are the bytes counted. */
function exceeds(headers: RequestHeaders, maxBytes: number): boolean {
  const separators = SEPARATORS * headers.size
  if (headers.length + separators > maxBytes) return true
  if ((headers.length + separators) * MOST_BYTES_PER_UNIT <= maxBytes) return false
  const encoder = new TextEncoder()
  let bytes = separators
  for (const [name, value] of headers) bytes += name.length + encoder.encode(value).byteLength
  return bytes > maxBytes
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
function faultOfFraming(headers: RequestHeaders): string | undefined {
  const contentLength = headers.get('content-length')
  const transferEncoding = headers.get('transfer-encoding')
  if (contentLength !== null && !LENGTH.test(contentLength)) return 'content-length'
  if (transferEncoding === null) return undefined
  if (contentLength !== null) return 'both'
  return transferEncoding.toLowerCase() === 'chunked' ? undefined : 'transfer-encoding'
}

/** The platform gives a stream for `Content-Length: 0` too, which many clients send with every method. */
function hasBody({ headers, body }: Exchange): boolean {
  const contentLength = headers.get('content-length')
  return contentLength === null ? headers.has('transfer-encoding') || body.present : Number(contentLength) > 0
}
