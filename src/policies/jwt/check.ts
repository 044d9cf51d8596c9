import type { Path, Problems } from '../../core/problems.ts'
import { isAsymmetric, isHmac } from '../../jose/algorithms.ts'
import { checkKeySet } from '../../jose/check-keys.ts'
import type { JwtSettings } from './settings.ts'

/** Adds every problem of the settings that lies between two of them. */
export function checkSettings(settings: JwtSettings, path: Path, problems: Problems): void {
  checkAlgorithms(settings, path, problems)
  const { header, cookie } = settings
  checkKeySet({ ...settings, algorithms: settings.algorithms.filter(isAsymmetric) }, path, problems)
  if (header !== undefined && cookie !== undefined) {
    problems.add([...path, 'cookie'], {
      found: 'a cookie beside a header',
      expected: 'one place for the token',
      fix: 'remove one, or write two authenticators',
    })
  }
}

/** A public key is no secret: whoever takes it for one lets everybody sign. */
function checkAlgorithms({ keySet, algorithms }: JwtSettings, path: Path, problems: Problems): void {
  const isSecret = 'secret' in keySet
  for (const [index, algorithm] of algorithms.entries()) {
    if (isHmac(algorithm) === isSecret) continue
    problems.add([...path, 'algorithms', index], {
      found: `${algorithm}, with ${isSecret ? 'a secret' : 'keys that the issuer publishes'}`,
      expected: isSecret ? 'HS256, HS384 or HS512' : 'an asymmetric algorithm',
      fix: isSecret ? 'name the algorithm of the secret, or the issuer’s key set' : "name the algorithm of the issuer's keys, or keySet: { secret: 'NAME' }",
    })
  }
}
