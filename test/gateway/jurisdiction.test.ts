import { expect, it } from 'vitest'
import { defineGateway, jwt } from '../../src/index.ts'
import { SETTINGS, TestIssuer } from '../../src/jose/test-issuer.ts'
import { underTest } from './under-test.ts'

it('a jurisdiction that the runtime does not know lets nobody through: nobody can know what is stopped or banned', async () => {
  const issuer = await TestIssuer.create('ES256', 'one')
  const users = jwt({ ...SETTINGS, keySet: { jwks: { keys: [issuer.jwk] } } })
  const gateway = defineGateway({
    state: { jurisdiction: 'eu' },
    zones: {
      api: {
        hosts: ['api.example.com'],
        origin: 'https://origin.example.com',
        routes: { 'GET /health': { public: 'liveness' }, 'GET /me': { authenticate: users } },
      },
    },
  })
  const ask = underTest(gateway)
  const health = await ask('https://api.example.com/health')
  expect([health.response.status, health.record.reason]).toEqual([503, 'kill-switch.error'])
  const now = Math.floor(Date.now() / 1000)
  const token = await issuer.token({ iat: now, exp: now + 300 })
  const { response, record } = await ask('https://api.example.com/me', { headers: { authorization: `Bearer ${token}` } })
  expect([response.status, record.reason]).toEqual([503, 'kill-switch.error'])
})
