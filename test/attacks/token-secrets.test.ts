import { createHmac, createPublicKey } from 'node:crypto'
import { base64url } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { part } from '../../src/jose/test-issuer.ts'
import { values } from '../workerd/origin.ts'
import { BINDINGS, bearer, type Claims, type FrontDoor, forwarded, goodClaims, openFrontDoor, refused, SECRETS, tokenOfOne } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())

const ISSUER = 'https://issuer-secret.test'
const HEADER = { alg: 'HS256', typ: 'at+jwt' }

function signed(secret: string | Uint8Array, header: Claims = {}, claims: Claims = {}, hash = 'sha256'): string {
  const input = `${part({ ...HEADER, ...header })}.${part({ ...goodClaims(), iss: ISSUER, ...claims })}`
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`
}
const secret = base64url.decode(SECRETS.TOKEN_SECRET)
const ask = (token: string, path = '/secret') => door.ask(`GET ${path}`, { Host: 'tokens.example.com', ...bearer(token) })

it('the token that all others here are made from is good, with the new secret and the old', async () => {
  for (const one of [secret, base64url.decode(SECRETS.OLD_TOKEN_SECRET)]) {
    expect(values(forwarded(await ask(signed(one))), 'x-portcullis-issuer')).toEqual([ISSUER])
  }
})

describe('a secret that is none', () => {
  it.each<[string, string | Uint8Array]>([
    ['empty', ''],
    ['zeros', new Uint8Array(32)],
    ['its own encoding', SECRETS.TOKEN_SECRET],
    ['its first half', secret.slice(0, 16)],
    ['with a byte behind', Buffer.concat([secret, Buffer.from([1])])],
    ['its name', 'TOKEN_SECRET'],
    ['the secret of pseudonyms', 'a key for tests, and for nothing else'],
    ['a word', 'secret'],
  ])('%s', async (_, wrong) => {
    expect(await ask(signed(wrong))).toMatchObject(refused('401 jwt.signature'))
  })

  it('every spelling of a public key, of whatever issuer', async () => {
    for (const { jwk } of [door.one, door.two]) {
      const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
      const spellings = [key.export({ type: 'spki', format: 'pem' }), key.export({ type: 'spki', format: 'der' }), JSON.stringify(jwk), jwk.n ?? jwk.x ?? '']
      for (const spelling of spellings) {
        for (const path of ['/secret', '/either']) {
          expect(await ask(signed(spelling, { kid: jwk.kid }), path)).toMatchObject(refused('401 jwt.signature'))
          expect(await ask(signed(spelling, { kid: jwk.kid }, { iss: 'https://issuer-one.test' }), path)).toMatchObject(
            refused(path === '/either' ? '401 jwt.algorithm' : '401 authenticate.unclaimed'),
          )
        }
      }
    }
  })
})

describe('a MAC that is almost right', () => {
  // How long a comparison takes is nothing that a test can hold: Web Crypto compares, in constant time, and test/architecture.test.ts holds that nobody else does.
  it('is refused alike, wherever it is wrong, and by however little', async () => {
    const token = signed(secret)
    const at = token.lastIndexOf('.') + 1
    const mac = base64url.decode(token.slice(at))
    const told = new Set<string>()
    for (let byte = 0; byte < mac.length; byte++) {
      const wrong = Uint8Array.from(mac, (one, i) => (i === byte ? one ^ 1 : one))
      const { said, response, received } = await ask(token.slice(0, at) + base64url.encode(wrong))
      const { 'x-request-id': id = '', date: _, ...headers } = response.headers
      told.add(JSON.stringify([said, received, headers, response.body.replace(id, '')]))
    }
    expect(told.size).toBe(1)
    expect([...told][0]).toContain('401 jwt.signature')
  })
})

describe('an algorithm that is not this issuer’s', () => {
  it.each<[string, () => string | Promise<string>, string]>([
    ['none', () => signed(secret, { alg: 'none' }), '401 jwt.algorithm'],
    ['another hash', () => signed(secret, { alg: 'HS512' }, {}, 'sha512'), '401 jwt.algorithm'],
    ['another case', () => signed(secret, { alg: 'hs256' }), '401 jwt.algorithm'],
    ['RS256, by an issuer that has it', () => tokenOfOne(door, { iss: ISSUER }), '401 jwt.algorithm'],
    ['no signature', () => signed(secret).replace(/[^.]+$/, ''), '401 jwt.signature'],
    ['a signature cut short', () => signed(secret).slice(0, -3), '401 jwt.signature'],
    ['the wrong hash under the right name', () => signed(secret, {}, {}, 'sha512'), '401 jwt.signature'],
  ])('%s', async (_, make, said) => {
    for (const path of ['/secret', '/either']) expect(await ask(await make(), path)).toMatchObject(refused(said))
  })

  it('who stands beside it takes its own tokens only', async () => {
    expect(values(forwarded(await ask(signed(secret), '/either')), 'x-portcullis-issuer')).toEqual([ISSUER])
    expect(values(forwarded(await ask(await tokenOfOne(door), '/either')), 'x-portcullis-issuer')).toEqual(['https://issuer-one.test'])
  })

  it('nothing of a secret is written anywhere', () => {
    for (const value of [SECRETS.TOKEN_SECRET, SECRETS.OLD_TOKEN_SECRET]) expect(door.server.log()).not.toContain(value)
  })
})

describe('a secret of the Worker that is no key', () => {
  it.each<[string, string, string, string]>([
    ['too short', 'TOKEN_SECRET', 'aHVudGVyMg', '/secret'],
    ['a password', 'OLD_TOKEN_SECRET', 'hunter2 hunter2 hunter2 hunter2 hunter2 hunter2', '/secret'],
    ['broken JSON', 'DECRYPTION_KEY', '{"kty":"EC","crv":"P-256","d":"hunter2hunter2"', '/encrypted'],
    ['another key', 'DECRYPTION_KEY', '{"kty":"oct","k":"aHVudGVyMg","kid":"enc-one"}', '/encrypted'],
  ])('%s: 503 for whoever needs it, nobody else, and its value stands nowhere', async (_, name, value, path) => {
    const broken = await openFrontDoor({ ...BINDINGS, vars: { ...BINDINGS.vars, [name]: value } })
    try {
      const header = part({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid: 'enc-one', cty: 'JWT' })
      const token = path === '/secret' ? signed(secret) : `${header}.AA.AA.AA.AA`
      const outcome = await broken.ask(`GET ${path}`, { Host: 'tokens.example.com', ...bearer(token) })
      expect(outcome).toMatchObject(refused('503 jwt.error'))
      expect((await broken.ask('GET /v1/profile', bearer(await tokenOfOne(broken)))).said).toBe('200 origin.answered')
      expect(JSON.stringify(outcome.trace), 'the operator is told which').toContain(name)
      expect(outcome.response.raw).not.toMatch(new RegExp(name))
      for (const written of [outcome.response.raw, JSON.stringify([outcome.trace, outcome.decision]), broken.server.log()]) {
        expect(written).not.toMatch(/hunter2|aHVudGVyMg/)
      }
    } finally {
      await broken.stop()
    }
  })
})
