import * as v from 'valibot'
import { conditionSchema } from '../../core/condition-schema.ts'
import { asking } from '../../core/setting-words.ts'
import { shown } from '../../core/shown.ts'
import { LEASE_MS } from '../../limiter/algorithm.ts'
import { MAX_EPISODES } from '../../limiter/ban.ts'
import { MAX_CONCURRENCY } from '../../limiter/concurrency.ts'
import { MAX_RATE_TOKENS, parseDuration, parseRate, type Rate } from '../../limiter/rate.ts'

/** Headers that hold credentials by definition: a counter's name is no place for them. */
const CREDENTIAL_HEADERS: readonly string[] = ['authorization', 'proxy-authorization', 'cookie']

const headerName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, 'write a header name, like x-tenant'),
  v.toLowerCase(),
  v.check(
    (name) => !CREDENTIAL_HEADERS.includes(name),
    asking('a header that holds no credential', "count by 'principal' instead: this header holds a credential"),
  ),
)

const shortName = (what: string) => v.pipe(v.string(), v.minLength(1, `write the name of a ${what}`), v.maxLength(64, `write the name of a ${what}`))

const pointer = v.pipe(v.string(), v.regex(/^(?:\/(?:[^~/]|~[01])*){1,8}$/, 'write a JSON pointer (RFC 6901) to the field, like /username'), v.maxLength(256))

const KEY_PARTS =
  "write 'ip', 'principal', 'credential', 'level', 'role', 'country', 'asn', 'ja4', 'route', 'graphql-operation', { header: 'x-tenant' }, { claim: 'tenant' }, { param: 'id' } or { body: '/username' }"

const keyPart = v.union(
  [
    v.picklist(['ip', 'principal', 'credential', 'level', 'role', 'country', 'asn', 'ja4', 'route', 'graphql-operation']),
    v.strictObject({ header: headerName }),
    v.strictObject({ claim: shortName('claim') }),
    v.strictObject({ param: shortName('parameter') }),
    v.strictObject({ body: pointer }),
  ],
  KEY_PARTS,
)

/** One thing that a limit can count by. */
export type KeyPart = v.InferOutput<typeof keyPart>

const whole = (least: number, most: number) => v.pipe(v.number(), v.integer('write a whole number'), v.minValue(least), v.maxValue(most))

/** A rate, or the number of a concurrency. */
const limit = v.pipe(
  v.union([v.string(), v.number()], "write a rate like '600/min', or for algorithm 'concurrency' a number"),
  v.rawTransform(({ dataset: { value }, addIssue, NEVER }): Rate | number => {
    const parsed = typeof value === 'string' ? parseRate(value) : value
    if (typeof parsed === 'object' && !('fault' in parsed)) return parsed
    if (typeof parsed === 'number' && Number.isInteger(parsed) && parsed >= 1 && parsed <= MAX_CONCURRENCY) return parsed
    addIssue({
      received: shown(value),
      expected: "a rate like '600/min', or for algorithm 'concurrency' a number",
      message: typeof parsed === 'object' ? parsed.fault : `The number must be whole, from 1 to ${MAX_CONCURRENCY}`,
    })
    return NEVER
  }),
)

const duration = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const parsed = parseDuration(dataset.value)
    if (typeof parsed === 'number') return parsed
    addIssue({ received: shown(dataset.value), expected: "a time like '10min'", message: parsed.fault })
    return NEVER
  }),
)

const burst = whole(1, 1_000_000)

const reason = v.pipe(
  v.string(),
  v.check((text) => text.trim().length >= 3, 'say why, in words: somebody will read it in a review'),
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
    limit,
    v.description(
      "How much: a count and a period, like `'600/min'`, `'10/s'`, `'5/10s'`; units are `s`, `min`, `hour`, `day`, `week`, and for calendar quotas also `month` and `year`. For `concurrency` a number: how many at the same time, up to 4096.",
    ),
  ),
  algorithm: v.pipe(
    v.optional(v.picklist(['token-bucket', 'sliding-window', 'fixed-window', 'concurrency']), 'token-bucket'),
    v.description(
      '`token-bucket`: a burst, then a steady rate. `sliding-window`: never more than the limit in any window of its length. `fixed-window`: a calendar quota, minute to year. `concurrency`: how many at the same time.',
    ),
  ),
  by: v.pipe(
    v.union(
      [keyPart, v.pipe(v.array(keyPart), v.minLength(1, 'count by at least one thing'), v.maxLength(4, 'count by at most four things together'))],
      `${KEY_PARTS}, or a list of these`,
    ),
    v.description(
      "What is counted apart: `'ip'`, `'principal'`, `'credential'` (API key or token id), `'level'` (plan), `'role'`, `'country'`, `'asn'`, `'ja4'`, `'route'`, `'graphql-operation'`, `{ header }`, `{ claim }`, `{ param }` of the path, `{ body }` (JSON pointer into the validated body), or a list of up to four that are combined. It runs as early as all of them are known.",
    ),
  ),
  burst: v.pipe(
    v.optional(burst),
    v.description(
      'Token bucket only: the most tokens that may be taken at once after a quiet time, 1 to 1000000. Default: a tenth of the count in `limit`, at least 1.',
    ),
  ),
  strict: v.pipe(
    v.optional(v.boolean(), false),
    v.description('Takes no tokens ahead: the bound loses the term for leases, and every request makes a call to the object. Default: false.'),
  ),
  timeZone: v.pipe(
    v.optional(v.string()),
    v.description("Fixed window only, and required there: the time zone whose calendar is meant, by its IANA name: `'UTC'`, `'Europe/Berlin'`."),
  ),
  maxSeconds: v.pipe(
    v.optional(whole(1, 86_400)),
    v.description(
      'Concurrency only, and required there: a slot that nobody released is free again after so many seconds, 1 to 86400. Longer than the longest honest request.',
    ),
  ),
  cost: v.pipe(
    v.optional(
      v.union(
        [
          whole(1, MAX_RATE_TOKENS),
          v.strictObject({ perBytes: whole(1, 1_000_000_000), max: whole(1, 1_000_000) }),
          v.strictObject({ responseHeader: headerName, max: whole(1, 1_000_000) }),
          v.strictObject({ graphql: v.literal(true), max: whole(1, 1_000_000) }),
        ],
        "write a whole number, { perBytes: 1024, max: 100 }, { responseHeader: 'x-cost', max: 100 } or { graphql: true, max: 1000 }",
      ),
      1,
    ),
    v.description(
      "Tokens that a request takes. A number; or `{ perBytes, max }`: one for each so many bytes of its declared body, at most `max` (a longer body is 413, one that declares no length 411); or `{ responseHeader, max }`: `max` is taken first, and what the origin's header names is kept, the rest given back; or `{ graphql, max }`: what `graphql` found the request to cost (more than `max` is 400). Default: 1.",
    ),
  ),
  plans: v.pipe(
    v.optional(
      v.strictObject({
        by: v.union([v.picklist(['level', 'role']), v.strictObject({ claim: shortName('claim') })], "write 'level', 'role' or { claim: 'plan' }"),
        limits: v.pipe(
          v.record(v.string(), v.strictObject({ limit, burst: v.optional(burst) })),
          v.check((limits) => Object.keys(limits).length > 0, 'name at least one plan'),
        ),
      }),
    ),
    v.description(
      "Other figures for some callers: `{ by: 'level', limits: { pro: { limit: '6000/min', burst: 600 } } }`. `by` is the key's `'level'`, a `'role'` (of several the one listed first) or a `{ claim }`. Whoever has none of the plans has `limit`.",
    ),
  ),
  exempt: v.pipe(
    v.optional(v.pipe(v.array(v.strictObject({ when: conditionSchema, reason })), v.minLength(1, 'name at least one exemption, or leave it out'))),
    v.description(
      'Requests that are not counted: a list of `{ when, reason }`. `when` is a condition that must be known to hold; `reason` stands in the trace.',
    ),
  ),
  outcome: v.pipe(
    v.optional(
      v.strictObject({
        statuses: v.optional(v.pipe(v.array(whole(100, 599)), v.minLength(1, "name at least one of the origin's statuses, or leave it out"))),
        denials: v.optional(
          v.pipe(
            v.array(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)?$/, "write a control's name, like jwt, or a reason, like jwt.expired"))),
            v.minLength(1, 'name at least one, or leave it out'),
          ),
        ),
      }),
    ),
    v.description(
      "Counts only requests that end like this: with one of the origin's `statuses`, or refused by the gateway for one of `denials` (a control's name, or a reason). A request is counted first and given back when it ends otherwise.",
    ),
  ),
  ban: v.pipe(
    v.optional(v.strictObject({ after: whole(1, MAX_EPISODES), within: v.optional(duration, '1hour'), for: duration, max: v.optional(duration, '1day') })),
    v.description(
      "Shuts a key out that goes on and on: `{ after: 3, within: '1hour', for: '10min', max: '1day' }`. An episode is a counter that turns from admitting to denying, at most one a window. After so many nothing is admitted for a time that doubles with each further ban, up to `max`.",
    ),
  ),
  edge: v.pipe(
    v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z_]\w{0,63}$/, 'write the name of a ratelimits binding in wrangler.toml'))),
    v.description(
      "The name of a `ratelimits` binding of the platform, asked first: free, for each location alone, and not exact. Its figures should not be below the limit's.",
    ),
  ),
  assumedIsolates: v.pipe(
    v.optional(whole(1, 10_000)),
    v.description(
      "With `onError: 'local'`, and required there: by how many the figures are divided while the counter is out of reach and each isolate counts alone. `local` is the default of limits that run before authentication.",
    ),
  ),
  budgetMs: v.pipe(
    v.optional(whole(10, LEASE_MS), LEASE_MS),
    v.description('How long a request waits for the counter, in milliseconds, 10 to 1000. Longer is a failure, and `onError` decides. Default: 1000.'),
  ),
  ipv6CeilingFactor: v.pipe(
    v.optional(v.pipe(v.number(), v.integer('write a whole number'), v.minValue(1), v.maxValue(65_536, 'a /48 has 65536 /64s: more is no ceiling'))),
    v.description(
      "With `'ip'`: an IPv6 client is counted by its /64, and all the /64s of one /48 together may have this many times the figures. 1 to 65536. Default: 16.",
    ),
  ),
})

/** What {@link rateLimitSettings} gives. */
export type RateLimitSettings = v.InferOutput<typeof rateLimitSettings>

/** @returns what is counted by, as a list. */
export function partsOf({ by }: Pick<RateLimitSettings, 'by'>): readonly KeyPart[] {
  return Array.isArray(by) ? by : [by]
}

/** Reads the settings of a `rate-limit` of a configuration that was found sound. How a control fares in a failure is none of its own settings. */
export function readSettings(given: unknown): RateLimitSettings {
  const { mode: _mode, onError: _onError, ...own } = given as Readonly<Record<string, unknown>>
  return v.parse(rateLimitSettings, own)
}
