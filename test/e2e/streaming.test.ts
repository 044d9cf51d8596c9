import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eventually, head, startWorld, type World } from './world.ts'

const LARGE_BYTES = 5 << 20

let world: World
let token: string
beforeAll(async () => {
  world = await startWorld()
  token = await world.token('ada')
})
afterAll(() => world.stop())
beforeEach(() => {
  world.outside.forget()
  world.outside.answer()
})

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Reads a response chunk by chunk, each within its time. */
function reading(response: IncomingMessage) {
  const chunks = response.setEncoding('utf8')[Symbol.asyncIterator]()
  return async () => ((await chunks.next()) as IteratorResult<string, undefined>).value
}

/** Answers with the beginning of a body, and leaves the rest to the test. */
function begin(headers: Readonly<Record<string, string>>, first: string): Promise<ServerResponse> {
  return new Promise((begun) => {
    world.outside.answer((_arrived, response) => {
      response.writeHead(200, headers).write(first)
      begun(response)
    })
  })
}

describe('responses', () => {
  it.each(['/v1/events', '/v1/stream'])('%s: server-sent events come one by one, while the response is open', async (target) => {
    const begun = begin({ 'content-type': 'text/event-stream' }, 'data: 1\n\n')
    const request = world.open(target, { token, headers: { accept: 'text/event-stream' } })
    request.end()
    const response = await head(request)
    expect(response.headers['content-type']).toBe('text/event-stream')
    const next = reading(response)
    expect(await next()).toBe('data: 1\n\n')
    const origin = await begun
    for (const event of ['data: 2\n\n', 'data: 3\n\n']) {
      // Written only after the one before has arrived: a gateway that collected chunks would stand still here.
      origin.write(event)
      expect(await next()).toBe(event)
    }
    origin.end()
    expect(await next()).toBeUndefined()
    expect(response.complete).toBe(true)
  })

  it('go on for longer than the headers may take', async () => {
    const begun = begin({ 'content-type': 'text/plain' }, 'early')
    const request = world.open('/v1/stream', { token })
    request.end()
    const next = reading(await head(request))
    expect(await next()).toBe('early')
    const origin = await begun
    await new Promise((resolve) => setTimeout(resolve, 700))
    origin.end('late')
    expect(await next()).toBe('late')
    expect(await next()).toBeUndefined()
  })

  it('end when their body stands still for too long, and the origin is told', async () => {
    const begun = begin({ 'content-type': 'text/plain' }, 'and then')
    const request = world.open('/v1/stalls', { token })
    request.end()
    const response = await head(request)
    const next = reading(response)
    expect(await next()).toBe('and then')
    await expect(next()).rejects.toThrow()
    expect(response.complete).toBe(false)
    await begun
    await world.outside.only().abandoned
  })

  it('of the origin that break are broken for the client too: never complete', async () => {
    const begun = begin({ 'content-type': 'text/plain', 'content-length': '100' }, 'half')
    const request = world.open('/v1/stream', { token })
    request.end()
    const response = await head(request)
    const next = reading(response)
    expect(await next()).toBe('half')
    ;(await begun).destroy()
    await expect(next()).rejects.toThrow()
    expect(response.complete).toBe(false)
  })

  it.each(['/v1/blobs/1', '/v1/stalls'])('%s: 5 MB come as they were sent', async (target) => {
    const blob = randomBytes(LARGE_BYTES)
    world.outside.answer(
      (_arrived, response) => void response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': String(LARGE_BYTES) }).end(blob),
    )
    const { status, body, requestId } = await world.ask(target, { token })
    expect([status, body.length, sha256(body)]).toEqual([200, LARGE_BYTES, sha256(blob)])
    expect((await world.decision(requestId)).record.responseBytes).toBe(LARGE_BYTES)
  })

  it('keep the encoding that the origin gave them', async () => {
    const gzipped = Buffer.from('H4sIAAAAAAAAA8tIzcnJVyjPL8pJAQCFEUoNCwAAAA==', 'base64')
    world.outside.answer((_arrived, response) => void response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'text/plain' }).end(gzipped))
    const { headers, body } = await world.ask('/v1/blobs/1', { token, headers: { 'accept-encoding': 'gzip' } })
    expect(headers['content-encoding']).toBe('gzip')
    expect(body.equals(gzipped)).toBe(true)
  })
})

describe('requests', () => {
  it.each([
    ['of a known length', { 'content-length': String(LARGE_BYTES) }],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('5 MB %s reach the origin as they were sent', async (_how, headers) => {
    const blob = randomBytes(LARGE_BYTES)
    const { status } = await world.ask('/v1/blobs/1', { method: 'PUT', token, headers: { 'content-type': 'application/octet-stream', ...headers }, body: blob })
    expect(status).toBe(200)
    const { method, body } = world.outside.only()
    expect([method, (await body).length, sha256(await body)]).toEqual(['PUT', LARGE_BYTES, sha256(blob)])
  })

  it('reach the origin while they are still being sent', async () => {
    const request = world.open('/v1/blobs/1', {
      method: 'POST',
      token,
      headers: { 'content-type': 'application/octet-stream', 'transfer-encoding': 'chunked' },
    })
    const answered = head(request)
    request.write('first')
    const arrived = await eventually(() => world.outside.received[0])
    await eventually(() => (arrived.bytes === 5 ? true : undefined))
    request.end('last')
    expect((await answered).resume().statusCode).toBe(200)
    expect((await arrived.body).toString()).toBe('firstlast')
  })

  it('stop at a body that is too large for its route, however it is sent', async () => {
    const request = world.open('/v1/notes', { method: 'POST', token, headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' } })
    request.on('error', () => {})
    const answered = head(request)
    // Never ended: the answer does not wait for the rest.
    request.write(`{"title":"${'a'.repeat(4096)}`)
    const response = await answered
    expect(response.statusCode).toBe(413)
    request.destroy()
    expect(world.outside.received).toEqual([])
  })
})

it('leaves nothing unhandled: only the body that stood still is told of, once', () => {
  const lines = world.server
    .log()
    .split('\n')
    .filter((line) => line !== '')
  expect(lines).toEqual([expect.stringContaining('origin.idle'), expect.stringContaining('OriginTimeout')])
})
