import * as v from 'valibot'
import type { Cell, LimitVerdict } from '../core/limit.ts'
import { MAX_SLOT_LENGTH } from './concurrency.ts'
import { WHOLE } from './counter-state.ts'
import { weightOf } from './figures.ts'
import { CELL, CELLS, POSITIVE, read } from './message-parts.ts'

/**
 * The newest version of what a Worker and a limiter object say to each other. During a deployment either may be the newer one, so within a version fields are only added,
 * never changed or required later, and fields that are not known are left unread. What the other side must not leave unread makes a new version: in the second one cells may have weights.
 * An object goes on understanding every version that a deployed Worker may send, and answers in the version that it was asked in.
 */
export const MESSAGE_VERSION = 2

export { MAX_CELLS } from './message-parts.ts'

/** The longest name of an isolate and of a slot, in UTF-16 code units. */
const MAX_NAME_LENGTH = MAX_SLOT_LENGTH
/** The most expired leases that one message gives back. */
export const MAX_RETURNS = 4

const VERSION = v.picklist([1, 2])
const NAME = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_NAME_LENGTH))
const CHARGE = v.object({ count: POSITIVE, chargedMs: WHOLE })

const TAKE_MESSAGE = v.object({
  v: VERSION,
  cost: v.number(),
  cells: CELLS,
  /** As much cost as is welcome beyond that of the request, to be spent within the lease's life; absent, the isolate takes no leases of these cells. */
  want: v.exactOptional(POSITIVE),
  /** Which isolate asks: a name that means nothing else. */
  holder: v.exactOptional(NAME),
  /** What is taken of concurrency cells. */
  slot: v.exactOptional(NAME),
  /** Parts of earlier leases that nobody spent and nobody will. */
  returns: v.exactOptional(v.pipe(v.array(CHARGE), v.maxLength(MAX_RETURNS), v.readonly())),
  /** Part of the cost may come back. */
  refundable: v.exactOptional(v.boolean()),
})
const GIVE_BACK_MESSAGE = v.object({ v: VERSION, cells: CELLS, ...CHARGE.entries })
const RELEASE_MESSAGE = v.object({ v: VERSION, cells: CELLS, slot: NAME })

const VERDICT = v.object({
  admitted: v.boolean(),
  /** In tokens of the cell. */
  remaining: WHOLE,
  retryAfterMs: WHOLE,
  resetMs: WHOLE,
  chargedMs: v.exactOptional(WHOLE),
  banned: v.exactOptional(v.literal(true)),
  counted: v.exactOptional(CELL),
})
const TAKE_REPLY = v.object({
  v: VERSION,
  verdicts: v.pipe(v.array(VERDICT), v.readonly()),
  /** How much cost was charged of every cell, that of the request included; absent, that alone if it was admitted. */
  granted: v.exactOptional(WHOLE),
})

/** Asks for `cost` of every cell, or of none. */
export type TakeMessage = v.InferOutput<typeof TAKE_MESSAGE>
/** One verdict for each cell of the message, in its order. */
export type TakeReply = v.InferOutput<typeof TAKE_REPLY>
/** Gives `count` of a charge's cost back to every cell. */
export type GiveBackMessage = v.InferOutput<typeof GIVE_BACK_MESSAGE>
/** Ends a slot of every cell that has slots. */
export type ReleaseMessage = v.InferOutput<typeof RELEASE_MESSAGE>

/** @returns the oldest version that says all that is to be said of these cells. */
export function versionOf(cells: readonly Cell[]): TakeMessage['v'] {
  for (const cell of cells) if (weightOf(cell) !== 1) return 2
  return 1
}

/** Reads what a Worker asks. @throws {RangeError} for a version that is not known and for anything that no Worker sends. */
export function readTakeMessage(message: unknown): TakeMessage {
  return read(TAKE_MESSAGE, message, 'message', MESSAGE_VERSION)
}

/** Reads what a Worker gives back. @throws {RangeError} as {@link readTakeMessage}. */
export function readGiveBackMessage(message: unknown): GiveBackMessage {
  return read(GIVE_BACK_MESSAGE, message, 'message', MESSAGE_VERSION)
}

/** Reads what a Worker releases. @throws {RangeError} as {@link readTakeMessage}. */
export function readReleaseMessage(message: unknown): ReleaseMessage {
  return read(RELEASE_MESSAGE, message, 'message', MESSAGE_VERSION)
}

/** Reads what the object answered about so many cells. @throws {RangeError} when it is no such answer. */
export function readTakeReply(reply: unknown, cells: number): { readonly verdicts: readonly LimitVerdict[]; readonly granted?: number } {
  const answer = read(TAKE_REPLY, reply, 'reply', MESSAGE_VERSION)
  if (answer.verdicts.length !== cells) throw new RangeError(`rate limiter: the reply has ${answer.verdicts.length} verdicts for ${cells} cells`)
  return answer
}
