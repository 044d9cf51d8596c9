import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { crowd, type Statuses } from './crowd.ts'
import { unexpectedLines } from './log.ts'
import type { SigningKey } from './signing-key.ts'
import { eventually, startWorld, type World } from './world.ts'

/** The bounds that the jwt policy states, in milliseconds. */
const REFRESH_MS = 5 * 60_000
const COOLDOWN_MS = 30_000

const TARGET = '/v1/users/7'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.stop())
beforeEach(async () => {
  await world.server.kill()
  await world.restart()
  world.issuer.keySetRequests = 0
  world.issuer.delayMs = 0
})

const send = (token: string) => world.ask(TARGET, { token })
/** Decisions are numbered; of thousands the first are not kept. */
const lastDecision = async () => (await world.decisions()).at(-1)?.id ?? 0
const sendAll =
  (tokens: readonly string[]) =>
  (requests: number, clients?: number): Promise<Statuses> =>
    crowd(requests, (n) => send(tokens[n % tokens.length] as string), clients)

/** A token of a good caller, but for its key, which nobody has, and its signature. */
function unknownKey(token: string): string {
  const [header = '', claims] = token.split('.')
  const renamed = { ...(JSON.parse(Buffer.from(header, 'base64url').toString()) as object), kid: randomBytes(16).toString('hex') }
  return [Buffer.from(JSON.stringify(renamed)).toString('base64url'), claims, randomBytes(64).toString('base64url')].join('.')
}

describe('a rotation under load', () => {
  it('loses no request of thousands; the removed key and its remembered tokens then end, for every request', async () => {
    const { issuer } = world
    const keys: [SigningKey, SigningKey, SigningKey] = [await issuer.makeKey(), await issuer.makeKey(), await issuer.makeKey()]
    const [first, second, third] = keys
    issuer.publish(first)
    const old = [await world.token('ada'), await world.token('grace')]
    expect(await sendAll(old)(500)).toEqual({ 200: 500 })

    // An operator who is in a hurry: the new key signs the moment that it is published, while clients ask.
    const before = sendAll(old)(500)
    issuer.publish(second, first)
    const fresh = [await world.token('ada'), await world.token('grace')]
    expect(await Promise.all([before, sendAll([...old, ...fresh])(1000)])).toEqual([{ 200: 500 }, { 200: 1000 }])
    // One who is not: the next key is known before it signs.
    await world.forward(REFRESH_MS)
    issuer.publish(second, first, third)
    expect(await sendAll([...old, ...fresh])(500)).toEqual({ 200: 500 })
    await world.forward(REFRESH_MS)
    expect(await sendAll(fresh)(100)).toEqual({ 200: 100 })
    issuer.publish(third, second)
    const newest = [await world.token('ada'), await world.token('grace')]
    expect(await sendAll([...fresh, ...newest])(400)).toEqual({ 200: 400 })

    // Of the removed key nobody knows before the next refresh; the request behind which that happens is the last to profit.
    const fetched = issuer.keySetRequests
    await world.forward(REFRESH_MS)
    expect((await send(old[0] as string)).status).toBe(200)
    await eventually(() => (issuer.keySetRequests > fetched ? true : undefined))
    await eventually(async () => ((await send(old[0] as string)).status === 401 ? true : undefined))
    expect(await Promise.all([sendAll(old)(500), sendAll([...fresh, ...newest])(500)])).toEqual([{ 401: 500 }, { 200: 500 }])
    // The first keys, the hurried operator's, three refreshes; the unknown key of the removed tokens, once.
    expect(issuer.keySetRequests).toBeLessThanOrEqual(6)
    expect(unexpectedLines(world.server)).toEqual([])
  })
})

describe('a flood of key ids that nobody has', () => {
  it.each([[0], [100]])('costs the issuer one fetch a cooldown, and good callers nothing (the key set takes %i ms)', async (delayMs) => {
    const { issuer } = world
    const token = await world.token('ada')
    expect(await sendAll([token])(100)).toEqual({ 200: 100 })
    issuer.delayMs = delayMs
    for (let cooldowns = 1; cooldowns <= 3; cooldowns++) {
      const flood = crowd(500, () => send(unknownKey(token)))
      expect(await Promise.all([sendAll([token])(500), flood])).toEqual([{ 200: 500 }, { 401: 500 }])
      expect(issuer.keySetRequests).toBeLessThanOrEqual(1 + cooldowns)
      await world.forward(COOLDOWN_MS)
    }
    expect(unexpectedLines(world.server)).toEqual([])
  })

  it('does not hide a new key for longer than a cooldown', async () => {
    const { issuer } = world
    const oldKey = await issuer.makeKey()
    issuer.publish(oldKey)
    const token = await world.token('ada')
    expect(await sendAll([token])(10)).toEqual({ 200: 10 })
    expect(await crowd(100, () => send(unknownKey(token)))).toEqual({ 401: 100 })
    issuer.publish(await issuer.makeKey(), oldKey)
    const fresh = await world.token('ada')
    await world.forward(COOLDOWN_MS)
    const flood = crowd(200, () => send(unknownKey(token)))
    expect(await Promise.all([sendAll([fresh])(200), sendAll([token])(200), flood])).toEqual([{ 200: 200 }, { 200: 200 }, { 401: 200 }])
  })
})

describe('clients that go away while the keys are fetched', () => {
  /** Sends a request whose connection the client will break off, by RST: workerd takes a FIN for one who still listens. */
  function doomed(token: string) {
    const request = world.open(TARGET, { token, headers: { connection: 'close' } })
    const ended = new Promise<'answered' | 'gone'>((done) => {
      request.on('response', () => done('answered'))
      request.on('close', () => done('gone'))
    })
    request.on('error', () => {}).end()
    return { ended, hangUp: () => void request.socket?.resetAndDestroy() }
  }

  /** Makes keys and brings the isolate where the test wants it. @returns a token whose key it will ask for. */
  const BEFORE: readonly (readonly [what: string, prepare: () => Promise<string>])[] = [
    [
      'by a cold isolate',
      async () => {
        world.issuer.publish(await world.issuer.makeKey())
        return await world.token('ada')
      },
    ],
    [
      'for a key that is new',
      async () => {
        const { issuer } = world
        const oldKey = await issuer.makeKey()
        issuer.publish(oldKey)
        await world.decision((await send(await world.token('ada'))).requestId)
        issuer.publish(await issuer.makeKey(), oldKey)
        issuer.keySetRequests = 0
        return await world.token('ada')
      },
    ],
  ]

  it.each(BEFORE)('%s: the one that began the fetch goes, then 50 that wait for it; everybody else is served', async (_, prepare) => {
    const { issuer } = world
    const token = await prepare()
    const before = await lastDecision()
    issuer.delayMs = 1000
    const first = doomed(token)
    await eventually(() => (issuer.keySetRequests === 1 ? true : undefined))
    const waiting = Array.from({ length: 50 }, () => doomed(token))
    const others = sendAll([token])(100, 20)
    first.hangUp()
    // When one is answered that came after them, they wait too.
    expect((await world.ask('/health')).status).toBe(200)
    for (const one of waiting) one.hangUp()
    expect(await Promise.all([first, ...waiting].map(({ ended }) => ended))).toEqual(Array(51).fill('gone'))
    expect(await others).toEqual({ 200: 100 })
    expect(issuer.keySetRequests).toBe(1)
    issuer.delayMs = 0
    expect(await sendAll([token])(100)).toEqual({ 200: 100 })
    expect(unexpectedLines(world.server)).toEqual([])
    // Nobody was forgotten: each has its decision, those who went away too.
    await expect.poll(async () => (await lastDecision()) - before, { timeout: 10_000 }).toBe(51 + 100 + 1 + 100)
  })
})
