import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { OPAQUE_AUDIENCE } from './issuer.ts'
import { values } from './outside.ts'
import { type Answered, eventually, head, startWorld, type World } from './world.ts'

/** The bounds that the introspection policy states, in milliseconds. */
const SERVES_MS = 30_000
const AGING_MS = 22_500
const COOLDOWN_MS = 5000
const REFUSED_MS = 5000
const FAILED_MS = 2000
const OUTAGE_AFTER_MS = 2000

const TARGET = '/v1/opaque'

let world: World

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.stop())

/** Each of these tests begins with an isolate that has never heard of the issuer. */
beforeEach(async () => {
  await world.server.kill()
  await world.restart()
  world.issuer.outage = 'none'
  world.issuer.delayMs = 0
  world.issuer.introspections = 0
  world.outside.forget()
})

const opaque = (client: 'ada' | 'grace' | 'brief' = 'ada', scope?: string) =>
  world.token(client, { resource: OPAQUE_AUDIENCE, ...(scope !== undefined && { scope }) })
const ask = (token: string, target = TARGET) => world.ask(target, { token })
const status = async (token: string) => (await ask(token)).status
const reasonOf = async ({ requestId }: Answered) => (await world.decision(requestId)).record.reason
const said = async (token: string, target = TARGET) => {
  const answer = await ask(token, target)
  return `${answer.status} ${await reasonOf(answer)}`
}

async function expectOutage(answer: Answered): Promise<void> {
  expect(answer.status).toBe(503)
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  expect(answer.headers).not.toHaveProperty('www-authenticate')
  expect((await world.decision(answer.requestId)).record).toMatchObject({ decision: 'error', reason: 'introspection.error', policy: 'introspection' })
}

describe('an opaque token of a real provider', () => {
  it('is accepted as its client, with its scopes, after one question; the origin sees who and no token', async () => {
    const token = await opaque()
    expect(token).not.toContain('.')
    expect([await status(token), await status(token), await status(token)]).toEqual([200, 200, 200])
    expect(world.issuer.introspections).toBe(1)
    for (const arrived of world.outside.received) {
      expect(values(arrived, 'x-portcullis-subject')).toEqual(['client:ada'])
      expect(values(arrived, 'x-portcullis-method')).toEqual(['introspection'])
      expect(values(arrived, 'authorization')).toEqual([])
    }
  })

  it.each<[string, () => Promise<string>, string]>([
    ['that nobody gave out', async () => 'W1Fq8nDZKeZcBkb6jjIFQ2yG4YdtzNBvXQkqxEUcmhk', '401 introspection.inactive'],
    ['changed by a character', async () => `${await opaque()}A`, '401 introspection.inactive'],
    ['with too little scope', () => opaque('ada', 'notes:write'), '403 authorize.scope'],
    ['that is signed', () => world.token('ada'), '401 authenticate.unclaimed'],
  ])('one %s: %s', async (_, make, expected) => {
    expect(await said(await make())).toBe(expected)
  })

  it('stands beside signed ones on one route', async () => {
    const [one, other] = [await opaque('grace'), await world.token('grace')]
    expect([await said(one, '/v1/opaque-or-signed'), await said(other, '/v1/opaque-or-signed')]).toEqual(['200 origin.answered', '200 origin.answered'])
  })

  it('is asked about once by requests that come at once', async () => {
    world.issuer.delayMs = 200
    const token = await opaque()
    expect(await Promise.all(Array.from({ length: 8 }, () => status(token)))).toEqual(Array(8).fill(200))
    expect(world.issuer.introspections).toBe(1)
  })

  it('serves those who wait for a question whose own client has gone', async () => {
    world.issuer.delayMs = 500
    const token = await opaque()
    const first = world.open(TARGET, { token })
    const gone = head(first).catch(() => 'gone')
    first.end()
    await eventually(() => (world.issuer.introspections === 1 ? true : undefined))
    const others = [status(token), status(token)]
    first.destroy()
    expect(await gone).toBe('gone')
    expect([await Promise.all(others), world.issuer.introspections]).toEqual([[200, 200], 1])
  })
})

describe('a revocation at the provider', () => {
  it('is noticed after maxCacheSeconds at the latest', async () => {
    const [token, other] = [await opaque(), await opaque('grace')]
    expect([await status(token), await status(other)]).toEqual([200, 200])
    await world.revoke('ada', token)
    await world.forward(SERVES_MS)
    expect([await said(token), await said(other)]).toEqual(['401 introspection.inactive', '200 origin.answered'])
    await world.forward(REFUSED_MS)
    expect(await said(token)).toBe('401 introspection.inactive')
  })

  it('of a token in use is noticed earlier, behind a request', async () => {
    const token = await opaque()
    expect(await status(token)).toBe(200)
    await world.revoke('ada', token)
    await world.forward(AGING_MS)
    expect(await status(token)).toBe(200)
    const answer = await eventually(async () => {
      const next = await ask(token)
      return next.status === 200 ? undefined : next
    })
    expect([answer.status, await reasonOf(answer), world.issuer.introspections]).toEqual([401, 'introspection.inactive', 2])
  })

  it('a token in use that was not revoked never waits', async () => {
    const token = await opaque()
    for (let i = 0; i < 5; i++) {
      const answer = await ask(token)
      const step = (await world.decision(answer.requestId)).trace.find(({ policy }) => policy === 'introspection')
      expect([answer.status, step?.outcome, step?.waitedMs === undefined]).toEqual([200, 'pass', i > 0])
      await eventually(() => (world.issuer.introspections === i + 1 ? true : undefined))
      await world.forward(AGING_MS)
    }
  })
})

describe('while the provider', () => {
  it.each(['breaks the connection', 'answers 500', 'never answers'] as const)('%s: known tokens 200, unknown ones 503, and never 401', async (outage) => {
    const [token, ...unknown] = [await opaque(), await opaque('grace'), await opaque('grace'), await opaque('grace'), await opaque('grace')]
    expect(await status(token)).toBe(200)
    world.issuer.outage = outage
    world.issuer.introspections = 0
    world.outside.forget()
    // All questions at once, one more, then none for a while.
    for (const answer of await Promise.all(unknown.map((each) => ask(each)))) await expectOutage(answer)
    expect(world.issuer.introspections, 'no outage yet').toBe(unknown.length)
    await world.forward(OUTAGE_AFTER_MS)
    await expectOutage(await ask(unknown[0] as string))
    const asked = world.issuer.introspections
    const statuses: number[] = []
    for (let i = 0; i < 20; i++) statuses.push(await status(unknown[i % unknown.length] as string), await status(token))
    expect(statuses.filter((each) => each === 503).length).toBe(20)
    expect(statuses.filter((each) => each === 200).length).toBe(20)
    expect(world.issuer.introspections).toBe(asked)
    expect(asked).toBe(unknown.length + 1)
    expect(world.outside.received.length, 'the origin saw the known token alone').toBe(20)

    world.issuer.outage = 'none'
    await world.forward(COOLDOWN_MS)
    expect(await Promise.all([unknown[0] as string, token].map(status))).toEqual([200, 200])
  })

  it('is out of reach, a known token serves for maxCacheSeconds and no longer', async () => {
    const token = await opaque()
    expect(await status(token)).toBe(200)
    world.issuer.outage = 'breaks the connection'
    await world.forward(SERVES_MS - 5000)
    expect(await status(token)).toBe(200)
    await world.forward(5000)
    await expectOutage(await ask(token))
  })

  it('knows another password of the gateway, callers get 503 and the operator is told', async () => {
    const token = await opaque()
    world.issuer.outage = 'refuses the gateway'
    await expectOutage(await ask(token))
    await eventually(() => (world.server.log().includes('introspection.client') ? true : undefined))
    expect(world.server.log()).not.toContain(token)
  })
})

// The clock stays ahead: nothing can come after this.
describe('a day later', () => {
  it('ends with exp, though the provider has said nothing since', async () => {
    const token = await opaque()
    expect(await status(token)).toBe(200)
    await world.forward(86_400_000 + 5000)
    world.issuer.outage = 'answers 500'
    expect(await status(token)).toBe(503)
    world.issuer.outage = 'none'
    await world.forward(FAILED_MS)
    expect(await said(token)).toBe('401 introspection.expired')
  })
})
