import { afterEach, describe, expect, it } from 'vitest'
import { rawRequest, rawText } from '../workerd/raw.ts'
import { type SecretsStore, startSecretsStore } from '../workerd/secrets-store.ts'
import type { WorkerSpec } from '../workerd/serve.ts'
import { BINDINGS, type FrontDoor, found, openFrontDoor, refused } from './front-door.ts'

let door: FrontDoor | undefined
afterEach(async () => {
  await door?.stop()
  door = undefined
})

const { RATE_LIMITER: _limiter, ...withoutLimiter } = BINDINGS.objects
const { LEDGER: _ledger, ...withoutLedger } = BINDINGS.objects

/** Waits until the operator was told of a name. @returns all that was said and recorded, in which no secret stands. */
async function toldOf({ server, decisions }: FrontDoor, name: string): Promise<string> {
  const log = await found(async () => (server.log().includes(name) ? server.log() : undefined))
  const told = `${log}${JSON.stringify(await decisions())}`
  for (const secret of Object.values(BINDINGS.vars)) for (const part of [secret, secret.slice(0, 12), secret.slice(-12)]) expect(told).not.toContain(part)
  return told
}

const { KEYRING: _keyring, ...withoutKeyring } = BINDINGS.objects
const PUBLIC = ['GET /health', 'GET /v1/docs', 'GET /nowhere', 'POST /v1/notes', 'GET /a//b', 'OPTIONS /v1/profile']

describe('a gateway that lacks something lets nobody through, and tells only its operator what', () => {
  it.each<[string, string, WorkerSpec]>([
    ['without its secret', 'PSEUDONYM_KEY', { ...BINDINGS, vars: {} }],
    ['without the secret of its tokens', 'TOKEN_SECRET', { ...BINDINGS, vars: { ...BINDINGS.vars, TOKEN_SECRET: '' } }],
    ['without the key of its tokens', 'DECRYPTION_KEY', { ...BINDINGS, vars: { ...BINDINGS.vars, DECRYPTION_KEY: '' } }],
    ['without the old key of its pseudonyms', 'OLD_PSEUDONYM_KEY', { ...BINDINGS, vars: { ...BINDINGS.vars, OLD_PSEUDONYM_KEY: '' } }],
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
    expect(await toldOf(door, name)).toContain('config.missing-binding')
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

describe('a secret that could be guessed lets nobody through', () => {
  it.each([['PSEUDONYM_KEY'], ['OLD_PSEUDONYM_KEY']])('%s', async (name) => {
    door = await openFrontDoor({ ...BINDINGS, vars: { ...BINDINGS.vars, [name]: 'only thirty-one characters long' } })
    for (const line of PUBLIC) {
      const outcome = await door.ask(line)
      expect(outcome, line).toMatchObject(refused('503 config.weak-secret'))
      expect(outcome.response.raw).not.toMatch(/PSEUDONYM|thirty|weak|config/)
    }
    const told = await toldOf(door, name)
    expect(told).toContain('config.weak-secret')
    expect(told).not.toContain('thirty-one')
  })
})

describe('secrets in a Secrets Store', () => {
  let store: SecretsStore
  afterEach(() => store.stop())

  /** Opens a front door whose secrets all stand in the store, with these changes. */
  async function storedDoor(changes: Readonly<Record<string, string>> = {}, failing: Readonly<Record<string, string>> = {}): Promise<FrontDoor> {
    const { vars, ...others } = BINDINGS
    store = await startSecretsStore({ ...vars, ...changes })
    for (const [name, message] of Object.entries(failing)) store.failing.set(name, message)
    return await openFrontDoor({ ...others, stored: { secrets: Object.keys(vars), store: store.address } })
  }

  it('serve as those of the Worker do, for requests that come at once too', async () => {
    door = await storedDoor()
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => rawRequest(door?.server.port ?? 0, rawText('GET', '/health'))))
    expect(outcomes.map(({ status }) => status)).toEqual(Array(8).fill(200))
    const asked = store.asked
    expect(await door.ask('GET /health')).toMatchObject({ said: '200 origin.answered' })
    expect(store.asked, 'nothing is asked while what is known is young').toBe(asked)
  })

  it.each(Object.keys(BINDINGS.vars).filter((name) => !['KEY_PEPPER', 'ADMIN_TOKEN', 'AUDIT_SIGNING_KEY'].includes(name)))(
    'of which the store does not give %s let nobody through until it does',
    async (name) => {
      const value = BINDINGS.vars[name as keyof typeof BINDINGS.vars]
      door = await storedDoor({}, { [name]: `no permission for ${value}` })
      for (const line of PUBLIC) {
        const outcome = await door.ask(line)
        expect(outcome, line).toMatchObject(refused('503 config.secret-store'))
        expect(outcome.response.headers['retry-after']).toMatch(/^\d+$/)
        expect(outcome.response.raw).not.toMatch(/permission|secret|config|PSEUDONYM|TOKEN|DECRYPTION|INTROSPECTION/i)
      }
      expect(await toldOf(door, name)).toContain('config.secret-store')
      store.failing.clear()
      const { port } = door.server
      await found(async () => ((await rawRequest(port, rawText('GET', '/health'))).status === 200 ? true : undefined))
    },
  )

  it.each([
    ['empty', '', 'config.missing-binding'],
    ['weak', 'only thirty-one characters long', 'config.weak-secret'],
  ])('of which one is %s let nobody through', async (_, value, reason) => {
    door = await storedDoor({ PSEUDONYM_KEY: value })
    for (const line of PUBLIC) expect(await door.ask(line), line).toMatchObject(refused(`503 ${reason}`))
    const told = await toldOf(door, 'PSEUDONYM_KEY')
    expect(told).not.toContain('thirty-one')
  })

  it('a binding of another kind is no secret', async () => {
    const { PSEUDONYM_KEY: _key, ...vars } = BINDINGS.vars
    store = await startSecretsStore({})
    door = await openFrontDoor({ ...BINDINGS, vars, services: { PSEUDONYM_KEY: { address: store.address } } })
    expect(await door.ask('GET /health')).toMatchObject(refused('503 config.secret-store'))
  })
})
