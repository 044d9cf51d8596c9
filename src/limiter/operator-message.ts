import * as v from 'valibot'
import { WHOLE } from './counter-state.ts'
import type { CellState } from './live-cell.ts'
import { CELLS, ID, POSITIVE, read } from './message-parts.ts'
import { MAX_RATE_TOKENS } from './rate.ts'

/** The version of what an operator's tools say to a limiter object. */
export const OPERATOR_VERSION = 1
/** The longest time for which figures are overridden. */
export const MAX_OVERRIDE_MS = 366 * 86_400_000
/** The longest reason, in UTF-16 code units. */
export const MAX_REASON_LENGTH = 256

const VERSION = v.literal(OPERATOR_VERSION)
const FIGURE = v.pipe(POSITIVE, v.maxValue(MAX_RATE_TOKENS))

const OVERRIDE_MESSAGE = v.object({
  v: VERSION,
  id: ID,
  /** Tokens a period of a token bucket, or of a window, or at the same time. */
  limit: FIGURE,
  /** Of a token bucket; absent, it stays as it is. */
  burst: v.exactOptional(FIGURE),
  untilMs: WHOLE,
  reason: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_REASON_LENGTH)),
})
const END_OF_OVERRIDE_MESSAGE = v.object({ v: VERSION, id: ID, limit: v.null() })
const LIFT_BAN_MESSAGE = v.object({ v: VERSION, id: ID })
const DESCRIBE_MESSAGE = v.object({ v: VERSION, cells: CELLS })

/** Gives one cell other figures until some time, or its own back. */
export type OverrideMessage = v.InferOutput<typeof OVERRIDE_MESSAGE> | v.InferOutput<typeof END_OF_OVERRIDE_MESSAGE>
/** Ends the ban of one cell's key, and forgets what led to it. */
export type LiftBanMessage = v.InferOutput<typeof LIFT_BAN_MESSAGE>
/** Asks how cells stand. */
export type DescribeMessage = v.InferOutput<typeof DESCRIBE_MESSAGE>
/** How each cell of the message stands, in its order. */
export interface DescribeReply {
  readonly v: typeof OPERATOR_VERSION
  readonly cells: readonly CellState[]
}

/** Reads what an operator overrides. @throws {RangeError} for another version and for anything that is no such message. */
export function readOverrideMessage(message: unknown): OverrideMessage {
  const isEnd = typeof message === 'object' && message !== null && 'limit' in message && message.limit === null
  return isEnd ? read(END_OF_OVERRIDE_MESSAGE, message, 'message', OPERATOR_VERSION) : read(OVERRIDE_MESSAGE, message, 'message', OPERATOR_VERSION)
}

/** Reads whose ban an operator lifts. @throws {RangeError} as {@link readOverrideMessage}. */
export function readLiftBanMessage(message: unknown): LiftBanMessage {
  return read(LIFT_BAN_MESSAGE, message, 'message', OPERATOR_VERSION)
}

/** Reads what an operator wants to know. @throws {RangeError} as {@link readOverrideMessage}. */
export function readDescribeMessage(message: unknown): DescribeMessage {
  return read(DESCRIBE_MESSAGE, message, 'message', OPERATOR_VERSION)
}
