import { checkFailsClosed } from '../../core/check-fails-closed.ts'
import type { OptionsInForce } from '../../core/policy.ts'
import type { Path, Problems } from '../../core/problems.ts'
import { shown } from '../../core/shown.ts'
import { checkKeySet } from '../../jose/check-keys.ts'
import { isFolder } from './list-place.ts'
import { MAX_SECONDS, type StatusListSettings } from './settings.ts'

/** Adds every problem of the settings that lies between two of them. */
export function checkSettings(settings: StatusListSettings, path: Path, problems: Problems, options: OptionsInForce): void {
  const { issuer, keySet, algorithms, uris, maxStalenessSeconds, failAfterSeconds } = settings
  checkKeySet({ issuer, keySet, algorithms }, path, problems)
  for (const [index, uri] of uris.entries()) {
    if (!isFolder(uri) || !uri.includes('?')) continue
    problems.add([...path, 'uris', index], {
      found: shown(uri),
      expected: 'a folder without a query, or one list',
      fix: 'end the folder before the question mark',
    })
  }
  checkFailsClosed(
    options,
    { why: 'failAfterSeconds says how long an outage may let tokens pass unchecked', fix: `leave it out, and raise failAfterSeconds, up to ${MAX_SECONDS}` },
    path,
    problems,
  )
  if (failAfterSeconds !== undefined && failAfterSeconds < maxStalenessSeconds) {
    problems.add([...path, 'failAfterSeconds'], {
      found: `${failAfterSeconds}`,
      expected: `${maxStalenessSeconds} or more`,
      fix: 'raise it, or lower maxStalenessSeconds',
    })
  }
}
