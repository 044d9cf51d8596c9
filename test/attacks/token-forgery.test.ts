import { createHmac, createPublicKey } from 'node:crypto'
import { base64url, CompactSign, exportSPKI, importJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { part, TestIssuer } from '../../src/jose/test-issuer.ts'
import { values } from '../workerd/origin.ts'
import { bearer, type Claims, type FrontDoor, goodClaims, openFrontDoor, refused, tokenOfOne } from './front-door.ts'

let door: FrontDoor
/** Somebody with a key of their own. */
let mallory: TestIssuer
beforeAll(async () => {
  door = await openFrontDoor()
  mallory = await TestIssuer.create('RS256', 'mallory')
})
afterAll(() => door.stop())

const ask = (token: string) => door.ask('GET /v1/profile', bearer(token))
const HEADER = { alg: 'RS256', typ: 'at+jwt', kid: 'key-one' }

/** @returns a token with whatever stands in for a signature. */
function unsigned(header: Claims, claims: Claims, signature = ''): string {
  return `${part(header)}.${part(claims)}.${signature}`
}

it('the token that all others here are made from is good', async () => {
  expect((await ask(await tokenOfOne(door))).said).toBe('200 origin.answered')
})

describe('algorithm confusion', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', '', 'null'])('alg %j', async (alg) => {
    for (const signature of ['', 'AA']) expect(await ask(unsigned({ ...HEADER, alg }, goodClaims(), signature))).toMatchObject(refused('401 jwt.algorithm'))
  })

  it.each<[string, unknown]>([
    ['no alg', undefined],
    ['a list', ['RS256']],
    ['a list with none', ['none', 'RS256']],
    ['an object', { name: 'RS256' }],
    ['null', null],
    ['another case', 'rs256'],
    ['RS1', 'RS1'],
    ['PS256, which is not configured', 'PS256'],
    ['EdDSA, which is not configured', 'EdDSA'],
    ['ES256K', 'ES256K'],
    ['__proto__', '__proto__'],
    ['constructor', 'constructor'],
  ])('alg: %s', async (_, alg) => {
    expect(await ask(await mallory.raw({ ...HEADER, alg }, goodClaims()))).toMatchObject(refused('401 jwt.algorithm'))
  })

  it.each(['HS256', 'HS384', 'HS512'])('%s with the public key as the secret, in every spelling of it', async (alg) => {
    const { jwk } = door.one
    const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    const pem = await exportSPKI((await importJWK({ ...jwk }, 'RS256', { extractable: true })) as CryptoKey)
    const secrets = [
      pem,
      `${pem}\n`,
      pem.trim(),
      key.export({ type: 'pkcs1', format: 'pem' }),
      key.export({ type: 'spki', format: 'der' }),
      JSON.stringify(jwk),
    ]
    for (const secret of [...secrets, base64url.decode(jwk.n ?? ''), jwk.n ?? '', '']) {
      const input = `${part({ ...HEADER, alg })}.${part(goodClaims())}`
      const signature = createHmac(`sha${alg.slice(2)}`, secret)
        .update(input)
        .digest('base64url')
      expect(await ask(`${input}.${signature}`)).toMatchObject(refused('401 jwt.algorithm'))
    }
  })

  it('a key of one type serves no algorithm of another', async () => {
    expect(await ask(await door.two.token(goodClaims(), { kid: 'key-one' }))).toMatchObject(refused('401 jwt.key'))
  })

  it.each([
    ['no bytes', ''],
    ['zeros', base64url.encode(new Uint8Array(64))],
    ['zeros, ASN.1', base64url.encode(Uint8Array.from([0x30, 6, 2, 1, 0, 2, 1, 0]))],
    ['zeros of RSA length', base64url.encode(new Uint8Array(256))],
  ])('a signature of %s', async (_, signature) => {
    expect(await ask(unsigned(HEADER, goodClaims(), signature))).toMatchObject(refused('401 jwt.signature'))
    const claims = { ...goodClaims(), iss: 'https://issuer-two.test', aud: 'https://partners.example.org' }
    const forged = unsigned({ ...HEADER, alg: 'ES256', kid: 'key-two' }, claims, signature)
    expect(await door.ask('GET /own', { Host: 'partners.example.org', ...bearer(forged) })).toMatchObject(refused('401 jwt.signature'))
  })
})

describe('kid tricks', () => {
  it.each<[string, unknown, string]>([
    ['the right kid', 'key-one', '401 jwt.signature'],
    ['no kid', undefined, '401 jwt.signature'],
    ['a key of another issuer', 'key-two', '401 jwt.key'],
    ['an own kid', 'mallory', '401 jwt.key'],
    ['a file', '../../../../../../dev/null', '401 jwt.key'],
    ['a query', "x' UNION SELECT 'secret", '401 jwt.key'],
    ['a command', 'key-one;curl attacker.test', '401 jwt.key'],
    ['a URL', 'https://attacker.test/jwks', '401 jwt.key'],
    ['a script', '<script>', '401 jwt.key'],
    ['an empty text', '', '401 jwt.key'],
    ['another case', 'KEY-ONE', '401 jwt.key'],
    ['a space behind', 'key-one ', '401 jwt.key'],
    ['NUL behind', 'key-one\0', '401 jwt.key'],
    ['__proto__', '__proto__', '401 jwt.key'],
    ['constructor', 'constructor', '401 jwt.key'],
    ['a number', 1, '401 jwt.key'],
    ['null', null, '401 jwt.key'],
    ['a list', ['key-one'], '401 jwt.key'],
    ['an object', { toString: 'key-one' }, '401 jwt.key'],
    ['300 characters', 'k'.repeat(300), '401 jwt.key'],
  ])('%s', async (_, kid, said) => {
    expect(await ask(await mallory.raw({ ...HEADER, kid }, goodClaims()))).toMatchObject(refused(said))
  })

  it('a flood of unknown kids does not become a flood at the issuer', async () => {
    const before = door.keySetRequests()
    for (let i = 0; i < 20; i++) expect(await ask(await mallory.raw({ ...HEADER, kid: `k${i}` }, goodClaims()))).toMatchObject(refused('401 jwt.key'))
    expect(door.keySetRequests() - before).toBeLessThanOrEqual(1)
    expect((await ask(await tokenOfOne(door))).said, 'and locks nobody out').toBe('200 origin.answered')
  })
})

describe('keys that the token names itself', () => {
  it.each<[string, () => Claims]>([
    ['jwk', () => ({ jwk: mallory.jwk })],
    ['jwk with the right kid', () => ({ jwk: { ...mallory.jwk, kid: 'key-one' } })],
    ['jku', () => ({ jku: 'https://attacker.test/jwks' })],
    ['jku that begins like the issuer', () => ({ jku: 'https://issuer-one.test.attacker.test/jwks' })],
    ['jku of the issuer with another path', () => ({ jku: 'https://issuer-one.test/uploads/jwks' })],
    ['jku with user information', () => ({ jku: 'https://issuer-one.test@attacker.test/jwks' })],
    ['x5u', () => ({ x5u: 'https://attacker.test/cert.pem' })],
    ['x5c', () => ({ x5c: ['MIIB'] })],
    ['x5t', () => ({ 'x5t#S256': 'AA' })],
  ])('%s', async (_, more) => {
    expect(await ask(await mallory.raw({ ...HEADER, ...more() }, goodClaims()))).toMatchObject(refused('401 jwt.signature'))
  })

  it('nobody was asked but the issuer, at its own address', () => {
    const asked = door.origin.received.filter((received) => !values(received, 'host')[0]?.startsWith('origin-'))
    expect([...new Set(asked.map((received) => `${values(received, 'host')[0]} ${received.target}`))].toSorted()).toEqual([
      'issuer-one.test /jwks',
      'issuer-two.test /jwks',
    ])
  })
})

describe('a token that is none', () => {
  it.each<[string, Claims, string]>([
    ['an ID token', { typ: 'JWT' }, '401 jwt.type'],
    ['no typ', { typ: undefined }, '401 jwt.type'],
    ['a logout token', { typ: 'logout+jwt' }, '401 jwt.type'],
    ['a typ that contains the right one', { typ: 'x-at+jwt' }, '401 jwt.type'],
    ['a critical extension', { crit: ['exp'], exp: 1 }, '401 jwt.critical'],
    ['an unencoded payload', { b64: false, crit: ['b64'] }, '401 jwt.critical'],
    ['an unencoded payload, not critical', { b64: false }, '401 jwt.critical'],
  ])('%s', async (_, header, said) => {
    expect(await ask(await door.one.raw({ ...HEADER, ...header }, goodClaims()))).toMatchObject(refused(said))
  })

  it.each<[string, () => Claims, string]>([
    ['expired', () => ({ exp: Math.floor(Date.now() / 1000) - 60 }), '401 jwt.expired'],
    ['not valid yet', () => ({ nbf: Math.floor(Date.now() / 1000) + 600 }), '401 jwt.not-yet-valid'],
    ['without an end', () => ({ exp: undefined }), '401 jwt.claims'],
    ['with an end as text', () => ({ exp: '9999999999' }), '401 jwt.claims'],
    ['with an end in milliseconds', () => ({ exp: Date.now() * 1000 }), '401 jwt.claims'],
    ['with an infinite end', () => ({ exp: null }), '401 jwt.claims'],
    ['without a subject', () => ({ sub: undefined }), '401 jwt.claims'],
    ['with an empty subject', () => ({ sub: '' }), '401 jwt.claims'],
    ['with a list as subject', () => ({ sub: ['ada'] }), '401 jwt.claims'],
    ['with half a character as subject', () => ({ sub: 'ada\ud800' }), '401 jwt.claims'],
  ])('%s', async (_, claims, said) => {
    expect(await ask(await door.one.raw(HEADER, { ...goodClaims(), ...claims() }))).toMatchObject(refused(said))
  })

  it('two of one claim: what was signed is read once, and the scope of the other buys nothing', async () => {
    const text = JSON.stringify({ ...goodClaims(), scope: '' }).replace('{', '{"scope":"users:read admin",')
    const outcome = await door.ask('GET /v1/admin/report', bearer(await door.one.raw(HEADER, text)))
    expect(outcome.received).toEqual([])
    expect(outcome.said).toMatch(/^40[13] /)
  })

  it.each<[string, (token: string) => string, string]>([
    ['a fourth part', (token) => `${token}.AA`, '401 authenticate.unclaimed'],
    ['two parts', (token) => token.slice(0, token.lastIndexOf('.')), '401 authenticate.unclaimed'],
    ['five parts', (token) => `${token}.AA.AA`, '401 authenticate.unclaimed'],
    ['padding', (token) => `${token}==`, '401 jwt.malformed'],
    ['standard base64', (token) => token.replace(/[-_]/g, (c) => (c === '-' ? '+' : '/')), '401 jwt.malformed'],
    ['a signature without its last byte', (token) => token.slice(0, -2), '401 jwt.signature'],
    ['an empty header', (token) => token.slice(token.indexOf('.')), '401 jwt.malformed'],
    ['empty claims', (token) => `${token.split('.')[0]}..${token.split('.')[2]}`, '401 jwt.malformed'],
    ['9,000 characters', (token) => `${token}${'A'.repeat(9000)}`, '401 jwt.too-large'],
  ])('%s', async (_, change, said) => {
    let token = await tokenOfOne(door)
    while (!/[-_]/.test(token)) token = await tokenOfOne(door)
    expect(await ask(change(token))).toMatchObject(refused(said))
  })

  it('a JWS whose payload is not JSON', async () => {
    const jws = await new CompactSign(new TextEncoder().encode('ada')).setProtectedHeader(HEADER).sign(door.one.privateKey)
    expect(await ask(jws)).toMatchObject(refused('401 jwt.malformed'))
  })
})
