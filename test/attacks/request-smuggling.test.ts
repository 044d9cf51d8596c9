import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { values } from '../workerd/origin.ts'
import { type FrontDoor, forwarded, openFrontDoor, refused } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())

const CLIENT = 'Host: api.example.com\r\nCF-Connecting-IP: 192.0.2.1\r\nportcullis-proto: https\r\n'
const SMUGGLED = 'GET /v1/smuggled HTTP/1.1\r\nHost: api.example.com\r\n\r\n'
const put = (fields: string, body: string) => `PUT /v1/files/a HTTP/1.1\r\n${CLIENT}${fields}\r\n${body}`

describe('a message with two lengths or none is not read at all', () => {
  it.each([
    ['another coding', 'Transfer-Encoding: xchunked\r\n', '5\r\nhello\r\n0\r\n\r\n'],
    ['chunked and not last', 'Transfer-Encoding: chunked, identity\r\n', '5\r\nhello\r\n0\r\n\r\n'],
    ['two codings in two fields', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', '5\r\nhello\r\n0\r\n\r\n'],
    ['identity', 'Transfer-Encoding: identity\r\nContent-Length: 5\r\n', 'hello'],
    ['a space before the colon', 'Transfer-Encoding : chunked\r\n', '5\r\nhello\r\n0\r\n\r\n'],
    ['a folded line', 'X-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', 'hello'],
    ['a bare CR in a value', 'X-A: b\rTransfer-Encoding: chunked\r\nContent-Length: 5\r\n', 'hello'],
    ['NUL in a value', 'X-A: b\0\r\nContent-Length: 5\r\n', 'hello'],
    ['a line without a colon', 'X-A\r\nContent-Length: 5\r\n', 'hello'],
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n', 'hello!'],
    ['a list of lengths', 'Content-Length: 5, 5\r\n', 'hello'],
    ['a signed length', 'Content-Length: +5\r\n', 'hello'],
    ['a negative length', 'Content-Length: -5\r\n', 'hello'],
    ['a hexadecimal length', 'Content-Length: 0x5\r\n', 'hello'],
    ['a length with a space in it', 'Content-Length: 5 5\r\n', 'hello'],
    ['a length beyond all numbers', 'Content-Length: 99999999999999999999\r\n', 'hello'],
  ])('%s', async (_, fields, body) => {
    expect(await door.send(put(fields, body))).toMatchObject(refused('400'))
  })

  it.each([
    ['chunked and a length', 'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', '5\r\nhello\r\n0\r\n\r\n'],
    ['a length and chunked', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\n\r\n'],
    ['a tab before the coding', 'Transfer-Encoding:\tchunked\r\n', '5\r\nhello\r\n0\r\n\r\n'],
    ['an extension of a chunk', 'Transfer-Encoding: chunked\r\n', '5;a=b\r\nhello\r\n0\r\n\r\n'],
    ['a coding that only looks like one', 'Transfer_Encoding: chunked\r\nContent-Length: 5\r\n', 'hello'],
    ['one length twice', 'Content-Length: 5\r\nContent-Length: 5\r\n', 'hello'],
    ['a request behind the body', 'Content-Length: 5\r\n', `hello${SMUGGLED}`],
    ['a request behind the last chunk', 'Transfer-Encoding: chunked\r\n', `5\r\nhello\r\n0\r\n\r\n${SMUGGLED}`],
    ['fields behind the last chunk', 'Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\nX-Portcullis-Subject: admin\r\n\r\n'],
  ])('%s: refused, or framed anew in one way', async (_, fields, body) => {
    const outcome = await door.send(put(fields, body))
    if (outcome.said.startsWith('400')) return expect(outcome.received).toEqual([])
    const got = forwarded(outcome)
    expect(got.target).toBe('/base/v1/files/a')
    expect(got.body.toString()).toBe('hello')
    expect(values(got, 'content-length').length + values(got, 'transfer-encoding').length).toBe(1)
    expect(JSON.stringify(got.fields)).not.toMatch(/admin|transfer_/i)
  })

  it('what stands behind a request is a request of its own, judged like any other', async () => {
    await door.send(put('Content-Length: 5\r\n', `hello${SMUGGLED}`))
    const targets = door.origin.received.map(({ target }) => target)
    expect(targets.filter((target) => target.includes('smuggled'))).toEqual([])
  })
})

describe('bodies, trailers and protocols that have no place here', () => {
  it.each([
    ['GET with a body', 'GET', 'Content-Length: 5\r\n', 'hello', '400 transport.body'],
    ['GET with chunks', 'GET', 'Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\n\r\n', '400 transport.body'],
    ['GET with no chunks', 'GET', 'Transfer-Encoding: chunked\r\n', '0\r\n\r\n', '400 transport.body'],
    ['HEAD with a body', 'HEAD', 'Connection: close\r\nContent-Length: 5\r\n', 'hello', '400 transport.body'],
    ['GET with a request for a body', 'GET', `Content-Length: ${SMUGGLED.length}\r\n`, SMUGGLED, '400 transport.body'],
    ['announced trailers', 'PUT', 'Transfer-Encoding: chunked\r\nTrailer: X-A\r\n', '5\r\nhello\r\n0\r\nX-A: b\r\n\r\n', '400 transport.trailer'],
    ['gRPC', 'PUT', 'Content-Type: application/grpc\r\nTE: trailers\r\nContent-Length: 5\r\n', 'hello', '415 transport.grpc'],
    ['gRPC of some codec', 'PUT', 'Content-Type: Application/GRPC+proto\r\nContent-Length: 5\r\n', 'hello', '415 transport.grpc'],
    ['gRPC-Web', 'PUT', 'Content-Type: application/grpc-web+proto\r\nContent-Length: 5\r\n', 'hello', '415 transport.grpc'],
    ['h2c', 'GET', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n', '', '426 transport.upgrade'],
    ['h2c behind a list', 'GET', 'Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n', '', '426 transport.upgrade'],
    ['h2c without Connection', 'GET', 'Upgrade: h2c\r\n', '', '426 transport.upgrade'],
    ['TLS in HTTP', 'GET', 'Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n', '', '426 transport.upgrade'],
  ])('%s', async (_, method, fields, body, said) => {
    expect(await door.send(`${method} /v1/files/a HTTP/1.1\r\n${CLIENT}${fields}\r\n${body}`)).toMatchObject(refused(said))
  })

  it('HTTP2-Settings never goes on', async () => {
    const got = forwarded(await door.ask('GET /v1/docs', { 'HTTP2-Settings': 'AAMAAABkAARAAAAAAAIAAAAA', Connection: 'HTTP2-Settings' }))
    expect(values(got, 'http2-settings')).toEqual([])
  })

  it('a body with Content-Length: 0 on GET is none', async () => {
    expect(forwarded(await door.ask('GET /v1/docs', { 'Content-Length': '0' })).body.length).toBe(0)
  })
})
