import type * as v from 'valibot'
import { checkDiscoveredIssuer } from '../core/check-issuer.ts'
import type { Path, Problems } from '../core/problems.ts'
import type { Algorithm } from './algorithms.ts'
import { readJwk } from './jwk.ts'
import { MAX_KEYS } from './key-ring.ts'
import type { keySet } from './key-set-setting.ts'

/** Adds what is wrong between an issuer, where its published keys come from, and the algorithms that they serve. `path`: of the control's settings. */
export function checkKeySet({ issuer, keySet, algorithms }: KeySetSettings, path: Path, problems: Problems): void {
  if ('jwks' in keySet) checkInlineKeys(keySet.jwks.keys, algorithms, [...path, 'keySet', 'jwks', 'keys'], problems)
  if ('discovery' in keySet) checkDiscoveredIssuer(issuer, 'key set', path, problems)
}

interface KeySetSettings {
  readonly issuer: string
  readonly keySet: v.InferOutput<typeof keySet>
  readonly algorithms: readonly Algorithm[]
}

/** Adds every problem of keys that stand in the configuration: there, an unfit key is a mistake and not somebody else's business. */
function checkInlineKeys(keys: readonly unknown[], algorithms: readonly Algorithm[], path: Path, problems: Problems): void {
  if (keys.length === 0 || keys.length > MAX_KEYS) {
    problems.add(path, { found: `${keys.length} keys`, expected: `1 to ${MAX_KEYS} keys`, fix: 'put the issuer’s current public keys here' })
  }
  const taken = new Set<string>()
  for (const [index, entry] of keys.entries()) {
    const jwk = readJwk(entry, algorithms)
    const at = [...path, index]
    if ('unfit' in jwk) {
      problems.add(at, {
        found: `a key that ${jwk.unfit}`,
        expected: 'a public key for verifying signatures',
        fix: 'remove it, or replace it by the public key',
      })
    } else if (jwk.algorithms.length === 0) {
      problems.add(at, {
        found: 'a key that serves none of the algorithms',
        expected: `a key for ${algorithms.join(', ')}`,
        fix: 'remove it, or add its algorithm',
      })
    } else {
      const names = jwk.algorithms.map((alg) => JSON.stringify([jwk.kid ?? null, alg]))
      if (names.some((name) => taken.has(name))) {
        problems.add(at, { found: 'a second key of the same kid and algorithm', expected: 'one key', fix: 'give each key a kid of its own' })
      }
      for (const name of names) taken.add(name)
    }
  }
}
