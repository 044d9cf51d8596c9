import * as v from 'valibot'
import { ALL_ISSUED_MS } from '../core/revocation.ts'

/** The longest reason and author, in UTF-16 code units. */
export const MAX_REASON_LENGTH = 256

/** A time in milliseconds since the epoch. Smaller numbers are seconds taken for them: 1973 is no date of a credential. */
export const TIME = v.pipe(v.number(), v.safeInteger(), v.minValue(100_000_000_000), v.maxValue(ALL_ISSUED_MS))
