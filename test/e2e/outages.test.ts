import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { FALSE_CONFIGURATIONS, type FalseConfiguration, OUTAGES, type Outage } from './broken-issuer.ts'
import { crowd, type Statuses } from './crowd.ts'
import { notices, unexpectedLines } from './log.ts'
import { startWorld, type World } from './world.ts'

/** The bounds that the jwt policy states, in milliseconds. */
const REFRESH_MS = 5 * 60_000
const COOLDOWN_MS = 30_000

/** Requests of one crowd. */
const MANY = 200
const SOME = 50

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.stop())
// Each outage begins with an isolate that has never heard of the issuer.
beforeEach(async () => {
  await world.server.kill()
  await world.restart()
  world.outside.forget()
})

/** A way for the issuer to fail, and the route whose keys it takes away. */
interface Case {
  readonly target: string
  begin(): Promise<void> | void
  end(): Promise<void> | void
}

const keySetOutages = Object.keys(OUTAGES).map((name): readonly [string, Case] => [
  `the key set ${name}`,
  {
    target: '/v1/users/7',
    begin: () => void Object.assign(world.issuer, { outage: name as Outage }),
    end: () => void Object.assign(world.issuer, { outage: 'none' }),
  },
])

const configurationOutages = Object.keys(FALSE_CONFIGURATIONS).map((name): readonly [string, Case] => [
  `the configuration ${name}`,
  {
    target: '/v1/discovered',
    begin: () => void Object.assign(world.issuer, { configuration: name as FalseConfiguration }),
    end: () => void Object.assign(world.issuer, { configuration: 'true' }),
  },
])

const killed: readonly [string, Case] = [
  'the issuer was killed',
  { target: '/v1/bound', begin: () => world.issuerDoor.kill(), end: () => world.issuerDoor.revive() },
]

/** How often the issuer was asked since the last look. */
function fetches(): number {
  const { keySetRequests, configurationRequests } = world.issuer
  world.issuer.keySetRequests = 0
  world.issuer.configurationRequests = 0
  return Math.max(keySetRequests, configurationRequests)
}

it.each([killed, ...keySetOutages, ...configurationOutages])(
  '%s: 503 without keys, no failure with them, and it recovers',
  async (_, { target, begin, end }) => {
    const { issuer } = world
    const oldKey = await issuer.makeKey()
    issuer.publish(oldKey)
    const token = await world.token('ada')
    const send =
      (of: string) =>
      (requests: number): Promise<Statuses> =>
        crowd(requests, () => world.ask(target, { token: of }))
    const withToken = send(token)
    fetches()

    // Cold: nobody can know.
    await begin()
    expect(await withToken(MANY)).toEqual({ 503: MANY })
    expect(fetches()).toBeLessThanOrEqual(1)
    expect(world.outside.received).toEqual([])
    const refused = await world.ask(target, { token })
    expect(refused.headers).toMatchObject({ 'retry-after': expect.stringMatching(/^[1-9]/) })
    expect(refused.headers).not.toHaveProperty('www-authenticate')
    expect((await world.decision(refused.requestId)).record).toMatchObject({ decision: 'error', reason: 'jwt.error' })

    // After the cooldown the issuer is asked again, and is well.
    await end()
    await world.forward(COOLDOWN_MS)
    expect(await withToken(SOME)).toEqual({ 200: SOME })
    expect(fetches()).toBeLessThanOrEqual(1)

    // Warm, and due for a refresh: known keys serve on. What a new key signed cannot be judged.
    issuer.publish(await issuer.makeKey(), oldKey)
    const withNewKey = send(await world.token('grace'))
    await begin()
    await world.forward(REFRESH_MS)
    expect(await Promise.all([withToken(MANY), withNewKey(SOME)])).toEqual([{ 200: MANY }, { 503: SOME }])
    expect(fetches()).toBeLessThanOrEqual(1)

    await end()
    await world.forward(COOLDOWN_MS)
    expect(await Promise.all([withNewKey(SOME), withToken(SOME)])).toEqual([{ 200: SOME }, { 200: SOME }])
    expect(fetches()).toBeLessThanOrEqual(1)

    expect(issuer.strayRequests).toBe(0)
    expect(unexpectedLines(world.server)).toEqual([])
    expect(notices(world.server, 'jwt.key-set').length).toBeGreaterThan(0)
  },
)
