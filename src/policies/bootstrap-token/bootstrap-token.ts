import { pass, skip } from '../../core/decision.ts'
import { definePolicy } from '../../core/policy.ts'
import type { Ports } from '../../core/ports.ts'
import { type Principal, principalId } from '../../core/principal.ts'
import { MIN_STRONG_CHARACTERS } from '../../core/secret-name.ts'
import { tokenChallenge, tokenRefusal } from '../../core/token-refusal.ts'
import { readBearer } from '../../lib/bearer.ts'
import { matchingSecret } from '../../lib/same-secret.ts'
import { partsOf } from '../../lib/token-parts.ts'
import { BOOTSTRAP_TOKEN_SETTINGS, type BootstrapTokenSettings } from './settings.ts'

/** Who whoever holds a bootstrap token is: nobody in particular. */
const ISSUER = 'urn:portcullis:bootstrap'
const SUBJECT = 'bootstrap'

const MAX_CHARACTERS = 512

/** Authenticates by a token that is a secret of the Worker, in `Authorization: Bearer`: for the admin API alone, until people can sign in there. */
export const bootstrapToken = definePolicy({
  name: 'bootstrap-token',
  stage: 'authenticate',
  settings: BOOTSTRAP_TOKEN_SETTINGS,
  credentials: () => ['authorization'],
  principalsOf: () => ISSUER,
  // What is signed or encrypted is left to others.
  claims: () => ['authorization opaque '],
  strongSecrets: ({ secret }) => [secret].flat(),
  compile({ secret, realm }: BootstrapTokenSettings) {
    const names = [secret].flat()
    const principals = names.map(principalOf)
    const challenge = tokenChallenge('Bearer', realm)
    const nothingOfOurs = Object.freeze(skip(challenge))
    const multiple = tokenRefusal(400, 'bootstrap-token.multiple', challenge)
    const syntax = tokenRefusal(400, 'bootstrap-token.syntax', challenge)
    const wrong = tokenRefusal(401, 'bootstrap-token.wrong', challenge)
    return {
      request(x) {
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
        if (isStructured(token)) return nothingOfOurs
        const secrets = names.map((name) => readSecret(name, x.ports))
        if (token.length > MAX_CHARACTERS) return wrong
        const principal = principals[matchingSecret(token, secrets)]
        return principal === undefined ? wrong : pass({ principal })
      },
    }
  },
})

function principalOf(name: string): Principal {
  return Object.freeze({
    id: principalId(ISSUER, SUBJECT),
    issuer: ISSUER,
    subject: SUBJECT,
    method: 'bootstrap-token',
    scheme: 'Bearer',
    credentialHeader: 'authorization',
    scopes: new Set<string>(),
    roles: new Set(['admin']),
    claims: {},
    credentialId: name,
  })
}

/** A secret of the Worker is no token. The message names the secret and holds nothing of it. */
export class UnfitSecret extends Error {
  override readonly name = 'UnfitSecret'
}

function readSecret(name: string, { secret }: Pick<Ports, 'secret'>): string {
  const text = secret(name)
  if (text === undefined) throw new UnfitSecret(`the secret ${name} is not set`)
  if (text.length < MIN_STRONG_CHARACTERS || text.length > MAX_CHARACTERS || new Set(text).size < MIN_DIFFERENT)
    throw new UnfitSecret(`the secret ${name} is weak: it must have ${MIN_STRONG_CHARACTERS} to ${MAX_CHARACTERS} random characters`)
  if (isStructured(text) || readBearer(`Bearer ${text}`).kind !== 'token')
    throw new UnfitSecret(`the secret ${name} can be no Bearer token (RFC 6750 §2.1), or looks like a signed one: no request could carry it`)
  return text
}

/** Random texts of that length have more, but for less than one in a billion; a word and its padding have not. */
const MIN_DIFFERENT = 8

/** Whether a token has the three parts of a JWS or the five of a JWE in compact form. */
function isStructured(token: string): boolean {
  const parts = partsOf(token)
  return parts === 3 || parts === 5
}
