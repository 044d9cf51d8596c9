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

const CELL = v.object({
  id: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_CELL_ID_LENGTH)),
  tokens: v.number(),
  periodMs: v.number(),
  burst: v.number(),
})
const TAKE_MESSAGE = v.object({
  v: v.literal(MESSAGE_VERSION),
  cost: v.number(),
  cells: v.pipe(v.array(CELL), v.minLength(1), v.maxLength(MAX_CELLS), v.readonly()),
})

const COUNT = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const VERDICT = v.object({ admitted: v.boolean(), remaining: COUNT, retryAfterMs: COUNT, resetMs: COUNT })
const TAKE_REPLY = v.object({ v: v.literal(MESSAGE_VERSION), verdicts: v.pipe(v.array(VERDICT), v.readonly()) })

/** Asks for `cost` tokens of every cell, or of none. */
export type TakeMessage = v.InferOutput<typeof TAKE_MESSAGE>
/** One verdict for each cell of the message, in its order. */
export type TakeReply = v.InferOutput<typeof TAKE_REPLY>

/** Reads what a Worker sent. @throws {RangeError} for another version and for anything that no Worker of this version sends. */
export function readTakeMessage(message: unknown): TakeMessage {
  return read(TAKE_MESSAGE, message, 'message')
}

/** Reads what the object answered about so many cells. @throws {RangeError} when it is no such answer. */
export function readTakeReply(reply: unknown, cells: number): readonly LimitVerdict[] {
  const { verdicts } = read(TAKE_REPLY, reply, 'reply')
  if (verdicts.length !== cells) throw new RangeError(`rate limiter: the reply has ${verdicts.length} verdicts for ${cells} cells`)
  return verdicts
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
