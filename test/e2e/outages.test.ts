import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { FALSE_CONFIGURATIONS, type FalseConfiguration, OUTAGES, type Outage } from './broken-issuer.ts'
import { crowd } from './crowd.ts'
import { notices, unexpectedLines } from './log.ts'
import { startWorld, type World } from './world.ts'

/** The bounds that the jwt policy states, in milliseconds. */
const REFRESH_MS = 5 * 60_000
const COOLDOWN_MS = 30_000

/** Requests of one crowd. */
const MANY = 200
const SOME = 50

/** A way for the issuer to fail, and the route whose keys it takes away. */
interface Case {
  readonly target: string
  begin(world: World): Promise<void> | void
  end(world: World): Promise<void> | void
}

const killed: Case = { target: '/v1/bound', begin: ({ issuerDoor }) => issuerDoor.kill(), end: ({ issuerDoor }) => issuerDoor.revive() }

const ofKeySet = (outage: Outage): Case => ({
  target: '/v1/users/7',
  begin: ({ issuer }) => void Object.assign(issuer, { outage }),
  end: ({ issuer }) => void Object.assign(issuer, { outage: 'none' }),
})

const ofConfiguration = (configuration: FalseConfiguration): Case => ({
  target: '/v1/discovered',
  begin: ({ issuer }) => void Object.assign(issuer, { configuration }),
  end: ({ issuer }) => void Object.assign(issuer, { configuration: 'true' }),
})

/** Each costs the time limit of a fetch, twice. */
const SLOW: readonly Outage[] = ['never answers', 'stalls in the middle of the body']

const CASES: readonly (readonly [what: string, outage: Case])[] = [
  ['the issuer was killed', killed],
  ...(Object.keys(OUTAGES) as Outage[]).filter((name) => !SLOW.includes(name)).map((name) => [`the key set ${name}`, ofKeySet(name)] as const),
  ...(Object.keys(FALSE_CONFIGURATIONS) as FalseConfiguration[]).map((name) => [`the configuration ${name}`, ofConfiguration(name)] as const),
]

/** What the gateway owes its callers while their issuer fails, and afterwards. The isolate has never heard of the issuer. */
async function withstand(world: World, { target, begin, end }: Case): Promise<void> {
  const { issuer } = world
  const oldKey = await issuer.makeKey()
  issuer.publish(oldKey)
  const token = await world.token('ada')
  const sendAll = (of: string) => (requests: number) => crowd(requests, () => world.ask(target, { token: of }))
  const withToken = sendAll(token)
  const fetches = () => {
    const { keySetRequests, configurationRequests } = issuer
    Object.assign(issuer, { keySetRequests: 0, configurationRequests: 0 })
    return Math.max(keySetRequests, configurationRequests)
  }

  // Cold: nobody can know.
  await begin(world)
  expect(await withToken(MANY)).toEqual({ 503: MANY })
  expect(fetches()).toBeLessThanOrEqual(1)
  expect(world.outside.received).toEqual([])
  const refused = await world.ask(target, { token })
  expect(refused.headers).toMatchObject({ 'retry-after': expect.stringMatching(/^[1-9]/) })
  expect(refused.headers).not.toHaveProperty('www-authenticate')
  expect((await world.decision(refused.requestId)).record).toMatchObject({ decision: 'error', reason: 'jwt.error' })

  // After the cooldown the issuer is asked again, and is well.
  await end(world)
  await world.forward(COOLDOWN_MS)
  expect(await withToken(SOME)).toEqual({ 200: SOME })
  expect(fetches()).toBeLessThanOrEqual(1)

  // Warm, and due for a refresh: known keys serve on. What a new key signed cannot be judged.
  issuer.publish(await issuer.makeKey(), oldKey)
  const withNewKey = sendAll(await world.token('grace'))
  await begin(world)
  await world.forward(REFRESH_MS)
  expect(await Promise.all([withToken(MANY), withNewKey(SOME)])).toEqual([{ 200: MANY }, { 503: SOME }])
  expect(fetches()).toBeLessThanOrEqual(1)

  await end(world)
  await world.forward(COOLDOWN_MS)
  expect(await Promise.all([withNewKey(SOME), withToken(SOME)])).toEqual([{ 200: SOME }, { 200: SOME }])
  expect(fetches()).toBeLessThanOrEqual(1)

  expect(issuer.strayRequests).toBe(0)
  expect(unexpectedLines(world.server)).toEqual([])
  expect(notices(world.server, 'jwt.key-set').length).toBeGreaterThan(0)
}

describe('503 without keys, no failure with them, never 401, and a recovery:', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world.stop())
  beforeEach(async () => {
    await world.server.kill()
    await world.restart()
    world.outside.forget()
  })

  it.each(CASES)('%s', (_, outage) => withstand(world, outage))
})

// Side by side, each in a world of its own, because they are slow.
describe.concurrent('the same, with a fetch that runs into its time limit:', () => {
  it.each(SLOW)('the key set %s', async (name) => {
    const world = await startWorld()
    try {
      await withstand(world, ofKeySet(name))
    } finally {
      await world.stop()
    }
  })
})
