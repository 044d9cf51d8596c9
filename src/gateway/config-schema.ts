import * as v from 'valibot'
import { auditSchema } from '../audit/settings.ts'
import type { Policy } from '../core/policy.ts'
import { secretNames } from '../core/secret-name.ts'
import { asking } from '../core/setting-words.ts'
import { httpsUrl } from '../lib/https-url.ts'
import { authentication, isPolicy, isSoundAlone } from './authentication-setting.ts'
import type { AnyZone } from './config.ts'
import { isMount, type Mount } from './mount.ts'
import type { RoutesReader, ZoneRoutes } from './zone-routes.ts'

const HOST = /^(?:localhost|(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/
const ZONE_NAME = /^[a-z][a-z0-9-]{0,31}$/
const HEADER_PREFIX = /^[a-z][a-z0-9-]{0,30}-$/
const WEB_ORIGIN = /^https:\/\/[a-z0-9.-]+(?::\d{1,5})?$/

const control = v.pipe(
  v.custom<Policy>(isPolicy, asking('a control', 'use a control such as ipList({ … })')),
  v.check((policy) => isControl(policy), asking('a control that is no authenticator', 'move it to the route’s `authenticate`')),
)

const reason = v.pipe(v.string(), v.check(isReason, asking('a reason of at least three characters', 'say why, in words: somebody will read it in a review')))

function isControl(input: unknown): boolean {
  return isPolicy(input) && input.stage !== 'authenticate'
}

function isReason(text: string): boolean {
  return text.trim().length >= 3
}

const SECONDS = asking('seconds, more than 0 and at most 3600', 'write a number of seconds, without a unit, like 30')

const seconds = v.pipe(v.number(SECONDS), v.minValue(0.001, SECONDS), v.maxValue(3600, SECONDS))

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
    v.strictObject({
      origins: v.pipe(
        v.array(v.pipe(v.string(), v.regex(WEB_ORIGIN, 'write an origin as https://host, in lower case'))),
        v.minLength(1, 'at least one origin, like https://app.example.com'),
      ),
    }),
  ),
})

/** @returns the configuration without routes of sound kinds. Thousands may be, of a handful of kinds; the schema finds the words for all others. */
export function withoutSoundRoutes(config: unknown, routesOf: RoutesReader): unknown {
  if (!isObject(config) || !isObject(config.zones)) return config
  const zones: Record<string, unknown> = {}
  for (const [name, zone] of Object.entries(config.zones)) {
    zones[name] = hasRoutes(zone) ? withOther(zone, 'routes', otherRoutes(zone.routes, routesOf(zone))) : zone
  }
  return withOther(config, 'zones', zones)
}

function hasRoutes(zone: unknown): zone is Pick<AnyZone, 'routes'> {
  return isObject(zone) && isObject(zone.routes)
}

function otherRoutes(routes: Readonly<Record<string, unknown>>, { keys, kinds, kindOf }: ZoneRoutes): Readonly<Record<string, unknown>> {
  const isSound = kinds.map((kind) => isPlainRoute(kind) || v.is(route, kind))
  const others: Record<string, unknown> = Object.create(null)
  if (isSound.includes(false)) for (const [i, key] of keys.entries()) if (isSound[kindOf[i] as number] !== true) others[key] = routes[key]
  return others
}

/** All that an object has, with one thing in another's place. */
function withOther(given: unknown, name: string, value: unknown): unknown {
  return Object.create(given as object, { [name]: { value, enumerable: true } })
}

function isObject(input: unknown): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null
}

/** Whether {@link route} would find nothing, where that is seen without it. */
function isPlainRoute(input: unknown): boolean {
  if (!isObject(input)) return false
  for (const name in input) if (name !== 'authenticate' && name !== 'public' && name !== 'policies') return false
  const { authenticate, public: why, policies } = input
  // An authentication of several parts has faults of its own to look for.
  const known = authenticate === undefined || (isPolicy(authenticate) && isSoundAlone(authenticate))
  return (
    known &&
    (why === undefined || (typeof why === 'string' && isReason(why))) &&
    (policies === undefined || (Array.isArray(policies) && [...policies].every(isControl)))
  )
}

const origin = v.union(
  [
    v.pipe(v.string(), v.check(isOriginUrl, 'an https URL without query, fragment and user information, like https://origin.example.com')),
    v.strictObject({ service: v.pipe(v.string(), v.regex(/^[A-Za-z_]\w*$/, 'the name of a service binding in wrangler.toml, like ORIGIN')) }),
    v.strictObject({ zone: v.literal('own') }),
  ],
  'write an https URL without query, fragment or user information, { service: "BINDING" } or { zone: "own" }',
)

function isOriginUrl(text: string): boolean {
  return httpsUrl(text) !== undefined && !/[?#]/.test(text)
}

const PAGE = 'an https URL, like https://docs.example.com/api'
const page = v.pipe(v.string(PAGE), v.startsWith('https://', PAGE), v.url(PAGE))

const resource = v.strictObject({
  identifier: v.optional(v.string()),
  name: v.optional(v.pipe(v.string(), v.nonEmpty(asking('a name', 'write a name, or leave the setting out')))),
  documentation: v.optional(page),
  policyUri: v.optional(page),
  tosUri: v.optional(page),
})

const zone = v.strictObject({
  hosts: v.pipe(
    v.array(v.pipe(v.string(), v.regex(HOST, asking('a host alone, like api.example.com', 'write it in lower case, without scheme, path, trailing dot or *')))),
    v.minLength(1, 'at least one host, like api.example.com'),
  ),
  origin,
  policies: v.optional(v.array(control)),
  routes: v.record(v.string(), route),
  conceal: v.optional(v.boolean()),
  resource: v.optional(resource),
  identityPrefix: v.optional(v.pipe(v.string(), v.regex(HEADER_PREFIX, 'write a prefix in lower case with a hyphen at the end, such as x-portcullis-'))),
})

/** The shape of a whole configuration: what can be said without comparing its parts. */
export const configSchema = v.strictObject({
  zones: v.pipe(
    v.record(
      v.pipe(
        v.string(),
        v.regex(
          ZONE_NAME,
          asking('a zone’s name of at most 32 of a-z, 0-9 and -, the first a letter', 'rename the zone: its name begins the names of its counters'),
        ),
      ),
      zone,
    ),
    v.check((zones) => Object.keys(zones).length > 0, asking('at least one zone', 'add a zone: a gateway without one answers nothing')),
  ),
  record: v.optional(
    v.strictObject({
      clientIp: v.optional(v.picklist(['hmac', 'truncate'])),
      pseudonymKey: v.optional(secretNames),
      unlistedPaths: v.optional(v.picklist(['known', 'words'])),
    }),
  ),
  state: v.optional(
    v.strictObject({
      home: v.optional(v.picklist(['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'])),
      jurisdiction: v.optional(v.picklist(['eu', 'fedramp'])),
    }),
  ),
  audit: v.optional(auditSchema),
  scopes: v.optional(v.array(v.string())),
  admin: v.optional(v.custom<Mount>(isMount, asking('an admin API', 'use adminApi({ … })'))),
})
