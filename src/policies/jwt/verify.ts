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

/** What a search for keys found: one, none and why not, or several of which any may have signed (secrets, which have no ids). */
export type FoundKeys = KeyLookup | readonly VerificationKey[]

/** Finds keys, at once or after asking their issuer. It throws when it cannot know: an outage is nobody's bad token. */
export type FindKey = (kid: string | undefined, alg: string) => FoundKeys | Promise<FoundKeys>

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

async function verifySignature(token: Token, lookup: FoundKeys | Promise<FoundKeys>, checked: CheckedClaims): Promise<VerifiedJwt | JwtFault> {
  const found = lookup instanceof Promise ? await lookup : lookup
  if (typeof found === 'string') return fault('jwt.key', NO_KEY[found])
  const key = await signerOf(token.compact, 'alg' in found ? [found] : found)
  if ('reason' in key) return key
  if (!freezeJson(token.claims, MAX_DEPTH)) return fault('jwt.malformed', `claims nested deeper than ${MAX_DEPTH}`)
  return { claims: token.claims, checked, key }
}

/** @returns which of the keys signed a compact JWS; each verifies by its own algorithm alone, whatever the header says. */
export async function signerOf(compact: string, keys: readonly VerificationKey[]): Promise<VerificationKey | JwtFault> {
  for (const key of keys) {
    try {
      await compactVerify(compact, key.key, { algorithms: [key.alg] })
      return key
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) continue
      if (error instanceof errors.JOSEError) return fault('jwt.malformed', error.code)
      throw error
    }
  }
  return fault('jwt.signature', 'the signature does not match')
}
