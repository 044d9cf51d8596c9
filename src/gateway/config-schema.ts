import * as v from 'valibot'
import { type Authentication, authenticatorsOf } from '../core/authentication.ts'
import type { Policy } from '../core/policy.ts'

const HOST = /^(?:localhost|(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/
const ZONE_NAME = /^[a-z][a-z0-9-]{0,31}$/
const HEADER_PREFIX = /^[a-z][a-z0-9-]{0,30}-$/
const WEB_ORIGIN = /^https:\/\/[a-z0-9.-]+(?::\d{1,5})?$/

const isObject = (input: unknown): input is Record<string, unknown> => typeof input === 'object' && input !== null

const isPolicy = (input: unknown): input is Policy =>
  isObject(input) && typeof input.check === 'function' && typeof input.compile === 'function' && typeof input.stage === 'string'

function isAuthentication(input: unknown): input is Authentication {
  if (!isObject(input)) return false
  if (input.kind === 'anyOf' || input.kind === 'allOf') return Array.isArray(input.of) && input.of.length > 0 && input.of.every(isAuthentication)
  return isPolicy(input) && input.stage === 'authenticate'
}

const control = v.pipe(
  v.custom<Policy>(isPolicy, 'use a control such as ipList({ … })'),
  v.check((policy) => policy.stage !== 'authenticate', 'an authenticator stands in the route’s `authenticate`'),
)

const reason = v.pipe(
  v.string(),
  v.check((text) => text.trim().length >= 3, 'say why, in words: somebody will read it in a review'),
)

const seconds = v.pipe(v.number(), v.minValue(0.001), v.maxValue(3600))

const authentication = v.pipe(
  v.custom<Authentication>(isAuthentication, 'use an authenticator such as jwt({ … }), or anyOf(…) or allOf(…) of some'),
  v.check((given) => authenticatorsOf(given).every(({ onError }) => onError === 'deny'), 'an authenticator that fails must deny: remove `onError`'),
  v.check((given) => isEachOnce(authenticatorsOf(given)), 'name each authenticator once: one credential is one factor'),
  v.check((given) => factorsStandApart(given), 'no two parts of `allOf` may read one header: one credential is one factor'),
  v.check(
    (given) => enforcesSomething(given) && everyAllOfEnforces(given),
    'an authenticator in report mode does not count: enforce at least one, and every one of `allOf`',
  ),
)

function isEachOnce(authenticators: readonly unknown[]): boolean {
  return new Set(authenticators).size === authenticators.length
}

/** However deep an `allOf` stands: a header holds one credential, which two of its parts could both take for theirs. */
function factorsStandApart(given: Authentication): boolean {
  if (!('kind' in given)) return true
  if (!given.of.every(factorsStandApart)) return false
  const headers = given.of.flatMap((part) => [...new Set(authenticatorsOf(part).flatMap(({ credentials }) => credentials))])
  return given.kind === 'anyOf' || new Set(headers).size === headers.length
}

/** An authenticator in report mode does not count. */
function enforcesSomething(given: Authentication): boolean {
  if (!('kind' in given)) return given.mode === 'enforce'
  return given.kind === 'anyOf' ? given.of.some(enforcesSomething) : given.of.every(enforcesSomething)
}

/** However deep an `allOf` stands: a factor that only reports would leave the others to suffice. */
function everyAllOfEnforces(given: Authentication): boolean {
  if (!('kind' in given)) return true
  return given.of.every(everyAllOfEnforces) && (given.kind === 'anyOf' || given.of.every(enforcesSomething))
}

/** The shape of a route, whatever its key. */
const route = v.strictObject({
  authenticate: v.optional(authentication),
  public: v.optional(reason),
  policies: v.optional(v.array(control)),
  relax: v.optional(v.array(v.strictObject({ policy: v.string(), reason }))),
  timeouts: v.optional(v.strictObject({ headersSeconds: v.optional(seconds), idleSeconds: v.optional(seconds) })),
  forwardCredential: v.optional(v.boolean()),
  caching: v.optional(v.picklist(['no-store', 'keep'])),
  websocket: v.optional(
    v.strictObject({ origins: v.pipe(v.array(v.pipe(v.string(), v.regex(WEB_ORIGIN, 'write it as https://host, lower case'))), v.minLength(1)) }),
  ),
})

const origin = v.union(
  [
    v.pipe(v.string(), v.check(isOriginUrl, 'an https URL')),
    v.strictObject({ service: v.pipe(v.string(), v.regex(/^[A-Za-z_]\w*$/)) }),
    v.strictObject({ zone: v.literal('own') }),
  ],
  'write an https URL without query, fragment or user information, { service: "BINDING" } or { zone: "own" }',
)

function isOriginUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && url.protocol === 'https:' && url.search === '' && url.hash === '' && url.username === '' && url.password === '' && !/[?#]/.test(text)
}

const page = v.pipe(v.string(), v.startsWith('https://', 'an https URL'), v.url('an https URL'))

const resource = v.strictObject({
  identifier: v.optional(v.string()),
  name: v.optional(v.pipe(v.string(), v.nonEmpty('write a name, or leave it out'))),
  documentation: v.optional(page),
  policyUri: v.optional(page),
  tosUri: v.optional(page),
})

const zone = v.strictObject({
  hosts: v.pipe(v.array(v.pipe(v.string(), v.regex(HOST, 'write it in lower case, without scheme, path or trailing dot'))), v.minLength(1)),
  origin,
  policies: v.optional(v.array(control)),
  routes: v.record(v.string(), route),
  conceal: v.optional(v.boolean()),
  resource: v.optional(resource),
  identityPrefix: v.optional(v.pipe(v.string(), v.regex(HEADER_PREFIX, 'write it in lower case with a hyphen at the end, such as x-portcullis-'))),
})

/** The shape of a whole configuration: what can be said without comparing its parts. */
export const configSchema = v.strictObject({
  zones: v.pipe(
    v.record(v.pipe(v.string(), v.regex(ZONE_NAME, 'a zone’s name is at most 32 of a-z, 0-9 and -: it begins the names of its counters')), zone),
    v.check((zones) => Object.keys(zones).length > 0, 'a gateway without a zone answers nothing: add one'),
  ),
  record: v.optional(v.strictObject({ clientIp: v.optional(v.picklist(['hmac', 'truncate'])) })),
  state: v.optional(
    v.strictObject({
      home: v.optional(v.picklist(['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'])),
      jurisdiction: v.optional(v.picklist(['eu', 'fedramp'])),
    }),
  ),
  scopes: v.optional(v.array(v.string())),
})
