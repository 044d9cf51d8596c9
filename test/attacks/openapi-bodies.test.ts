import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { values } from '../workerd/origin.ts'
import { rawText } from '../workerd/raw.ts'
import { type FrontDoor, forwarded, type Outcome, openFrontDoor, refused } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())
afterEach(async () => {
  expect((await door.ask('GET /search', { Host: 'described.example.com' })).said, 'the gateway lives on').toBe('200 origin.answered')
})

const JSON_TYPE = 'application/json'
const FORM_TYPE = 'application/x-www-form-urlencoded'
const post = (path: string, type: string | undefined, body: string, more: Record<string, string> = {}) =>
  door.ask(`POST ${path}`, { Host: 'described.example.com', ...(type !== undefined && { 'Content-Type': type }), ...more }, body)
const note = (body: string) => post('/notes', JSON_TYPE, body)
const charge = (body: string) => post('/charges', FORM_TYPE, body)
/** As raw sockets send it: one character a byte. */
const bytes = (text: string | Buffer) => Buffer.from(text).toString('latin1')
/** The body that arrived, as it was sent. */
const sentOn = (outcome: Outcome) => forwarded(outcome).body.toString('latin1')

describe('a body under another name than its own', () => {
  it.each<[string | undefined, string]>([
    [undefined, '415 openapi-requests.content-type'],
    ['', '415 openapi-requests.content-type'],
    ['text/plain', '415 openapi-requests.content-type'],
    ['text/json', '415 openapi-requests.content-type'],
    ['application/jsonx', '415 openapi-requests.content-type'],
    ['application/x-json', '415 openapi-requests.content-type'],
    ['application/vnd.api+json', '415 openapi-requests.content-type'],
    ['application/*', '415 openapi-requests.content-type'],
    ['*/*', '415 openapi-requests.content-type'],
    ['application/json, text/plain', '415 openapi-requests.content-type'],
    ['text/plain, application/json', '415 openapi-requests.content-type'],
    ['application/json;', '200 origin.answered'],
    ['application/json; charset=utf-8', '200 origin.answered'],
    ['application/json; charset="UTF-8"', '200 origin.answered'],
    ['application/json; charset=utf-16', '415 openapi-requests.content-type'],
    ['application/json; charset=utf-7', '415 openapi-requests.content-type'],
    ['application/json; charset=utf8', '415 openapi-requests.content-type'],
    ['application/json; charset=utf-8; charset=utf-16', '415 openapi-requests.content-type'],
    ['application/json; charset= utf-8', '415 openapi-requests.content-type'],
    ['application/json charset=utf-8', '415 openapi-requests.content-type'],
    ['application /json', '415 openapi-requests.content-type'],
    ['APPLICATION/JSON', '200 origin.answered'],
    [FORM_TYPE, '415 openapi-requests.content-type'],
    ['multipart/form-data; boundary=x', '415 openapi-requests.content-type'],
  ])('%s', async (type, said) => {
    expect((await post('/notes', type, '{"title":"a"}')).said).toBe(said)
  })

  it('two fields of it', async () => {
    const text = rawText('POST', '/notes', { Host: 'described.example.com', 'Content-Type': JSON_TYPE }, '{"title":"a"}')
    expect(await door.send(text.replace('\r\n\r\n', '\r\nContent-Type: text/plain\r\n\r\n'))).toMatchObject(refused('415 openapi-requests.content-type'))
  })

  it.each(['application/x-yaml', 'application/octet-stream', 'image/png', 'application/msgpack'])(
    '%s, where any type is described, and a schema',
    async (type) => {
      expect(await post('/any', type, '{"title":"a"}')).toMatchObject(refused('415 openapi-requests.content-type'))
    },
  )

  it.each([
    ['text/plain', '{"title":"a"}'],
    ['application/vnd.x+json', '{"title":"A!"}'],
    ['application/json', '{"title":"a","admin":true}'],
  ])('%s, where any type is described, is judged by the schema', async (type, body) => {
    expect(await post('/any', type, body)).toMatchObject(refused('422 openapi-requests.body'))
  })

  it.each([
    ['image/svg+xml', '200 origin.answered'],
    ['image/png', '200 origin.answered'],
    ['text/html', '415 openapi-requests.content-type'],
    ['image', '415 openapi-requests.content-type'],
  ])('%s, where images are', async (type, said) => {
    expect((await post('/files', type, '<svg/>')).said).toBe(said)
  })

  it.each(['gzip', 'br', 'deflate', 'identity, gzip', 'x', 'gzip, gzip'])('%s: compressed where nothing may be', async (coding) => {
    expect(await post('/notes', JSON_TYPE, bytes(gzipSync('{"title":"a"}')), { 'Content-Encoding': coding })).toMatchObject(
      refused('415 openapi-requests.content-encoding'),
    )
  })
})

describe('a body that nothing describes', () => {
  it.each(['POST /nothing', 'DELETE /notes'])('%s', async (line) => {
    const outcome = await door.ask(line, { Host: 'described.example.com', 'Content-Type': JSON_TYPE }, '{}')
    expect(outcome).toMatchObject(refused('400 openapi-requests.body-unexpected'))
  })
  it.each(['POST /nothing', 'DELETE /notes'])('%s in chunks, and none in them', async (line) => {
    const [method = '', path = ''] = line.split(' ')
    const send = (body: string) => door.send(rawText(method, path, { Host: 'described.example.com', 'Transfer-Encoding': 'chunked' }, body))
    expect(await send('2\r\n{}\r\n0\r\n\r\n')).toMatchObject(refused('400 openapi-requests.body-unexpected'))
    expect((await send('0\r\n\r\n')).said).toBe('200 origin.answered')
  })
  it('none where one is required', async () => {
    expect(await door.ask('POST /notes', { Host: 'described.example.com', 'Content-Type': JSON_TYPE })).toMatchObject(
      refused('400 openapi-requests.body-missing'),
    )
  })
})

describe('JSON with two readings', () => {
  it.each([
    ['{"title":"a","title":"b"}', '400 openapi-requests.duplicate-key'],
    ['{"title":"a","\\u0074itle":"b"}', '400 openapi-requests.duplicate-key'],
    ['{"title":"a","owner":{"name":"a","name":"b"}}', '400 openapi-requests.duplicate-key'],
    ['{"title":"a","Title":"b"}', '422 openapi-requests.body'],
    ['{"title":"a","title ":"b"}', '422 openapi-requests.body'],
    [bytes('{"title":"a","ti\u0307tle":"b"}'), '422 openapi-requests.body'],
    [bytes('{"title":"a","\uff54itle":"b"}'), '422 openapi-requests.body'],
    ['{"title":"a","title\\u0000":"b"}', '422 openapi-requests.body'],
    ['{"title":"a","__proto__":{"amount":1}}', '400 openapi-requests.forbidden-key'],
    ['{"title":"a","\\u005f_proto__":{}}', '400 openapi-requests.forbidden-key'],
    ['{"title":"a","owner":{"__proto__":{"name":"b"}}}', '400 openapi-requests.forbidden-key'],
    ['{"title":"a","labels":{"__proto__":"x"}}', '400 openapi-requests.forbidden-key'],
    ['{"title":"a","labels":{"constructor":"x"}}', '400 openapi-requests.forbidden-key'],
    ['{"title":"a","toString":1}', '422 openapi-requests.body'],
    ['{"title":"a","hasOwnProperty":1}', '422 openapi-requests.body'],
    ['{}', '422 openapi-requests.body'],
    ['[]', '422 openapi-requests.body'],
    ['null', '422 openapi-requests.body'],
    ['{"title":"a","amount":9007199254740993}', '400 openapi-requests.number-precision'],
    ['{"title":"a","amount":9.007199254740993e15}', '400 openapi-requests.number-precision'],
    ['{"title":"a","price":1e999}', '400 openapi-requests.number-precision'],
    ['{"title":"a","amount":1001}', '422 openapi-requests.body'],
    ['{"title":"a","amount":"5"}', '422 openapi-requests.body'],
    ['{"title":"a","amount":1.5}', '422 openapi-requests.body'],
    ['{"title":"a","amount":[5]}', '422 openapi-requests.body'],
    ['{"title":"a","createdAt":"now"}', '422 openapi-requests.body'],
    ['{"title":"a",}', '400 openapi-requests.body-syntax'],
    ["{'title':'a'}", '400 openapi-requests.body-syntax'],
    ['{"title":"a"}{}', '400 openapi-requests.body-syntax'],
    ['{"title":"a"}//', '400 openapi-requests.body-syntax'],
    ['\xef\xbb\xbf{"title":"a"}', '400 openapi-requests.encoding'],
    ['{"title":"\xff"}', '400 openapi-requests.encoding'],
    ['{"title":"\xc0\xa0"}', '400 openapi-requests.encoding'],
    ['\x00{\x00"\x00t\x00"\x00:\x001\x00}', '400 openapi-requests.body-syntax'],
    [`${'['.repeat(50)}${']'.repeat(50)}`, '400 openapi-requests.depth'],
    [`{"title":"a","labels":{${Array.from({ length: 1001 }, (_, i) => `"k${i}":"x"`).join(',')}}}`, '400 openapi-requests.body-limit'],
    [`{"title":"a","tags":[${'"",'.repeat(1000)}""]}`, '400 openapi-requests.body-limit'],
    [`{"title":"${'a'.repeat(10_001)}"}`, '400 openapi-requests.body-limit'],
    [`{"title":"${'a'.repeat(70_000)}"}`, '413 openapi-requests.too-large'],
  ])('%.60s', async (body, said) => {
    const outcome = await note(body)
    expect(outcome).toMatchObject(refused(said))
    expect(outcome.response.body).not.toMatch(/proto|constructor/)
  })

  it('a pattern judges what is forwarded: another form of the same letter is another text', async () => {
    expect(sentOn(await note(bytes('{"title":"caf\u00e9"}')))).toBe(bytes('{"title":"caf\u00e9"}'))
    expect(await note(bytes('{"title":"cafe\u0301"}'))).toMatchObject(refused('422 openapi-requests.body'))
    expect(await note('{"title":"cafe\\u0301"}')).toMatchObject(refused('422 openapi-requests.body'))
    expect(await note(bytes('{"title":"\uff43afe"}'))).toMatchObject(refused('422 openapi-requests.body'))
    expect(await note('{"title":"a\\u0000"}')).toMatchObject(refused('422 openapi-requests.body'))
    expect(await note('{"title":"a\\n"}')).toMatchObject(refused('422 openapi-requests.body'))
  })

  it('what is as described arrives byte for byte', async () => {
    const body = '{ "title" : "a", "amount":5.0,"labels":{"x":"y"} }'
    expect(sentOn(await note(body))).toBe(body)
  })
})

describe('a form with two readings', () => {
  it.each([
    ['amount=5&amount=6', '422 openapi-requests.body'],
    ['amount=5&%61mount=6', '422 openapi-requests.body'],
    ['amount=5&amount[]=6', '422 openapi-requests.body'],
    ['amount[]=5', '422 openapi-requests.body'],
    ['amount=5&amount.x=6', '422 openapi-requests.body'],
    ['amount=5&Amount=6', '422 openapi-requests.body'],
    ['amount=5&amount%20=6', '422 openapi-requests.body'],
    ['amount=5&%EF%BD%81mount=6', '422 openapi-requests.body'],
    ['amount=5&_method=DELETE', '422 openapi-requests.body'],
    ['amount=0x10', '422 openapi-requests.body'],
    ['amount=5;amount=6', '400 openapi-requests.body-syntax'],
    ['amount=5&', '400 openapi-requests.body-syntax'],
    ['amount=5&=6', '400 openapi-requests.body-syntax'],
    ['amount=5%00', '400 openapi-requests.body-syntax'],
    ['amount=%ZZ', '422 openapi-requests.body'],
    ['amount=5&metadata[k]=\xc3\xa9', '400 openapi-requests.encoding'],
    ['amount=5&metadata[k]=%C0%AF', '422 openapi-requests.body'],
    ['amount=5\r\n', '400 openapi-requests.encoding'],
    ['{"amount":5}', '422 openapi-requests.body'],
    ['amount=5&__proto__=1', '400 openapi-requests.forbidden-key'],
    ['amount=5&__proto__[amount]=1', '422 openapi-requests.body'],
    ['amount=5&metadata[__proto__]=1', '422 openapi-requests.body'],
    ['amount=5&metadata[constructor][prototype]=1', '422 openapi-requests.body'],
    ['amount=5&metadata=&metadata[k]=v', '422 openapi-requests.body'],
    ['amount=5&metadata=x', '422 openapi-requests.body'],
    ['amount=5&expand=a', '422 openapi-requests.body'],
    ['amount=5&expand[]=a&expand[0]=b', '422 openapi-requests.body'],
    ['amount=5&expand[1]=a', '422 openapi-requests.body'],
    ['amount=5&items[][price]=a&items[][quantity]=1', '422 openapi-requests.body'],
    ['amount=5&items[0][quantity]=10', '422 openapi-requests.body'],
    ['amount=5&items[0][admin]=1', '422 openapi-requests.body'],
    [`amount=5&${'metadata[k]=v&'.repeat(300)}expand[]=a`, '400 openapi-requests.body-limit'],
  ])('%.60s', async (body, said) => {
    expect(await charge(body)).toMatchObject(refused(said))
  })

  it.each([
    'amount=5',
    'amount=5&expand[]=a&expand[]=b',
    'amount=5&expand%5B0%5D=a',
    'amount=5&metadata%5Bk.x%5D=v+w',
    'amount=5&metadata=',
    'amount=5&items[0][price]=p&items[0][quantity]=2',
  ])('%s has one, and arrives as it was sent', async (body) => {
    expect(sentOn(await charge(body))).toBe(body)
  })
})

describe('lines', () => {
  it.each([
    ['{"title":"a"}\n{"title":"b"}\n', '200 origin.answered'],
    ['{"title":"a"}\n{"title":5}\n', '422 openapi-requests.body'],
    ['{"title":"a"}\n{"title":"b","admin":1}\n', '422 openapi-requests.body'],
    ['{"title":"a"}\n\n{"title":"b"}\n', '400 openapi-requests.body-syntax'],
    ['{"title":"a"}{"title":"b"}', '400 openapi-requests.body-syntax'],
    ['{"title":"a","title":"b"}\n', '400 openapi-requests.duplicate-key'],
    [bytes('{"title":"a\u2028"}\n'), '400 openapi-requests.body-syntax'],
    ['{"title":"a"}\n'.repeat(1001), '400 openapi-requests.body-limit'],
  ])('%.60j', async (body, said) => {
    expect((await post('/lines', 'application/x-ndjson', body)).said).toBe(said)
  })
})

describe('a body of which nothing is described but its media type', () => {
  it('has a length', async () => {
    expect((await post('/files', 'image/png', 'x'.repeat(100_000))).said).toBe('200 origin.answered')
    expect(await post('/files', 'image/png', 'x'.repeat(100_001))).toMatchObject(refused('413 openapi-requests.too-large'))
  })
  it('has one in chunks, too', async () => {
    const send = (size: number) =>
      door.send(
        rawText(
          'POST',
          '/files',
          { Host: 'described.example.com', 'Content-Type': 'image/png', 'Transfer-Encoding': 'chunked' },
          `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n`,
        ),
      )
    expect(forwarded(await send(100_000)).body).toHaveLength(100_000)
    expect(await send(100_001)).toMatchObject(refused('413 openapi-requests.too-large'))
  })
})

describe('what is left out, and what is decompressed', () => {
  const strip = (path: string, type: string, body: string, more: Record<string, string> = {}) =>
    post(path, type, body, { Host: 'stripping.example.com', ...more })

  it.each([
    ['/notes', JSON_TYPE, '{"admin":true,"title":"a","owner":{"name":"b","role":"root"}}', '{"title":"a","owner":{"name":"b"}}'],
    ['/charges', FORM_TYPE, 'admin=1&amount=5&items[0][price]=p&items[0][admin]=1&a.b=1&amount[]=6', 'amount=5&items[0][price]=p'],
  ])('%s', async (path, type, body, left) => {
    const received = forwarded(await strip(path, type, body))
    expect(received.body.toString('latin1')).toBe(left)
    expect(values(received, 'content-length')).toEqual([String(left.length)])
  })

  it.each([
    ['/notes', JSON_TYPE, '{"title":"a","__proto__":{}}', '400 openapi-requests.forbidden-key'],
    ['/notes', JSON_TYPE, '{"title":"a","x":1,"x":2}', '400 openapi-requests.duplicate-key'],
    ['/notes', JSON_TYPE, '{"title":"A","x":1}', '422 openapi-requests.body'],
    ['/notes', JSON_TYPE, '{"x":1}', '422 openapi-requests.body'],
    ['/charges', FORM_TYPE, 'amount=5&amount=6&x=1', '422 openapi-requests.body'],
  ])('%s %s %s is refused all the same', async (path, type, body, said) => {
    expect(await strip(path, type, body)).toMatchObject(refused(said))
  })

  it('a query is not stripped', async () => {
    expect(await door.ask('GET /search?admin=1', { Host: 'stripping.example.com' })).toMatchObject(refused('400 openapi-requests.parameters'))
  })

  it.each([
    ['gzip', gzipSync('{"title":"a"}')],
    ['deflate', deflateSync('{"title":"a"}')],
  ])('%s', async (coding, body) => {
    const received = forwarded(await strip('/notes', JSON_TYPE, bytes(body), { 'Content-Encoding': coding }))
    expect(received.body.toString('latin1')).toBe('{"title":"a"}')
    expect(values(received, 'content-encoding')).toEqual([])
  })

  it.each<[string, string, Buffer, string]>([
    ['a bomb', 'gzip', gzipSync(Buffer.alloc(60_000, 0x20)), '413 openapi-requests.compression-ratio'],
    ['a larger bomb', 'gzip', gzipSync(Buffer.alloc(10_000_000, 0x20)), '413 openapi-requests.too-large'],
    ['two streams', 'gzip', Buffer.concat([gzipSync('{"title":"a"}'), gzipSync(' ')]), '400 openapi-requests.compression'],
    ['one that is cut off', 'gzip', gzipSync('{"title":"a"}').subarray(0, -4), '400 openapi-requests.compression'],
    ['another coding than it says', 'gzip', Buffer.from('{"title":"a"}'), '400 openapi-requests.compression'],
    ['two codings', 'gzip, gzip', gzipSync(gzipSync('{"title":"a"}')), '415 openapi-requests.content-encoding'],
    ['what is wrong inside', 'gzip', gzipSync('{"title":"A"}'), '422 openapi-requests.body'],
  ])('%s', async (_, coding, body, said) => {
    expect(await strip('/notes', JSON_TYPE, bytes(body), { 'Content-Encoding': coding })).toMatchObject(refused(said))
  })
})

/** JSONTestSuite, one case a line. `PORTCULLIS_VECTORS` names the directory that holds it. */
const FILE = join(process.env.PORTCULLIS_VECTORS ?? '../shared/vectors', 'json-parsing.jsonl')
/** JSON allows a key twice; the gateway does not. */
const REFUSED_BY_DESIGN = ['json/y_object_duplicated_key.json', 'json/y_object_duplicated_key_and_value.json']

describe('JSON parsing vectors through the front door', () => {
  if (!existsSync(FILE)) {
    it(`NOT RUN: there is no ${FILE} (set PORTCULLIS_VECTORS to the directory that holds json-parsing.jsonl)`, () => {
      console.warn(`JSON parsing vectors NOT RUN: there is no ${FILE}`)
      expect(existsSync(FILE)).toBe(false)
    })
    return
  }
  const cases = readFileSync(FILE, 'utf8')
    .trimEnd()
    .split('\n')
    .map(
      (line) => JSON.parse(line) as { readonly id: string; readonly input: { readonly body_b64: string }; readonly expected: 'accept' | 'reject' | 'either' },
    )
    .map(({ id, input, expected }) => ({ id, expected, body: Buffer.from(input.body_b64, 'base64') }))

  it('are all there', () => expect(cases.length).toBeGreaterThanOrEqual(318))

  it('what is no JSON is refused', async () => {
    for (const { id, body } of cases.filter(({ expected }) => expected === 'reject')) {
      const { response, received } = await post('/json', JSON_TYPE, bytes(body))
      expect([id, received.length, response.status >= 400 && response.status < 500]).toEqual([id, 0, true])
    }
  }, 120_000)

  it('what is JSON arrives, but for what has a key twice', async () => {
    for (const { id, body } of cases.filter(({ expected }) => expected === 'accept')) {
      const { received } = await post('/json', JSON_TYPE, bytes(body))
      expect([id, received.length]).toEqual([id, REFUSED_BY_DESIGN.includes(id) ? 0 : 1])
      if (received.length === 1) expect(received[0]?.body.toString('latin1')).toBe(bytes(body))
    }
  }, 120_000)
})

describe('parts of a form that other servers see', () => {
  const part = (name: string, content: string) => `Content-Disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`
  const form = (boundary: string, body: string) => post('/open-form', `multipart/form-data; boundary=${boundary}`, body)
  const smuggled = `--b\r\n${part('role', 'admin')}--b--\r\n`

  it('a field that nothing lists is let in, where any may come', async () => {
    expect((await form('b', `--b\r\n${part('note', 'a')}--b--\r\n`)).said).toBe('200 origin.answered')
  })

  it.each(['"b,x"', '"xboundary=b"', '"b/x"', '"b:x"'])('behind the boundary %s, of which Rack takes a piece', async (boundary) => {
    const whole = boundary.slice(1, -1)
    const body = `--${whole}\r\n${part('note', `\r\n${smuggled}`)}--${whole}--\r\n`
    expect(await form(boundary, body)).toMatchObject(refused('400 openapi-requests.body-syntax'))
  })

  it.each(['role', 'role[]', 'role[0]', ' role', 'role ', 'role.x', '_method', '_METHOD'])('under the name %j', async (name) => {
    expect(await form('c', `--c\r\n${part(name, 'admin')}--c--\r\n`)).toMatchObject(refused('422 openapi-requests.body'))
  })
})

describe('a body of another type than the one that an untyped schema is about', () => {
  it.each([
    ['text/plain', '{"role":"admin"}'],
    ['text/x-json', '{"role":"admin"}'],
    ['application/x-ndjson', '{"role":"admin"}'],
    ['application/json-seq', '\x1e{"role":"admin"}\n'],
    ['application/json', '{"role":"admin"}'],
  ])('%s', async (type, body) => expect(await post('/untyped', type, body)).toMatchObject(refused('422 openapi-requests.body')))
})

it('a body that takes too long to judge is refused, and nothing fails', async () => {
  const body = (levels: number) => `${'{"next":'.repeat(levels)}{}${'}'.repeat(levels)}`
  expect((await post('/doubling', JSON_TYPE, body(5))).said).toBe('200 origin.answered')
  expect(await post('/doubling', JSON_TYPE, body(31))).toMatchObject(refused('422 openapi-requests.body'))
})

it.each([
  ['{"seats":2,"owner":{"name":"a","company":"b"}}', '200 origin.answered'],
  ['{"pet":"a","owner":{"name":"a"}}', '200 origin.answered'],
  ['{"seats":2,"owner":{"name":"a","admin":true}}', '422 openapi-requests.body'],
  ['{"pet":"a","owner":{"admin":true}}', '422 openapi-requests.body'],
])('a property in a value that a base and an alternative describe: %s', async (body, expected) => {
  expect((await post('/shared', JSON_TYPE, body)).said).toBe(expected)
})

it('a body that doubles its alternatives at each level takes no longer for it', async () => {
  const body = `${'{"not":'.repeat(31)}{"admin":1}${'}'.repeat(31)}`
  const since = performance.now()
  expect(await post('/filters', JSON_TYPE, body)).toMatchObject(refused('422 openapi-requests.body'))
  expect(performance.now() - since, 'it would be hours').toBeLessThan(5000)
})
