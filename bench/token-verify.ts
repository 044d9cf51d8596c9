import { importKeys, type KeyRing } from '../src/jose/key-ring.ts'
import { jwtRules } from '../src/policies/jwt/rules.ts'
import { verifyJwt } from '../src/policies/jwt/verify.ts'
import { AUDIENCE, ISSUER } from './scenario.ts'

/** What is verified: the runner posts it. */
interface Given {
  readonly keySet: unknown
  readonly tokens: readonly string[]
}

const ALGORITHMS = ['RS256', 'ES256'] as const
const rules = jwtRules({ issuer: ISSUER, audience: AUDIENCE, algorithms: [...ALGORITHMS], typ: 'at+jwt', clockToleranceSeconds: 5 })

let keys: KeyRing
let tokens: readonly string[] = []

/** Verifies every token that it was given once, in one request. */
export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method === 'POST') {
      const given = (await request.json()) as Given
      keys = await importKeys(given.keySet, ALGORITHMS)
      tokens = given.tokens
      return new Response()
    }
    const now = Date.now()
    for (const token of tokens) {
      const verified = await verifyJwt(token, keys, rules, now)
      if ('reason' in verified) return new Response(verified.reason, { status: 500 })
    }
    return new Response()
  },
}
