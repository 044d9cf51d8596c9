import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { values } from '../workerd/origin.ts'
import { type FrontDoor, forwarded, openFrontDoor, refused } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())
afterEach(async () => {
  expect((await door.ask('GET /health')).said, 'the gateway lives on').toBe('200 origin.answered')
})

const send = (body: Buffer, coding: string) =>
  door.ask('POST /compressed', { Host: 'content.example.com', 'Content-Type': 'application/json', 'Content-Encoding': coding }, body.toString('latin1'))
const NOTE = '{"title":"a"}'
const gzip = gzipSync(NOTE)
const spaces = (count: number) => `${' '.repeat(count)}${NOTE}`

it.each<[string, Buffer]>([
  ['gzip', gzip],
  ['GZIP', gzip],
  ['x-gzip', gzip],
  ['deflate', deflateSync(NOTE)],
  ['gzip', gzipSync(spaces(4000))],
])('what was compressed by %s goes on as it was judged', async (coding, body) => {
  const outcome = await send(body, coding)
  expect(outcome.said).toBe('200 origin.answered')
  const received = forwarded(outcome)
  expect(received.body.toString().trim()).toBe(NOTE)
  expect(values(received, 'content-encoding')).toEqual([])
  expect(values(received, 'content-length')).toEqual([String(received.body.length)])
})

describe('bombs', () => {
  it.each<[string, string, Buffer, string]>([
    ['of spaces', 'gzip', gzipSync(Buffer.alloc(20_000_000, 0x20)), '413 validate.too-large'],
    ['of spaces, ZLIB', 'deflate', deflateSync(Buffer.alloc(20_000_000, 0x20)), '413 validate.too-large'],
    ['by ratio alone', 'gzip', gzipSync(spaces(60_000)), '413 validate.compression-ratio'],
    ['in a bomb: it is opened once', 'gzip', gzipSync(gzipSync(Buffer.alloc(1_000_000, 0x20))), '400 validate.encoding'],
    ['in many members', 'gzip', Buffer.concat(Array.from({ length: 1000 }, () => gzipSync(' ')).concat([gzip])), '400 validate.compression'],
  ])('%s', async (_, coding, body, said) => expect(await send(body, coding)).toMatchObject(refused(said)))
})

describe('what another reader would see otherwise', () => {
  it.each<[string, string, Buffer, string]>([
    ['a second member', 'gzip', Buffer.concat([gzip, gzip]), '400 validate.compression'],
    ['an empty second member', 'gzip', Buffer.concat([gzip, gzipSync('')]), '400 validate.compression'],
    ['text behind it', 'gzip', Buffer.concat([gzip, Buffer.from(NOTE)]), '400 validate.compression'],
    ['zeros behind it', 'gzip', Buffer.concat([gzip, Buffer.alloc(9)]), '400 validate.compression'],
    ['its own end again', 'gzip', Buffer.concat([gzip, gzip.subarray(-8)]), '400 validate.compression'],
    ['text behind it, ZLIB', 'deflate', Buffer.concat([deflateSync(NOTE), Buffer.from(NOTE)]), '400 validate.compression'],
    ['half of it', 'gzip', gzip.subarray(0, -9), '400 validate.compression'],
    ['no checksum', 'gzip', gzip.subarray(0, -8), '400 validate.compression'],
    ['a wrong checksum', 'gzip', Buffer.from(gzip.map((byte, at) => (at === gzip.length - 8 ? byte ^ 1 : byte))), '400 validate.compression'],
    ['no header', 'gzip', deflateRawSync(NOTE), '400 validate.compression'],
    ['DEFLATE without ZLIB', 'deflate', deflateRawSync(NOTE), '400 validate.compression'],
    ['ZLIB that calls itself gzip', 'gzip', deflateSync(NOTE), '400 validate.compression'],
    ['nothing compressed', 'gzip', Buffer.from(NOTE), '400 validate.compression'],
    ['an extra field', 'gzip', Buffer.from(gzip.map((byte, at) => (at === 3 ? 4 : byte))), '400 validate.compression'],
    ['nothing in it', 'gzip', gzipSync(''), '400 validate.body-missing'],
    ['compressed, and it does not say so', 'identity', gzip, '400 validate.encoding'],
    ['a key twice in it', 'gzip', gzipSync('{"title":"a","title":"b"}'), '400 validate.duplicate-key'],
    ['what is not listed in it', 'gzip', gzipSync('{"title":"a","admin":true}'), '422 validate.body'],
    ['two codings', 'gzip, gzip', gzipSync(gzip), '415 validate.content-encoding'],
    ['identity and a coding', 'identity, gzip', gzip, '415 validate.content-encoding'],
    ['brotli', 'br', brotliCompressSync(NOTE), '415 validate.content-encoding'],
    ['zstd', 'zstd', zstdCompressSync(NOTE), '415 validate.content-encoding'],
    ['an unknown coding', 'compress', gzip, '415 validate.content-encoding'],
    ['an empty coding, which is none', '', gzip, '400 validate.encoding'],
  ])('%s', async (_, coding, body, said) => expect(await send(body, coding)).toMatchObject(refused(said)))
})

it.each(['/form', '/upload', '/lines', '/xml', '/counted'])('a route that says nothing of it takes nothing compressed: %s', async (path) => {
  const headers = { Host: 'content.example.com', 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }
  expect(await door.ask(`POST ${path}`, headers, gzip.toString('latin1'))).toMatchObject(refused('415 validate.content-encoding'))
})
