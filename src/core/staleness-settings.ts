import * as v from 'valibot'
import { checkFailsClosed } from './check-fails-closed.ts'
import type { OptionsInForce } from './policy.ts'
import type { Path, Problems } from './problems.ts'
import type { Staleness } from './revocation.ts'
import { asking } from './setting-words.ts'

/** Copies of the ledger, and of keys, are kept no longer. */
export const MAX_STALENESS_SECONDS = 3600

const DEFAULT_FAIL_AFTER_SECONDS = 300

const SECONDS = asking(
  `seconds: 0, or 1 to ${MAX_STALENESS_SECONDS}`,
  `write 0 to ask each time, or a number from 1 to ${MAX_STALENESS_SECONDS}: knowledge is always older than the way to its owner and back`,
)

const seconds = v.pipe(
  v.number(SECONDS),
  v.check((value) => value === 0 || value >= 1, SECONDS),
  v.maxValue(MAX_STALENESS_SECONDS, SECONDS),
)

/**
 * The two settings that say how old the knowledge may be that a request is judged by.
 * @param what is known, as in `a revocation`.
 * @param owner whom it is known from.
 * @param usualSeconds what `maxStalenessSeconds` is by default.
 */
export function stalenessEntries(what: string, owner: 'ledger' | 'keyring' = 'ledger', usualSeconds = 5) {
  return {
    maxStalenessSeconds: v.pipe(
      v.optional(seconds, usualSeconds),
      v.description(
        `How old the knowledge may be that a request is judged by: ${what} is in force everywhere after so long. 0: each request asks the ${owner} itself. Default ${usualSeconds}, at most 3600.`,
      ),
    ),
    failAfterSeconds: v.pipe(
      v.optional(seconds),
      v.description(
        `With the ${owner} out of reach, what is known serves until it is so old; then nobody passes (503). Not less than \`maxStalenessSeconds\`. Default 300, or 0 where that is 0.`,
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
    expected: maxStalenessSeconds === 0 ? 'nothing: where each request asks, nothing is kept' : `${maxStalenessSeconds} or more`,
    fix: maxStalenessSeconds === 0 ? 'leave it out' : 'raise it, or lower maxStalenessSeconds',
  })
}

/** The same for a control that must not pass what it cannot judge: how long an outage may be survived is said here, and not by `onError`. */
export function checkClosedStaleness(settings: StalenessSettings, path: Path, problems: Problems, options: OptionsInForce): void {
  checkStaleness(settings, path, problems)
  checkFailsClosed(
    options,
    {
      why: 'failAfterSeconds says how long an outage of the ledger may let everybody pass',
      fix: `leave it out, and raise failAfterSeconds, up to ${MAX_STALENESS_SECONDS}`,
    },
    path,
    problems,
  )
}

/** @returns the settings in milliseconds, with their defaults. */
export function stalenessOf({ maxStalenessSeconds, failAfterSeconds }: StalenessSettings): Staleness {
  const failAfter = failAfterSeconds ?? (maxStalenessSeconds === 0 ? 0 : Math.max(DEFAULT_FAIL_AFTER_SECONDS, maxStalenessSeconds))
  return { maxStalenessMs: maxStalenessSeconds * 1000, failAfterMs: failAfter * 1000 }
}
