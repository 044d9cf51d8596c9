import { isIssuerUrl } from '../../core/discovery.ts'
import type { Path, Problems } from '../../core/problems.ts'
import { checkInlineKeys } from '../../jose/check-keys.ts'
import { isFolder } from './list-place.ts'
import type { StatusListSettings } from './settings.ts'

/** Adds every problem of the settings that lies between two of them. */
export function checkSettings(settings: StatusListSettings, path: Path, problems: Problems): void {
  const { issuer, keySet, algorithms, uris, maxStalenessSeconds, failAfterSeconds } = settings
  if ('jwks' in keySet) checkInlineKeys(keySet.jwks.keys, algorithms, [...path, 'keySet', 'jwks', 'keys'], problems)
  if ('discovery' in keySet && !isIssuerUrl(issuer)) {
    problems.add([...path, 'issuer'], {
      found: JSON.stringify(issuer),
      expected: 'an https URL, for discovery',
      fix: 'write the issuer as its tokens have it, or name the key set by url',
    })
  }
  for (const [index, uri] of uris.entries()) {
    if (!isFolder(uri) || !uri.includes('?')) continue
    problems.add([...path, 'uris', index], {
      found: JSON.stringify(uri),
      expected: 'a folder without a query, or one list',
      fix: 'end the folder before the question mark',
    })
  }
  if (failAfterSeconds !== undefined && failAfterSeconds < maxStalenessSeconds) {
    problems.add([...path, 'failAfterSeconds'], {
      found: `${failAfterSeconds}`,
      expected: `${maxStalenessSeconds} or more`,
      fix: 'raise it, or lower maxStalenessSeconds',
    })
  }
}
