import * as v from 'valibot'

/** Copies of the ledger are kept no longer. */
const MAX_SECONDS = 3600

const seconds = v.pipe(
  v.number(),
  v.check((value) => value === 0 || value >= 1, '0, or at least 1 second: knowledge is always older than the way to the ledger and back'),
  v.maxValue(MAX_SECONDS, `at most ${MAX_SECONDS} seconds`),
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
