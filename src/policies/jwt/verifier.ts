import * as v from 'valibot'
import { ConfigurationError, Problems } from '../../core/problems.ts'
import { isAsymmetric } from '../../jose/algorithms.ts'
import { importKeys, type KeyRing } from '../../jose/key-ring.ts'
import type { JwtFault } from './fault.ts'
import { jwt } from './jwt.ts'
import { jwtRules } from './rules.ts'
import { JWT_SETTINGS } from './settings.ts'
import { type VerifiedJwt, verifyJwt } from './verify.ts'

/** Settings of `jwt` whose keys stand in them. */
export type JwtVerifierSettings = Parameters<typeof jwt>[0] & { readonly keySet: { readonly jwks: { readonly keys: readonly unknown[] } } }

/** Judges a signed token. @param nowMs milliseconds since the epoch. @returns its claims, frozen, with what was found in them, or why not. @throws {TypeError} when `nowMs` is no time: nothing is ever too late for that. */
export type JwtVerifier = (token: string, nowMs: number) => Promise<VerifiedJwt | JwtFault>

/**
 * Verifies signed tokens without a gateway, by the very steps of `jwt`: for tests with tokens of others, and for whoever has a token in hand.
 * Where the token stands in a request, and what callers are told, plays no part.
 * @throws {ConfigurationError} for settings that `jwt` would refuse.
 */
export function jwtVerifier(settings: JwtVerifierSettings): JwtVerifier {
  const problems = new Problems()
  jwt(settings).check(['jwtVerifier'], problems)
  if (settings.decryption !== undefined) {
    problems.add(['jwtVerifier', 'decryption'], {
      found: 'decryption',
      expected: 'tokens that are only signed',
      fix: 'leave it out, and open encrypted tokens before',
    })
  }
  if (problems.all.length > 0) throw new ConfigurationError(problems.all)
  const parsed = v.parse(JWT_SETTINGS, settings)
  const rules = jwtRules(parsed)
  let ring: KeyRing | undefined
  return async (token, nowMs) => {
    if (!Number.isFinite(nowMs)) throw new TypeError('nowMs must be a number of milliseconds since the epoch')
    ring ??= await importKeys(settings.keySet.jwks, parsed.algorithms.filter(isAsymmetric))
    return await verifyJwt(token, ring, rules, nowMs)
  }
}
