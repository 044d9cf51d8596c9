import { type Decision, type Pass, pass } from '../../core/decision.ts'
import { isIssuerUrl } from '../../core/discovery.ts'
import type { Exchange } from '../../core/exchange.ts'
import { definePolicy, type Handlers } from '../../core/policy.ts'
import type { Shared } from '../../core/shared.ts'
import { isAsymmetric, isHmac } from '../../jose/algorithms.ts'
import { isJwtShaped, readToken } from '../../jose/compact-jws.ts'
import type { KeySet } from '../../jose/key-set.ts'
import { keySetBindings, keySetSecrets, publishedKeys } from '../../jose/published-keys.ts'
import { Lru } from '../../lib/lru.ts'
import { checkSettings } from './check.ts'
import { credentialOf } from './credential.ts'
import { decryptToken, isJweShaped } from './decrypt.ts'
import { decryptionKeys } from './decryption-keys.ts'
import { fault, type JwtFault, jwtFault } from './fault.ts'
import { jwtPrincipal } from './principal.ts'
import { refusalsOf } from './refusal.ts'
import { jwtRules, stepUpFault, timeFault } from './rules.ts'
import { type SecretKeys, secretKeys } from './secret-keys.ts'
import { JWT_SETTINGS, type JwtSettings } from './settings.ts'
import { MAX_CACHED_TOKENS, TokenCache } from './token-cache.ts'
import { type VerifiedJwt, verifyToken } from './verify.ts'

/** Authenticates by a signed JSON Web Token of one issuer in `Authorization: Bearer`, a header of its own or a cookie (RFC 6750, RFC 7519, RFC 8725, RFC 9068). */
export const jwt = definePolicy({
  name: 'jwt',
  stage: 'authenticate',
  settings: JWT_SETTINGS,
  credentials: (settings) => [credentialOf(settings).place],
  // A token in a header of its own, or in a cookie, comes from elsewhere: its client does not get it from the issuer.
  issuers: ({ issuer, header, cookie }) => (header === undefined && cookie === undefined && isIssuerUrl(issuer) ? [issuer] : []),
  principalsOf: ({ issuer }) => issuer,
  claims: (settings) => {
    const { place } = credentialOf(settings)
    const kinds = settings.decryption === undefined ? ['signed'] : ['signed', 'encrypted']
    return kinds.map((kind) => `${place} ${kind} ${JSON.stringify(settings.issuer)}`)
  },
  bindings: ({ keySet }) => keySetBindings(keySet),
  secrets: ({ keySet, decryption }) => [...keySetSecrets(keySet), ...(decryption === undefined ? [] : [decryption.keys].flat())],
  check: checkSettings,
  compile,
})

function compile(settings: JwtSettings, shared: Shared): Handlers {
  const { issuer, decryption } = settings
  const rules = jwtRules(settings)
  const keys = keysOf(settings, shared)
  const cache = new TokenCache(rules)
  /** Tokens of other issuers, by their text: who stands beside others need not read them again. */
  const foreign = new Lru<true>({ maxEntries: MAX_CACHED_TOKENS, maxBytes: MAX_FOREIGN_BYTES })
  const credential = credentialOf(settings)
  const { read, isCrossSite } = credential
  const refusals = refusalsOf(settings, credential)
  const { nothingOfOurs } = refusals
  const open = decryption && openerOf(decryption)

  const finish = async (token: string, verifying: Promise<VerifiedJwt | JwtFault>, x: Exchange): Promise<Decision> => {
    const verified = await verifying
    if ('reason' in verified) return refusals.token(verified)
    const { claims, checked, key } = verified
    // Keys may have been waited for.
    const now = x.ports.clock.now()
    const late = timeFault(checked, rules, now) ?? stepUpFault(checked, rules, now)
    if (late !== undefined) return refusals.token(late)
    const decision: Pass = Object.freeze(pass({ principal: jwtPrincipal(claims, checked.subject, key.kid, settings, credential) }))
    cache.set(token, { decision, checked, key, verifiedAtMs: now })
    return decision
  }

  /** @param sent what the request carried: the token itself, or what it was encrypted as. */
  const judge = (compact: string, sent: string, x: Exchange): Decision | Promise<Decision> => {
    const token = readToken(compact)
    if ('reason' in token) return refusals.token(jwtFault(token))
    const { iss } = token.claims
    if (typeof iss === 'string' && iss !== issuer) {
      foreign.set(sent, true, 2 * sent.length + FOREIGN_BYTES)
      return nothingOfOurs
    }
    if (decryption?.required === true && compact === sent) return refusals.token(UNENCRYPTED)
    const verifying = verifyToken(token, (kid, alg) => keys.find(kid, alg, x), rules, x.ports.clock.now())
    return verifying instanceof Promise ? finish(sent, verifying, x) : refusals.token(verifying)
  }

  const judgeOpened = async (opening: Promise<string | JwtFault>, sent: string, x: Exchange): Promise<Decision> => {
    const opened = await opening
    return typeof opened === 'string' ? judge(opened, sent, x) : refusals.token(opened)
  }

  return {
    request(x) {
      const reading = read(x)
      switch (reading.kind) {
        case 'absent':
        case 'other':
          return nothingOfOurs
        case 'multiple':
          return refusals.multiple
        case 'malformed':
          return refusals.syntax
        case 'token':
          break
      }
      const { token } = reading
      const isEncrypted = open !== undefined && isJweShaped(token)
      if (!isEncrypted && !isJwtShaped(token)) return nothingOfOurs
      if (isCrossSite?.(x)) return refusals.crossSite(x.headers.get('origin'))
      const ring = keys.current(x)
      const known = ring && cache.get(token, ring, x.ports.clock.now())
      if (known !== undefined) return known
      if (foreign.get(token) === true) return nothingOfOurs
      return isEncrypted ? judgeOpened(open(token, x), token, x) : judge(token, token, x)
    },
  }
}

/** The most memory that remembered tokens of other issuers take, and what one takes beside its text. */
const MAX_FOREIGN_BYTES = 2 * 1024 * 1024
const FOREIGN_BYTES = 128

const UNENCRYPTED = fault('jwt.unencrypted', 'only signed, and decryption is required')

function openerOf(decryption: NonNullable<JwtSettings['decryption']>): (compact: string, x: Exchange) => Promise<string | JwtFault> {
  const keys = decryptionKeys([decryption.keys].flat(), decryption)
  return (compact, x) => decryptToken(compact, (kid, alg) => keys.find(kid, alg, x), decryption)
}

/** HMAC is for secrets and nothing else is: what an issuer publishes is never given an algorithm that would take it for one. */
function keysOf({ issuer, algorithms, keySet }: JwtSettings, shared: Shared): KeySet | SecretKeys {
  if ('secret' in keySet) return secretKeys([keySet.secret].flat(), algorithms.filter(isHmac))
  return publishedKeys({ issuer, keySet, algorithms: algorithms.filter(isAsymmetric) }, shared)
}
