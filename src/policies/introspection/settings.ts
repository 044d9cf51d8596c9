import * as v from 'valibot'

const text = v.pipe(v.string(), v.nonEmpty('a text that is not empty'))

const oneOrMore = v.union([text, v.pipe(v.array(text), v.minLength(1, 'at least one'))], 'a text, or a list of at least one text; none of them empty')

const endpointUrl = v.pipe(
  v.string(),
  v.check((value) => {
    const url = URL.parse(value)
    return url !== null && url.protocol === 'https:' && url.username === '' && url.password === '' && url.hash === ''
  }, 'an https URL without user information and fragment'),
)

const endpoint = v.union(
  [
    v.strictObject({ url: endpointUrl }),
    v.strictObject({ service: text, url: endpointUrl }),
    v.strictObject({ discovery: v.literal('oidc'), service: v.optional(text) }),
  ],
  "one of { url: 'https://…' }, { service: 'BINDING', url: 'https://…' } and { discovery: 'oidc' }; the URL https, without user information and fragment",
)

const client = v.strictObject({
  id: text,
  secret: v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of a secret, like INTROSPECTION_SECRET; never the secret itself')),
  method: v.optional(v.picklist(['client_secret_basic', 'client_secret_post']), 'client_secret_basic'),
})

/** What a token of RFC 6750 may begin with, and still leave a JWT to those who verify it. */
const tokenPrefix = v.pipe(v.string(), v.regex(/^[A-Za-z0-9\-._~+/]{1,64}$/, 'up to 64 characters that a Bearer token may have'))

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
    v.optional(v.pipe(v.number(), v.integer('whole seconds'), v.minValue(0, 'seconds, 0 or more'), v.maxValue(300, 'at most 300 seconds')), 30),
    v.description('How long an answer serves, from when it was asked for, and so how late a revocation is noticed. 0 asks each time. Default 30, at most 300.'),
  ),
  clockToleranceSeconds: v.pipe(
    v.optional(v.pipe(v.number(), v.minValue(0, 'seconds, 0 or more'), v.maxValue(60, 'at most 60 seconds')), 5),
    v.description('How many seconds the issuer’s clock may differ when `exp` and `nbf` are judged. Default 5, at most 60.'),
  ),
  clientSubjectPrefix: v.pipe(
    v.optional(text),
    v.description(
      'For issuers that give the tokens of clients themselves (client credentials) no `sub`: their subject is this prefix and `client_id`, `client:` and `billing` for one. A `sub` that begins with it is refused, so that nobody passes for a client. Default: a token without `sub` is refused.',
    ),
  ),
  requiredClaims: v.pipe(
    v.optional(v.pipe(v.array(text), v.minLength(1, 'at least one, or leave it out'))),
    v.description('Members that the answer must have, beside `sub` and the audience. Default: no others.'),
  ),
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
  realm: v.pipe(
    v.optional(v.pipe(v.string(), v.regex(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/, 'printable ASCII without quotation marks and backslashes'))),
    v.description('The `realm` of the challenge that callers see in `WWW-Authenticate`. Default: none.'),
  ),
})

/** Settings that were checked, with their defaults. */
export type IntrospectionSettings = v.InferOutput<typeof INTROSPECTION_SETTINGS>
