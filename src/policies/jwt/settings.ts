import * as v from 'valibot'
import { secretNames } from '../../core/secret-name.ts'
import { asking } from '../../core/setting-words.ts'
import { clockTolerance, oneOrMore, realm, requiredClaims, text, wholeSeconds } from '../../core/token-settings.ts'
import { algorithms, keySet } from '../../jose/key-set-setting.ts'
import { httpsUrl } from '../../lib/https-url.ts'
import { claimValues } from './claims-setting.ts'
import { CONTENT_ENCRYPTION, KEY_MANAGEMENT } from './encryption.ts'

const YEAR = 31_536_000

/** Values stand in a challenge, with spaces between. */
const acrValue = v.pipe(
  v.string(),
  v.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'printable ASCII without spaces, quotation marks and backslashes, like urn:example:mfa'),
)
const acrValues = v.union([acrValue, v.pipe(v.array(acrValue), v.minLength(1, 'at least one'))], 'a value of acr, or a list of at least one')

/** A header of its own for a token that does not come as a Bearer credential. */
const headerName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, 'the name of a header, like cf-access-jwt-assertion'),
  v.toLowerCase(),
  v.check(
    (name) => name !== 'cookie' && name !== 'authorization',
    asking(
      'a header that holds nothing but the token',
      'leave header out to read Authorization, or name a cookie by cookie: { name: "__Host-token", origins: […] }',
    ),
  ),
)

/** A name that browsers protect: no subdomain and no plain http can set it (RFC 6265bis §4.1.3). */
const cookieName = v.pipe(
  v.string(),
  v.regex(
    /^__(?:Host|Secure)-[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/,
    asking(
      'a name that begins with __Host- or __Secure-, like __Host-token',
      'name the cookie so, where it is set and here: other pages could set a cookie of any other name',
    ),
  ),
)

const COOKIE = "{ name: '__Host-token', origins: ['https://app.example.com'] }"

const SOME_ORIGIN = 'at least one origin, https://app.example.com: of the pages that may make a browser send the cookie'

const pageOrigin = v.pipe(
  v.string(),
  v.check((value) => {
    return httpsUrl(value)?.origin === value
  }, 'an origin as browsers send it, https://app.example.com: lower case, without a path or a slash at the end'),
)

const decryption = v.strictObject(
  {
    keys: secretNames,
    keyManagement: v.pipe(v.array(v.picklist(KEY_MANAGEMENT)), v.minLength(1, 'at least one algorithm, like RSA-OAEP-256')),
    contentEncryption: v.pipe(v.array(v.picklist(CONTENT_ENCRYPTION)), v.minLength(1, 'at least one encryption, like A256GCM')),
    required: v.optional(v.boolean(), true),
  },
  asking(
    "{ keys: 'NAME', keyManagement: […], contentEncryption: […] }",
    'write keys as the name of the secret that holds the private JWK, beside what the issuer encrypts with',
    'that does not say how tokens are decrypted',
  ),
)

/** Catches what was put together of bad parts: such an issuer would only leave every token to others. */
function isSoundIssuer(issuer: string): boolean {
  return !issuer.includes('://') || /^[!#-;=?-[\]_a-z~]+$/.test(issuer)
}

/** The settings of the `jwt` authenticator. */
export const JWT_SETTINGS = v.strictObject({
  issuer: v.pipe(
    text,
    v.check(
      isSoundIssuer,
      'the issuer as its tokens have it, like https://issuer.example: a URL without spaces, quotation marks and angle brackets, or a text that is no URL',
    ),
    v.description('The `iss` that a token must have, character for character. A token of another issuer is left to other authenticators.'),
  ),
  audience: v.pipe(oneOrMore, v.description('The `aud` that a token must name: one, or a list of which it must name at least one.')),
  audienceClaim: v.pipe(
    v.optional(text, 'aud'),
    v.description(
      'The claim that names the audience, for issuers that write it elsewhere: `client_id` (access tokens of Cognito), `azp` (Clerk). A token that has an `aud` too must name an audience in both. Default `aud`.',
    ),
  ),
  algorithms: v.pipe(
    algorithms,
    v.description(
      'The signature algorithms that are accepted. Those of a shared secret (HMAC) go with a secret as `keySet` and with nothing else, never beside others; `none` does not exist.',
    ),
  ),
  typ: v.pipe(
    oneOrMore,
    v.description(
      'The `typ` that a token’s header must have: `at+jwt` for access tokens after RFC 9068, `JWT` for others; compared by any case, with or without `application/`. `none` stands for a token without a `typ`, and is only accepted where it is listed.',
    ),
  ),
  keySet: v.pipe(
    keySet,
    v.description(
      'Where the issuer’s keys come from: `{ jwks }` inline, `{ url }` over the network, `{ service, url }` through a service binding, or `{ discovery: "oidc" }` at the address that the issuer’s own configuration document names (OpenID Connect Discovery 1.0 §4). Or, for HMAC, `{ secret }`: the name of a Worker secret, or of two while the first replaces the second; base64url without padding, of at least 32, 48 or 64 bytes for HS256, HS384 and HS512.',
    ),
  ),
  clockToleranceSeconds: v.pipe(
    v.optional(clockTolerance, 5),
    v.description('How many seconds the issuer’s clock may differ when `exp` and `nbf` are judged. Default 5, at most 60.'),
  ),
  requiredClaims: v.pipe(
    v.optional(requiredClaims),
    v.description(
      'Claims that must be there, beside `iss`, `sub`, `aud` and `exp`: `["client_id", "iat", "jti"]` for access tokens after RFC 9068. Default: no others.',
    ),
  ),
  claims: v.pipe(
    v.optional(claimValues),
    v.description(
      'Claims that must have exactly this value, type included, or one of a list: `{ token_use: "access" }` tells an access token of Cognito from its ID token. Default: none.',
    ),
  ),
  maxLifetimeSeconds: v.pipe(
    v.optional(wholeSeconds(1, YEAR)),
    v.description('The longest time from `iat` to `exp`: longer-lived tokens are refused, and those without `iat`. Default: not asked.'),
  ),
  maxAgeSeconds: v.pipe(
    v.optional(wholeSeconds(1, YEAR)),
    v.description('How long ago the user may have authenticated (`auth_time`). Who has to do it again is told so (RFC 9470). Default: not asked.'),
  ),
  acr: v.pipe(
    v.optional(acrValues),
    v.description(
      'How the user must have authenticated: values of `acr` of which the token must have one. Who has another is told which would do (RFC 9470). Default: not asked.',
    ),
  ),
  header: v.pipe(
    v.optional(headerName),
    v.description('The header that holds the bare token, like `cf-access-jwt-assertion`. Default: `Authorization`, scheme Bearer.'),
  ),
  cookie: v.pipe(
    v.optional(v.strictObject({ name: cookieName, origins: v.pipe(v.array(pageOrigin), v.minLength(1, SOME_ORIGIN)) }, COOKIE)),
    v.description(
      'The cookie that holds the bare token, instead of a header, and the origins of the pages that may make a browser send it: `{ name: "__Host-token", origins: ["https://app.example.com"] }`. Other cookies go on to the origin. Default: none.',
    ),
  ),
  decryption: v.pipe(
    v.optional(decryption),
    v.description(
      'For tokens that are signed and then encrypted (JWE, RFC 7519 §5.2): `keys`, the name of a Worker secret that holds a private JWK with a `kid`, or of two while the first replaces the second; the `alg` that are accepted (`keyManagement`) and the `enc` (`contentEncryption`). A token that is only signed is refused unless `required` is false. Default: encrypted tokens are left to other authenticators.',
    ),
  ),
  scopesClaim: v.pipe(
    v.optional(text),
    v.description('The claim that holds the scopes: a text with spaces or a list. Default: `scope`, or `scp` where there is no `scope`.'),
  ),
  rolesClaim: v.pipe(
    v.optional(oneOrMore),
    v.description(
      'The claim that holds the roles, a text or a list of texts; a list of names leads into nested claims: `["realm_access", "roles"]`. Default: no roles.',
    ),
  ),
  realm: v.pipe(v.optional(realm), v.description('The `realm` of the challenge that callers see in `WWW-Authenticate`. Default: none.')),
})

/** Settings that were checked, with their defaults. */
export type JwtSettings = v.InferOutput<typeof JWT_SETTINGS>

/** Settings as one writes them. */
export type JwtGiven = v.InferInput<typeof JWT_SETTINGS>
