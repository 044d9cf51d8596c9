import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { SigningKey } from './issuer.ts'
import { eventually, startWorld, type World } from './world.ts'

/** The bounds of the route, in milliseconds. */
const STALE_MS = 120_000
const FAIL_MS = 1_200_000
const COOLDOWN_MS = 30_000

const TARGET = '/v1/with-status'
const [VALID, INVALID, SUSPENDED] = [0, 1, 2]

let world: World
let key: SigningKey
/** The Worker's clock goes ahead, and the issuer's with it. */
let aheadMs = 0

beforeAll(async () => {
  world = await startWorld()
  key = await world.issuer.makeKey()
  world.issuer.publish(key)
})
afterAll(() => world.stop())

/** Each of these tests begins with an isolate that has never heard of a list, and two clients that are in order. */
beforeEach(async () => {
  await world.server.kill()
  await world.restart()
  world.statusHost.outage = 'none'
  await publish(VALID, VALID)
  world.statusHost.requests = 0
  world.outside.forget()
})

const forward = async (ms: number) => {
  aheadMs += ms
  await world.forward(ms)
}
/** Publishes the status of `ada` and of `grace`. */
const publish = (...statuses: readonly number[]) => world.statusHost.publish(key, statuses, Date.now() + aheadMs)
const said = async (token: string) => {
  const answer = await world.ask(TARGET, { token })
  const { record } = await world.decision(answer.requestId)
  return `${answer.status} ${record.reason}`
}

describe('a token of a real provider, with a list that its key signed', () => {
  it('is refused at the latest maxStalenessSeconds after the list says so, and another is not', async () => {
    const [ada, grace] = [await world.token('ada'), await world.token('grace')]
    expect([await said(ada), await said(grace)]).toEqual(['200 origin.answered', '200 origin.answered'])
    await publish(INVALID, VALID)
    await forward(STALE_MS)
    world.outside.forget()
    expect(await said(ada)).toBe('401 status-list.invalid')
    expect(world.outside.received).toEqual([])
    expect([await said(grace), world.statusHost.requests]).toEqual(['200 origin.answered', 2])
  })

  it('is refused earlier under traffic, behind a request', async () => {
    const token = await world.token('ada')
    expect(await said(token)).toBe('200 origin.answered')
    await publish(INVALID, VALID)
    await forward(STALE_MS / 2)
    expect(await said(token)).toBe('200 origin.answered')
    const refusal = await eventually(async () => {
      const next = await said(token)
      return next === '200 origin.answered' ? undefined : next
    })
    expect(refusal).toBe('401 status-list.invalid')
  })

  it('that was suspended is good again when the list says so', async () => {
    const token = await world.token('ada')
    await publish(SUSPENDED, VALID)
    expect(await said(token)).toBe('401 status-list.invalid')
    await publish(VALID, VALID)
    await forward(STALE_MS)
    expect(await said(token)).toBe('200 origin.answered')
  })

  it('never waits for a list that is known', async () => {
    const token = await world.token('ada')
    for (let i = 0; i < 3; i++) {
      const { requestId } = await world.ask(TARGET, { token })
      const step = (await world.decision(requestId)).trace.find(({ policy }) => policy === 'status-list')
      expect([step?.outcome, step?.waitedMs === undefined]).toEqual(['pass', i > 0])
    }
    expect(world.statusHost.requests).toBe(1)
  })
})

describe.each(['answers 500', 'breaks the connection', 'never answers'] as const)('while the host %s', (outage) => {
  it('what is known serves until failAfterSeconds, then 503 and never 401; and it recovers', async () => {
    await publish(VALID, INVALID)
    const [ada, grace] = [await world.token('ada'), await world.token('grace')]
    const both = async () => [await said(ada), await said(grace)]
    const known = ['200 origin.answered', '401 status-list.invalid']
    expect(await both()).toEqual(known)
    world.statusHost.outage = outage
    await forward(STALE_MS)
    expect(await both()).toEqual(known)
    await forward(FAIL_MS - STALE_MS - 10_000)
    expect(await both()).toEqual(known)
    await forward(10_000)
    expect(await both()).toEqual(['503 status-list.error', '503 status-list.error'])
    world.statusHost.outage = 'none'
    await forward(COOLDOWN_MS)
    expect(await both()).toEqual(known)
  })
})
