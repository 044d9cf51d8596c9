import * as v from 'valibot'
import type { KeptKey } from '../core/api-key.ts'
import { readMessage } from '../core/read-message.ts'
import { readCidr } from '../lib/cidr.ts'
import { ENVIRONMENT, KEY_ID, PREFIX } from './key-text.ts'
import { MAX_SECRETS } from './verify.ts'

/**
 * The newest version of what a Worker and the keyring say to each other. During a deployment either may be the newer one, so within a version fields are only added,
 * never changed or required later, and fields that are not known are left unread. A keyring answers in the version that it was asked in.
 */
export const MESSAGE_VERSION = 1

/** The longest text that stands for all of a key, as JSON, in UTF-16 code units: copies of keys are bounded by it. */
export const MAX_KEY_CHARACTERS = 16_384
/** The most keys in one page. */
export const MAX_PAGE = 1000
/** The longest owner, in UTF-16 code units. */
export const MAX_OWNER_LENGTH = 256
/** The most tokens of a period, or of a window, that a key may have of its own. */
export const MAX_OWN_LIMIT = 10_000_000
/** The most at once. */
export const MAX_OWN_BURST = 1_000_000
/** The most origins that a key may be bound to. */
export const MAX_ORIGINS = 32
/** The longest route, with its zone, in UTF-16 code units. */
export const MAX_PLACE_LENGTH = 512

const MAX_TIME_MS = 8_640_000_000_000_000

const VERSION = v.literal(MESSAGE_VERSION)
const WHOLE = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
/** A time in milliseconds since the epoch. Smaller numbers are seconds taken for them: 1973 is no date of a key. */
const TIME = v.pipe(v.number(), v.safeInteger(), v.minValue(100_000_000_000), v.maxValue(MAX_TIME_MS))
/** Lone surrogates become one character in storage: two owners would be one. */
const text = (least: number, most: number) =>
  v.pipe(
    v.string(),
    v.minLength(least),
    v.maxLength(most),
    v.check((value) => value.isWellFormed()),
  )
const list = <const S extends v.GenericSchema>(item: S, most: number) => v.pipe(v.array(item), v.maxLength(most))
/** A member that leads to something else in every object would be left out without a word. */
const members = v.custom<Record<string, unknown>>((input) => typeof input === 'object' && input !== null && !Object.hasOwn(input, '__proto__'))
/** What `rate-limit` takes as a name. */
const limitName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/))

const ID = v.pipe(v.string(), v.regex(KEY_ID))
const OWNER = text(1, MAX_OWNER_LENGTH)
const WORDS = text(1, 256)
const SECRET = v.object({
  hash: v.pipe(v.string(), v.regex(/^[\w-]{43}$/)),
  pepper: v.pipe(v.string(), v.regex(/^[\w-]{8}$/)),
  untilMs: v.exactOptional(TIME),
})
const COUNT = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_OWN_LIMIT))
const [first, last] = [new Uint32Array(4), new Uint32Array(4)]
const NETWORK = v.pipe(
  v.string(),
  v.maxLength(64),
  v.check((value) => typeof readCidr(value, first, last) === 'number'),
)

const SPEC = {
  owner: OWNER,
  name: text(1, 128),
  level: v.exactOptional(text(1, 64)),
  scopes: list(text(1, 128), 64),
  roles: list(text(1, 128), 64),
  metadata: v.pipe(
    members,
    v.record(text(1, 64), text(0, 256)),
    v.check((record) => Object.keys(record).length <= 32),
  ),
  limits: v.pipe(
    members,
    v.record(limitName, v.object({ limit: COUNT, burst: v.exactOptional(v.pipe(COUNT, v.maxValue(MAX_OWN_BURST))) })),
    v.check((record) => Object.keys(record).length <= 32),
  ),
  allowedIps: list(NETWORK, 100),
  allowedOrigins: list(text(1, 256), MAX_ORIGINS),
  allowedRoutes: list(text(1, MAX_PLACE_LENGTH), 64),
  notBeforeMs: v.exactOptional(TIME),
  expiresMs: v.exactOptional(TIME),
}
const PLACE = { id: ID, prefix: v.pipe(v.string(), v.regex(PREFIX)), environment: v.pipe(v.string(), v.regex(ENVIRONMENT)), createdBy: WORDS }

const KEY = v.object({
  ...SPEC,
  ...PLACE,
  secrets: v.pipe(v.array(SECRET), v.minLength(1), v.maxLength(MAX_SECRETS)),
  createdMs: TIME,
  rotatedMs: v.exactOptional(TIME),
  revoked: v.exactOptional(v.object({ atMs: TIME, by: WORDS, reason: WORDS })),
  lastUsedMs: v.exactOptional(TIME),
})

/** A key, and the number of its last change: of two answers about a key the one with the higher number is the newer. */
export const DATED_KEY = v.object({ version: WHOLE, key: KEY })

const FIND = v.object({ v: VERSION, id: ID })
const CREATE = v.object({
  v: VERSION,
  key: v.pipe(
    v.object({ ...SPEC, ...PLACE, secret: v.pipe(v.object({ hash: SECRET.entries.hash, pepper: SECRET.entries.pepper })) }),
    v.check((key) => JSON.stringify(key).length <= MAX_KEY_CHARACTERS),
    v.check(({ notBeforeMs = 0, expiresMs = MAX_TIME_MS }) => notBeforeMs < expiresMs),
  ),
})
const ROTATE = v.object({
  v: VERSION,
  id: ID,
  secret: v.object({ hash: SECRET.entries.hash, pepper: SECRET.entries.pepper }),
  overlapUntilMs: TIME,
  /** The secrets before it end now, by the clock of the object, in an overlap too. */
  atOnce: v.exactOptional(v.literal(true)),
})
const REVOKE = v.object({ v: VERSION, id: ID, by: WORDS, reason: WORDS })
const REVOKE_OWNER = v.object({ v: VERSION, owner: OWNER, by: WORDS, reason: WORDS })
const LIST = v.object({
  v: VERSION,
  after: v.pipe(v.string(), v.regex(/^[0-9A-Za-z]{0,16}$/)),
  limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_PAGE)),
  owner: v.exactOptional(OWNER),
})
const USED = v.object({ v: VERSION, id: ID, atMs: TIME })
const REHASH = v.object({ v: VERSION, id: ID, before: SECRET, after: SECRET })

const FIND_REPLY = v.object({ v: VERSION, found: v.exactOptional(DATED_KEY) })
const CHANGE_REPLY = v.object({ v: VERSION, found: v.exactOptional(DATED_KEY), conflict: v.exactOptional(v.string()) })
const REVOKE_OWNER_REPLY = v.object({ v: VERSION, revoked: v.array(DATED_KEY), isMore: v.boolean() })
const LIST_REPLY = v.object({ v: VERSION, keys: v.array(KEY), isMore: v.boolean() })

/** A key in one version of it. */
export interface DatedKey {
  readonly version: number
  readonly key: KeptKey
}
/** Asks for one key. */
export type FindMessage = v.InferOutput<typeof FIND>
/** The key, if there is one. */
export type FindReply = v.InferOutput<typeof FIND_REPLY>
/** Keeps a new key. */
export type CreateMessage = v.InferOutput<typeof CREATE>
/** Gives a key another secret. */
export type RotateMessage = v.InferOutput<typeof ROTATE>
/** Ends a key. */
export type RevokeMessage = v.InferOutput<typeof REVOKE>
/** The key as it is now, nothing where there is none, or in words why it cannot become what it was to become. */
export type ChangeReply = v.InferOutput<typeof CHANGE_REPLY>
/** Ends keys of an owner: so many at a time. */
export type RevokeOwnerMessage = v.InferOutput<typeof REVOKE_OWNER>
/** Those that were ended now, and whether there are more. */
export type RevokeOwnerReply = v.InferOutput<typeof REVOKE_OWNER_REPLY>
/** Asks for a page of keys, by id. */
export type ListMessage = v.InferOutput<typeof LIST>
/** The page, and whether there is another. */
export type ListReply = v.InferOutput<typeof LIST_REPLY>
/** Says when a key was used. */
export type UsedMessage = v.InferOutput<typeof USED>
/** Replaces a secret's hash by one under another pepper. */
export type RehashMessage = v.InferOutput<typeof REHASH>

const read = <const S extends v.GenericSchema>(schema: S, what: string) => {
  return (value: unknown): v.InferOutput<S> => readMessage(schema, value, 'keyring', what, MESSAGE_VERSION)
}

/** Each reads what the other side says. @throws {RangeError} for another version, and for anything that nobody of a known version sends. */
export const readFindMessage = read(FIND, 'message')
export const readCreateMessage = read(CREATE, 'message')
export const readRotateMessage = read(ROTATE, 'message')
export const readRevokeMessage = read(REVOKE, 'message')
export const readRevokeOwnerMessage = read(REVOKE_OWNER, 'message')
export const readListMessage = read(LIST, 'message')
export const readUsedMessage = read(USED, 'message')
export const readRehashMessage = read(REHASH, 'message')
export const readFindReply = read(FIND_REPLY, 'reply')
export const readChangeReply = read(CHANGE_REPLY, 'reply')
export const readRevokeOwnerReply = read(REVOKE_OWNER_REPLY, 'reply')
export const readListReply = read(LIST_REPLY, 'reply')
