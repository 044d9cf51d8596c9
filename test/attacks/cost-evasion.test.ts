import { createHash } from 'node:crypto'
import type { OutgoingHttpHeaders } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { rawText } from '../workerd/raw.ts'
import { type FrontDoor, found, type Outcome, openFrontDoor } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())
afterEach(() => door.answer())

/** Each test has an address of its own. */
let ip = ''
let tests = 0
beforeEach(() => {
  ip = `198.51.100.${++tests}`
})

/** What both limits hold; nothing comes back while a test runs. */
const BURST = 40
/** The most that one request costs. */
const MAX = 10
const EXCEEDED = '429 rate-limit.exceeded'

const from = (headers: Record<string, string> = {}) => ({ Host: 'limits.example.com', 'CF-Connecting-IP': ip, ...headers })
/** How many tokens an answer says are left. */
const left = ({ response }: Outcome) => Number(/;r=(\d+)/.exec(response.headers.ratelimit ?? '')?.[1])
const range = (n: number) => Array.from({ length: n }, (_, i) => i)

describe('by size: a token for each 100 bytes', () => {
  const post = (headers: Record<string, string>, body = '') => rawText('POST', '/by-size', from(headers), body)
  const chunked = (size: number) => `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n`

  it.each<[string, number, number]>([
    ['no byte', 0, 1],
    ['one byte', 1, 1],
    ['100 bytes', 100, 1],
    ['101 bytes', 101, 2],
    ['1000 bytes', 1000, 10],
  ])('%s', async (_, size, cost) => {
    const outcome = await door.send(post({}, 'x'.repeat(size)))
    expect([outcome.said, left(outcome)]).toEqual(['200 origin.answered', BURST - cost])
  })

  it.each<[string, () => string]>([
    ['chunks', () => post({ 'Transfer-Encoding': 'chunked' }) + chunked(900)],
    ['chunks that say they are one byte', () => post({ 'Content-Length': '1', 'Transfer-Encoding': 'chunked' }) + chunked(900)],
    ['one byte that is chunks', () => post({ 'Transfer-Encoding': 'chunked', 'Content-Length': '1' }) + chunked(900)],
    ['chunks beside a header that looks like a length', () => post({ Content_Length: '1', 'Transfer-Encoding': 'chunked' }) + chunked(900)],
    ['chunks of a coding', () => post({ 'Content-Encoding': 'gzip', 'Transfer-Encoding': 'chunked' }) + chunked(900)],
  ])('%s do not say how large they are', async (_, bytes) => {
    const outcome = await door.send(bytes())
    expect([outcome.response.status, outcome.received]).toEqual([outcome.said.startsWith('400') ? 400 : 411, []])
  })

  it.each<[string, () => string]>([
    ['a longer body', () => post({ 'Content-Length': '1001' }, 'x'.repeat(1001))],
    ['one that is never sent', () => post({ 'Content-Length': '999999999999999' })],
    ['one longer than any number', () => post({ 'Content-Length': '1000000000000000' })],
    ['two lengths', () => post({ 'Content-Length': '1' }, 'x'.repeat(1000)).replace('\r\n\r\n', '\r\nContent-Length: 1000\r\n\r\n')],
    ['a list of lengths', () => post({ 'Content-Length': '1, 1000' }, 'x'.repeat(1000))],
    ['a length with a sign', () => post({ 'Content-Length': '+1000' }, 'x'.repeat(1000))],
    ['a hexadecimal length', () => post({ 'Content-Length': '0x3e8' }, 'x'.repeat(1000))],
  ])('%s: refused', async (_, bytes) => {
    const outcome = await door.send(bytes())
    expect(outcome.received).toEqual([])
    expect([400, 413]).toContain(outcome.response.status)
  })

  it('chunks get no further than a length would', async () => {
    await door.send(post({ 'Transfer-Encoding': 'chunked' }) + chunked(100_000))
    const longest = Math.max(0, ...door.origin.received.filter(({ fields }) => fields.some(([, value]) => value === ip)).map(({ body }) => body.length))
    expect(longest).toBeLessThanOrEqual(MAX * 100)
  })

  it('forty at once of ten tokens each are four', async () => {
    const outcomes = await Promise.all(range(BURST).map(() => door.send(post({}, 'x'.repeat(1000)))))
    expect(outcomes.filter(({ said }) => said === '200 origin.answered')).toHaveLength(BURST / MAX)
  })
})

describe("by the origin's answer", () => {
  const ask = (headers: Record<string, string> = {}, method = 'GET') => door.send(rawText(method, '/by-answer', from({ ...headers, Connection: 'close' })))
  /** What one request with that answer has cost, as soon as what came back is back. */
  async function cost(status: number, headers: OutgoingHttpHeaders, expected: number, method = 'GET'): Promise<void> {
    door.answer((_, response) => void response.writeHead(status, headers).end())
    await ask({}, method)
    door.answer((_, response) => void response.writeHead(200, { 'x-cost': '0' }).end())
    await found(async () => (left(await ask()) >= BURST - expected - MAX ? true : undefined))
    // It never is more, however long one waits.
    for (const _ of range(3)) expect(left(await ask())).toBeLessThanOrEqual(BURST - expected - MAX)
  }

  it.each<[string, number, OutgoingHttpHeaders, number, string?]>([
    ['a number', 200, { 'x-cost': '3' }, 3],
    ['nothing', 200, { 'x-cost': '0' }, 0],
    ['no header', 200, {}, MAX],
    ['an empty one', 200, { 'x-cost': '' }, MAX],
    ['more than the most', 200, { 'x-cost': '11' }, MAX],
    ['more than any number', 200, { 'x-cost': '9'.repeat(400) }, MAX],
    ['a negative number', 200, { 'x-cost': '-5' }, MAX],
    ['a sign', 200, { 'x-cost': '+1' }, MAX],
    ['a fraction', 200, { 'x-cost': '0.5' }, MAX],
    ['an exponent', 200, { 'x-cost': '1e0' }, MAX],
    ['a hexadecimal number', 200, { 'x-cost': '0x1' }, MAX],
    ['a leading zero', 200, { 'x-cost': '01' }, MAX],
    ['words', 200, { 'x-cost': 'Infinity' }, MAX],
    ['two lines', 200, { 'x-cost': ['1', '1'] }, MAX],
    ['a list', 200, { 'x-cost': '1, 2' }, MAX],
    ['blanks around it', 200, { 'x-cost': ' \t2 ' }, 2],
    ['404', 404, { 'x-cost': '2' }, 2],
    ['500 without a word', 500, {}, MAX],
    ['204', 204, { 'x-cost': '2' }, 2],
    ['304', 304, { 'x-cost': '2' }, 2],
    ['302', 302, { 'x-cost': '2', location: '/x' }, 2],
    ['HEAD', 200, { 'x-cost': '2' }, 2, 'HEAD'],
    ['a look-alike', 200, { x_cost: '0', 'x-cost-': '0' }, MAX],
  ])('%s', async (_, status, headers, expected, method) => {
    await cost(status, headers, expected, method)
  })

  it('a client that sends the header itself', async () => {
    door.answer((_, response) => void response.writeHead(200).end())
    const outcomes = []
    for (const _ of range(5)) outcomes.push((await ask({ 'X-Cost': '0' })).said)
    expect(outcomes).toEqual([...Array(4).fill('200 origin.answered'), EXCEEDED])
  })

  it('a client that hangs up before the answer', async () => {
    const before = door.origin.received.length
    door.answer(() => {})
    for (const i of range(BURST / MAX)) {
      const line = door.dial(rawText('GET', '/by-answer', from()))
      await expect.poll(() => door.origin.received.length).toBe(before + i + 1)
      await line.hangUp()
    }
    door.answer()
    expect((await ask()).said).toBe(EXCEEDED)
  })

  it.each<[string, number, OutgoingHttpHeaders]>([
    ['an answer', 200, {}],
    ['an error', 500, {}],
    ['a redirect', 302, { location: '/x' }],
    ['nothing new', 304, {}],
  ])('no client is told, by %s', async (_, status, headers) => {
    door.answer(
      (_received, response) => void response.writeHead(status, { ...headers, 'x-cost': '3', ratelimit: '"evil";r=1', 'ratelimit-policy': '"evil";q=1' }).end(),
    )
    const { response } = await ask()
    expect(response.raw).not.toMatch(/x-cost|evil/i)
    expect(response.headers.ratelimit).toMatch(/^"by-answer";r=\d+;t=\d+;pk=:[\w+/]{20}:$/)
  })

  it('nor by a WebSocket', async () => {
    door.origin.onUpgrade((request, socket) => {
      const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nX-Cost: 3\r\nRateLimit: "evil";r=1\r\n\r\n`,
      )
    })
    const line = door.dial(
      rawText(
        'GET',
        '/socket-by-answer',
        from({
          Origin: 'https://app.example.com',
          Connection: 'Upgrade',
          Upgrade: 'websocket',
          'Sec-WebSocket-Version': '13',
          'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        }),
      ),
    )
    await expect.poll(() => line.heard()).toMatch(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\n/)
    await line.hangUp()
    expect(line.heard()).not.toMatch(/x-cost|evil/i)
  })
})
