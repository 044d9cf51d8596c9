import { base64url, exportJWK, generateKeyPair, type JWK } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { Problems } from '../core/problems.ts'
import { jwt } from '../policies/jwt/jwt.ts'
import { ALGORITHMS } from './algorithms.ts'
import { readJwk } from './jwk.ts'
import { importKeys } from './key-ring.ts'
import { SETTINGS, TestIssuer } from './test-issuer.ts'

let rs: TestIssuer
let es: TestIssuer
let ed: TestIssuer
let other: TestIssuer
let secret: JWK

beforeAll(async () => {
  ;[rs, es, ed, other] = await Promise.all([
    TestIssuer.create('RS256', 'rs'),
    TestIssuer.create('ES256', 'es'),
    TestIssuer.create('EdDSA', 'ed'),
    TestIssuer.create('ES256', 'es'),
  ])
  secret = await exportJWK((await generateKeyPair('ES256', { extractable: true })).privateKey)
})

/** A modulus of that many bits; whether it is one is not the rules' business. */
const modulus = (bits: number) => base64url.encode(new Uint8Array(bits / 8).fill(0xff))

describe('readJwk', () => {
  it.each<[string, () => unknown, string]>([
    ['no object', () => 'key', 'is not an object'],
    ['null', () => null, 'is not an object'],
    ['a secret', () => ({ kty: 'oct', k: 'AAAA' }), 'holds secret key material'],
    ['a private key', () => secret, 'holds secret key material'],
    ['kty oct', () => ({ kty: 'oct' }), 'is not an RSA, EC or OKP key (kty)'],
    ['no kty', () => ({ n: rs.jwk.n, e: 'AQAB' }), 'is not an RSA, EC or OKP key (kty)'],
    ['for encryption', () => ({ ...rs.jwk, use: 'enc' }), 'is not for signatures (use)'],
    ['use null', () => ({ ...rs.jwk, use: null }), 'is not for signatures (use)'],
    ['for signing only', () => ({ ...rs.jwk, key_ops: ['sign'] }), 'is not for verifying (key_ops)'],
    ['key_ops no list', () => ({ ...rs.jwk, key_ops: 'verify' }), 'is not for verifying (key_ops)'],
    ['alg of another type', () => ({ ...rs.jwk, alg: 'ES256' }), 'declares an algorithm that its type cannot serve (alg)'],
    ['alg HS256', () => ({ ...rs.jwk, alg: 'HS256' }), 'declares an algorithm that its type cannot serve (alg)'],
    ['alg of another curve', () => ({ ...es.jwk, alg: 'ES384' }), 'declares an algorithm that its type cannot serve (alg)'],
    ['alg no text', () => ({ ...es.jwk, alg: ['ES256'] }), 'declares an algorithm that its type cannot serve (alg)'],
    ['RSA without e', () => ({ kty: 'RSA', n: rs.jwk.n }), 'lacks n or e'],
    ['RSA of 1024 bits', () => ({ kty: 'RSA', n: modulus(1024), e: 'AQAB' }), 'has an RSA modulus of less than 2048 or more than 8192 bits'],
    ['RSA of 2040 bits', () => ({ kty: 'RSA', n: modulus(2040), e: 'AQAB' }), 'has an RSA modulus of less than 2048 or more than 8192 bits'],
    [
      'RSA of 1024 bits behind zeros',
      () => ({ kty: 'RSA', n: 'A'.repeat(172) + modulus(1024), e: 'AQAB' }),
      'has an RSA modulus of less than 2048 or more than 8192 bits',
    ],
    ['RSA of 16384 bits', () => ({ kty: 'RSA', n: modulus(16_384), e: 'AQAB' }), 'has an RSA modulus of less than 2048 or more than 8192 bits'],
    ['RSA with e = 3', () => ({ ...rs.jwk, e: 'Aw' }), 'has an RSA exponent that is even, less than 65537 or longer than 4 bytes'],
    ['RSA with e = 1', () => ({ ...rs.jwk, e: 'AQ' }), 'has an RSA exponent that is even, less than 65537 or longer than 4 bytes'],
    ['RSA with e = 65538', () => ({ ...rs.jwk, e: 'AQAC' }), 'has an RSA exponent that is even, less than 65537 or longer than 4 bytes'],
    ['RSA with padding', () => ({ ...rs.jwk, e: 'Aw==' }), 'has an n or e that is not strict base64url'],
    ['EC without y', () => ({ ...es.jwk, y: undefined }), 'lacks crv, x or y'],
    ['secp256k1', () => ({ ...es.jwk, alg: undefined, crv: 'secp256k1' }), 'has a curve that no algorithm here uses (crv)'],
    ['X25519', () => ({ ...ed.jwk, alg: undefined, crv: 'X25519' }), 'has a curve that no algorithm here uses (crv)'],
    ['kid a number', () => ({ ...rs.jwk, kid: 1 }), 'has a kid that is not a text of at most 256 characters'],
  ])('%s is unfit', (_name, jwk, unfit) => {
    expect(readJwk(jwk(), ALGORITHMS)).toMatchObject({ unfit })
  })

  it('a key serves only what it declares', () => {
    expect(readJwk(rs.jwk, ALGORITHMS)).toMatchObject({ kid: 'rs', algorithms: ['RS256'] })
  })

  it('a key that declares nothing serves what its type can and the configuration allows', () => {
    expect(readJwk({ ...rs.jwk, alg: undefined }, ['ES256', 'PS256', 'RS512'])).toMatchObject({ algorithms: ['RS512', 'PS256'] })
  })
})

describe('KeyRing', () => {
  it.each<[string, () => readonly unknown[], string | undefined, string, string]>([
    ['its kid and alg', () => [rs.jwk, es.jwk], 'es', 'ES256', 'found'],
    ['unknown kid', () => [rs.jwk, es.jwk], 'x', 'ES256', 'unknown'],
    ['the kid of an unfit key is known', () => [{ ...rs.jwk, use: 'enc' }], 'rs', 'RS256', 'unfit'],
    ['another alg', () => [rs.jwk, es.jwk], 'rs', 'ES256', 'unfit'],
    ['no kid, one key', () => [rs.jwk, es.jwk], undefined, 'ES256', 'found'],
    ['no kid, one key without kid', () => [{ ...es.jwk, kid: undefined }], undefined, 'ES256', 'found'],
    [
      'no kid, two keys',
      () => [
        { ...es.jwk, kid: 'a' },
        { ...other.jwk, kid: 'b' },
      ],
      undefined,
      'ES256',
      'ambiguous',
    ],
    ['no kid, no key', () => [rs.jwk], undefined, 'ES256', 'unfit'],
    ['a kid does not find a key without kid', () => [{ ...es.jwk, kid: undefined }], 'es', 'ES256', 'unknown'],
    [
      'one kid, two algorithms',
      () => [
        { ...rs.jwk, kid: 'k' },
        { ...es.jwk, kid: 'k' },
      ],
      'k',
      'ES256',
      'found',
    ],
    ['one kid, two keys of one algorithm', () => [es.jwk, other.jwk], 'es', 'ES256', 'ambiguous'],
    ['the same key twice', () => [es.jwk, es.jwk], 'es', 'ES256', 'found'],
    ['a key that is no point of its curve', () => [{ ...es.jwk, x: es.jwk.y }], 'es', 'ES256', 'unfit'],
    ['an empty set', () => [], 'es', 'ES256', 'unknown'],
    ['prototype names', () => [es.jwk], '__proto__', 'ES256', 'unknown'],
  ])('%s', async (_name, jwks, kid, alg, expected) => {
    const found = (await importKeys({ keys: jwks() }, SETTINGS.algorithms)).find(kid, alg)
    expect(typeof found === 'string' ? found : 'found').toBe(expected)
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['a list', []],
    ['no keys', {}],
    ['keys an object', { keys: { length: 1 } }],
    ['too many keys', { keys: Array.from({ length: 101 }, () => ({})) }],
  ])('%s is no key set', async (_name, document) => {
    await expect(importKeys(document, ALGORITHMS)).rejects.toThrow()
  })

  it('a refreshed set keeps what did not change', async () => {
    const first = await importKeys({ keys: [rs.jwk, es.jwk] }, SETTINGS.algorithms)
    const second = await importKeys({ keys: [es.jwk] }, SETTINGS.algorithms, first)
    expect(second.find('es', 'ES256')).toBe(first.find('es', 'ES256'))
    expect(second.find('rs', 'RS256')).toBe('unknown')
  })

  it('another key under the same kid is another key', async () => {
    const first = await importKeys({ keys: [es.jwk] }, SETTINGS.algorithms)
    const second = await importKeys({ keys: [other.jwk] }, SETTINGS.algorithms, first)
    const [before, after] = [first.find('es', 'ES256'), second.find('es', 'ES256')]
    expect(after).not.toBe(before)
    expect(typeof before !== 'string' && second.has(before)).toBe(false)
  })

  it('no key can be exported', async () => {
    const found = (await importKeys({ keys: [es.jwk] }, SETTINGS.algorithms)).find('es', 'ES256')
    expect(typeof found !== 'string' && found.key.extractable).toBe(false)
  })
})

describe('inline keys in the configuration', () => {
  const found = (keys: readonly unknown[]) => {
    const problems = new Problems()
    jwt({ ...SETTINGS, keySet: { jwks: { keys: keys.map((key) => ({ ...Object(key) })) } } }).check(['users'], problems)
    return problems.all.map(({ path, found }) => `${path}: ${found}`)
  }

  it.each<[string, () => readonly unknown[], readonly string[]]>([
    ['good ones', () => [rs.jwk, es.jwk], []],
    ['none', () => [], ['users.keySet.jwks.keys: 0 keys']],
    ['a private key', () => [rs.jwk, { ...secret, alg: 'ES256' }], ['users.keySet.jwks.keys[1]: a key that holds secret key material']],
    ['no algorithm for it', () => [{ ...rs.jwk, alg: 'RS512' }], ['users.keySet.jwks.keys[0]: a key that serves none of the algorithms']],
    ['a kid twice', () => [es.jwk, other.jwk], ['users.keySet.jwks.keys[1]: a second key of the same kid and algorithm']],
    [
      'a kid for two algorithms',
      () => [
        { ...rs.jwk, kid: 'k' },
        { ...es.jwk, kid: 'k' },
      ],
      [],
    ],
  ])('%s', (_name, keys, expected) => {
    expect(found(keys())).toEqual(expected)
  })
})
