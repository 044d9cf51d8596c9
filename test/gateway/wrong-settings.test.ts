import { describe, expect, it } from 'vitest'
import { allOf, anyOf } from '../../src/core/authentication.ts'
import { ConfigurationError, type ConfigurationProblem } from '../../src/core/problems.ts'
import { compileGateway } from '../../src/gateway/compile.ts'
import { apiKey, introspection, jwt, providers, revocation, securityEvents, statusList } from '../../src/index.ts'

type Settings = Readonly<Record<string, unknown>>

const ISSUER = 'https://issuer.example'
const KEYS = { url: 'https://issuer.example/jwks' }
const JWT = { issuer: ISSUER, audience: 'https://api.example.com', algorithms: ['RS256'], typ: 'at+jwt', keySet: KEYS }
const OPAQUE = { issuer: ISSUER, endpoint: { url: 'https://issuer.example/ask' }, client: { id: 'gateway', secret: 'ASKING_SECRET' }, audience: 'api' }
const EVENTS = { issuer: ISSUER, audience: 'api', keySet: KEYS, algorithms: ['RS256'], tokensLiveSeconds: 3600 }
const LISTS = { issuer: ISSUER, keySet: KEYS, algorithms: ['RS256'], uris: ['https://issuer.example/lists/'] }
const COOKIE = { name: '__Host-token', origins: ['https://app.example.com'] }
const BY_KEY = { keys: 'OPENING_KEY', keyManagement: ['RSA-OAEP-256'], contentEncryption: ['A256GCM'] }

/** Settings are wrong here on purpose: types would not let them through. */
const user = (more: Settings = {}) => jwt({ ...JWT, ...more } as never)
const opaque = (more: Settings = {}) => introspection({ ...OPAQUE, ...more } as never)

const keyUnder = (pepper: string[]) => apiKey({ prefix: 'acme', environment: 'live', pepper })

const ROUTE = 'zones.api.routes["GET /r"]'
const AUTH = `${ROUTE}.authenticate`
const RESOURCE = 'zones.api.resource'
const POLICY = `${ROUTE}.policies[0]`

const gatewayOf = (route: object, zone: object = {}) => ({
  zones: { api: { hosts: ['api.example.com'], origin: 'https://origin.example.com', routes: { 'GET /r': route }, ...zone } },
})
const authenticatedBy = (authenticate: unknown) => gatewayOf({ authenticate })
const ofJwt = (more: Settings) => authenticatedBy(user(more))
const ofOpaque = (more: Settings) => authenticatedBy(opaque(more))
const judgedBy = (policy: unknown) => gatewayOf({ authenticate: user(), policies: [policy] })
const ofRevocation = (settings: Settings) => judgedBy(revocation(settings as never))
const ofLists = (more: Settings) => judgedBy(statusList({ ...LISTS, ...more } as never))
const ofEvents = (more: Settings) => gatewayOf({ public: 'it is signed', policies: [securityEvents({ ...EVENTS, ...more } as never)] })
const ofResource = (resource: Settings) => gatewayOf({ authenticate: user() }, { resource })
const ofPreset = (given: unknown) => authenticatedBy(jwt(given as never))

function problemsOf(config: unknown): readonly ConfigurationProblem[] {
  try {
    compileGateway(config)
    return []
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
}

/** Path, what is found, what is expected, and what to do. */
type Case = readonly [what: string, config: unknown, path: string, found: string, expected: RegExp, fix: RegExp]

const FORMS = /one of \{ jwks: .*\{ discovery: 'oidc' \}/
const A_NAME = /^the name of a Worker secret, like TOKEN_SECRET/
const NEVER_ITSELF = /write the name .* never the secret itself/

const OF_JWT: readonly Case[] = [
  ['no signature', ofJwt({ algorithms: ['none'] }), `${AUTH}.algorithms[0]`, '"none"', /one of RS256, .*HS512/, /there is no none here/],
  [
    'a shared secret’s algorithm beside others',
    ofJwt({ algorithms: ['RS256', 'HS256'] }),
    `${AUTH}.algorithms[1]`,
    'HS256, with keys that the issuer publishes',
    /asymmetric/,
    /keySet: \{ secret/,
  ],
  ['no algorithm', ofJwt({ algorithms: [] }), `${AUTH}.algorithms`, 'none', /at least one algorithm/, /like RS256/],
  ['one algorithm without a list', ofJwt({ algorithms: 'RS256' }), `${AUTH}.algorithms`, '"RS256"', /a list of/, /list the algorithms/],
  ['discovery: true', ofJwt({ keySet: { discovery: true } }), `${AUTH}.keySet.discovery`, 'true', /"oidc"/, /write "oidc"/],
  ['two forms of a key set', ofJwt({ keySet: { ...KEYS, secret: 'NAME' } }), `${AUTH}.keySet`, 'an object of url, secret', FORMS, /nothing of the others/],
  ['keys over plain http', ofJwt({ keySet: { url: 'http://a.example/jwks' } }), `${AUTH}.keySet.url`, '"http://a.example/jwks"', /an https URL/, /https:\/\//],
  ['an address that is none', ofJwt({ keySet: { url: 5 } }), `${AUTH}.keySet.url`, '5', /an https URL/, /https:\/\//],
  ['keys without a list', ofJwt({ keySet: { jwks: {} } }), `${AUTH}.keySet.jwks.keys`, 'nothing', /the setting "keys"/, /add "keys"/],
  ['discovery of no URL', ofJwt({ issuer: 'accounts', keySet: { discovery: 'oidc' } }), `${AUTH}.issuer`, '"accounts"', /https URL, for discovery/, /by url/],
  ['an issuer with a space', ofJwt({ issuer: 'https://a b' }), `${AUTH}.issuer`, '"https://a b"', /as its tokens have it/, /like https:\/\/issuer/],
  ['a claim that objects have', ofJwt({ claims: { constructor: 'x' } }), `${AUTH}.claims.constructor`, '"constructor"', /the name of a claim/, /remove it/],
  ['a claim of null', ofJwt({ claims: { use: null } }), `${AUTH}.claims.use`, 'null', /a text, a number, true or false/, /token_use/],
  ['no claims', ofJwt({ claims: {} }), `${AUTH}.claims`, '{}', /at least one/, /leave the setting out/],
  [
    'a cookie that anybody sets',
    ofJwt({ cookie: { ...COOKIE, name: 'token' } }),
    `${AUTH}.cookie.name`,
    '"token"',
    /begins with __Host-/,
    /name the cookie so/,
  ],
  [
    'an origin with a slash',
    ofJwt({ cookie: { ...COOKIE, origins: ['https://a.example/'] } }),
    `${AUTH}.cookie.origins[0]`,
    '"https://a.example/"',
    /an origin as browsers/,
    /without a path/,
  ],
  ['a cookie by its name alone', ofJwt({ cookie: '__Host-token' }), `${AUTH}.cookie`, '"__Host-token"', /\{ name: .* origins/, /write \{ name/],
  ['two places', ofJwt({ header: 'x-token', cookie: COOKIE }), `${AUTH}.cookie`, 'a cookie beside a header', /one place/, /remove one/],
  ['a header that is read anyway', ofJwt({ header: 'Authorization' }), `${AUTH}.header`, '"authorization"', /nothing but the token/, /leave header out/],
  ['an acr with a space', ofJwt({ acr: 'a b' }), `${AUTH}.acr`, '"a b"', /ASCII without spaces/, /like urn:/],
  ['one of several acr', ofJwt({ acr: ['good', 'a b'] }), `${AUTH}.acr[1]`, '"a b"', /ASCII without spaces/, /like urn:/],
  ['a realm with quotes', ofJwt({ realm: 'a"b' }), `${AUTH}.realm`, String.raw`"a\"b"`, /without quotation marks/, /like my-api/],
  ['an age of nothing', ofJwt({ maxAgeSeconds: 0 }), `${AUTH}.maxAgeSeconds`, '0', /^whole seconds, 1 to 31536000$/, /write a number from 1 to 31536000/],
  ['an age with a unit', ofJwt({ maxAgeSeconds: '1h' }), `${AUTH}.maxAgeSeconds`, '"1h"', /^whole seconds, 1 to 31536000$/, /without a unit/],
  ['half a second', ofJwt({ maxLifetimeSeconds: 0.5 }), `${AUTH}.maxLifetimeSeconds`, '0.5', /^whole seconds, 1 to/, /without a unit/],
  ['two hours of tolerance', ofJwt({ clockToleranceSeconds: 7200 }), `${AUTH}.clockToleranceSeconds`, '7200', /^seconds, 0 to 60$/, /from 0 to 60/],
  ['no audience', ofJwt({ audience: [] }), `${AUTH}.audience`, 'none', /a list of at least one text/, /write a text/],
  ['an audience of nothing', ofJwt({ audience: ['api', ''] }), `${AUTH}.audience[1]`, '""', /not empty/, /write a text/],
  ['an audience that is a number', ofJwt({ audience: 5 }), `${AUTH}.audience`, '5', /a text, or a list/, /write a text/],
  ['no required claims', ofJwt({ requiredClaims: [] }), `${AUTH}.requiredClaims`, 'none', /names of claims/, /leave the setting out/],
  ['a misspelt setting', ofJwt({ audiences: 'api' }), `${AUTH}.audiences`, 'an unknown setting "audiences"', /no such setting/, /correct its name/],
  [
    'an algorithm of padding oracles',
    ofJwt({ decryption: { ...BY_KEY, keyManagement: ['RSA1_5'] } }),
    `${AUTH}.decryption.keyManagement[0]`,
    '"RSA1_5"',
    /one of "RSA-OAEP"/,
    /write one of/,
  ],
]

const OF_INTROSPECTION: readonly Case[] = [
  ['an endpoint without a form', ofOpaque({ endpoint: 'https://a.example' }), `${AUTH}.endpoint`, '"https://a.example"', /one of \{ url/, /write one of these/],
  [
    'a password in the address',
    ofOpaque({ endpoint: { url: 'https://u:p@a.example' } }),
    `${AUTH}.endpoint.url`,
    '"https://…@a.example"',
    /without user information/,
    /https:\/\//,
  ],
  ['an unknown method', ofOpaque({ client: { ...OPAQUE.client, method: 'jwt' } }), `${AUTH}.client.method`, '"jwt"', /"client_secret_basic"/, /write one of/],
  ['a prefix of nothing', ofOpaque({ prefix: '' }), `${AUTH}.prefix`, '""', /1 to 64 characters/, /like ory_at_/],
  ['six minutes', ofOpaque({ maxCacheSeconds: 360 }), `${AUTH}.maxCacheSeconds`, '360', /^whole seconds, 0 to 300$/, /from 0 to 300/],
  ['discovery of no URL', ofOpaque({ issuer: 'a', endpoint: { discovery: 'oidc' } }), `${AUTH}.issuer`, '"a"', /https URL, for discovery/, /name the endpoint/],
]

const OF_POLICIES: readonly Case[] = [
  ['half a second', ofRevocation({ maxStalenessSeconds: 0.5 }), `${POLICY}.maxStalenessSeconds`, '0.5', /seconds: 0, or 1 to 3600/, /write 0 to ask/],
  ['less than the staleness', ofRevocation({ failAfterSeconds: 1 }), `${POLICY}.failAfterSeconds`, '1', /5 or more/, /raise it/],
  ['an outage that lets pass', ofRevocation({ onError: 'pass' }), `${POLICY}.onError`, '"pass"', /'deny'/, /raise failAfterSeconds, up to 3600/],
  ['lists over plain http', ofLists({ uris: ['http://a.example/'] }), `${POLICY}.uris[0]`, '"http://a.example/"', /in its one form/, /write it like https/],
  ['no lists', ofLists({ uris: [] }), `${POLICY}.uris`, 'none', /1 to 32 places/, /like https/],
  ['any host', ofLists({ uris: ['https://*.example/'] }), `${POLICY}.uris[0]`, '"https://*.example/"', /a host by its name/, /write each host out/],
  ['lists under a secret', ofLists({ algorithms: ['HS256'] }), `${POLICY}.algorithms[0]`, '"HS256"', /one of RS256, .*Ed25519$/, /none of shared secrets/],
  ['a key set that is a secret', ofLists({ keySet: { secret: 'NAME' } }), `${POLICY}.keySet`, 'an object of secret', FORMS, /write one of these/],
  [
    'lists of an issuer that nobody takes tokens of',
    ofLists({ issuer: `${ISSUER}/` }),
    `${POLICY}.issuer`,
    '"https://issuer.example/", of which no authenticator of the zone takes a token',
    /^"https:\/\/issuer\.example"$/,
    /character for character/,
  ],
  ['lists that nobody waits for', ofLists({ onError: 'pass' }), `${POLICY}.onError`, '"pass"', /'deny'/, /raise failAfterSeconds/],
  ['five seconds', ofLists({ maxStalenessSeconds: 5 }), `${POLICY}.maxStalenessSeconds`, '5', /^seconds, 10 to 86400$/, /from 10 to 86400/],
  ['an unknown event', ofEvents({ events: ['logout'] }), `${POLICY}.events[0]`, '"logout"', /one of "caep\/session-revoked"/, /write one of/],
  ['no events', ofEvents({ events: [] }), `${POLICY}.events`, 'none', /at least one event/, /leave the setting out/],
  ['a life with a unit', ofEvents({ tokensLiveSeconds: '1h' }), `${POLICY}.tokensLiveSeconds`, '"1h"', /^whole seconds, 1 to 31536000$/, /without a unit/],
  ['events that are lost', ofEvents({ onError: 'pass' }), `${POLICY}.onError`, '"pass"', /'deny'/, /leave it out/],
  ['a resource over plain http', ofResource({ identifier: 'http://api.example.com' }), `${RESOURCE}.identifier`, '"http:', /an https URL/, /write it like/],
  ['a page that is none', ofResource({ documentation: 'docs' }), `${RESOURCE}.documentation`, '"docs"', /an https URL, like/, /write an https URL/],
  ['no name', ofResource({ name: '' }), `${RESOURCE}.name`, '""', /a name/, /leave the setting out/],
]

const OF_PRESETS: readonly Case[] = [
  [
    'every tenant',
    ofPreset(providers.entra({ tenant: 'common', audience: 'x' })),
    `${AUTH}.tenant`,
    '"common" as tenant of providers.entra',
    /a GUID/,
    /tenant like "1/,
  ],
  [
    'a pool without a region',
    ofPreset(providers.cognito({ userPoolId: 'AbC', clientId: 'x' })),
    `${AUTH}.userPoolId`,
    '"AbC" as userPoolId of providers.cognito',
    /its region/,
    /like "eu-central-1_AbCdEfGhI"/,
  ],
  [
    'no client',
    ofPreset(providers.cognito({ userPoolId: 'eu-central-1_AbC', clientId: '' })),
    `${AUTH}.clientId`,
    '"" as clientId of providers.cognito',
    /an app client/,
    /write clientId/,
  ],
  [
    'a scheme',
    ofPreset(providers.auth0({ domain: 'https://a.example', audience: 'x' })),
    `${AUTH}.domain`,
    'of providers.auth0',
    /a domain alone/,
    /write domain/,
  ],
]

const other = { issuer: 'https://other.example' }
const NO_REACH = /claims what none before it claims/
const TELL_APART = /of its own, put the longer prefix first/

const OF_AUTHENTICATE: readonly Case[] = [
  [
    'opaque tokens of any form, twice',
    authenticatedBy(anyOf(opaque(), opaque(other))),
    `${AUTH}.of[1]`,
    'introspection, which no credential',
    NO_REACH,
    TELL_APART,
  ],
  [
    'a prefix that begins with one before it',
    authenticatedBy(anyOf(opaque({ prefix: 'ory_' }), opaque({ ...other, prefix: 'ory_at_' }))),
    `${AUTH}.of[1]`,
    'introspection, which no credential',
    NO_REACH,
    TELL_APART,
  ],
  [
    'API keys behind opaque tokens of any form',
    authenticatedBy(anyOf(opaque(), apiKey({ prefix: 'acme', environment: 'live', pepper: 'PEPPER', header: 'authorization' }))),
    `${AUTH}.of[1]`,
    'api-key, which no credential',
    NO_REACH,
    TELL_APART,
  ],
  [
    'API keys of one kind, twice',
    authenticatedBy(anyOf(apiKey({ prefix: 'acme', environment: 'live', pepper: 'ONE' }), apiKey({ prefix: 'acme', environment: 'live', pepper: 'ONE' }))),
    `${AUTH}.of[1]`,
    'api-key, which no credential',
    NO_REACH,
    TELL_APART,
  ],
  [
    'API keys of one kind under other peppers',
    gatewayOf({}, { routes: { 'GET /a': { authenticate: keyUnder(['OLD', 'NEW']) }, 'GET /r': { authenticate: keyUnder(['NEW', 'OLD']) } } }),
    AUTH,
    'api-key of urn:portcullis:keys:acme_live, with other secrets',
    /the same secrets in the same order/,
    /a prefix or an environment of their own/,
  ],
  [
    'one issuer in one place, twice',
    authenticatedBy(anyOf(user(), user({ audience: 'b' }))),
    `${AUTH}.of[1]`,
    'jwt, which no credential',
    NO_REACH,
    TELL_APART,
  ],
  [
    'one issuer in one cookie, twice',
    authenticatedBy(anyOf(user({ cookie: COOKIE }), user({ cookie: COOKIE, audience: 'b' }))),
    `${AUTH}.of[1]`,
    'jwt, which no credential',
    NO_REACH,
    TELL_APART,
  ],
  [
    'behind an allOf that claims it',
    authenticatedBy(anyOf(allOf(user(), user({ ...other, header: 'x-device' })), user({ audience: 'b' }))),
    `${AUTH}.of[1]`,
    'jwt, which no credential',
    NO_REACH,
    TELL_APART,
  ],
  [
    'within an allOf behind it',
    authenticatedBy(anyOf(anyOf(user()), allOf(user({ audience: 'b' }), user({ ...other, header: 'x-device' })))),
    `${AUTH}.of[1].of[0]`,
    'jwt, which no credential',
    NO_REACH,
    TELL_APART,
  ],
  [
    'two factors in one cookie',
    authenticatedBy(allOf(user({ cookie: COOKIE }), user({ ...other, cookie: COOKIE }))),
    AUTH,
    'two parts that read the cookie __Host-token, in allOf(jwt, jwt)',
    /a header or a cookie of its own/,
    /name another header or cookie/,
  ],
  [
    'a relaxation of what is not there',
    gatewayOf({ public: 'liveness', relax: [{ policy: 'revocation', reason: 'nobody is known' }] }),
    `${ROUTE}.relax[0].policy`,
    '"revocation", which no public route has',
    /stands on this route/,
    /remove the entry/,
  ],
]

const PASTED = 's3cr3t-value!'
const PASTED_KEY = 'c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2V'
const PRIVATE_JWK = { kty: 'oct', kid: '1', k: PASTED }
const NO_NAME = 'a text that is no name of a secret'

const OF_SECRETS: readonly Case[] = [
  ['introspection: the secret itself', ofOpaque({ client: { id: 'x', secret: PASTED } }), `${AUTH}.client.secret`, NO_NAME, A_NAME, NEVER_ITSELF],
  ['a number', ofOpaque({ client: { id: 'x', secret: 12_345_678 } }), `${AUTH}.client.secret`, 'a number that is no name', A_NAME, NEVER_ITSELF],
  [
    'instead of the client',
    ofOpaque({ client: PASTED }),
    `${AUTH}.client`,
    'a text that is no client',
    /\{ id: .*INTROSPECTION_SECRET/,
    /the name of the secret/,
  ],
  ['jwt: the secret itself', ofJwt({ algorithms: ['HS256'], keySet: { secret: PASTED } }), `${AUTH}.keySet.secret`, NO_NAME, A_NAME, NEVER_ITSELF],
  ['one of two', ofJwt({ algorithms: ['HS256'], keySet: { secret: ['NAME', PASTED] } }), `${AUTH}.keySet.secret[1]`, NO_NAME, A_NAME, NEVER_ITSELF],
  ['in the letters of a name', ofJwt({ algorithms: ['HS256'], keySet: { secret: PASTED_KEY } }), `${AUTH}.keySet.secret`, NO_NAME, A_NAME, NEVER_ITSELF],
  ['instead of the key set', ofJwt({ algorithms: ['HS256'], keySet: PASTED }), `${AUTH}.keySet`, 'a text that is none', FORMS, /write one of these/],
  [
    'instead of inline keys',
    ofJwt({ keySet: { jwks: PASTED } }),
    `${AUTH}.keySet.jwks`,
    'a text that is no JWK Set',
    /public keys/,
    /that the issuer publishes/,
  ],
  ['beside another form', ofJwt({ keySet: { ...KEYS, secret: PASTED } }), `${AUTH}.keySet.secret`, NO_NAME, A_NAME, NEVER_ITSELF],
  ['a JWK as the key set', ofJwt({ keySet: PRIVATE_JWK }), `${AUTH}.keySet`, 'an object of kty, kid, k', FORMS, /write one of these/],
  ['a secret key inline', ofJwt({ keySet: { jwks: { keys: [PRIVATE_JWK] } } }), `${AUTH}.keySet.jwks.keys[0]`, 'a key that', /a public key/, /the public key/],
  ['decryption: the key itself', ofJwt({ decryption: { ...BY_KEY, keys: PASTED } }), `${AUTH}.decryption.keys`, NO_NAME, A_NAME, NEVER_ITSELF],
  ['as JSON', ofJwt({ decryption: { ...BY_KEY, keys: JSON.stringify(PRIVATE_JWK) } }), `${AUTH}.decryption.keys`, NO_NAME, A_NAME, NEVER_ITSELF],
  [
    'as an object',
    ofJwt({ decryption: { ...BY_KEY, keys: PRIVATE_JWK } }),
    `${AUTH}.decryption.keys`,
    'an object of kty, kid, k that is no list',
    /the name of a secret, or a list/,
    /never a secret itself/,
  ],
  ['instead of decryption', ofJwt({ decryption: PASTED }), `${AUTH}.decryption`, 'a text that does not say', /keys: 'NAME'/, /the name of the secret/],
  ['a PEM as a claim', ofJwt({ realm: `-----BEGIN "${PASTED}` }), `${AUTH}.realm`, 'a text that looks like a key', /printable ASCII/, /like my-api/],
  [
    'user information',
    ofJwt({ issuer: `http://u:${PASTED}@a.example`, keySet: { discovery: 'oidc' } }),
    `${AUTH}.issuer`,
    '…@a.example',
    /https URL/,
    /by url/,
  ],
  ['a parameter', ofJwt({ keySet: { url: `http://a.example/?api_key=${PASTED}` } }), `${AUTH}.keySet.url`, '?api_key=…', /an https URL/, /https:\/\//],
]

const ALL = [...OF_JWT, ...OF_INTROSPECTION, ...OF_POLICIES, ...OF_PRESETS, ...OF_AUTHENTICATE, ...OF_SECRETS]

describe.each([
  ['jwt', OF_JWT],
  ['introspection', OF_INTROSPECTION],
  ['other controls and zones', OF_POLICIES],
  ['presets', OF_PRESETS],
  ['authenticate', OF_AUTHENTICATE],
  ['secrets', OF_SECRETS],
])('wrong settings of %s', (_, cases) => {
  it.each(cases)('%s', (_what, config, path, found, expected, fix) => {
    const problems = problemsOf(config)
    expect(problems, JSON.stringify(problems, null, 1)).toHaveLength(1)
    expect(problems[0]).toEqual({ path, found: expect.stringContaining(found), expected: expect.stringMatching(expected), fix: expect.stringMatching(fix) })
  })
})

/** Words of valibot, of types and of patterns: they say nothing to whoever wrote the configuration. */
const SAYS_NOTHING = /^(?:Object|Array|unknown|string|number|undefined|null|never|\W*)$|Invalid \w+:|^\/.*\/[a-z]*$|but received/

it('no problem speaks of types and patterns, or dumps what stands there', () => {
  for (const [what, config] of ALL) {
    for (const { found, expected, fix } of problemsOf(config)) {
      for (const words of [expected, fix]) expect(words, what).not.toMatch(SAYS_NOTHING)
      expect(found, what).not.toMatch(/^(?:Object|Array|unknown|undefined)$/)
      expect(found.length, what).toBeLessThan(140)
    }
  }
})

it('no problem repeats a secret that was pasted', () => {
  for (const [what, config] of OF_SECRETS) {
    const told = new ConfigurationError(problemsOf(config)).message
    for (const part of [PASTED, PASTED_KEY, '12345678', 's3cr3t']) expect(told, what).not.toContain(part)
  }
})

describe('authenticators that some credential reaches', () => {
  it.each([
    ['two issuers', anyOf(user(), user(other))],
    ['two places', anyOf(user(), user({ cookie: COOKIE }), user({ header: 'x-token' }))],
    ['the longer prefix first', anyOf(opaque({ prefix: 'ory_at_' }), opaque({ ...other, prefix: 'ory_' }), opaque({ issuer: 'https://third.example' }))],
    ['signed and opaque', anyOf(opaque(), user())],
    ['signed, and encrypted as well', anyOf(user(), user({ decryption: BY_KEY }))],
    ['one that only reports before', anyOf(user({ mode: 'report' }), user({ audience: 'b' }))],
    ['parts of an allOf', allOf(user(), user({ header: 'x-device' }))],
  ])('%s', (_, authenticate) => expect(problemsOf(authenticatedBy(authenticate))).toEqual([]))
})

it('a route that authenticates may relax revocation', () => {
  expect(problemsOf(gatewayOf({ authenticate: user(), relax: [{ policy: 'revocation', reason: 'its tokens live for a second' }] }))).toEqual([])
})
