import { compactVerify, errors } from 'jose'
import { freezeJson, type JsonObject } from '../../lib/json-object.ts'
import { fault, type JwtFault } from './fault.ts'
import { MAX_KID_LENGTH } from './jwk.ts'
import type { KeyLookup, KeyRing, VerificationKey } from './key-ring.ts'
import { type CheckedClaims, checkClaims, headerFault, type JwtRules, stepUpFault } from './rules.ts'
import { readToken, type Token } from './token.ts'

/** A token that holds: its claims, frozen, and the key that signed them. */
export interface VerifiedJwt {
  readonly claims: JsonObject
  readonly checked: CheckedClaims
  readonly key: VerificationKey
}

/** Finds a key, at once or after asking its issuer. It throws when it cannot know: an outage is nobody's bad token. */
export type FindKey = (kid: string | undefined, alg: string) => KeyLookup | Promise<KeyLookup>

/** Deeper claims are not walked by anybody. */
const MAX_DEPTH = 32

/**
 * Verifies a compact JWT on its own, exactly as the gateway does.
 * @param now milliseconds since the epoch.
 * @returns the claims, or why not.
 */
export async function verifyJwt(compact: string, keys: KeyRing, rules: JwtRules, now: number): Promise<VerifiedJwt | JwtFault> {
  const token = readToken(compact)
  if ('reason' in token) return token
  const verified = await verifyToken(token, (kid, alg) => keys.find(kid, alg), rules, now)
  return 'reason' in verified ? verified : (stepUpFault(verified.checked, rules, now) ?? verified)
}

/** Verifies a token that was read: what costs nothing first, the signature last. A refusal that needs neither key nor signature comes at once. */
export function verifyToken(token: Token, find: FindKey, rules: JwtRules, now: number): JwtFault | Promise<VerifiedJwt | JwtFault> {
  const { alg, kid } = token.header
  const refused = headerFault(token.header, rules)
  if (refused !== undefined) return refused
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > MAX_KID_LENGTH)) return fault('jwt.key', 'kid is not a text of sensible length')
  const checked = checkClaims(token.claims, rules, now)
  if ('reason' in checked) return checked
  return verifySignature(token, find(kid, String(alg)), checked)
}

const NO_KEY = {
  unknown: 'the key set has no key of this kid',
  unfit: 'the key set has no fit key of this kid and alg',
  ambiguous: 'more than one key of the key set fits',
} as const

async function verifySignature(token: Token, lookup: KeyLookup | Promise<KeyLookup>, checked: CheckedClaims): Promise<VerifiedJwt | JwtFault> {
  const key = lookup instanceof Promise ? await lookup : lookup
  if (typeof key === 'string') return fault('jwt.key', NO_KEY[key])
  try {
    await compactVerify(token.compact, key.key, { algorithms: [key.alg] })
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return fault('jwt.signature', 'the signature does not match')
    if (error instanceof errors.JOSEError) return fault('jwt.malformed', error.code)
    throw error
  }
  if (!freezeJson(token.claims, MAX_DEPTH)) return fault('jwt.malformed', `claims nested deeper than ${MAX_DEPTH}`)
  return { claims: token.claims, checked, key }
}
