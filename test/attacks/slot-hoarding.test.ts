import type { ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { rawText } from '../workerd/raw.ts'
import { bearer, type FrontDoor, type Line, openFrontDoor, tokenOfOne } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())

/** Requests that the origin has and has not answered. */
let held: ServerResponse[] = []
const lines: Line[] = []
beforeEach(() => {
  held = []
})
afterEach(async () => {
  door.answer()
  for (const response of held) response.destroy()
  await Promise.all(lines.splice(0).map((line) => line.hangUp()))
})

/** What these limits let through at the same time. */
const SLOTS = 2
const HOST = { Host: 'limits.example.com' }
const range = (n: number) => Array.from({ length: n }, (_, i) => i)

/** Opens requests, and waits until the origin has as many more. */
async function hold(bytes: readonly string[]): Promise<readonly Line[]> {
  const before = held.length
  door.answer((_, response) => void held.push(response))
  const opened = bytes.map((each) => door.dial(each))
  lines.push(...opened)
  await expect.poll(() => held.length).toBe(before + bytes.length)
  door.answer()
  return opened
}

const get = (path: string, headers: Record<string, string> = {}) => rawText('GET', path, { ...HOST, ...headers })
const said = async (path: string, headers: Record<string, string> = {}) => (await door.ask(`GET ${path}`, { ...HOST, ...headers })).said
const FULL = '429 rate-limit.exceeded'
const OPEN = '200 origin.answered'

/** Waits until all slots are free, by using all at once. */
async function allFree(path: string, headers: Record<string, string> = {}): Promise<void> {
  const attempt = async () => {
    const before = held.length
    door.answer((_, response) => void held.push(response))
    const tried = range(SLOTS).map(() => door.dial(get(path, headers)))
    try {
      await expect.poll(() => held.length === before + SLOTS || tried.some((line) => line.heard() !== '')).toBe(true)
      return held.length === before + SLOTS
    } finally {
      door.answer()
      for (const response of held.slice(before)) response.end()
      await Promise.all(tried.map((line) => line.hangUp()))
    }
  }
  await expect.poll(attempt, { timeout: 15_000 }).toBe(true)
}

describe('a slot is held for as long as something is in flight', () => {
  it('however slowly it is answered, and whether or not anybody reads', async () => {
    const opened = await hold(range(SLOTS).map(() => get('/slots/parts')))
    for (const line of opened) line.socket.pause()
    for (const response of held) response.writeHead(200, { 'content-length': '1000000000' }).write(Buffer.alloc(20_000_000))
    expect(await said('/slots/parts')).toBe(FULL)
    for (const line of opened) await line.hangUp()
    const more = setInterval(() => held.map((response) => response.write('more')), 10)
    await allFree('/slots/parts').finally(() => clearInterval(more))
  })

  it.each<[string, Record<string, string>]>([
    ['of another agent', { 'User-Agent': 'another' }],
    ['from another address', { 'CF-Connecting-IP': '198.51.100.200' }],
    ['by a percent-encoded name', {}],
  ])('by a request %s too', async (what, headers) => {
    const id = what.replaceAll(' ', '-')
    await hold(range(SLOTS).map(() => get(`/slots/${id}`)))
    expect(await said(what.includes('percent') ? `/slots/%${id.charCodeAt(0).toString(16)}${id.slice(1)}` : `/slots/${id}`, headers)).toBe(FULL)
  })

  it('sixty-four at once are never more than two', async () => {
    let most = 0
    let now = 0
    door.answer((_, response) => {
      most = Math.max(most, ++now)
      response.on('close', () => now--)
      setImmediate(() => response.end())
    })
    const outcomes = await Promise.all(range(64).map(() => said('/slots/many')))
    expect(most).toBeLessThanOrEqual(SLOTS)
    expect(new Set(outcomes)).toEqual(new Set([OPEN, FULL]))
    await allFree('/slots/many')
  })
})

describe('a slot comes back', () => {
  it.each<[string, (response: ServerResponse) => void]>([
    ['an empty body', (response) => response.end()],
    ['204', (response) => response.writeHead(204).end()],
    ['304', (response) => response.writeHead(304, { etag: '"a"' }).end()],
    ['a redirect', (response) => response.writeHead(302, { location: 'https://limits.example.com/slots/again' }).end('moved')],
    ['500', (response) => response.writeHead(500).end('broken')],
    ['a body that breaks off', (response) => response.writeHead(200, { 'content-length': '100' }).write('a', () => void response.destroy())],
    ['chunks that break off', (response) => response.writeHead(200).write('a', () => void response.destroy())],
    ['a connection that breaks off', (response) => void response.destroy()],
    ['a body that says it is coded and is not', (response) => response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': '5' }).end('plain')],
    ['a coding that nobody knows', (response) => response.writeHead(200, { 'content-encoding': 'x', 'content-length': '5' }).end('plain')],
    [
      'a WebSocket that nobody asked for',
      (response) => void response.socket?.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
    ],
    ['nonsense', (response) => void response.socket?.end('HTTP/1.1 999 \x00\r\n\r\n')],
  ])('after %s', async (what, answer) => {
    const path = `/slots/${what.replaceAll(/[^a-z0-9]/g, '-')}`
    const opened = await hold(range(SLOTS).map(() => get(path)))
    expect(await said(path)).toBe(FULL)
    for (const response of held) answer(response)
    await expect.poll(() => opened.every((line) => line.heard() !== '' || line.socket.closed)).toBe(true)
    await allFree(path)
  })

  it('after HEAD, whatever length it tells', async () => {
    for (const length of [undefined, '0', '100']) {
      door.answer((_, response) => void response.writeHead(200, length === undefined ? {} : { 'content-length': length }).end())
      for (const _ of range(SLOTS + 1)) {
        const head = () => door.send(rawText('HEAD', '/slots/head', { ...HOST, Connection: 'close' }))
        await expect.poll(async () => (await head()).response.status).toBe(200)
      }
    }
    await allFree('/slots/head')
  })

  it('after a client that hangs up at every stage', async () => {
    const waiting = await hold(range(SLOTS).map(() => get('/slots/stages')))
    for (const line of waiting) await line.hangUp()
    expect(await said('/slots/stages'), 'the origin is still at work').toBe(FULL)
    for (const response of held) response.end('too late')
    await allFree('/slots/stages')

    const reading = await hold(range(SLOTS).map(() => get('/slots/more-stages')))
    for (const response of held.slice(-SLOTS)) response.writeHead(200).write('a')
    await expect.poll(() => reading.every((line) => line.heard().includes('\r\n\r\n'))).toBe(true)
    for (const line of reading) await line.hangUp()
    // The origin hears of it when it goes on.
    const more = setInterval(() => held.slice(-SLOTS).map((response) => response.write('more')), 10)
    await allFree('/slots/more-stages').finally(() => clearInterval(more))
  })

  it('after a client that hangs up while the origin is silent', async () => {
    const opened = await hold(range(SLOTS).map(() => get('/slots/silent')))
    for (const response of held) response.writeHead(200, { 'content-type': 'text/event-stream' }).write('hello')
    await expect.poll(() => opened.every((line) => line.heard().includes('hello'))).toBe(true)
    for (const line of opened) await line.hangUp()
    await expect.poll(() => said('/slots/silent'), { timeout: 10_000 }).toBe(OPEN)
  })

  it('after a client that sends half a body and hangs up', async () => {
    const head = rawText('POST', '/slots-body/half', { ...HOST, 'Content-Type': 'application/json', 'Content-Length': '100' })
    for (const _ of range(2 * SLOTS)) {
      const line = door.dial(`${head}{"title":`)
      await new Promise<void>((done) => line.socket.once('connect', done))
      await line.hangUp()
    }
    const whole = () => door.ask('POST /slots-body/half', { ...HOST, 'Content-Type': 'application/json' }, '{"title":"a"}')
    await expect.poll(async () => (await Promise.all([whole(), whole()])).map((outcome) => outcome.said), { timeout: 15_000 }).toEqual([OPEN, OPEN])
  })

  it('after the gateway itself refused: a token, a body, an origin that is late', async () => {
    for (const _ of range(2 * SLOTS)) expect(await said('/slots-members/a')).toBe('401 jwt.missing')
    await allFree('/slots-members/a', bearer(await tokenOfOne(door)))

    const invalid = () => door.ask('POST /slots-body/invalid', { ...HOST, 'Content-Type': 'application/json' }, '{"title":1}')
    for (const _ of range(2 * SLOTS)) await expect.poll(async () => (await invalid()).said).toBe('422 validate.body')

    for (const _ of range(2)) {
      await hold(range(SLOTS).map(() => get('/slots-impatient/a')))
      await expect.poll(() => lines.every((line) => line.heard().includes(' 504 '))).toBe(true)
      lines.length = 0
      await expect.poll(() => said('/slots-impatient/a')).toBe(OPEN)
    }
  })

  it('after a preflight', async () => {
    const preflight = () => door.ask('OPTIONS /slots/preflight', { ...HOST, Origin: 'https://app.example.com', 'Access-Control-Request-Method': 'GET' })
    for (const _ of range(3 * SLOTS)) await expect.poll(async () => (await preflight()).response.status).toBe(204)
    await allFree('/slots/preflight')
  })

  it('of the first limit when the second has none', async () => {
    await hold([get('/slots-pair/a')])
    for (const _ of range(3 * SLOTS)) expect(await said('/slots-pair/a')).toBe(FULL)
    held[0]?.end()
    await expect.poll(() => said('/slots-pair/a')).toBe(OPEN)
    await hold([get('/slots-pair/a')])
    held.at(-1)?.end()
  })

  it('in report mode, where it is only counted', async () => {
    await hold(range(SLOTS).map(() => get('/slots-tried/a')))
    const outcome = await door.ask('GET /slots-tried/a', HOST)
    expect([outcome.said, outcome.decision?.reported, outcome.response.headers.ratelimit]).toEqual([
      OPEN,
      'rate-limit:slots-tried:rate-limit.exceeded',
      undefined,
    ])
    for (const response of held) response.end()
    await expect.poll(async () => (await door.ask('GET /slots-tried/a', HOST)).decision?.reported).toBe('')
  })
})
