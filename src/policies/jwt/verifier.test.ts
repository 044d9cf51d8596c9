import { beforeAll, describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../core/problems.ts'
import { NOW, NOW_SECONDS, SETTINGS, TestIssuer } from '../../jose/test-issuer.ts'
import { type JwtVerifierSettings, jwtVerifier } from './verifier.ts'

let issuer: TestIssuer
let mallory: TestIssuer
let settings: JwtVerifierSettings
beforeAll(async () => {
  ;[issuer, mallory] = await Promise.all([TestIssuer.create('RS256', 'one'), TestIssuer.create('RS256', 'one')])
  settings = { ...SETTINGS, algorithms: ['RS256'], keySet: { jwks: { keys: [issuer.jwk] } } }
})

describe('jwtVerifier', () => {
  it('gives the claims of a good token', async () => {
    expect(await jwtVerifier(settings)(await issuer.token(), NOW)).toMatchObject({ claims: { sub: 'ada' }, checked: { subject: 'ada' } })
  })

  it.each<[string, () => Promise<string>, string]>([
    ['a forged signature', () => mallory.token(), 'jwt.signature'],
    ['another audience', () => issuer.token({ aud: 'https://other.example' }), 'jwt.audience'],
    ['an end that has passed, with the tolerance that settings have by default', () => issuer.token({ exp: NOW_SECONDS - 5 }), 'jwt.expired'],
    ['an ID token', () => issuer.token({}, { typ: 'JWT' }), 'jwt.type'],
    ['no token', async () => 'a.b', 'jwt.malformed'],
  ])('refuses %s', async (_what, make, reason) => {
    expect(await jwtVerifier(settings)(await make(), NOW)).toMatchObject({ reason })
  })

  it.each([undefined, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, '2026-01-01', null])(
    'is given no answer about %s as the time',
    async (now) => {
      const expired = await issuer.token({ exp: NOW_SECONDS - 3600 })
      await expect(jwtVerifier(settings)(expired, now as never)).rejects.toThrow(TypeError)
    },
  )

  it.each<[string, object]>([
    ['no audience', { audience: undefined }],
    ['an unknown setting', { audiences: 'x' }],
    ['keys that are secrets', { keySet: { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } } }],
    ['decryption', { decryption: { keys: 'KEY', keyManagement: ['RSA-OAEP-256'], contentEncryption: ['A256GCM'] } }],
    ['HMAC with published keys', { algorithms: ['HS256'] }],
  ])('takes no settings with %s', (_what, change) => {
    expect(() => jwtVerifier({ ...settings, ...change } as never)).toThrow(ConfigurationError)
  })
})
