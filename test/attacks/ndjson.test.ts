import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type FrontDoor, forwarded, openFrontDoor, refused } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())
afterEach(async () => {
  expect((await door.ask('GET /health')).said, 'the gateway lives on').toBe('200 origin.answered')
})

const LINES = 'application/x-ndjson'
const SEQUENCE = 'application/json-seq'
const send = (body: string, type = LINES) => door.ask('POST /lines', { Host: 'content.example.com', 'Content-Type': type }, body)
const LINE = '{"title":"a"}'
const SYNTAX = '400 validate.body-syntax'

it.each([
  [LINES, `${LINE}\n${LINE}\r\n${LINE}`],
  [SEQUENCE, `\x1e${LINE}\n\x1e${LINE}\n`],
])('an honest sequence arrives byte for byte: %s', async (type, body) => {
  const outcome = await send(body, type)
  expect(outcome.said).toBe('200 origin.answered')
  expect(forwarded(outcome).body.toString('latin1')).toBe(body)
})

describe('lines', () => {
  it.each([
    ['one bad among good ones', `${LINE}\n{"title":1}\n${LINE}`, '422 validate.body'],
    ['one with more', `${LINE}\n{"title":"a","admin":true}\n`, '422 validate.body'],
    ['the last one without an end', `${LINE}\n{"title":"a"`, SYNTAX],
    ['an empty one', `${LINE}\n\n${LINE}`, SYNTAX],
    ['two in one', `${LINE}${LINE}\n`, SYNTAX],
    ['returns between them', `${LINE}\r${LINE}`, SYNTAX],
    ['one over two lines', '{"title":\n"a"}', SYNTAX],
    ['a line separator in a text', '{"title":"a\xe2\x80\xa8b"}', SYNTAX],
    ['a next line in a text', '{"title":"a\xc2\x85b"}', SYNTAX],
    ['a list of them', `[${LINE}]`, '422 validate.body'],
    ['a sequence', `\x1e${LINE}\n`, SYNTAX],
    ['a key twice', '{"title":"a","title":"b"}\n', '400 validate.duplicate-key'],
    ['the prototype', `${LINE}\n{"__proto__":{}}`, '400 validate.forbidden-key'],
    ['a byte order mark', `\xef\xbb\xbf${LINE}`, '400 validate.encoding'],
    ['depth', `${LINE}\n${'['.repeat(9)}`, '400 validate.depth'],
    ['too many', `${LINE}\n`.repeat(101), '400 validate.body-limit'],
    ['too many numbers', '1\n'.repeat(30_000), '400 validate.body-limit'],
    ['too long', `{"title":"${'a'.repeat(66_000)}"}`, '413 validate.too-large'],
  ])('%s', async (_, body, said) => expect(await send(body)).toMatchObject(refused(said)))
})

describe('a sequence', () => {
  it.each([
    ['lines', `${LINE}\n${LINE}\n`, SYNTAX],
    ['cut off', `\x1e${LINE}\n\x1e${LINE}`, SYNTAX],
    ['nothing in one', `\x1e\x1e${LINE}\n`, SYNTAX],
    ['two in one', `\x1e${LINE}\n${LINE}\n`, SYNTAX],
    ['text before it', ` \x1e${LINE}\n`, SYNTAX],
    ['too many', `\x1e${LINE}\n`.repeat(101), '400 validate.body-limit'],
    ['separators only', '\x1e'.repeat(60_000), SYNTAX],
  ])('%s', async (_, body, said) => expect(await send(body, SEQUENCE)).toMatchObject(refused(said)))
})

describe('a form', () => {
  const form = (body: string, type = 'application/x-www-form-urlencoded') => door.ask('POST /form', { Host: 'content.example.com', 'Content-Type': type }, body)

  it('an honest one arrives byte for byte', async () => {
    const outcome = await form('title=a+%C3%A9&tag=b&tag=c')
    expect(outcome.said).toBe('200 origin.answered')
    expect(forwarded(outcome).body.toString()).toBe('title=a+%C3%A9&tag=b&tag=c')
  })

  it.each([
    ['a name twice', 'title=a&title=b', '400 validate.duplicate-key'],
    ['a name twice, once encoded', 'title=a&%74itle=b', '400 validate.duplicate-key'],
    ['a semicolon', 'title=a;admin=1', SYNTAX],
    ['an empty pair', 'title=a&&', SYNTAX],
    ['no name', '=a', SYNTAX],
    ['NUL', 'title=a%00', SYNTAX],
    ['brackets', 'title[]=a', '422 validate.body'],
    ['a path of brackets', 'title[__proto__][admin]=1', '422 validate.body'],
    ['the prototype', '__proto__=1', '400 validate.forbidden-key'],
    ['the prototype, encoded', '%5f_proto__=1', '400 validate.forbidden-key'],
    ['a percent sign', 'title=%', '400 validate.encoding'],
    ['overlong', 'title=%c0%af', '400 validate.encoding'],
    ['raw bytes', 'title=\xc3\xa9', '400 validate.encoding'],
    ['a line end', 'title=a\r\n', '400 validate.encoding'],
    ['JSON, which is a name', '{"title":"a"}', '422 validate.body'],
    ['what is not listed', 'title=a&admin=1', '422 validate.body'],
    ['too many', 'tag=a&'.repeat(20_000).slice(0, 60_001), '400 validate.body-limit'],
    ['too many names', Array.from({ length: 5000 }, (_, i) => `a${i}`).join('&'), '400 validate.body-limit'],
  ])('%s', async (_, body, said) => expect(await form(body)).toMatchObject(refused(said)))

  it('another charset', async () =>
    expect(await form('title=a', 'application/x-www-form-urlencoded; charset=utf-7')).toMatchObject(refused('415 validate.content-type')))
})

describe('JSON with too much of one kind', () => {
  const json = (body: string) => door.ask('POST /counted', { Host: 'content.example.com', 'Content-Type': 'application/json' }, body)
  it.each([
    ['keys', `{${Array.from({ length: 101 }, (_, i) => `"${i}":0`)}}`],
    ['keys of many objects', `[${'{"a":0},'.repeat(60)}{"a":0}]`.replaceAll('"a":0', '"a":0,"b":0')],
    ['items', `[${'0,'.repeat(100)}0]`],
    ['items, deep', `{"a":[[${'0,'.repeat(100)}0]]}`],
    ['text', `"${'a'.repeat(1001)}"`],
    ['escaped text', `"${'\\u0061'.repeat(1001)}"`],
    ['a key', `{"${'a'.repeat(51)}":0}`],
    ['a number', `[0.${'0'.repeat(40)}]`],
    ['an exponent', `[1e${'0'.repeat(40)}]`],
  ])('%s', async (_, body) => expect(await json(body)).toMatchObject(refused('400 validate.body-limit')))
})
