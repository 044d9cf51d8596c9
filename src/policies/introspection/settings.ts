import * as v from 'valibot'
import { secretName } from '../../core/secret-name.ts'
import { asking } from '../../core/setting-words.ts'
import { clockTolerance, httpsAddress, oneOrMore, realm, requiredClaims, text, wholeSeconds } from '../../core/token-settings.ts'

const FORMS = "{ url: 'https://…' }, { service: 'BINDING', url: 'https://…' } and { discovery: 'oidc' }"

const endpoint = v.union(
  [
    v.strictObject({ url: httpsAddress }),
    v.strictObject({ service: text, url: httpsAddress }),
    v.strictObject({ discovery: v.literal('oidc'), service: v.optional(text) }),
  ],
  asking(`one of ${FORMS}`, `write one of these forms, with nothing of the others beside it: ${FORMS}`),
)

const client = v.strictObject(
  {
    id: text,
    secret: secretName,
    method: v.optional(v.picklist(['client_secret_basic', 'client_secret_post']), 'client_secret_basic'),
  },
  asking(
    "{ id: 'client', secret: 'INTROSPECTION_SECRET' }",
    'write the id of the client as whom the gateway asks, and the name of the secret that holds its password',
    'that is no client',
  ),
)

/** What a token of RFC 6750 may begin with, and still leave a JWT to those who verify it. */
const tokenPrefix = v.pipe(v.string(), v.regex(/^[A-Za-z0-9\-._~+/]{1,64}$/, '1 to 64 characters that a Bearer token may have, like ory_at_'))

/** The settings of the `introspection` authenticator. */
export const INTROSPECTION_SETTINGS = v.strictObject({
  issuer: v.pipe(
    text,
    v.description('Whose tokens these are: issuer and subject together are the principal. An answer with another `iss` is refused, character for character.'),
  ),
  endpoint: v.pipe(
    endpoint,
    v.description(
      'Where the issuer is asked about tokens: `{ url }` over the network, `{ service, url }` through a service binding, or `{ discovery: "oidc" }` at the address that the issuer’s own configuration document names (OpenID Connect Discovery 1.0 §4).',
    ),
  ),
  client: v.pipe(
    client,
    v.description(
      'Who asks (RFC 7662 §2.1): the client’s `id`, the name of the Worker’s `secret` that holds its password, and the `method` by which the two are sent: `client_secret_basic`, the default, or `client_secret_post` (RFC 6749 §2.3.1).',
    ),
  ),
  audience: v.pipe(
    oneOrMore,
    v.description('The `aud` that an answer must name: one, or a list of which it must name at least one. An answer without it is refused.'),
  ),
  audienceClaim: v.pipe(
    v.optional(text, 'aud'),
    v.description(
      'The member of the answer that says for whom a token is, with issuers that have no `aud`: `client_id`, for one. An answer must then also say `token_type`, because refresh tokens are active too. Default `aud`.',
    ),
  ),
  prefix: v.pipe(
    v.optional(tokenPrefix),
    v.description(
      'What all tokens of this issuer begin with: others are left to other authenticators, and the issuer is not asked about them. Default: any text.',
    ),
  ),
  maxCacheSeconds: v.pipe(
    v.optional(wholeSeconds(0, 300), 30),
    v.description('How long an answer serves, from when it was asked for, and so how late a revocation is noticed. 0 asks each time. Default 30, at most 300.'),
  ),
  clockToleranceSeconds: v.pipe(
    v.optional(clockTolerance, 5),
    v.description('How many seconds the issuer’s clock may differ when `exp` and `nbf` are judged. Default 5, at most 60.'),
  ),
  clientSubjectPrefix: v.pipe(
    v.optional(text),
    v.description(
      'For issuers that give the tokens of clients themselves (client credentials) no `sub`: their subject is this prefix and `client_id`, `client:` and `billing` for one. A `sub` that begins with it is refused, so that nobody passes for a client. Default: a token without `sub` is refused.',
    ),
  ),
  requiredClaims: v.pipe(v.optional(requiredClaims), v.description('Members that the answer must have, beside `sub` and the audience. Default: no others.')),
  scopesClaim: v.pipe(
    v.optional(text),
    v.description('The member that holds the scopes: a text with spaces or a list. Default: `scope`, or `scp` where there is no `scope`.'),
  ),
  rolesClaim: v.pipe(
    v.optional(oneOrMore),
    v.description(
      'The member that holds the roles, a text or a list of texts; a list of names leads into nested members: `["realm_access", "roles"]`. Default: no roles.',
    ),
  ),
  realm: v.pipe(v.optional(realm), v.description('The `realm` of the challenge that callers see in `WWW-Authenticate`. Default: none.')),
})

/** Settings that were checked, with their defaults. */
export type IntrospectionSettings = v.InferOutput<typeof INTROSPECTION_SETTINGS>
