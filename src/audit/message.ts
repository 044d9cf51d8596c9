import * as v from 'valibot'
import type { AuditCheckpoint, AuditEntry, AuditPublicKey } from '../core/audit.ts'
import { readMessage } from '../core/read-message.ts'
import { EVENT } from './event.ts'

/**
 * The newest version of what a Worker and the audit object say to each other. During a deployment either may be the newer one, so within a version fields are only
 * added, never changed or required later, and fields that are not known are left unread.
 */
export const MESSAGE_VERSION = 1

/** The most events that one message may hold. */
export const MAX_EVENTS = 100
/** The most entries or checkpoints that are read at once. */
export const MAX_PAGE = 1000
/** The longest answer of an operation that is kept. */
export const MAX_BODY_LENGTH = 262_144

const VERSION = v.literal(MESSAGE_VERSION)
const WHOLE = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const NAME = v.pipe(v.string(), v.minLength(1), v.maxLength(128))
const ID = v.pipe(v.string(), v.minLength(16), v.maxLength(256))
const URL_TEXT = v.pipe(v.string(), v.startsWith('https://'), v.maxLength(2048))
const PAGE = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_PAGE))

const SETTINGS = v.object({
  signingKeys: v.pipe(v.array(NAME), v.minLength(1), v.maxLength(2)),
  retentionDays: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3650)),
  sink: v.exactOptional(
    v.union([
      v.object({ service: NAME, url: URL_TEXT, token: v.exactOptional(NAME) }),
      v.object({ url: URL_TEXT, token: v.exactOptional(NAME) }),
      v.object({ bucket: NAME }),
    ]),
  ),
})
const HEAD = { v: VERSION, settings: SETTINGS }

const BEGIN_MESSAGE = v.object({ ...HEAD, operation: v.object({ id: ID, fingerprint: ID, event: EVENT }) })
const END_MESSAGE = v.object({
  ...HEAD,
  id: ID,
  event: EVENT,
  status: v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(599)),
  body: v.pipe(v.string(), v.maxLength(MAX_BODY_LENGTH)),
})
const NOTE_MESSAGE = v.object({
  ...HEAD,
  events: v.pipe(v.array(EVENT), v.maxLength(MAX_EVENTS)),
  /** Events that were too many to be sent, and events that were sent and perhaps never arrived. */
  suppressed: v.exactOptional(WHOLE),
  lost: v.exactOptional(WHOLE),
})
const PAGE_MESSAGE = v.object({ ...HEAD, from: WHOLE, limit: PAGE })
const PLAIN_MESSAGE = v.object(HEAD)

const TEXT = v.string()
const START_REPLY = v.variant('kind', [
  v.object({ v: VERSION, kind: v.literal('do'), seed: TEXT, again: v.exactOptional(v.literal(true)) }),
  v.object({ v: VERSION, kind: v.literal('done'), seed: TEXT, status: v.number(), body: TEXT }),
  v.object({ v: VERSION, kind: v.literal('conflict') }),
])
const STATUS_REPLY = v.object({
  v: VERSION,
  lastSeq: WHOLE,
  lastHash: TEXT,
  signedSeq: WHOLE,
  exportedSeq: WHOLE,
  exportError: v.exactOptional(TEXT),
  signingError: v.exactOptional(TEXT),
})

/** What the object needs of the configuration, in each message: it has no other way to know. */
export type SettingsMessage = v.InferOutput<typeof SETTINGS>
/** Begins an operation. */
export type BeginMessage = v.InferOutput<typeof BEGIN_MESSAGE>
/** Ends one. */
export type EndMessage = v.InferOutput<typeof END_MESSAGE>
/** Adds events that nobody waits for. */
export type NoteMessage = v.InferOutput<typeof NOTE_MESSAGE>
/** Asks for entries after a number, or for checkpoints from one on. */
export type PageMessage = v.InferOutput<typeof PAGE_MESSAGE>
/** Asks for something that needs no more than the settings. */
export type PlainMessage = v.InferOutput<typeof PLAIN_MESSAGE>
/** What is to be done about an operation. */
export type StartReply = v.InferOutput<typeof START_REPLY>
/** How the trail stands. */
export type StatusReply = v.InferOutput<typeof STATUS_REPLY>
/** A page of entries. */
export interface EntriesReply {
  readonly v: typeof MESSAGE_VERSION
  readonly entries: readonly AuditEntry[]
}
/** A page of checkpoints. */
export interface CheckpointsReply {
  readonly v: typeof MESSAGE_VERSION
  readonly checkpoints: readonly AuditCheckpoint[]
}
/** The public keys of all that ever signed, and of those that may. */
export interface KeysReply {
  readonly v: typeof MESSAGE_VERSION
  readonly keys: readonly AuditPublicKey[]
}

const read = <const S extends v.GenericSchema>(schema: S, what: string) => {
  return (value: unknown): v.InferOutput<S> => readMessage(schema, value, 'audit', what, MESSAGE_VERSION)
}

/** Each reads what the other side says. @throws {RangeError} for another version, and for anything that nobody of a known version sends. */
export const readBeginMessage = read(BEGIN_MESSAGE, 'message')
export const readEndMessage = read(END_MESSAGE, 'message')
export const readNoteMessage = read(NOTE_MESSAGE, 'message')
export const readPageMessage = read(PAGE_MESSAGE, 'message')
export const readPlainMessage = read(PLAIN_MESSAGE, 'message')
export const readStartReply = read(START_REPLY, 'reply')
export const readStatusReply = read(STATUS_REPLY, 'reply')
