import { describe, expect, it } from 'vitest'
import { type Challenge, challengeField, withParams } from './challenge.ts'

const bearer: Challenge = { scheme: 'Bearer' }

describe('challengeField', () => {
  it.each<[string, readonly Challenge[], string]>([
    ['a scheme alone', [bearer], 'Bearer'],
    ['a scheme without parameters', [{ scheme: 'Bearer', params: {} }], 'Bearer'],
    ['parameters in their order', [{ scheme: 'Bearer', params: { realm: 'a', error: 'b' } }], 'Bearer realm="a", error="b"'],
    ['several', [bearer, { scheme: 'DPoP', params: { algs: 'ES256 EdDSA' } }], 'Bearer, DPoP algs="ES256 EdDSA"'],
    ['the same twice', [bearer, { scheme: 'DPoP' }, { scheme: 'Bearer' }], 'Bearer, DPoP'],
    ['the same scheme otherwise', [bearer, { scheme: 'Bearer', params: { realm: 'a' } }], 'Bearer, Bearer realm="a"'],
    ['what would end the quotes', [{ scheme: 'Bearer', params: { realm: 'a", error="b' } }], 'Bearer realm="a\\", error=\\"b"'],
    ['what would escape their end', [{ scheme: 'Bearer', params: { realm: 'a\\' } }], 'Bearer realm="a\\\\"'],
    ['none', [], ''],
  ])('writes %s', (_name, challenges, field) => {
    expect(challengeField(challenges)).toBe(field)
  })
})

describe('withParams', () => {
  it.each<[string, Challenge, Record<string, string>, string]>([
    ['adds behind', { scheme: 'Bearer', params: { realm: 'a' } }, { error: 'b' }, 'Bearer realm="a", error="b"'],
    ['adds to a scheme alone', bearer, { error: 'b' }, 'Bearer error="b"'],
    ['replaces', { scheme: 'Bearer', params: { error: 'a', realm: 'b' } }, { error: 'c' }, 'Bearer error="c", realm="b"'],
  ])('%s', (_name, challenge, more, field) => {
    expect(challengeField([withParams(challenge, more)])).toBe(field)
  })
})
