import { checkFailsClosed } from '../../core/check-fails-closed.ts'
import type { OptionsInForce } from '../../core/policy.ts'
import type { Path, Problems } from '../../core/problems.ts'
import { checkKeySet } from '../../jose/check-keys.ts'
import type { SecurityEventsSettings } from './settings.ts'

/** Adds every problem of the settings that lies between two of them. */
export function checkSettings({ issuer, keySet, algorithms }: SecurityEventsSettings, path: Path, problems: Problems, options: OptionsInForce): void {
  checkKeySet({ issuer, keySet, algorithms }, path, problems)
  checkFailsClosed(options, { why: 'the issuer sends an event again that was not acknowledged', fix: 'leave it out' }, path, problems)
}
