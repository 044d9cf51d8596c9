import { checkDiscoveredIssuer } from '../../core/check-issuer.ts'
import { type Decision, type Pass, pass, skip } from '../../core/decision.ts'
import { configurationUrl, isIssuerUrl } from '../../core/discovery.ts'
import type { Exchange } from '../../core/exchange.ts'
import { definePolicy, type Handlers } from '../../core/policy.ts'
import { tokenPrincipal } from '../../core/token-claims.ts'
import { tokenChallenge, tokenRefusal } from '../../core/token-refusal.ts'
import { readBearer } from '../../lib/bearer.ts'
import { partsOf } from '../../lib/token-parts.ts'
import { type IssuerAnswer, introspectionEndpoint } from './endpoint.ts'
import { fault, type IntrospectionFault } from './fault.ts'
import { introspector } from './introspector.ts'
import { TokenMemory } from './memory.ts'
import { answerRules, checkAnswer } from './rules.ts'
import { INTROSPECTION_SETTINGS, type IntrospectionSettings } from './settings.ts'

/** A longer token is refused before anybody is asked. */
export const MAX_TOKEN_BYTES = 4096

/** Authenticates by an opaque token in `Authorization: Bearer`, of which its issuer says what it is worth (RFC 6750, RFC 7662). */
export const introspection = definePolicy({
  name: 'introspection',
  stage: 'authenticate',
  settings: INTROSPECTION_SETTINGS,
  credentials: () => ['authorization'],
  issuers: ({ issuer }) => (isIssuerUrl(issuer) ? [issuer] : []),
  principalsOf: ({ issuer }) => issuer,
  bindings: ({ endpoint }) => ('service' in endpoint && endpoint.service !== undefined ? [endpoint.service] : []),
  secrets: ({ client }) => [client.secret],
  // What is signed or encrypted is left to others, of the rest whatever begins so.
  claims: ({ prefix = '' }) => [`authorization opaque ${prefix}`],
  check: ({ issuer, endpoint }, path, problems) => {
    if ('discovery' in endpoint) checkDiscoveredIssuer(issuer, 'endpoint', path, problems)
  },
  compile,
})

function compile(settings: IntrospectionSettings): Handlers {
  const { issuer, endpoint, prefix = '', maxCacheSeconds, realm, scopesClaim, rolesClaim } = settings
  const rules = answerRules(settings)
  const challenge = tokenChallenge('Bearer', realm)
  const nothingOfOurs = Object.freeze(skip(challenge))
  const multiple = tokenRefusal(400, 'introspection.multiple', challenge)
  const syntax = tokenRefusal(400, 'introspection.syntax', challenge)
  const refused = ({ reason, detail }: IntrospectionFault) => tokenRefusal(401, reason, challenge, detail)
  const tooLarge = refused(fault('introspection.too-large', `longer than ${MAX_TOKEN_BYTES} bytes`))
  const inactive = refused(fault('introspection.inactive', 'the issuer says that the token is not active'))
  const unsupported = refused(fault('introspection.unsupported', 'the issuer does not answer for this kind of token'))

  const memory = new TokenMemory(rules, maxCacheSeconds * 1000)
  const source = { issuer, method: 'introspection', credentialHeader: 'authorization', scopesClaim, rolesClaim }

  /** What the answer means, and remembers it. */
  const judge = (token: string, answer: IssuerAnswer, askedAtMs: number, now: number): Decision => {
    if (answer.kind === 'active') {
      const checked = checkAnswer(answer.claims, rules, now)
      if (!('reason' in checked)) {
        const decision: Pass = Object.freeze(pass({ principal: tokenPrincipal(answer.claims, checked.subject, source) }))
        memory.accept(token, Object.freeze({ decision, checked, askedAtMs, answerBytes: answer.bytes }))
        return decision
      }
      const decision = refused(checked)
      memory.refuse(token, decision, askedAtMs)
      return decision
    }
    const decision = answer.kind === 'inactive' ? inactive : unsupported
    memory.refuse(token, decision, askedAtMs)
    return decision
  }
  const issuerOf = introspector({
    endpoint: introspectionEndpoint(settings),
    where: 'url' in endpoint ? endpoint.url : configurationUrl(issuer),
    shares: maxCacheSeconds > 0,
    known: (token, now) => memory.accepted(token, now)?.decision ?? memory.refused(token, now),
    wasAccepted: (token) => memory.wasAccepted(token),
    judge,
  })

  return {
    request(x: Exchange) {
      const bearer = readBearer(x.headers.get('authorization'))
      switch (bearer.kind) {
        case 'absent':
        case 'other':
          return nothingOfOurs
        case 'multiple':
          return multiple
        case 'malformed':
          return syntax
        case 'token':
          break
      }
      const { token } = bearer
      if (!token.startsWith(prefix) || isStructured(token)) return nothingOfOurs
      if (token.length > MAX_TOKEN_BYTES) return tooLarge
      const now = x.ports.clock.now()
      const accepted = memory.accepted(token, now)
      if (accepted === undefined) return memory.refused(token, now) ?? issuerOf.ask(token, x)
      if (memory.isAging(accepted, now)) issuerOf.askAgain(token, x)
      return accepted.decision
    },
  }
}

/** Whether a token has the three parts of a JWS or the five of a JWE in compact form: others verify those, and no issuer need be asked. */
function isStructured(token: string): boolean {
  const parts = partsOf(token)
  return parts === 3 || parts === 5
}
