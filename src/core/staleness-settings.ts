import * as v from 'valibot'
import type { Path, Problems } from './problems.ts'
import type { Staleness } from './revocation.ts'
import { asking } from './setting-words.ts'

/** Copies of the ledger are kept no longer. */
export const MAX_STALENESS_SECONDS = 3600

const DEFAULT_FAIL_AFTER_SECONDS = 300

const SECONDS = asking(
  `seconds: 0, or 1 to ${MAX_STALENESS_SECONDS}`,
  `write 0 to ask each time, or a number from 1 to ${MAX_STALENESS_SECONDS}: knowledge is always older than the way to the ledger and back`,
)

const seconds = v.pipe(
  v.number(SECONDS),
  v.check((value) => value === 0 || value >= 1, SECONDS),
  v.maxValue(MAX_STALENESS_SECONDS, SECONDS),
)

/** The two settings that say how old the knowledge may be that a request is judged by. @param what is known, as in `a revocation`. */
export function stalenessEntries(what: string) {
  return {
    maxStalenessSeconds: v.pipe(
      v.optional(seconds, 5),
      v.description(
        `How old the knowledge may be that a request is judged by: ${what} is in force everywhere after so long. 0: each request asks the ledger itself. Default 5, at most 3600.`,
      ),
    ),
    failAfterSeconds: v.pipe(
      v.optional(seconds),
      v.description(
        'With the ledger out of reach, what is known serves until it is so old; then nobody passes (503). Not less than `maxStalenessSeconds`. Default 300, or 0 where that is 0.',
      ),
    ),
  }
}

/** What {@link stalenessEntries} give. */
export interface StalenessSettings {
  readonly maxStalenessSeconds: number
  readonly failAfterSeconds?: number | undefined
}

/** Adds the problem of two settings that contradict each other. */
export function checkStaleness({ maxStalenessSeconds, failAfterSeconds }: StalenessSettings, path: Path, problems: Problems): void {
  if (failAfterSeconds === undefined || (failAfterSeconds >= maxStalenessSeconds && (maxStalenessSeconds > 0 || failAfterSeconds === 0))) return
  problems.add([...path, 'failAfterSeconds'], {
    found: `${failAfterSeconds}`,
    expected: maxStalenessSeconds === 0 ? 'nothing: where each request asks the ledger, nothing is kept' : `${maxStalenessSeconds} or more`,
    fix: maxStalenessSeconds === 0 ? 'leave it out' : 'raise it, or lower maxStalenessSeconds',
  })
}

/** @returns the settings in milliseconds, with their defaults. */
export function stalenessOf({ maxStalenessSeconds, failAfterSeconds }: StalenessSettings): Staleness {
  const failAfter = failAfterSeconds ?? (maxStalenessSeconds === 0 ? 0 : Math.max(DEFAULT_FAIL_AFTER_SECONDS, maxStalenessSeconds))
  return { maxStalenessMs: maxStalenessSeconds * 1000, failAfterMs: failAfter * 1000 }
}
