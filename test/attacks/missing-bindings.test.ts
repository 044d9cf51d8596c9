import { afterEach, describe, expect, it } from 'vitest'
import { rawRequest, rawText } from '../workerd/raw.ts'
import type { WorkerSpec } from '../workerd/serve.ts'
import { BINDINGS, type FrontDoor, found, openFrontDoor, refused, SECRETS } from './front-door.ts'

let door: FrontDoor | undefined
afterEach(async () => {
  await door?.stop()
  door = undefined
})

const { RATE_LIMITER: _limiter, ...withoutLimiter } = BINDINGS.objects
const { LEDGER: _ledger, ...withoutLedger } = BINDINGS.objects
const { KEYRING: _keyring, ...withoutKeyring } = BINDINGS.objects
const PUBLIC = ['GET /health', 'GET /v1/docs', 'GET /nowhere', 'POST /v1/notes', 'GET /a//b', 'OPTIONS /v1/profile']

describe('a gateway that lacks something lets nobody through, and tells only its operator what', () => {
  it.each<[string, string, WorkerSpec]>([
    ['without its secret', 'PSEUDONYM_KEY', { ...BINDINGS, vars: {} }],
    ['without the secret of its tokens', 'TOKEN_SECRET', { ...BINDINGS, vars: { ...BINDINGS.vars, TOKEN_SECRET: '' } }],
    ['without the key of its tokens', 'DECRYPTION_KEY', { ...BINDINGS, vars: { ...BINDINGS.vars, DECRYPTION_KEY: '' } }],
    ['with an empty secret', 'PSEUDONYM_KEY', { ...BINDINGS, vars: { PSEUDONYM_KEY: '' } }],
    ['without a secret that a control names', 'INTROSPECTION_SECRET', { ...BINDINGS, vars: { PSEUDONYM_KEY: BINDINGS.vars.PSEUDONYM_KEY } }],
    ['without its limiter', 'RATE_LIMITER', { ...BINDINGS, objects: withoutLimiter }],
    ['without its keyring', 'KEYRING', { ...BINDINGS, objects: withoutKeyring }],
    ['without the pepper of its keys', 'OLD_KEY_PEPPER', { ...BINDINGS, vars: { ...BINDINGS.vars, OLD_KEY_PEPPER: '' } }],
    ['without its ledger', 'LEDGER', { ...BINDINGS, objects: withoutLedger }],
  ])('%s', async (_, name, bindings) => {
    door = await openFrontDoor(bindings)
    for (const line of PUBLIC) {
      const outcome = await door.ask(line)
      expect(outcome, line).toMatchObject(refused('503 config.missing-binding'))
      expect(outcome.response.headers['retry-after']).toMatch(/^\d+$/)
      expect(outcome.response.raw).not.toMatch(/PSEUDONYM|RATE_LIMITER|TOKEN_SECRET|INTROSPECTION|DECRYPTION|KEYRING|PEPPER|binding|config/)
      expect(JSON.parse(outcome.response.body)).toEqual({
        type: 'about:blank',
        title: 'Service Unavailable',
        status: 503,
        requestId: outcome.response.headers['x-request-id'],
      })
    }
    const { server } = door
    const log = await found(async () => (server.log().includes(name) ? server.log() : undefined))
    expect(log).toContain('config.missing-binding')
    for (const secret of Object.values(SECRETS)) expect(log).not.toContain(secret)
  })

  it('without its dataset, nobody can read afterwards what it did: it does nothing', async () => {
    door = await openFrontDoor({ ...BINDINGS, datasets: [] })
    expect(await door.ask('GET /health')).toMatchObject(refused('503 config.missing-binding'))
  })

  it('without anything', async () => {
    door = await openFrontDoor({})
    const response = await rawRequest(door.server.port, rawText('GET', '/health'))
    expect(response.status).toBe(503)
    expect(response.body).toContain('Service Unavailable')
    expect(door.origin.received).toEqual([])
  })
})
