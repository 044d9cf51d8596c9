import * as v from 'valibot'
import { readMessage } from '../core/read-message.ts'
import { type KeptRevocation, REVOCATION_KINDS } from '../core/revocation.ts'
import type { CopiedRule, KeptRule } from '../core/runtime-rule.ts'
import { MAX_REASON_LENGTH, TIME } from './message-parts.ts'
import { MAX_RULES_AT_ONCE, RULES } from './rule-schema.ts'

/**
 * The newest version of what a Worker and the ledger say to each other. During a deployment either may be the newer one, so within a version fields are only added,
 * never changed or required later, and fields that are not known are left unread. A ledger answers in the version that it was asked in.
 */
export const MESSAGE_VERSION = 1

/** The most revocations that one message may hold. */
export const MAX_REVOCATIONS = 1000
/** The longest issuer or value, in UTF-16 code units. */
export const MAX_TEXT_LENGTH = 4096
/** The longest id of a rule. */
const MAX_RULE_ID_LENGTH = 64
/** The most names that one credential, with all its factors, may be asked for by. */
export const MAX_NAMES = 64

const VERSION = v.literal(MESSAGE_VERSION)
const WHOLE = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const TEXT = v.pipe(v.string(), v.maxLength(MAX_TEXT_LENGTH))
const WORDS = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_REASON_LENGTH))
const SUBJECT = { kind: v.picklist(REVOCATION_KINDS), issuer: v.pipe(TEXT, v.minLength(1)), value: TEXT }

const REVOKE_MESSAGE = v.object({
  v: VERSION,
  revocations: v.pipe(
    v.array(v.object({ ...SUBJECT, beforeMs: v.exactOptional(TIME), untilMs: TIME, reason: WORDS, by: WORDS })),
    v.minLength(1),
    v.maxLength(MAX_REVOCATIONS),
  ),
})
const LIFT_MESSAGE = v.object({ v: VERSION, subjects: v.pipe(v.array(v.object(SUBJECT)), v.minLength(1), v.maxLength(MAX_REVOCATIONS)) })
const LIST_MESSAGE = v.object({
  v: VERSION,
  after: v.exactOptional(v.object(SUBJECT)),
  limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_REVOCATIONS)),
})
const RULE_ID = v.pipe(v.string(), v.maxLength(MAX_RULE_ID_LENGTH))
const ADD_RULES_MESSAGE = v.object({ v: VERSION, rules: RULES })
const REMOVE_RULES_MESSAGE = v.object({ v: VERSION, ids: v.pipe(v.array(RULE_ID), v.minLength(1), v.maxLength(MAX_RULES_AT_ONCE)) })
const LIST_RULES_MESSAGE = v.object({
  v: VERSION,
  /** The id after which the page begins; the first page is after ''. */
  after: RULE_ID,
  limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_RULES_AT_ONCE)),
  kind: v.exactOptional(v.picklist(['ban', 'allow', 'stop', 'override'])),
})
const SNAPSHOT_MESSAGE = v.object({
  v: VERSION,
  /** The asking side knows what rules are, and whether it has those of the version that it knows; absent, it is of a version that knows none. */
  rules: v.exactOptional(v.boolean()),
  /** What the asking side knows already, and whether it has a list or a filter of it; absent, it knows nothing. */
  known: v.exactOptional(v.object({ epoch: v.string(), version: WHOLE, isFilter: v.exactOptional(v.literal(true)) })),
})
const FIND_MESSAGE = v.object({ v: VERSION, names: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(MAX_NAMES)), issuedAtMs: v.number() })

/** There may be 50,000 of them, so they are looked at by hand. */
export const ENTRIES = v.custom<readonly Entry[]>((input) => Array.isArray(input) && input.every(isEntry))
/** There may be 10,000 of them. Kinds and fields that are not known here may be of a newer ledger: they concern nobody, and are handed on. */
export const COPIED_RULES = v.custom<readonly CopiedRule[]>((input) => Array.isArray(input) && input.every(isCopiedRule))
/** How many times a name is looked for in a filter. */
export const FILTER_HASHES = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(32))
const FILTER = v.object({
  seed: WHOLE,
  hashes: FILTER_HASHES,
  bits: v.pipe(
    v.instance(Uint8Array),
    v.check(({ length }) => length > 0),
  ),
})
const SNAPSHOT_REPLY = v.intersect([
  v.object({
    v: VERSION,
    epoch: v.string(),
    version: WHOLE,
    /** All of them, or `same` as in the version that is known; absent, of a ledger that knows none. */
    rules: v.exactOptional(v.union([v.literal('same'), COPIED_RULES])),
  }),
  v.variant('kind', [
    v.object({ kind: v.literal('same') }),
    v.object({ kind: v.literal('changes'), entries: ENTRIES }),
    v.object({ kind: v.literal('list'), entries: ENTRIES }),
    v.object({ kind: v.literal('filter'), filter: FILTER }),
  ]),
])
const FIND_REPLY = v.object({ v: VERSION, found: v.exactOptional(v.string()) })

/** A name, "issued before" and "until", both in milliseconds since the epoch; what was lifted has 0 for both. */
export type Entry = readonly [name: string, beforeMs: number, untilMs: number]
/** What a filter is made of; see `filter.ts`. */
export type FilterParts = v.InferOutput<typeof FILTER>
/** Revokes. */
export type RevokeMessage = v.InferOutput<typeof REVOKE_MESSAGE>
/** Takes revocations back. */
export type LiftMessage = v.InferOutput<typeof LIFT_MESSAGE>
/** Asks for a page of what is in force. */
export type ListMessage = v.InferOutput<typeof LIST_MESSAGE>
/** A page of it, by name. */
export interface ListReply {
  readonly v: typeof MESSAGE_VERSION
  readonly revocations: readonly KeptRevocation[]
}
/** Adds rules, or replaces those that concern the same. */
export type AddRulesMessage = v.InferOutput<typeof ADD_RULES_MESSAGE>
/** Ends rules. */
export type RemoveRulesMessage = v.InferOutput<typeof REMOVE_RULES_MESSAGE>
/** Asks for a page of the rules. */
export type ListRulesMessage = v.InferOutput<typeof LIST_RULES_MESSAGE>
/** The rules that were added, that were ended, or that are on the page. */
export interface RulesReply {
  readonly v: typeof MESSAGE_VERSION
  readonly rules: readonly KeptRule[]
  /** None was added, since there would be more than there may be. */
  readonly isFull?: true
}
/** Asks for all that is revoked, and for all rules. */
export type SnapshotMessage = v.InferOutput<typeof SNAPSHOT_MESSAGE>
/** All of it, or what has changed: `same`, the `changes` since, the whole `list`, or a `filter` where the list is too long. */
export type SnapshotReply = v.InferOutput<typeof SNAPSHOT_REPLY>
/** Asks for one credential. */
export type FindMessage = v.InferOutput<typeof FIND_MESSAGE>
/** The name under which it is revoked, if it is. */
export type FindReply = v.InferOutput<typeof FIND_REPLY>

const read = <const S extends v.GenericSchema>(schema: S, what: string) => {
  return (value: unknown): v.InferOutput<S> => readMessage(schema, value, 'ledger', what, MESSAGE_VERSION)
}

/** Each reads what the other side says. @throws {RangeError} for another version, and for anything that nobody of a known version sends. */
export const readRevokeMessage = read(REVOKE_MESSAGE, 'message')
export const readLiftMessage = read(LIFT_MESSAGE, 'message')
export const readListMessage = read(LIST_MESSAGE, 'message')
export const readAddRulesMessage = read(ADD_RULES_MESSAGE, 'message')
export const readRemoveRulesMessage = read(REMOVE_RULES_MESSAGE, 'message')
export const readListRulesMessage = read(LIST_RULES_MESSAGE, 'message')
export const readSnapshotMessage = read(SNAPSHOT_MESSAGE, 'message')
export const readSnapshotReply = read(SNAPSHOT_REPLY, 'reply')
export const readFindMessage = read(FIND_MESSAGE, 'message')
export const readFindReply = read(FIND_REPLY, 'reply')

function isEntry(input: unknown): input is Entry {
  return Array.isArray(input) && input.length === 3 && typeof input[0] === 'string' && typeof input[1] === 'number' && typeof input[2] === 'number'
}

/** Whose parts are read are what they ought to be: a text where a number should be would never match, and let everybody pass. */
function isCopiedRule(input: unknown): input is CopiedRule {
  if (typeof input !== 'object' || input === null) return false
  const { id, kind, untilMs, fromMs, zone, route, issuer, target, value, retryAfterSeconds } = input as Readonly<Record<string, unknown>>
  const isText = (field: unknown) => typeof field === 'string'
  const isTextOrNone = (field: unknown) => field === undefined || isText(field)
  const isNumberOrNone = (field: unknown) => field === undefined || typeof field === 'number'
  if (!isText(id) || !isText(kind) || typeof untilMs !== 'number' || !isNumberOrNone(fromMs) || !isTextOrNone(zone)) return false
  if (kind === 'ban' || kind === 'allow') return isText(target) && isText(value) && isTextOrNone(issuer)
  return kind !== 'stop' || (isTextOrNone(route) && isNumberOrNone(retryAfterSeconds))
}
