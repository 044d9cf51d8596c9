import { isIssuerUrl } from '../../core/discovery.ts'
import type { OptionsInForce } from '../../core/policy.ts'
import type { Path, Problems } from '../../core/problems.ts'
import { checkInlineKeys } from '../../jose/check-keys.ts'
import type { SecurityEventsSettings } from './settings.ts'

/** Adds every problem of the settings that lies between two of them. */
export function checkSettings({ issuer, keySet, algorithms }: SecurityEventsSettings, path: Path, problems: Problems, { onError }: OptionsInForce): void {
  if ('jwks' in keySet) checkInlineKeys(keySet.jwks.keys, algorithms, [...path, 'keySet', 'jwks', 'keys'], problems)
  if ('discovery' in keySet && !isIssuerUrl(issuer)) {
    problems.add([...path, 'issuer'], {
      found: JSON.stringify(issuer),
      expected: 'an https URL, for discovery',
      fix: 'write the issuer as its events have it, or name the key set by url',
    })
  }
  if (onError !== 'deny') {
    problems.add([...path, 'onError'], {
      found: JSON.stringify(onError),
      expected: "'deny': the issuer sends an event again that was not acknowledged",
      fix: 'leave it out',
    })
  }
}
