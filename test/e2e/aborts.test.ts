import type { ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { eventually, head, startWorld, type World } from './world.ts'

const TIMES = 10

let world: World
let token: string
let before = 0
beforeAll(async () => {
  world = await startWorld()
  token = await world.token('ada')
})
afterAll(() => world.stop())
beforeEach(async () => {
  world.outside.forget()
  world.outside.answer()
  before = (await world.decisions()).length
})
// After every kind of abort: the gateway serves, and nothing fell through.
afterEach(async () => {
  world.outside.answer()
  expect(await Promise.all(Array.from({ length: 5 }, async () => (await world.ask('/v1/users/7', { token })).status))).toEqual(Array(5).fill(200))
  const notOurs = world.server
    .log()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('{"'))
  expect(notOurs).toEqual([])
})

const times = <T>(run: () => Promise<T>) => Promise.all(Array.from({ length: TIMES }, run))

/** Waits for one decision each, and no more. */
async function decided(): Promise<readonly string[]> {
  await expect.poll(async () => (await world.decisions()).length - before).toBe(TIMES)
  return (await world.decisions()).slice(before).map(({ record }) => record.decision)
}

it.each(['/v1/blobs/1', '/v1/notes'])('POST %s: clients that go away in the middle of their request', async (target) => {
  const isStreamed = target === '/v1/blobs/1'
  const type = isStreamed ? 'application/octet-stream' : 'application/json'
  const requests = await times(async () => {
    const request = world.open(target, { method: 'POST', token, headers: { 'content-type': type, 'content-length': '1000' } })
    request.on('error', () => {})
    await new Promise<void>((written) => request.write('{"title":"', () => written()))
    return request
  })
  if (isStreamed) await eventually(() => (world.outside.received.filter(({ bytes }) => bytes > 0).length === TIMES ? true : undefined))
  for (const request of requests) request.destroy()
  expect(await decided()).not.toContain('allow')
  // Half a body is never a request to the origin: it sees the connection break, or nothing.
  expect(world.outside.received).toHaveLength(isStreamed ? TIMES : 0)
  for (const arrived of world.outside.received) await expect(arrived.body).rejects.toThrow()
})

it('clients that go away while the origin thinks', async () => {
  const waiting: ServerResponse[] = []
  world.outside.answer((_arrived, response) => void waiting.push(response))
  const requests = Array.from({ length: TIMES }, () => world.open('/v1/users/7', { token }))
  for (const request of requests) request.on('error', () => {}).end()
  await eventually(() => (waiting.length === TIMES ? true : undefined))
  for (const request of requests) request.destroy()
  for (const response of waiting) response.end('too late')
  expect(await decided()).toEqual(Array(TIMES).fill('allow'))
})

it.each(['/v1/stream', '/v1/events'])('%s: clients that go away in the middle of the response', async (target) => {
  world.outside.answer(async ({ abandoned }, response) => {
    response.on('error', () => {}).writeHead(200, { 'content-type': 'text/event-stream' })
    // An origin with more to say finds out that nobody listens.
    const more = setInterval(() => response.write('data: more\n\n'), 10)
    await abandoned
    clearInterval(more)
  })
  await times(async () => {
    const request = world.open(target, { token })
    request.on('error', () => {}).end()
    const response = await head(request)
    response.on('error', () => {})
    await new Promise((came) => response.once('data', came))
    request.destroy()
  })
  await Promise.all(world.outside.received.map(({ abandoned }) => abandoned))
  expect(await decided()).toEqual(Array(TIMES).fill('allow'))
})

it('clients that take no more of a large response', async () => {
  const blob = Buffer.alloc(20 << 20)
  world.outside.answer(
    (_arrived, response) =>
      void response
        .on('error', () => {})
        .writeHead(200, { 'content-type': 'application/octet-stream' })
        .end(blob),
  )
  await times(async () => {
    const request = world.open('/v1/blobs/1', { token })
    request.on('error', () => {}).end()
    const response = await head(request)
    response.on('error', () => {})
    request.destroy()
  })
  await Promise.all(world.outside.received.map(({ abandoned }) => abandoned))
  expect(await decided()).toEqual(Array(TIMES).fill('allow'))
})
