import * as v from 'valibot'
import { canonicalUrl } from '../../lib/canonical-url.ts'

/** The methods that the gateway lets through at all: `TRACE`, `TRACK` and `CONNECT` cannot be configured. */
export const METHODS = ['GET', 'HEAD', 'QUERY', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

const host = v.pipe(
  v.string(),
  v.check(
    (name) => name !== '' && canonicalUrl(`https://${name}/`).host === name,
    'write a host name as the URL has it: lower case, no scheme, no path, no dot at the end, a port only if it is not 443',
  ),
)
const cipher = v.pipe(v.string(), v.regex(/^[A-Z0-9-]+$/, 'write the cipher as Cloudflare names it in request.cf.tlsCipher, like ECDHE-RSA-AES128-SHA'))
const cap = v.pipe(v.number(), v.integer(), v.minValue(1))

/** The settings of `transport`. */
export const transportSettings = v.strictObject({
  https: v.pipe(
    v.optional(v.picklist(['reject', 'redirect']), 'reject'),
    v.description(
      'What a request over plain http gets: `reject` (403), or `redirect` (308 for GET and HEAD, 403 for the rest). A redirect hides that a client sends its credentials in the clear. Default: `reject`.',
    ),
  ),
  minTls: v.pipe(
    v.optional(v.picklist(['1.2', '1.3'])),
    v.description('The lowest TLS version. Where Cloudflare does not say which one it was, the request is refused. Default: what the zone accepts.'),
  ),
  denyCiphers: v.pipe(
    v.optional(v.pipe(v.array(cipher), v.minLength(1, 'name at least one cipher, or leave the setting out'))),
    v.description(
      'Cipher suites that are refused, as `request.cf.tlsCipher` names them. Where Cloudflare does not say which one it was, the request is refused. Default: none.',
    ),
  ),
  hosts: v.pipe(
    v.optional(v.pipe(v.array(host), v.minLength(1, 'name at least one host, or leave the setting out'))),
    v.description('The only hosts that are answered, out of those that the zone lists. Default: all of them.'),
  ),
  methods: v.pipe(
    v.optional(v.pipe(v.array(v.picklist(METHODS)), v.minLength(1, 'name at least one method, or leave the setting out')), [...METHODS]),
    v.description(
      'The only methods that are answered; `GET` brings `HEAD` with it. With `cors`, list `OPTIONS` for its preflights. Default: GET, HEAD, QUERY, POST, PUT, PATCH, DELETE and OPTIONS, of which a route answers its own.',
    ),
  ),
  maxUrlBytes: v.pipe(v.optional(cap, 8192), v.description('The longest path and query together, in bytes, as the client sent them. Default: 8192.')),
  maxHeaderBytes: v.pipe(
    v.optional(cap, 16_384),
    v.description('The most bytes of all header lines together, with names, separators and the dozen headers that Cloudflare adds. Default: 16384.'),
  ),
  maxHeaders: v.pipe(v.optional(cap, 64), v.description('The most distinct header names, with the dozen that Cloudflare adds. Default: 64.')),
  bodyOnGet: v.pipe(
    v.optional(v.boolean(), false),
    v.description('Whether a GET or HEAD request may come with a body. It is tolerated, never forwarded: `fetch` sends none. Default: `false`.'),
  ),
})

/** What {@link transportSettings} gives. */
export type TransportSettings = v.InferOutput<typeof transportSettings>
