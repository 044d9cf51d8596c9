import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { values } from './outside.ts'
import { eventually, head, startWorld, type World } from './world.ts'

/** RFC 6455 §1.3 */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const TEXT = 0x81
const CLOSE = 0x88

let world: World
let token: string
beforeAll(async () => {
  world = await startWorld()
  token = await world.token('ada')
  world.outside.onUpgrade((request, socket) => {
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${GUID}`).digest('base64')
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`)
    onFrames(socket, (opcode, payload) => {
      socket.write(frame(opcode, payload))
      if (opcode === CLOSE) socket.end()
    })
    socket.on('error', () => {})
  })
})
afterAll(() => world.stop())
beforeEach(() => world.outside.forget())

/** Whole frames of less than 126 bytes: enough for an echo. */
function onFrames(socket: Duplex, take: (opcode: number, payload: Buffer) => void): void {
  let rest = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 2) {
      const masked = (rest.readUInt8(1) & 0x80) !== 0
      const length = rest.readUInt8(1) & 0x7f
      const start = masked ? 6 : 2
      if (rest.length < start + length) return
      const payload = Buffer.from(rest.subarray(start, start + length))
      if (masked) for (let i = 0; i < length; i++) payload[i] = (payload[i] ?? 0) ^ rest.readUInt8(2 + (i % 4))
      take(rest.readUInt8(0), payload)
      rest = rest.subarray(start + length)
    }
  })
}

function frame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([opcode, payload.length]), payload])
}

/** Clients mask what they send (RFC 6455 §5.3). */
function maskedFrame(opcode: number, payload: Buffer): Buffer {
  const mask = randomBytes(4)
  return Buffer.concat([Buffer.from([opcode, 0x80 | payload.length]), mask, payload.map((byte, i) => byte ^ mask.readUInt8(i % 4))])
}

function handshake(origin: string | undefined, bearer: string | undefined) {
  const key = randomBytes(16).toString('base64')
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': key }
  const request = world.open('/v1/socket', { token: bearer, headers: { ...upgrade, ...(origin !== undefined && { origin }) } })
  request.end()
  return { request, accept: createHash('sha1').update(`${key}${GUID}`).digest('base64') }
}

it('lets a listed page talk to the origin, both ways', async () => {
  const { request, accept } = handshake('https://app.example.com', token)
  const [response, socket] = await new Promise<[IncomingMessage, Duplex]>((opened, failed) => {
    request.on('upgrade', (response, socket) => opened([response, socket]))
    request.on('response', ({ statusCode }) => failed(new Error(`no upgrade but ${statusCode}`)))
    request.on('error', failed)
  })
  expect(response.statusCode).toBe(101)
  expect(response.headers['sec-websocket-accept']).toBe(accept)
  const echoed: (readonly [number, string])[] = []
  onFrames(socket, (opcode, payload) => echoed.push([opcode, payload.toString('utf8')]))
  for (const word of ['one', 'zwei', '三']) {
    socket.write(maskedFrame(TEXT, Buffer.from(word)))
    await eventually(() => (echoed.at(-1)?.[1] === word ? true : undefined))
  }
  expect(echoed).toEqual([
    [TEXT, 'one'],
    [TEXT, 'zwei'],
    [TEXT, '三'],
  ])
  socket.write(maskedFrame(CLOSE, Buffer.from([0x03, 0xe8])))
  await eventually(() => (echoed.at(-1)?.[0] === CLOSE ? true : undefined))
  socket.destroy()

  expect(values(world.outside.only(), 'x-portcullis-subject')).toEqual(['ada'])
  expect(values(world.outside.only(), 'authorization')).toEqual([])
  const found = await eventually(async () => (await world.decisions()).find(({ record }) => record.route === 'GET /v1/socket'))
  expect(found.record).toMatchObject({ decision: 'allow', reason: 'origin.switched', status: 101 })
})

it.each([
  [403, 'transport.websocket-origin', 'a page of another origin', 'https://evil.example', true],
  [403, 'transport.websocket-origin', 'nobody’s page', undefined, true],
  [401, 'jwt.missing', 'a listed page without a token', 'https://app.example.com', false],
] as const)('%i %s: %s', async (status, reason, _who, origin, authenticated) => {
  const { request } = handshake(origin, authenticated ? token : undefined)
  const response = await head(request)
  response.resume()
  expect(response.statusCode).toBe(status)
  expect((await world.decision(String(response.headers['x-request-id']))).record.reason).toBe(reason)
  expect(world.outside.received).toEqual([])
})

it('hands on what an origin answers that does not want to switch', async () => {
  world.outside.onUpgrade((_request, socket) => void socket.end('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno'))
  const { request } = handshake('https://app.example.com', token)
  const response = await head(request)
  response.resume()
  expect(response.statusCode).toBe(426)
  expect((await world.decision(String(response.headers['x-request-id']))).record).toMatchObject({ reason: 'origin.answered', status: 426 })
})
