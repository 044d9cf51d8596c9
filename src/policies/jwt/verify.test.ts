import { base64url, exportSPKI, importJWK, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { importKeys, type KeyRing } from '../../jose/key-ring.ts'
import { CLAIMS, NOW, NOW_SECONDS, part, SETTINGS, TestIssuer } from '../../jose/test-issuer.ts'
import { jwtRules } from './rules.ts'
import { verifyJwt } from './verify.ts'

const rules = jwtRules({ ...SETTINGS, clockToleranceSeconds: 5 })
let rs: TestIssuer
let ps: TestIssuer
let es: TestIssuer
let ed: TestIssuer
let mallory: TestIssuer
let keys: KeyRing

beforeAll(async () => {
  ;[rs, ps, es, ed, mallory] = await Promise.all([
    TestIssuer.create('RS256', 'rs'),
    TestIssuer.create('PS256', 'ps'),
    TestIssuer.create('ES256', 'es'),
    TestIssuer.create('EdDSA', 'ed'),
    TestIssuer.create('ES256', 'es'),
  ])
  keys = await importKeys({ keys: [rs.jwk, ps.jwk, es.jwk, ed.jwk] }, SETTINGS.algorithms)
})

async function verdict(token: string, ring = keys, given = rules, now = NOW): Promise<string> {
  const verified = await verifyJwt(token, ring, given, now)
  return 'reason' in verified ? verified.reason : 'ok'
}

type Attack = [name: string, make: () => string | Promise<string>, reason: string]
const attacks = (table: readonly Attack[]) =>
  it.each(table)('%s', async (_name, make, reason) => {
    expect(await verdict(await make())).toBe(reason)
  })

const HEADER = { alg: 'ES256', kid: 'es', typ: 'at+jwt' }
/** Cuts the signature off a token and puts another in its place. */
const resigned = (token: string, signature: string) => `${token.slice(0, token.lastIndexOf('.'))}.${signature}`
const unsigned = (alg: unknown, signature = '') => `${part({ ...HEADER, alg })}.${part(CLAIMS)}.${signature}`

function hmac(secret: Uint8Array, alg: string, kid: string): Promise<string> {
  return new SignJWT(CLAIMS).setProtectedHeader({ alg, kid, typ: 'at+jwt' }).sign(secret)
}

async function publicKey(issuer: TestIssuer): Promise<CryptoKey> {
  const key = await importJWK(issuer.jwk, issuer.alg, { extractable: true })
  if (key instanceof Uint8Array) throw new TypeError('not a public key')
  return key
}

describe('good tokens', () => {
  attacks([
    ['RS256', () => rs.token(), 'ok'],
    ['PS256', () => ps.token(), 'ok'],
    ['ES256', () => es.token(), 'ok'],
    ['EdDSA', () => ed.token(), 'ok'],
    ['our audience among others', () => es.token({ aud: ['https://other.example', SETTINGS.audience] }), 'ok'],
    ['typ by another case', () => es.token({}, { typ: 'AT+JWT' }), 'ok'],
    ['typ as a whole media type', () => es.token({}, { typ: 'application/at+jwt' }), 'ok'],
    ['exp that is no whole number', () => es.token({ exp: NOW_SECONDS + 0.5 }), 'ok'],
    ['expired within the tolerance', () => es.token({ exp: NOW_SECONDS - 4 }), 'ok'],
    ['not yet valid within the tolerance', () => es.token({ nbf: NOW_SECONDS + 5 }), 'ok'],
    ['a claim named __proto__ is a claim', () => es.raw(HEADER, JSON.stringify(CLAIMS).replace('{', '{"__proto__":{"admin":true},')), 'ok'],
  ])

  it('gives the claims, frozen through and through', async () => {
    const verified = await verifyJwt(await es.token({ realm_access: { roles: ['a'] } }), keys, rules, NOW)
    expect(verified).toMatchObject({ claims: { sub: 'ada', realm_access: { roles: ['a'] } }, key: { kid: 'es', alg: 'ES256' } })
    const { claims } = verified as Extract<typeof verified, { claims: unknown }>
    expect(Object.isFrozen(claims) && Object.isFrozen(claims.realm_access)).toBe(true)
    expect(({} as Record<string, unknown>).admin).toBe(undefined)
  })
})

describe('algorithm', () => {
  attacks([
    ...['none', 'None', 'NONE', 'nOnE', 'nonE'].map((alg): Attack => [`alg ${alg}`, () => unsigned(alg), 'jwt.algorithm']),
    ['none with the signature kept', async () => unsigned('none', (await es.token()).split('.')[2]), 'jwt.algorithm'],
    ['no alg', () => unsigned(undefined), 'jwt.algorithm'],
    ['alg null', () => unsigned(null), 'jwt.algorithm'],
    ['alg empty', () => unsigned(''), 'jwt.algorithm'],
    ['alg as a list', () => unsigned(['ES256']), 'jwt.algorithm'],
    ['alg by another case', () => unsigned('es256'), 'jwt.algorithm'],
    ['alg from every object’s prototype', () => unsigned('constructor'), 'jwt.algorithm'],
    ['alg with a space', () => unsigned('ES256 '), 'jwt.algorithm'],
    ['an algorithm that is not configured', () => unsigned('RS512'), 'jwt.algorithm'],
    ['HS256 with the public key’s PEM', async () => hmac(new TextEncoder().encode(await exportSPKI(await publicKey(rs))), 'HS256', 'rs'), 'jwt.algorithm'],
    ['HS256 with the public key’s JWK', () => hmac(new TextEncoder().encode(JSON.stringify(rs.jwk)), 'HS256', 'rs'), 'jwt.algorithm'],
    ['HS512 with the modulus', () => hmac(base64url.decode(rs.jwk.n ?? ''), 'HS512', 'rs'), 'jwt.algorithm'],
    ['HS256 with an empty kid', async () => hmac(new TextEncoder().encode(await exportSPKI(await publicKey(rs))), 'HS256', ''), 'jwt.algorithm'],
    ['RS256 that names the EC key', () => rs.token({}, { kid: 'es' }), 'jwt.key'],
    ['ES256 that names the RSA key', () => es.token({}, { kid: 'rs' }), 'jwt.key'],
    ['RS256 that names a PS256 key', () => rs.token({}, { kid: 'ps' }), 'jwt.key'],
    ['ES256 header over an RS256 signature', async () => resigned(await es.token(), (await rs.token()).split('.')[2] ?? ''), 'jwt.signature'],
  ])

  it('an algorithm of the same key that is not configured', async () => {
    expect(await verdict(await ed.token(), keys, jwtRules({ ...SETTINGS, algorithms: ['RS256'], clockToleranceSeconds: 5 }))).toBe('jwt.algorithm')
  })
})

describe('signature', () => {
  attacks([
    ['another key of the same kid', () => mallory.token(), 'jwt.signature'],
    ['stripped', async () => resigned(await es.token(), ''), 'jwt.signature'],
    ['all zero (ECDSA)', async () => resigned(await es.token(), base64url.encode(new Uint8Array(64))), 'jwt.signature'],
    ['all zero (RSA)', async () => resigned(await rs.token(), base64url.encode(new Uint8Array(256))), 'jwt.signature'],
    ['all zero (EdDSA)', async () => resigned(await ed.token(), base64url.encode(new Uint8Array(64))), 'jwt.signature'],
    ['DER in place of r and s', async () => resigned(await es.token(), base64url.encode(new Uint8Array([0x30, 6, 2, 1, 1, 2, 1, 1]))), 'jwt.signature'],
    ['too short', async () => resigned(await es.token(), 'AAAA'), 'jwt.signature'],
    ['one byte more', async () => resigned(await ed.token(), base64url.encode(new Uint8Array(65))), 'jwt.signature'],
    ['another token’s', async () => resigned(await es.token({ sub: 'eve' }), (await es.token()).split('.')[2] ?? ''), 'jwt.signature'],
    ['claims changed', async () => (await es.token()).replace(/\.[^.]+\./, `.${part({ ...CLAIMS, sub: 'root' })}.`), 'jwt.signature'],
    ['header changed', async () => (await es.token()).replace(/^[^.]+/, part({ ...HEADER, extra: 1 })), 'jwt.signature'],
  ])
})

describe('keys that the token names', () => {
  const withHeader = (header: Record<string, unknown>) => () => mallory.raw({ ...HEADER, ...header }, CLAIMS)
  attacks([
    ['jwk in the header', () => mallory.raw({ ...HEADER, jwk: mallory.jwk }, CLAIMS), 'jwt.signature'],
    ['jwk in the header, no kid', () => mallory.raw({ alg: 'ES256', typ: 'at+jwt', jwk: mallory.jwk }, CLAIMS), 'jwt.signature'],
    ['jku', withHeader({ jku: 'https://evil.example/jwks' }), 'jwt.signature'],
    ['x5u', withHeader({ x5u: 'https://evil.example/x5u' }), 'jwt.signature'],
    ['x5c', withHeader({ x5c: ['MIIB'] }), 'jwt.signature'],
    ['kid unknown', withHeader({ kid: 'other' }), 'jwt.key'],
    ['kid empty', withHeader({ kid: '' }), 'jwt.key'],
    ['kid null', withHeader({ kid: null }), 'jwt.key'],
    ['kid a number', withHeader({ kid: 0 }), 'jwt.key'],
    ['kid an object', withHeader({ kid: { kid: 'es' } }), 'jwt.key'],
    ['kid a list', withHeader({ kid: ['es'] }), 'jwt.key'],
    ['kid a path', withHeader({ kid: '../../../../dev/null' }), 'jwt.key'],
    ['kid a query', withHeader({ kid: "es' OR '1'='1" }), 'jwt.key'],
    ['kid an address', withHeader({ kid: 'https://evil.example/es' }), 'jwt.key'],
    ['kid __proto__', withHeader({ kid: '__proto__' }), 'jwt.key'],
    ['kid constructor', withHeader({ kid: 'constructor' }), 'jwt.key'],
    ['kid long', withHeader({ kid: 'k'.repeat(257) }), 'jwt.key'],
    ['kid by another case', withHeader({ kid: 'ES' }), 'jwt.key'],
    ['kid with NUL', withHeader({ kid: 'es\0' }), 'jwt.key'],
  ])
})

describe('header', () => {
  attacks([
    ['crit unknown', () => es.raw({ ...HEADER, crit: ['x'], x: 1 }, CLAIMS), 'jwt.critical'],
    ['crit empty', () => es.raw({ ...HEADER, crit: [] }, CLAIMS), 'jwt.critical'],
    ['crit null', () => es.raw({ ...HEADER, crit: null }, CLAIMS), 'jwt.critical'],
    ['b64 false, critical', () => es.raw({ ...HEADER, crit: ['b64'], b64: false }, CLAIMS), 'jwt.critical'],
    ['b64 false', () => es.raw({ ...HEADER, b64: false }, CLAIMS), 'jwt.critical'],
    ['an ID token', () => es.token({}, { typ: 'JWT' }), 'jwt.type'],
    ['no typ', () => es.raw({ alg: 'ES256', kid: 'es' }, CLAIMS), 'jwt.type'],
    ['typ a list', () => es.raw({ ...HEADER, typ: ['at+jwt'] }, CLAIMS), 'jwt.type'],
    ['typ of another tree', () => es.token({}, { typ: 'text/at+jwt' }), 'jwt.type'],
    ['a logout token', () => es.token({}, { typ: 'logout+jwt' }), 'jwt.type'],
    ['typ with a parameter', () => es.token({}, { typ: 'at+jwt; x=1' }), 'jwt.type'],
  ])

  it.each([
    [['at+jwt', 'JWT'], 'JWT', 'ok'],
    [['application/at+jwt'], 'at+jwt', 'ok'],
    [['JWT'], 'at+jwt', 'jwt.type'],
  ])('typ %j configured, %s given: %s', async (typ, given, reason) => {
    expect(await verdict(await es.token({}, { typ: given }), keys, jwtRules({ ...SETTINGS, typ, clockToleranceSeconds: 5 }))).toBe(reason)
  })
})

describe('claims', () => {
  const claims = (changes: Record<string, unknown>) => () => es.raw(HEADER, { ...CLAIMS, ...changes })
  attacks([
    ['another issuer', claims({ iss: 'https://evil.example' }), 'jwt.issuer'],
    ['our issuer as a prefix', claims({ iss: `${SETTINGS.issuer}.evil.example` }), 'jwt.issuer'],
    ['our issuer with a slash', claims({ iss: `${SETTINGS.issuer}/` }), 'jwt.issuer'],
    ['our issuer by another case', claims({ iss: SETTINGS.issuer.toUpperCase() }), 'jwt.issuer'],
    ['issuer a list', claims({ iss: [SETTINGS.issuer] }), 'jwt.issuer'],
    ['no issuer', claims({ iss: undefined }), 'jwt.issuer'],
    ['another audience', claims({ aud: 'https://other.example' }), 'jwt.audience'],
    ['no audience', claims({ aud: undefined }), 'jwt.audience'],
    ['audience empty', claims({ aud: '' }), 'jwt.audience'],
    ['audience no list', claims({ aud: [] }), 'jwt.audience'],
    ['audience a substring of ours', claims({ aud: 'api.example.com' }), 'jwt.audience'],
    ['ours a prefix of the audience', claims({ aud: `${SETTINGS.audience}.evil.example` }), 'jwt.audience'],
    ['ours inside a list in a text', claims({ aud: JSON.stringify([SETTINGS.audience]) }), 'jwt.audience'],
    ['audience an object', claims({ aud: { 0: SETTINGS.audience } }), 'jwt.audience'],
    ['ours in a nested list', claims({ aud: [[SETTINGS.audience]] }), 'jwt.audience'],
    ['ours beside what is no text', claims({ aud: [SETTINGS.audience, 1] }), 'jwt.audience'],
    ['a wildcard', claims({ aud: '*' }), 'jwt.audience'],
    ['no exp', claims({ exp: undefined }), 'jwt.claims'],
    ['exp null', claims({ exp: null }), 'jwt.claims'],
    ['exp a text', claims({ exp: String(NOW_SECONDS + 300) }), 'jwt.claims'],
    ['exp a list', claims({ exp: [NOW_SECONDS + 300] }), 'jwt.claims'],
    ['exp in milliseconds', claims({ exp: NOW + 300_000 }), 'jwt.claims'],
    ['exp huge', claims({ exp: 1e300 }), 'jwt.claims'],
    ['exp infinite', () => es.raw(HEADER, JSON.stringify({ ...CLAIMS, exp: 0 }).replace('"exp":0', '"exp":1e999')), 'jwt.claims'],
    ['exp negative', claims({ exp: -1 }), 'jwt.claims'],
    ['expired', claims({ exp: NOW_SECONDS - 6 }), 'jwt.expired'],
    ['expired to the millisecond', claims({ exp: NOW_SECONDS - 5 }), 'jwt.expired'],
    ['exp zero', claims({ exp: 0 }), 'jwt.expired'],
    ['not yet valid', claims({ nbf: NOW_SECONDS + 6 }), 'jwt.not-yet-valid'],
    ['nbf a text', claims({ nbf: '0' }), 'jwt.claims'],
    ['nbf null', claims({ nbf: null }), 'jwt.claims'],
    ['iat a text', claims({ iat: 'now' }), 'jwt.claims'],
    ['no sub', claims({ sub: undefined }), 'jwt.claims'],
    ['sub empty', claims({ sub: '' }), 'jwt.claims'],
    ['sub a number', claims({ sub: 1 }), 'jwt.claims'],
    ['sub a lone surrogate', claims({ sub: 'ada\ud800' }), 'jwt.claims'],
    ['deep but signed', claims({ x: JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`) }), 'jwt.malformed'],
  ])
})

describe('form', () => {
  /** The same signature bytes in another text: a decoder that is not strict takes both. */
  const loosened = async () => {
    const token = await ed.token()
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.indexOf(token.at(-1) ?? '')
    return token.slice(0, -1) + 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'[last + 1]
  }
  const deep = `{"a":${'['.repeat(2500)}${']'.repeat(2500)}}`
  attacks([
    ['empty', () => '', 'jwt.malformed'],
    ['two parts', async () => (await es.token()).split('.').slice(0, 2).join('.'), 'jwt.malformed'],
    ['four parts', async () => `${await es.token()}.x`, 'jwt.malformed'],
    ['five parts (JWE)', () => 'eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d', 'jwt.malformed'],
    ['empty parts', () => '..', 'jwt.malformed'],
    ['leading space', async () => ` ${await es.token()}`, 'jwt.malformed'],
    ['trailing line feed', async () => `${await es.token()}\n`, 'jwt.malformed'],
    ['trailing garbage', async () => `${await es.token()}!`, 'jwt.malformed'],
    ['white space inside', async () => (await es.token()).replace('.', ' .'), 'jwt.malformed'],
    ['padding', async () => `${await ed.token()}==`, 'jwt.malformed'],
    ['unused bits set', loosened, 'jwt.malformed'],
    ['plain base64 alphabet', async () => resigned(await es.token(), '+/+/'), 'jwt.malformed'],
    ['header not JSON', async () => (await es.token()).replace(/^[^.]+/, part('alg')), 'jwt.malformed'],
    ['header a list', async () => (await es.token()).replace(/^[^.]+/, part([HEADER])), 'jwt.malformed'],
    ['header null', async () => (await es.token()).replace(/^[^.]+/, part(null)), 'jwt.malformed'],
    ['header with a byte order mark', async () => (await es.token()).replace(/^[^.]+/, part(`\ufeff${JSON.stringify(HEADER)}`)), 'jwt.malformed'],
    [
      'header not UTF-8',
      async () => (await es.token()).replace(/^[^.]+/, base64url.encode(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))),
      'jwt.malformed',
    ],
    ['claims a text', () => es.raw(HEADER, '"ada"'), 'jwt.malformed'],
    ['claims a list', () => es.raw(HEADER, [CLAIMS]), 'jwt.malformed'],
    ['claims null', () => es.raw(HEADER, 'null'), 'jwt.malformed'],
    ['a nested JWT', async () => es.raw({ ...HEADER, cty: 'JWT' }, await es.token()), 'jwt.malformed'],
    ['trailing JSON', () => es.raw(HEADER, `${JSON.stringify(CLAIMS)}{}`), 'jwt.malformed'],
    ['claims nested without end, unsigned', () => `${part(HEADER)}.${part(deep)}.AAAA`, 'jwt.issuer'],
    ['header nested without end', () => `${part(deep)}.${part(CLAIMS)}.AAAA`, 'jwt.algorithm'],
    ['too large', () => es.token({ x: 'x'.repeat(8000) }), 'jwt.too-large'],
  ])
})
