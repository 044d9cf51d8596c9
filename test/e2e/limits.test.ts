import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { eventually, exchange, startWorld, type World } from './world.ts'

const BURST = 10
/** `60/hour`: one a minute. The tests below take less than that. */
const REFILLED = 1

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.stop())
beforeEach(() => {
  world.outside.forget()
  world.outside.answer()
})

const status = async (target: string, token: string) => (await world.ask(target, { token })).status

it('counts each principal apart, whatever tokens and addresses they use', async () => {
  const ada = [await world.token('ada'), await world.token('ada', { scope: 'users:read' })] as const
  const grace = await world.token('grace')
  for (let i = 0; i < 4; i++) expect(await status('/v1/limited', ada[i % 2] as string)).toBe(200)
  expect(await status('/v1/limited', ada[0])).toBe(429)
  expect((await world.ask('/v1/limited', { token: ada[1], headers: { 'cf-connecting-ip': '192.0.2.99' } })).status).toBe(429)
  for (let i = 0; i < 4; i++) expect(await status('/v1/limited', grace)).toBe(200)
  expect(await status('/v1/limited', grace)).toBe(429)
  expect(world.outside.received).toHaveLength(8)
})

it('lets in again whoever waits as long as told', async () => {
  const token = await world.token('ada')
  const refused = await world.ask('/v1/limited', { token })
  expect(refused.status).toBe(429)
  await world.forward(Number(refused.headers['retry-after']) * 1000)
  expect(await status('/v1/limited', token)).toBe(200)
  expect(await status('/v1/limited', token)).toBe(429)
})

it('admits no more than the burst, however many ask at once', async () => {
  const token = await world.token('grace')
  const answers = await Promise.all(Array.from({ length: 40 }, () => status('/v1/durable', token)))
  expect(answers.filter((each) => each === 200).length).toBe(world.outside.received.length)
  expect(world.outside.received.length).toBeGreaterThanOrEqual(BURST)
  expect(world.outside.received.length).toBeLessThanOrEqual(BURST + REFILLED)
})

it('forgives nothing when workerd is killed in the middle', async () => {
  const token = await world.token('ada')
  for (let i = 0; i < 3; i++) expect(await status('/v1/durable', token)).toBe(200)

  // Three more reach the origin and are never answered: the process dies under them.
  world.outside.answer(() => {})
  const hanging = Array.from({ length: 3 }, () => exchange(world.open('/v1/durable', { token })).catch(() => 'lost'))
  await eventually(() => (world.outside.received.length === 6 ? true : undefined))
  await world.server.kill()
  expect(await Promise.all(hanging)).toEqual(['lost', 'lost', 'lost'])

  world.outside.answer()
  await world.restart()
  const answers = await Promise.all(Array.from({ length: 20 }, () => status('/v1/durable', token)))
  expect(new Set(answers)).toEqual(new Set([200, 429]))
  expect(world.outside.received.length).toBeGreaterThanOrEqual(BURST)
  expect(world.outside.received.length).toBeLessThanOrEqual(BURST + REFILLED)

  // And once more, with nothing under way: what is spent stays spent.
  await world.server.kill()
  await world.restart()
  const spent = world.outside.received.length
  await Promise.all(Array.from({ length: 10 }, () => status('/v1/durable', token)))
  expect(world.outside.received.length).toBeLessThanOrEqual(Math.max(spent, BURST + REFILLED))
})
