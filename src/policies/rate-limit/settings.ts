import * as v from 'valibot'
import { MAX_RATE_TOKENS, parseRate } from '../../limiter/rate.ts'

/** Headers that hold credentials by definition: a counter's name is no place for them. */
const CREDENTIAL_HEADERS: readonly string[] = ['authorization', 'proxy-authorization', 'cookie']

const headerName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, 'write a header name, like x-tenant'),
  v.toLowerCase(),
  v.check((name) => !CREDENTIAL_HEADERS.includes(name), "this header holds a credential: count by 'principal' instead"),
)

const keyPart = v.union(
  [
    v.picklist(['ip', 'principal', 'country', 'route', 'asn']),
    v.strictObject({ header: headerName }),
    v.strictObject({ claim: v.pipe(v.string(), v.minLength(1, 'write the name of a claim'), v.maxLength(64, 'write the name of a claim')) }),
  ],
  "write 'ip', 'principal', 'country', 'route', 'asn', { header: 'x-tenant' } or { claim: 'tenant' }",
)

/** One thing that a limit can count by. */
export type KeyPart = v.InferOutput<typeof keyPart>

const rate = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const parsed = parseRate(dataset.value)
    if (!('fault' in parsed)) return parsed
    addIssue({ message: parsed.fault })
    return NEVER
  }),
)

/** The settings of `rate-limit`. */
export const rateLimitSettings = v.strictObject({
  name: v.pipe(
    v.string(),
    v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'write 1 to 64 letters, digits, dots, underscores and hyphens, the first a letter or digit'),
    v.description(
      "The limit's name: in the log, in the `RateLimit` fields that callers see, and, with the zone, in every counter's identity. Rename it and all its counters start anew.",
    ),
  ),
  limit: v.pipe(
    rate,
    v.description(
      'The sustained rate, as count/period: `600/min`, `10/s`, `1000/hour`, `5/10s`; units are `s`, `min`, `hour` and `day`, up to 31 days. Any interval of length w admits at most burst + rate·w.',
    ),
  ),
  burst: v.pipe(
    v.optional(v.pipe(v.number(), v.integer('write a whole number'), v.minValue(1), v.maxValue(1_000_000))),
    v.description(
      'The most requests (tokens, if `cost` is set) that may come at once after a quiet time: 1 to 1000000. Default: a tenth of the count in `limit`, at least 1.',
    ),
  ),
  by: v.pipe(
    v.union(
      [keyPart, v.pipe(v.array(keyPart), v.minLength(1, 'count by at least one thing'), v.maxLength(4, 'count by at most four things together'))],
      "write 'ip', 'principal', 'country', 'route', 'asn', { header: 'x-tenant' }, { claim: 'tenant' } or a list of these",
    ),
    v.description(
      "What is counted apart: `'ip'`, `'principal'`, `'country'`, `'route'`, `'asn'`, `{ header: 'x-tenant' }`, `{ claim: 'tenant' }`, or a list of up to four that are combined. With `'principal'` or a claim it runs after authentication, else before.",
    ),
  ),
  cost: v.pipe(
    v.optional(v.pipe(v.number(), v.integer('write a whole number'), v.minValue(1), v.maxValue(MAX_RATE_TOKENS)), 1),
    v.description('Tokens that one request takes: a whole number, at most the burst. Default: 1.'),
  ),
  ipv6CeilingFactor: v.pipe(
    v.optional(v.pipe(v.number(), v.integer('write a whole number'), v.minValue(1), v.maxValue(65_536, 'a /48 has 65536 /64s: more is no ceiling'))),
    v.description(
      "With `'ip'`: an IPv6 client is counted by its /64, and all the /64s of one /48 together may have this many times the limit and the burst. 1 to 65536. Default: 16.",
    ),
  ),
})

/** What {@link rateLimitSettings} gives. */
export type RateLimitSettings = v.InferOutput<typeof rateLimitSettings>
