import { readToken, type Token } from '../../jose/compact-jws.ts'
import { headerFault } from '../../jose/header.ts'
import type { KeyRing, VerificationKey } from '../../jose/key-ring.ts'
import { type FindKey, verifySignature } from '../../jose/signature.ts'
import { freezeJson, type JsonObject, MAX_CLAIMS_DEPTH } from '../../lib/json-object.ts'
import { fault, type JwtFault, jwtFault } from './fault.ts'
import { type CheckedClaims, checkClaims, type JwtRules, stepUpFault } from './rules.ts'

/** A token that holds: its claims, frozen, and the key that signed them. */
export interface VerifiedJwt {
  readonly claims: JsonObject
  readonly checked: CheckedClaims
  readonly key: VerificationKey
}

/**
 * Verifies a compact JWT on its own, exactly as the gateway does.
 * @param now milliseconds since the epoch.
 * @returns the claims, or why not.
 */
export async function verifyJwt(compact: string, keys: KeyRing, rules: JwtRules, now: number): Promise<VerifiedJwt | JwtFault> {
  const token = readToken(compact)
  if ('reason' in token) return jwtFault(token)
  const verified = await verifyToken(token, (kid, alg) => keys.find(kid, alg), rules, now)
  return 'reason' in verified ? verified : (stepUpFault(verified.checked, rules, now) ?? verified)
}

/** Verifies a token that was read: what costs nothing first, the signature last. A refusal that needs neither key nor signature comes at once. */
export function verifyToken(token: Token, find: FindKey, rules: JwtRules, now: number): JwtFault | Promise<VerifiedJwt | JwtFault> {
  const refused = headerFault(token.header, rules.header)
  if (refused !== undefined) return jwtFault(refused)
  const checked = checkClaims(token.claims, rules, now)
  return 'reason' in checked ? checked : verifySigned(token, find, checked)
}

async function verifySigned(token: Token, find: FindKey, checked: CheckedClaims): Promise<VerifiedJwt | JwtFault> {
  const { claims } = token
  const key = await verifySignature(token, find)
  if ('reason' in key) return jwtFault(key)
  if (!freezeJson(claims, MAX_CLAIMS_DEPTH)) return fault('jwt.malformed', `claims nested deeper than ${MAX_CLAIMS_DEPTH}`)
  return { claims, checked, key }
}
