import { createPublicKey } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { base64url, CompactEncrypt, type CompactJWEHeaderParameters } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { part, TestIssuer } from '../../src/jose/test-issuer.ts'
import { values } from '../workerd/origin.ts'
import { bearer, type Claims, type FrontDoor, forwarded, goodClaims, openFrontDoor, refused, SECRETS, tokenOfOne, tokenOfTwo } from './front-door.ts'

let door: FrontDoor
/** Somebody with a key of their own. */
let mallory: TestIssuer
beforeAll(async () => {
  door = await openFrontDoor()
  mallory = await TestIssuer.create('RS256', 'key-one')
})
afterAll(() => door.stop())

/** What the gateway publishes: everybody may encrypt for it. */
const key = createPublicKey({ key: JSON.parse(SECRETS.DECRYPTION_KEY), format: 'jwk' })
const HEADER = { alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid: 'enc-one', cty: 'JWT' }

function encrypt(content: string | Uint8Array, header: Claims = {}): Promise<string> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const full = Object.fromEntries(Object.entries({ ...HEADER, ...header }).filter(([, value]) => value !== undefined))
  return new CompactEncrypt(bytes).setProtectedHeader(full as unknown as CompactJWEHeaderParameters).encrypt(key)
}
const ask = (token: string, path = '/encrypted') => door.ask(`GET ${path}`, { Host: 'tokens.example.com', ...bearer(token) })
/** A token with another header in place of its own. */
const withHeader = (token: string, header: Claims) => `${part(header)}${token.slice(token.indexOf('.'))}`
const good = async () => await encrypt(await tokenOfOne(door))

it('the token that all others here are made from is good, and stays here', async () => {
  const token = await good()
  const got = forwarded(await ask(token))
  expect(values(got, 'x-portcullis-subject')).toEqual(['ada'])
  expect(values(got, 'authorization')).toEqual([])
})

describe('downgrades', () => {
  it.each<[string, Claims]>([
    ['RSA1_5', { alg: 'RSA1_5' }],
    ['none', { alg: 'none' }],
    ['dir', { alg: 'dir' }],
    ['the agreement without its wrapping', { alg: 'ECDH-ES' }],
    ['a shorter key', { alg: 'ECDH-ES+A128KW' }],
    ['a password, with work to do', { alg: 'PBES2-HS512+A256KW', p2c: 2_000_000_000, p2s: 'AAAAAAAAAAA' }],
    ['no alg', { alg: undefined }],
    ['enc without authentication', { enc: 'A256CBC' }],
    ['enc none', { enc: 'none' }],
    ['a shorter enc', { enc: 'A128GCM' }],
    ['a signature’s alg', { alg: 'RS256' }],
    ['a critical extension', { crit: ['exp'], exp: 1 }],
    ['zip', { zip: 'DEF' }],
    ['another content', { cty: 'JSON' }],
    ['no content named', { cty: undefined }],
    ['an unknown key', { kid: 'enc-two' }],
    ['a key of its own', { kid: undefined, jwk: { kty: 'oct', k: 'AAAA' } }],
    ['a URL of keys', { jku: 'https://attacker.test/keys' }],
    ['an epk of another curve', { epk: { kty: 'EC', crv: 'P-384', x: 'AAAA', y: 'AAAA' } }],
    ['an epk off the curve', { epk: { kty: 'EC', crv: 'P-256', x: base64url.encode(new Uint8Array(32)), y: base64url.encode(new Uint8Array(32)) } }],
    ['an epk with a private part', { epk: JSON.parse(SECRETS.DECRYPTION_KEY) }],
  ])('%s', async (_, change) => {
    expect(await ask(withHeader(await good(), { ...HEADER, ...change }))).toMatchObject(refused('401 jwt.decryption'))
  })

  it('a weaker way that really was used', async () => {
    const inside = await tokenOfOne(door)
    for (const change of [{ alg: 'ECDH-ES' }, { alg: 'ECDH-ES+A128KW' }, { enc: 'A128GCM' }, { enc: 'A256CBC-HS512' }]) {
      expect(await ask(await encrypt(inside, change)), JSON.stringify(change)).toMatchObject(refused('401 jwt.decryption'))
    }
  })

  it('only signed', async () => {
    expect(await ask(await tokenOfOne(door))).toMatchObject(refused('401 jwt.unencrypted'))
  })
})

describe('what is inside must be a signed token of this issuer', () => {
  it.each<[string, () => string | Promise<string>, string]>([
    ['claims that nobody signed', () => JSON.stringify(goodClaims()), '401 jwt.malformed'],
    ['alg none', () => `${part({ alg: 'none', typ: 'at+jwt' })}.${part(goodClaims())}.`, '401 jwt.algorithm'],
    ['signed by somebody else', () => mallory.token(goodClaims()), '401 jwt.signature'],
    ['encrypted once more', () => good(), '401 jwt.malformed'],
    ['expired', () => tokenOfOne(door, { exp: 1 }), '401 jwt.expired'],
    ['for another audience', () => tokenOfOne(door, { aud: 'https://partners.example.org' }), '401 jwt.audience'],
    ['an ID token', () => tokenOfOne(door, {}, { typ: 'JWT' }), '401 jwt.type'],
    ['of another issuer', () => tokenOfTwo(door), '401 authenticate.unclaimed'],
    ['nothing', () => '', '401 jwt.malformed'],
    ['a token and more', async () => `${await tokenOfOne(door)}\n`, '401 jwt.malformed'],
    ['a scheme before it', async () => `Bearer ${await tokenOfOne(door)}`, '401 jwt.malformed'],
  ])('%s', async (_, make, said) => {
    expect(await ask(await encrypt(await make()))).toMatchObject(refused(said))
  })

  it('each issuer’s token is that issuer’s, whoever opens it', async () => {
    const got = forwarded(await ask(await encrypt(await tokenOfTwo(door)), '/encrypted/either'))
    expect(values(got, 'x-portcullis-issuer')).toEqual(['https://issuer-two.test'])
    expect(await ask(await encrypt(await tokenOfTwo(door, { aud: 'https://api.example.com' })), '/encrypted/either')).toMatchObject(refused('401 jwt.audience'))
    expect(await ask(await good(), '/encrypted/partners')).toMatchObject(refused('401 authenticate.unclaimed'))
  })

  it('who does not ask for encryption does not open it', async () => {
    expect(await door.ask('GET /v1/profile', bearer(await good()))).toMatchObject(refused('401 authenticate.unclaimed'))
  })
})

describe('bombs', () => {
  it('megabytes that were a kilobyte are never unpacked', async () => {
    const bomb = await encrypt('A'.repeat(4_000_000), { zip: 'DEF' })
    expect(bomb.length).toBeLessThan(8192)
    expect(await ask(bomb)).toMatchObject(refused('401 jwt.decryption'))
    const packed = await encrypt(deflateRawSync('A'.repeat(4_000_000)))
    expect(await ask(withHeader(packed, { ...HEADER, zip: 'DEF' }))).toMatchObject(refused('401 jwt.decryption'))
  })

  it('a good token that was compressed', async () => {
    expect(await ask(await encrypt(await tokenOfOne(door), { zip: 'DEF' }))).toMatchObject(refused('401 jwt.decryption'))
  })

  it('too large', async () => {
    expect(await ask(await encrypt(await tokenOfOne(door, { x: 'x'.repeat(5000) })))).toMatchObject(refused('401 jwt.too-large'))
  })

  it.each(['A....', '....A', 'A.A.A.A.A', `${'.'.repeat(4)}${'A'.repeat(7000)}`, `${part({ ...HEADER, epk: {} })}....`])(
    'parts of nothing: %#',
    async (token) => {
      expect(await ask(token)).toMatchObject(refused('401 jwt.decryption'))
    },
  )
})

describe('no oracle', () => {
  it('whatever is wrong with it, the answer is the same', async () => {
    const token = await good()
    const parts = token.split('.')
    const flipped = parts.map((text, i) => parts.with(i, `${text[0] === 'A' ? 'B' : 'A'}${text.slice(1)}`).join('.'))
    const tokens = [...flipped, await encrypt('x'), await encrypt(await mallory.token(goodClaims())), withHeader(token, { ...HEADER, alg: 'RSA1_5' })]
    const told = new Set<string>()
    for (const bad of tokens) {
      const { response, received } = await ask(bad)
      expect(received).toEqual([])
      told.add(JSON.stringify([response.status, response.headers['www-authenticate'], { ...JSON.parse(response.body), requestId: '' }]))
    }
    expect([...told]).toHaveLength(1)
  })

  it('nothing of the key is written anywhere', () => {
    const { d } = JSON.parse(SECRETS.DECRYPTION_KEY) as { d: string }
    expect(door.server.log()).not.toContain(d)
  })
})
