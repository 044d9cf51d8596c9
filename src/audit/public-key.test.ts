import { describe, expect, it } from 'vitest'
import { keyLine } from './export.ts'
import { readPublicKeys } from './public-key.ts'
import { publicKeyOf } from './signing-key.ts'
import { RFC_8032_KEY } from './test-trail.ts'

const X = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'
const JWK = { kty: 'OKP', crv: 'Ed25519', x: X }
const KEY = publicKeyOf(X)
/** The same key, as `openssl pkey -pubout` writes it. */
const PEM = '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n'

describe('readPublicKeys', () => {
  it.each<[string, string]>([
    ['a JWK, whatever it is called', JSON.stringify({ ...JWK, kid: 'mine', use: 'sig' })],
    ['a key line', keyLine(KEY)],
    ['PEM', PEM],
    ['a set', JSON.stringify({ keys: [JWK] })],
  ])('takes %s', (_what, text) => expect(readPublicKeys(text)).toEqual([KEY]))

  it('takes all of a set', () => {
    const other = { ...JWK, x: 'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw' }
    expect(readPublicKeys(JSON.stringify({ keys: [JWK, other] })).map(({ x }) => x)).toEqual([X, other.x])
  })

  it.each<[string, string, string]>([
    ['nothing', '', 'neither a JWK nor PEM'],
    ['null', 'null', 'no Ed25519 public key'],
    ['an empty set', '{"keys":[]}', 'a set without a key'],
    ['a private JWK', RFC_8032_KEY, 'a private key'],
    ['a private key in PEM', '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----', 'a private key'],
    ['another curve', JSON.stringify({ ...JWK, crv: 'X25519' }), 'no Ed25519 public key'],
    ['a short key', JSON.stringify({ ...JWK, x: X.slice(1) }), 'no Ed25519 public key'],
    ['a key with bits too many', JSON.stringify({ ...JWK, x: `${X.slice(0, -1)}p` }), 'no Ed25519 public key'],
    ['another key in PEM', PEM.replace('MCowBQYDK2Vw', 'MCowBQYDK2Vu'), 'no Ed25519 public key in PEM'],
  ])('refuses %s', (_what, text, message) => expect(() => readPublicKeys(text)).toThrow(message))
})
