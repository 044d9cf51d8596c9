import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { values } from '../workerd/origin.ts'
import { rawText } from '../workerd/raw.ts'
import { bearer, type FrontDoor, forwarded, found, openFrontDoor, refused, tokenOfOne } from './front-door.ts'

const APP = 'https://app.example.com'
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const HANDSHAKE = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': KEY }

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())
beforeEach(() => {
  door.origin.onUpgrade((request, socket) => {
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`)
  })
})

const open = (path: string, headers: Record<string, string> = {}) => door.ask(`GET ${path}`, { ...HANDSHAKE, ...headers })

describe('a page of another origin opens no WebSocket', () => {
  it('nor does who names none', async () => {
    expect(await open('/v1/socket')).toMatchObject(refused('403 transport.websocket-origin'))
  })

  it.each([
    'null',
    'https://evil.test',
    'https://app.example.com.evil.test',
    'https://x.app.example.com',
    'https://xapp.example.com',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://APP.example.com',
    'https://app.example.com/',
    'https://app.example.com, https://evil.test',
    'https://api.example.com',
    '*',
  ])('Origin: %j', async (origin) => {
    expect(await open('/v1/socket', { Origin: origin })).toMatchObject(refused('403 transport.websocket-origin'))
  })

  it('two Origin fields', async () => {
    const bytes = rawText('GET', '/v1/socket', { ...HANDSHAKE, Origin: APP }).replace('\r\n\r\n', '\r\nOrigin: https://evil.test\r\n\r\n')
    expect(await door.send(bytes)).toMatchObject(refused('403 transport.websocket-origin'))
  })

  it.each(['Sec-WebSocket-Origin', 'X-Origin', 'Origin_', 'Referer'])('%s is no Origin', async (name) => {
    expect(await open('/v1/socket', { [name]: APP })).toMatchObject(refused('403 transport.websocket-origin'))
  })
})

describe('where there is no WebSocket, none opens', () => {
  it.each(['/v1/docs', '/v1/profile', '/health', '/nowhere', '/v1/socket/', '/v1/SOCKET', '/v1/socket/x'])('%s', async (path) => {
    const token = bearer(await tokenOfOne(door))
    expect(await open(path, { Origin: APP, ...token })).toMatchObject(refused('426 transport.upgrade'))
  })

  it.each(['POST', 'PUT', 'OPTIONS', 'DELETE'])('nor by %s', async (method) => {
    expect(await door.ask(`${method} /v1/socket`, { ...HANDSHAKE, Origin: APP })).toMatchObject(refused('426 transport.upgrade'))
  })

  it.each(['WebSocket, h2c', 'h2c, websocket', 'websocket2', 'web_socket', 'websocket/13', 'h2c'])('nor by Upgrade: %s', async (upgrade) => {
    expect(await open('/v1/socket', { Origin: APP, Upgrade: upgrade })).toMatchObject(refused('426 transport.upgrade'))
  })

  it('nor when the origin switches protocols unasked', async () => {
    door.answer((_, response) => void response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'))
    for (const path of ['/v1/docs', '/v1/socket']) expect((await door.ask(`GET ${path}`, { Origin: APP })).said, path).toBe('502 origin.switched-unasked')
    door.answer()
  })

  it('what only looks like a handshake goes on as a request without one', async () => {
    const got = forwarded(await door.ask('GET /v1/docs', { 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': KEY, Connection: 'Upgrade' }))
    expect([...values(got, 'upgrade'), ...values(got, 'connection')].join()).not.toMatch(/upgrade|websocket/i)
  })
})

describe('the page that may', () => {
  it('opens it, and the origin learns who asks from the gateway', async () => {
    const outcome = await open('/v1/socket', { Origin: APP, 'X-Portcullis-Subject': 'admin', 'X-Forwarded-For': '198.51.100.7' })
    expect(outcome.response.status).toBe(101)
    const got = forwarded(outcome)
    expect(values(got, 'upgrade')).toEqual(['websocket'])
    expect(JSON.stringify(got.fields)).not.toMatch(/admin|198\.51/)
    expect(values(got, 'x-portcullis-client-ip')).toEqual(['192.0.2.1'])
    const decision = await found(async () => (await door.decisions()).findLast(({ status }) => status === 101))
    expect(decision).toMatchObject({ reason: 'origin.switched', route: 'GET /v1/socket' })
  })

  it('gets no other protocol where the origin refuses', async () => {
    door.origin.onUpgrade((_, socket) =>
      socket.end('HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'),
    )
    const outcome = await open('/v1/socket', { Origin: APP, 'Sec-WebSocket-Version': '1337' })
    expect(outcome.response.status).not.toBe(101)
    expect(outcome.response.status).toBeGreaterThanOrEqual(400)
  })
})
