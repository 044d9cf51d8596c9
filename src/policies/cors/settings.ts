import * as v from 'valibot'
import { asking } from '../../core/setting-words.ts'
import { isOrigin } from './origin.ts'

const headerName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'write a header name, like x-request-id'),
  v.notValue('*', asking('the name of a header', 'name each header: with credentials, browsers read * as a header of that name')),
  v.toLowerCase(),
)

const origin = v.pipe(
  v.string(),
  v.check(isOrigin, (issue) =>
    issue.input === 'null'
      ? asking('the origin of a page', 'serve the pages from an origin of their own, and list that: every sandboxed frame and local file has the origin null')
      : 'write scheme://host or scheme://host:port as a browser sends it: lower case, no path, no slash at the end, no default port, no pattern',
  ),
)

/** The settings of `cors`. */
export const corsSettings = v.strictObject({
  origins: v.pipe(
    v.union(
      [v.literal('*'), v.pipe(v.array(origin), v.minLength(1, 'list at least one origin, or leave cors out: without it no other origin can read a response'))],
      "write a list of origins, or '*'",
    ),
    v.description(
      "The origins whose pages may read responses, exactly as browsers send them: `https://app.example.com`. `'*'` stands for every page there is, and only without credentials. `null` is refused.",
    ),
  ),
  methods: v.pipe(
    v.optional(v.pipe(v.array(v.picklist(['GET', 'HEAD', 'QUERY', 'POST', 'PUT', 'PATCH', 'DELETE'])), v.minLength(1, 'list at least one method')), [
      'GET',
      'HEAD',
      'POST',
    ]),
    v.description('Methods that pages of those origins may ask for. Default: `GET`, `HEAD` and `POST`, which browsers send without asking.'),
  ),
  headers: v.pipe(
    v.optional(v.array(headerName), []),
    v.description('Request headers that those pages may set, beyond what browsers allow anyway: `authorization`, and `content-type` for JSON. Default: none.'),
  ),
  exposeHeaders: v.pipe(
    v.optional(v.array(headerName), []),
    v.description('Response headers that scripts may read, beyond what browsers show anyway: `x-request-id`, `ratelimit`. Default: none.'),
  ),
  credentials: v.pipe(
    v.optional(v.boolean(), false),
    v.description(
      'Whether browsers may send cookies, TLS client certificates and HTTP authentication of their own, and show scripts what comes back. Needs listed origins. Default: `false`.',
    ),
  ),
  maxAgeSeconds: v.pipe(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(86_400, 'no browser keeps an answer longer than 86400 seconds')), 600),
    v.description('How long a browser may keep the answer to a preflight, in seconds: 0 to 86400. Default: 600.'),
  ),
})

/** What {@link corsSettings} gives. */
export type CorsSettings = v.InferOutput<typeof corsSettings>
