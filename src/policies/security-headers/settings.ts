import * as v from 'valibot'

const headerName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'write a header name, like x-request-id'), v.toLowerCase())
const headerValue = v.pipe(v.string(), v.regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, 'write one line of printable ASCII without spaces around it'))

/** The settings of `security-headers`. */
export const securityHeadersSettings = v.strictObject({
  preset: v.pipe(
    v.optional(v.picklist(['api', 'web']), 'api'),
    v.description('`api`: for JSON and other data that no browser renders. `web`: for pages, scripts and images too. Default: `api`.'),
  ),
  hsts: v.pipe(
    v.optional(
      v.strictObject({
        maxAgeSeconds: v.pipe(
          v.optional(v.pipe(v.number(), v.integer(), v.minValue(31_536_000, 'at least one year: 31536000')), 63_072_000),
          v.description('How long browsers use https alone for this host, in seconds: at least one year. Default: 63072000, two years.'),
        ),
        includeSubDomains: v.pipe(v.optional(v.boolean(), true), v.description('Whether that holds for all subdomains too. Default: `true`.')),
        preload: v.pipe(
          v.optional(v.boolean(), false),
          v.description('Agrees that browsers ship this host as https-only; hard to take back, and needs `includeSubDomains`. Default: `false`.'),
        ),
      }),
      {},
    ),
    v.description('`Strict-Transport-Security`, sent over https only. It cannot be switched off. Default: two years, subdomains included, no preload.'),
  ),
  csp: v.pipe(
    v.optional(headerValue),
    v.description(
      "`Content-Security-Policy` instead of the preset's; `from-origin` leaves the origin server's own, and sends the preset's where it has none. Default: `default-src 'none'; frame-ancestors 'none'` for `api`, `'self'` alone for `web`.",
    ),
  ),
  frameOptions: v.pipe(
    v.optional(v.picklist(['DENY', 'SAMEORIGIN']), 'DENY'),
    v.description("Who may show responses in a frame: `X-Frame-Options`, and `frame-ancestors` in the preset's policy. Default: `DENY`, nobody."),
  ),
  referrerPolicy: v.pipe(
    v.optional(v.picklist(['no-referrer', 'same-origin', 'strict-origin', 'strict-origin-when-cross-origin']), 'no-referrer'),
    v.description('`Referrer-Policy`: what links lead to learns of where they stand. Default: `no-referrer`.'),
  ),
  crossOriginResourcePolicy: v.pipe(
    v.optional(v.picklist(['same-origin', 'same-site', 'cross-origin']), 'same-origin'),
    v.description('`Cross-Origin-Resource-Policy`: whose pages may embed responses without CORS. Default: `same-origin`.'),
  ),
  crossOriginOpenerPolicy: v.pipe(
    v.optional(v.picklist(['same-origin', 'same-origin-allow-popups', 'unsafe-none'])),
    v.description('`Cross-Origin-Opener-Policy`, with `web` only: which windows a page stays in touch with. Default: `same-origin`.'),
  ),
  crossOriginEmbedderPolicy: v.pipe(
    v.optional(v.picklist(['require-corp', 'credentialless', 'unsafe-none'])),
    v.description('`Cross-Origin-Embedder-Policy`, with `web` only: what of other origins a page may embed. Default: `require-corp`.'),
  ),
  permissionsPolicy: v.pipe(
    v.optional(headerValue),
    v.description("`Permissions-Policy` instead of the preset's, with `web` only. Default: every powerful feature off."),
  ),
  strip: v.pipe(
    v.optional(v.array(headerName), []),
    v.description('Response headers to remove beside the built-in list (`Server`, `X-Powered-By` and a hundred more). Default: none.'),
  ),
  keep: v.pipe(v.optional(v.array(headerName), []), v.description('Response headers of the built-in list that stay. Default: none.')),
})

/** What {@link securityHeadersSettings} gives. */
export type SecurityHeadersSettings = v.InferOutput<typeof securityHeadersSettings>
