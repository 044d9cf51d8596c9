import * as v from 'valibot'
import type { LimitVerdict } from '../core/ports.ts'

/**
 * The version of what a Worker and a limiter object say to each other. During a deployment either may be the newer one, so within a version fields are only added,
 * never changed or required later, and fields that are not known are left unread. An object goes on understanding every version that a deployed Worker may send.
 */
export const MESSAGE_VERSION = 1

/** The most cells that one message may name. */
export const MAX_CELLS = 64
/** The longest cell id, in UTF-16 code units. */
export const MAX_CELL_ID_LENGTH = 4096
/** The longest name of an isolate and of a slot, in UTF-16 code units. */
const MAX_NAME_LENGTH = 128
/** The most expired leases that one message gives back. */
export const MAX_RETURNS = 4

const COUNT = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const POSITIVE = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const VERSION = v.literal(MESSAGE_VERSION)
const NAME = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_NAME_LENGTH))
const ID = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_CELL_ID_LENGTH))
/** The figures themselves are judged by their algorithm. */
const CELL = v.variant('algorithm', [
  v.object({
    algorithm: v.exactOptional(v.literal('token-bucket')),
    id: ID,
    tokens: v.number(),
    periodMs: v.number(),
    burst: v.number(),
    strict: v.exactOptional(v.boolean()),
  }),
  v.object({ algorithm: v.literal('sliding-window'), id: ID, limit: v.number(), windowMs: v.number() }),
  v.object({ algorithm: v.literal('fixed-window'), id: ID, limit: v.number(), windowStartMs: v.number(), windowEndMs: v.number() }),
  v.object({ algorithm: v.literal('concurrency'), id: ID, limit: v.number(), maxMs: v.number() }),
])
const CELLS = v.pipe(v.array(CELL), v.minLength(1), v.maxLength(MAX_CELLS), v.readonly())
const CHARGE = v.object({ count: POSITIVE, chargedMs: COUNT })

const TAKE_MESSAGE = v.object({
  v: VERSION,
  cost: v.number(),
  cells: CELLS,
  /** As many tokens as are welcome beyond the cost, to be spent within the lease's life; absent, the isolate takes no leases of these cells. */
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
  remaining: COUNT,
  retryAfterMs: COUNT,
  resetMs: COUNT,
  chargedMs: v.exactOptional(COUNT),
})
const TAKE_REPLY = v.object({
  v: VERSION,
  verdicts: v.pipe(v.array(VERDICT), v.readonly()),
  /** How many tokens were charged of every cell, the cost included; absent, the cost alone if it was admitted. */
  granted: v.exactOptional(COUNT),
})

/** Asks for `cost` tokens of every cell, or of none. */
export type TakeMessage = v.InferOutput<typeof TAKE_MESSAGE>
/** One verdict for each cell of the message, in its order. */
export type TakeReply = v.InferOutput<typeof TAKE_REPLY>
/** Gives `count` tokens of a charge back to every cell. */
export type GiveBackMessage = v.InferOutput<typeof GIVE_BACK_MESSAGE>
/** Ends a slot of every cell that has slots. */
export type ReleaseMessage = v.InferOutput<typeof RELEASE_MESSAGE>

/** Reads what a Worker asks. @throws {RangeError} for another version and for anything that no Worker of this version sends. */
export function readTakeMessage(message: unknown): TakeMessage {
  return read(TAKE_MESSAGE, message, 'message')
}

/** Reads what a Worker gives back. @throws {RangeError} as {@link readTakeMessage}. */
export function readGiveBackMessage(message: unknown): GiveBackMessage {
  return read(GIVE_BACK_MESSAGE, message, 'message')
}

/** Reads what a Worker releases. @throws {RangeError} as {@link readTakeMessage}. */
export function readReleaseMessage(message: unknown): ReleaseMessage {
  return read(RELEASE_MESSAGE, message, 'message')
}

/** Reads what the object answered about so many cells. @throws {RangeError} when it is no such answer. */
export function readTakeReply(reply: unknown, cells: number): { readonly verdicts: readonly LimitVerdict[]; readonly granted?: number } {
  const answer = read(TAKE_REPLY, reply, 'reply')
  if (answer.verdicts.length !== cells) throw new RangeError(`rate limiter: the reply has ${answer.verdicts.length} verdicts for ${cells} cells`)
  return answer
}

function read<const S extends v.GenericSchema>(schema: S, value: unknown, what: string): v.InferOutput<S> {
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return parsed.output
  const version = typeof value === 'object' && value !== null && 'v' in value ? value.v : undefined
  if (version !== MESSAGE_VERSION) {
    throw new RangeError(`rate limiter: a ${what} of version ${String(version)} is not understood here; this is version ${MESSAGE_VERSION}`)
  }
  // The place only: a cell's id holds a client's key.
  throw new RangeError(`rate limiter: the ${what} is malformed at ${parsed.issues.map((issue) => v.getDotPath(issue) ?? 'its root').join(', ')}`)
}
