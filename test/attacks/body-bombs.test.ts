import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { values } from '../workerd/origin.ts'
import { rawText } from '../workerd/raw.ts'
import { type FrontDoor, forwarded, openFrontDoor, refused } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())
afterEach(async () => {
  expect((await door.ask('GET /health')).said, 'the gateway lives on').toBe('200 origin.answered')
})

const JSON_TYPE = { 'Content-Type': 'application/json' }
/** What the route reads at most. */
const MAX_BYTES = 65_536
const post = (body: string, headers: Record<string, string> = JSON_TYPE) => door.ask('POST /v1/notes', headers, body)
const note = (bytes: number) => `{"title":"${'a'.repeat(bytes - 12)}"}`

/** @returns a body in chunks of that size, with its end or without. */
function chunked(body: string, size: number, end = '0\r\n\r\n'): string {
  let text = ''
  for (let at = 0; at < body.length; at += size) {
    const chunk = body.slice(at, at + size)
    text += `${chunk.length.toString(16)}\r\n${chunk}\r\n`
  }
  return text + end
}
const CHUNKS = { ...JSON_TYPE, 'Transfer-Encoding': 'chunked' }

describe('a body that is too long', () => {
  it.each([
    ['declared, by one byte', () => post(note(MAX_BYTES + 1))],
    ['declared, by far', () => post(note(200_000))],
    ['declared and never sent', () => door.send(rawText('POST', '/v1/notes', { ...JSON_TYPE, 'Content-Length': '999999999999' }))],
    ['in chunks, by one byte', () => door.send(rawText('POST', '/v1/notes', CHUNKS, chunked(note(MAX_BYTES + 1), 1024)))],
    ['in one chunk', () => door.send(rawText('POST', '/v1/notes', CHUNKS, chunked(note(200_000), 200_000)))],
    ['in chunks without an end', () => door.send(rawText('POST', '/v1/notes', CHUNKS, chunked(note(200_000), 1024, '')))],
    ['in a chunk that claims to be endless', () => door.send(rawText('POST', '/v1/notes', CHUNKS, `ffffffff\r\n${note(200_000)}`))],
  ])('%s', async (_, send) => {
    expect(await send()).toMatchObject(refused('413 validate.too-large'))
  })

  it.each([
    ['declared', JSON_TYPE, (body: string) => body],
    ['in chunks', CHUNKS, (body: string) => chunked(body, 1024)],
    ['in chunks of a few bytes', CHUNKS, (body: string) => chunked(body, 7)],
  ])('the longest that is not: %s', async (_, headers, encode) => {
    const body = `${' '.repeat(MAX_BYTES - 13)}{"title":"a"}`
    const outcome = await door.send(rawText('POST', '/v1/notes', headers, encode(body)))
    expect(outcome.said).toBe('200 origin.answered')
    expect(forwarded(outcome).body.toString()).toBe(body)
  })
})

describe('a body that is worse than it is long', () => {
  it.each([
    ['deep lists', '['.repeat(60_000), '400 validate.depth'],
    ['deep lists that end', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, '400 validate.depth'],
    ['deep objects', '{"a":'.repeat(10_000), '400 validate.depth'],
    ['deep under a key that is known', `{"title":"a","tags":${'['.repeat(5000)}${']'.repeat(5000)}}`, '400 validate.depth'],
    ['a number without end', `{"title":${'9'.repeat(60_000)}}`, '400 validate.number-precision'],
    ['a number beyond all numbers', '{"title":1e999999}', '400 validate.number-precision'],
    ['a text without end', `{"title":"${'a'.repeat(60_000)}`, '400 validate.body-syntax'],
    ['escapes', `{"title":"${'\\u0061'.repeat(10_000)}"}`, '422 validate.body'],
    ['not JSON', '<title>a</title>', '400 validate.body-syntax'],
    ['JSON and more', '{"title":"a"}{"title":"b"}', '400 validate.body-syntax'],
    ['JSON with a comment', '{"title":"a"/**/}', '400 validate.body-syntax'],
    ['JSON with NaN', '{"title":NaN}', '400 validate.body-syntax'],
    ['a byte order mark', '\xef\xbb\xbf{"title":"a"}', '400 validate.encoding'],
    ['UTF-16', '{\0"\0t\0i\0t\0l\0e\0"\0:\0"\0a\0"\0}\0', '400 validate.body-syntax'],
    ['UTF-16 with its mark', '\xff\xfe{\0"\0t\0', '400 validate.encoding'],
    ['Latin-1', '{"title":"caf\xe9"}', '400 validate.encoding'],
    ['an overlong slash', '{"title":"\xc0\xaf"}', '400 validate.encoding'],
    ['only spaces', ' '.repeat(60_000), '400 validate.body-syntax'],
  ])('%s', async (_, body, said) => {
    expect(await post(body)).toMatchObject(refused(said))
  })

  it('many keys are not told one by one', async () => {
    const body = `{"title":"a",${Array.from({ length: 4000 }, (_, i) => `"k${i}":1`).join()}}`
    const outcome = await post(body)
    expect(outcome).toMatchObject(refused('422 validate.body'))
    expect(outcome.response.body.length).toBeLessThan(4096)
  })

  it('many wrong items are not, either, nor are long names', async () => {
    for (const body of [`{"title":"a","tags":[${'1,'.repeat(7000)}1]}`, `{"${'k'.repeat(60_000)}":1}`]) {
      const outcome = await post(body)
      expect(outcome).toMatchObject(refused('422 validate.body'))
      expect(outcome.response.body.length).toBeLessThan(8192)
    }
  })

  it('compressed bombs are not opened', async () => {
    const bomb = gzipSync(Buffer.alloc(5_000_000, 0x20)).toString('latin1')
    for (const coding of ['gzip', 'GZIP', 'deflate', 'br', 'zstd', 'gzip, gzip', 'identity, gzip', 'x-gzip']) {
      expect(await post(bomb, { ...JSON_TYPE, 'Content-Encoding': coding }), coding).toMatchObject(refused('415 validate.content-encoding'))
    }
    expect(await post(bomb)).toMatchObject(refused('400 validate.encoding'))
  })
})

describe('a body that calls itself something else', () => {
  it.each([
    '',
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    'application/json, text/plain',
    'text/plain;application/json',
    'application/json; charset=utf-7',
    'application/json; charset=utf-16',
    'application/json; charset=utf-8; charset=utf-7',
    'application/*',
    '*/*',
  ])('Content-Type: %j', async (type) => {
    expect(await post('{"title":"a"}', { 'Content-Type': type })).toMatchObject(refused('415 validate.content-type'))
  })

  it('two types are none', async () => {
    const bytes = rawText('POST', '/v1/notes', JSON_TYPE, '{"title":"a"}').replace('\r\n\r\n', '\r\nContent-Type: text/plain\r\n\r\n')
    expect(await door.send(bytes)).toMatchObject(refused('415 validate.content-type'))
  })

  it('nothing is no body', async () => {
    expect(await post('')).toMatchObject(refused('400 validate.body-missing'))
    expect(await door.send(rawText('POST', '/v1/notes', CHUNKS, '0\r\n\r\n'))).toMatchObject(refused('400 validate.body-missing'))
  })
})

describe('heads that are too large', () => {
  it.each<[string, () => string, RegExp]>([
    ['a URL', () => rawText('GET', `/v1/docs?${'a'.repeat(8300)}`), /^414 transport\.url-bytes$/],
    ['a path', () => rawText('GET', `/v1/${'a'.repeat(8300)}`), /^414 transport\.url-bytes$/],
    ['a header', () => rawText('GET', '/v1/docs', { 'X-A': 'a'.repeat(16_400) }), /^431 transport\.header-bytes$/],
    ['a header of few characters and many bytes', () => rawText('GET', '/v1/docs', { 'X-A': '\xe2\x82\xac'.repeat(5500) }), /^431 transport\.header-bytes$/],
    [
      'many names',
      () => rawText('GET', '/v1/docs', Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`X-${i}`, 'a']))),
      /^431 transport\.header-count$/,
    ],
    ['a URL without end', () => rawText('GET', `/${'a'.repeat(100_000)}`), /^(?:414|431)/],
    ['a head without end', () => rawText('GET', '/v1/docs', { 'X-A': 'a'.repeat(600_000) }), /^431/],
  ])('%s', async (_, bytes, said) => {
    const outcome = await door.send(bytes())
    expect(outcome.said).toMatch(said)
    expect(outcome.received).toEqual([])
  })
})

it('what was validated arrives byte for byte, with its own length', async () => {
  const body = '{ "tags" : ["\\u0061"],\n  "title":"\xe2\x82\xac" }'
  const got = forwarded(await post(body))
  expect(got.body.toString('latin1')).toBe(body)
  expect(values(got, 'content-length')).toEqual([String(body.length)])
})
