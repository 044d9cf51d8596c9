import * as v from 'valibot'
import { readMessage } from '../core/read-message.ts'

/** The most cells that one message may name. */
export const MAX_CELLS = 64
/** The longest cell id, in UTF-16 code units. */
export const MAX_CELL_ID_LENGTH = 4096

/** A whole number from 1. */
export const POSITIVE = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
/** A cell's id: never the name of a row that is kept beside a cell's. */
export const ID = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_CELL_ID_LENGTH), v.regex(/^(?!ban\||override\|)/))

const COMMON = {
  id: ID,
  weight: v.exactOptional(POSITIVE),
  ban: v.exactOptional(v.object({ after: v.number(), withinMs: v.number(), forMs: v.number(), maxMs: v.number() })),
}
/** The figures themselves are judged by their algorithm. */
export const CELL = v.variant('algorithm', [
  v.object({
    ...COMMON,
    algorithm: v.exactOptional(v.literal('token-bucket')),
    tokens: v.number(),
    periodMs: v.number(),
    burst: v.number(),
    strict: v.exactOptional(v.boolean()),
  }),
  v.object({ ...COMMON, algorithm: v.literal('sliding-window'), limit: v.number(), windowMs: v.number() }),
  v.object({ ...COMMON, algorithm: v.literal('fixed-window'), limit: v.number(), windowStartMs: v.number(), windowEndMs: v.number() }),
  v.object({ ...COMMON, algorithm: v.literal('concurrency'), limit: v.number(), maxMs: v.number() }),
])
/** The cells of one message. */
export const CELLS = v.pipe(v.array(CELL), v.minLength(1), v.maxLength(MAX_CELLS), v.readonly())

/** Reads what the other side says. @param newest the newest version that is understood. @throws {RangeError} for another version, and for anything that nobody of a known version sends. */
export function read<const S extends v.GenericSchema>(schema: S, value: unknown, what: string, newest: number): v.InferOutput<S> {
  return readMessage(schema, value, 'rate limiter', what, newest)
}
