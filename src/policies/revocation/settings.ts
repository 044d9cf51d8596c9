import * as v from 'valibot'
import { asking } from '../../core/setting-words.ts'

/** Copies of the ledger are kept no longer. */
export const MAX_SECONDS = 3600

const SECONDS = asking(
  `seconds: 0, or 1 to ${MAX_SECONDS}`,
  `write 0 to ask each time, or a number from 1 to ${MAX_SECONDS}: knowledge is always older than the way to the ledger and back`,
)

const seconds = v.pipe(
  v.number(SECONDS),
  v.check((value) => value === 0 || value >= 1, SECONDS),
  v.maxValue(MAX_SECONDS, SECONDS),
)

/** The settings of `revocation`. */
export const REVOCATION_SETTINGS = v.strictObject({
  maxStalenessSeconds: v.pipe(
    v.optional(seconds, 5),
    v.description(
      'How old the knowledge may be that a request is judged by: a revocation is in force everywhere after so long. 0: each request asks the ledger itself. Default 5, at most 3600.',
    ),
  ),
  failAfterSeconds: v.pipe(
    v.optional(seconds),
    v.description(
      'With the ledger out of reach, what is known serves until it is so old; then nobody passes (503). Not less than `maxStalenessSeconds`. Default 300, or 0 where that is 0.',
    ),
  ),
})

/** What {@link REVOCATION_SETTINGS} gives. */
export type RevocationSettings = v.InferOutput<typeof REVOCATION_SETTINGS>
