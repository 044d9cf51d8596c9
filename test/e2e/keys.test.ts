import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { SigningKey } from './issuer.ts'
import { type Answered, eventually, head, startWorld, type World } from './world.ts'

/** The bounds that the jwt policy states, in milliseconds. */
const REFRESH_MS = 5 * 60_000
const STALE_MS = 60 * 60_000
const COOLDOWN_MS = 30_000

const TARGET = '/v1/users/7'

let world: World

/** Each of these tests begins with an isolate that has never heard of the issuer. */
async function cold(): Promise<void> {
  await world.server.kill()
  await world.restart()
  world.issuer.keySetRequests = 0
  world.issuer.delayMs = 0
  world.issuer.outage = 'none'
}

beforeAll(async () => {
  world = await startWorld()
})
afterEach(() => cold())
afterAll(() => world.stop())

const ask = (token: string) => world.ask(TARGET, { token })
const status = async (token: string) => (await ask(token)).status
const reasonOf = async ({ requestId }: Answered) => (await world.decision(requestId)).record.reason

async function expectOutage(answer: Answered): Promise<void> {
  expect(answer.status).toBe(503)
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  expect(answer.headers).not.toHaveProperty('www-authenticate')
  expect((await world.decision(answer.requestId)).record).toMatchObject({ decision: 'error', reason: 'jwt.error', policy: 'jwt' })
}

describe('discovery', () => {
  it("finds the real provider's keys by its own configuration, and asks for the claims of RFC 9068", async () => {
    const answer = await world.ask('/v1/discovered', { token: await world.token('ada') })
    expect([answer.status, await reasonOf(answer)]).toEqual([200, 'origin.answered'])
    expect(world.issuer.keySetRequests).toBe(1)
  })

  it('of a provider that is out of reach is an outage, not a bad token', async () => {
    const token = await world.token('ada')
    world.issuer.outage = 'answers 500'
    await expectOutage(await world.ask('/v1/discovered', { token }))
  })
})

describe('a cold isolate', () => {
  it('fetches the keys once for all requests that come at once', async () => {
    world.issuer.delayMs = 200
    const token = await world.token('ada')
    const answers = await Promise.all(Array.from({ length: 8 }, () => status(token)))
    expect(answers).toEqual(Array(8).fill(200))
    expect(world.issuer.keySetRequests).toBe(1)
  })

  it('serves those who wait for a fetch whose own client has gone', async () => {
    world.issuer.delayMs = 500
    const token = await world.token('ada')
    const first = world.open(TARGET, { token })
    const gone = head(first).catch(() => 'gone')
    first.end()
    await eventually(() => (world.issuer.keySetRequests === 1 ? true : undefined))
    const others = [status(token), status(token)]
    first.destroy()
    expect(await gone).toBe('gone')
    expect(await Promise.all(others)).toEqual([200, 200])
  })

  it.each(['breaks the connection', 'answers 500', 'never answers'] as const)('answers 503 while the issuer %s, never 401, and recovers', async (outage) => {
    const token = await world.token('ada')
    world.outside.forget()
    world.issuer.outage = outage
    await expectOutage(await ask(token))
    for (const answer of await Promise.all([ask(token), ask(token), ask(token)])) await expectOutage(answer)
    expect(world.issuer.keySetRequests).toBe(1)
    expect(world.outside.received).toEqual([])
    world.issuer.outage = 'none'
    await world.forward(COOLDOWN_MS)
    expect(await status(token)).toBe(200)
    expect(world.issuer.keySetRequests).toBe(2)
  })
})

describe('a warm isolate', () => {
  it('serves on while the issuer is out of reach, for the hour that it says, then answers 503', async () => {
    const token = await world.token('ada')
    const another = await world.token('grace')
    expect(await status(token)).toBe(200)
    world.issuer.outage = 'breaks the connection'
    for (const ms of [REFRESH_MS, COOLDOWN_MS, STALE_MS - REFRESH_MS - COOLDOWN_MS - 10_000]) {
      await world.forward(ms)
      expect([await status(token), await status(another)]).toEqual([200, 200])
    }
    await world.forward(10_000)
    await expectOutage(await ask(token))
    world.issuer.outage = 'none'
    await world.forward(COOLDOWN_MS)
    expect(await status(token)).toBe(200)
  })

  it('cannot know whether a new key is good during an outage: 503', async () => {
    const old = await world.token('ada')
    expect(await status(old)).toBe(200)
    world.issuer.publish(await world.issuer.makeKey())
    world.issuer.outage = 'breaks the connection'
    const fresh = await world.token('ada')
    await expectOutage(await ask(fresh))
    expect(await status(old)).toBe(200)
  })

  it('asks for keys that nobody has at most every 30 seconds', async () => {
    const stranger = await world.issuer.makeKey()
    const known = await world.issuer.makeKey()
    world.issuer.publish(stranger)
    const forged = await world.token('ada')
    world.issuer.publish(known)
    expect(await status(await world.token('ada'))).toBe(200)
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(forged)))
    for (const answer of answers) expect([answer.status, await reasonOf(answer)]).toEqual([401, 'jwt.key'])
    expect(world.issuer.keySetRequests).toBe(2)
  })
})

describe('a rotation', () => {
  /** Clients that never stop asking, each with the newest token it has. */
  function traffic(tokens: () => readonly string[]) {
    const statuses: number[] = []
    let going = true
    const client = async (at: number) => {
      while (going) statuses.push(await status(tokens()[at % tokens().length] as string))
    }
    const clients = Promise.all(Array.from({ length: 4 }, (_, at) => client(at)))
    return {
      /** Waits until so many more requests were answered. */
      async more(count: number) {
        const from = statuses.length
        await eventually(() => (statuses.length >= from + count ? true : undefined))
      },
      async stop() {
        going = false
        await clients
        return statuses
      },
    }
  }

  it('with overlap loses no request, and a removed key stops within five minutes', async () => {
    const { issuer } = world
    const keys: [SigningKey, SigningKey, SigningKey] = [await issuer.makeKey(), await issuer.makeKey(), await issuer.makeKey()]
    const [first, second, third] = keys
    issuer.publish(first)
    const old = await world.token('ada')
    let tokens: readonly string[] = [old]
    const flowing = traffic(() => tokens)
    await flowing.more(40)

    // The new key signs at once; the old one is still published.
    issuer.publish(second, first)
    tokens = [old, await world.token('ada'), await world.token('grace')]
    await flowing.more(80)
    // The next one is published before it signs.
    await world.forward(REFRESH_MS)
    issuer.publish(second, first, third)
    await flowing.more(80)
    await world.forward(REFRESH_MS)
    await flowing.more(80)
    issuer.publish(third, second)
    tokens = [...tokens.slice(1), await world.token('ada')]
    await flowing.more(80)
    const statuses = await flowing.stop()
    expect(statuses.length).toBeGreaterThan(300)
    expect(statuses.filter((each) => each !== 200)).toEqual([])

    // The first key is gone from the set. Until the next refresh it may serve; the request behind which that happens is the last.
    const fetched = issuer.keySetRequests
    await world.forward(REFRESH_MS)
    await ask(old)
    await eventually(() => (issuer.keySetRequests > fetched ? true : undefined))
    const refused = await eventually(async () => {
      const answer = await ask(old)
      return answer.status === 200 ? undefined : answer
    })
    expect([refused.status, await reasonOf(refused)]).toEqual([401, 'jwt.key'])
    expect(await Promise.all(tokens.map(status))).toEqual([200, 200, 200])
  })

  it('of a key that was never published forges nothing', async () => {
    const { issuer } = world
    const [published, secret] = [await issuer.makeKey(), await issuer.makeKey()]
    issuer.publish({ jwk: { ...secret.jwk, kid: published.jwk.kid as string } })
    const forged = await world.token('ada')
    issuer.publish(published)
    const answer = await ask(forged)
    expect([answer.status, await reasonOf(answer)]).toEqual([401, 'jwt.signature'])
  })
})
