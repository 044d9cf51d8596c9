import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type FrontDoor, type Outcome, openFrontDoor } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())
afterEach(() => door.answer())

type Headers = Readonly<Record<string, string | readonly string[]>>
const JSON_TYPE = { 'content-type': 'application/json' }
const ADA = '{"id":1,"name":"Ada"}'

interface Answer {
  readonly status?: number
  readonly headers?: Headers
  readonly body?: string | Buffer
  /** Sent without a length, in pieces of that many bytes. */
  readonly pieces?: number
}

/** Lets the origin answer, and asks. */
function ask(path: string, { status = 200, headers = JSON_TYPE, body = '', pieces }: Answer, zone = 'responses', method = 'GET'): Promise<Outcome> {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body
  door.answer((_, response) => {
    response.writeHead(status, {
      ...headers,
      ...(pieces === undefined && !('content-length' in headers) && { 'content-length': String(bytes.length) }),
    } as Record<string, string>)
    if (pieces === undefined) return void response.end(method === 'HEAD' ? undefined : bytes)
    for (let at = 0; at < bytes.length; at += pieces) response.write(bytes.subarray(at, at + pieces))
    response.end()
  })
  // What answers HEAD says a length, and only the end of the connection says that nothing comes.
  return door.ask(`${method} ${path}`, { Host: `${zone}.example.com`, ...(method === 'HEAD' && { Connection: 'close' }) })
}

const detailOf = ({ trace }: Outcome) => trace.find(({ policy }) => policy === 'openapi-responses')?.detail
const user = (changes: object) => JSON.stringify({ id: 1, name: 'Ada', ...changes })

describe('what is as described leaves byte for byte', () => {
  it.each<[string, string, Answer]>([
    ['an object', '/user', { body: ADA }],
    ['with spaces and escapes that nobody would write', '/user', { body: ' { "name" : "\\u0041da\\/" ,\n"id":1.0e0 } ' }],
    ['in pieces of a byte', '/user', { body: ADA, pieces: 1 }],
    ['another described status', '/user', { status: 201, body: ADA }],
    ['an error of the default', '/user', { status: 418, headers: { 'content-type': 'application/problem+json' }, body: '{"title":"no"}' }],
    ['with a charset', '/user', { headers: { 'content-type': 'application/json; charset=UTF-8' }, body: ADA }],
    ['the longest', '/user', { body: ADA + ' '.repeat(10_000 - ADA.length) }],
    ['the longest, in pieces', '/user', { body: ADA + ' '.repeat(10_000 - ADA.length), pieces: 999 }],
    ['alternatives in a list', '/feed', { body: `[{"kind":"user","user":${ADA}},{"kind":"note","text":"x"}]` }],
    ['a picture, whatever it holds', '/file', { headers: { 'content-type': 'image/png' }, body: Buffer.from([0x89, 0, 255, 254]) }],
    ['a picture that is larger than any JSON', '/file', { headers: { 'content-type': 'image/png' }, body: 'x'.repeat(100_000), pieces: 5000 }],
    ['a part of it', '/file', { status: 206, headers: { 'content-type': 'image/png', 'content-range': 'bytes 0-1/9' }, body: 'ab' }],
    ['a range of types', '/file', { headers: { 'content-type': 'text/html' }, body: '<p>' }],
    ['a suffix', '/file', { headers: { 'content-type': 'application/vnd.user+json' }, body: ADA }],
    ['any type', '/any', { headers: { 'content-type': 'text/plain' }, body: 'any' }],
    ['JSON among any type', '/any', { body: ADA }],
    ['a sequence of which nothing is promised', '/events', { headers: { 'content-type': 'application/x-ndjson' }, body: '{"a":1}\n', pieces: 3 }],
  ])('%s', async (_name, path, answer) => {
    const outcome = await ask(path, answer)
    expect(outcome.said).toBe(`${answer.status ?? 200} origin.answered`)
    expect(outcome.decision?.reported).toBe('')
    expect(Buffer.from(outcome.response.body, 'latin1')).toEqual(Buffer.from((answer.body ?? '') as string, 'latin1'))
    for (const name of ['content-type', 'content-range'])
      expect(outcome.response.headers[name]).toBe(answer.headers?.[name] ?? (name === 'content-type' ? 'application/json' : undefined))
  })

  it.each<[string, Answer]>([
    ['what says so', { status: 204, headers: {} }],
    ['a length of none', { headers: {}, body: '' }],
    ['pieces of none', { headers: {}, pieces: 1 }],
    ['a redirect', { status: 302, headers: { location: 'https://elsewhere.test/' } }],
    ['what has not changed, though nobody describes it', { status: 304, headers: { etag: '"1"' } }],
  ])('nothing, where nothing is described: %s', async (_name, answer) => {
    const outcome = await ask('/nothing', answer)
    expect(outcome.said).toBe(`${answer.status ?? 200} origin.answered`)
    expect(outcome.response.body).toBe('')
    for (const name of ['etag', 'location']) expect(outcome.response.headers[name]).toBe(answer.headers?.[name])
  })

  it('keeps the headers of what it has read', async () => {
    const headers = { ...JSON_TYPE, etag: '"1"', 'accept-ranges': 'bytes', 'x-unlisted': '1', 'set-cookie': ['a=1', 'b=2'] }
    const { response } = await ask('/user', { headers, body: ADA })
    expect(response.headers).toMatchObject({
      etag: '"1"',
      'accept-ranges': 'bytes',
      'x-unlisted': '1',
      'set-cookie': 'a=1, b=2',
      'content-length': String(ADA.length),
    })
  })

  it('HEAD: what is there is as described, what is not is nobody’s fault', async () => {
    expect((await ask('/user', { body: ADA }, 'responses', 'HEAD')).said).toBe('200 origin.answered')
    expect((await ask('/headers', { headers: {} }, 'responses', 'HEAD')).said).toBe('200 origin.answered')
    expect((await ask('/headers', { headers: { 'x-count': 'many' } }, 'responses', 'HEAD')).said).toBe('502 openapi-responses.header')
    expect((await ask('/user', { headers: { 'content-type': 'text/html' } }, 'responses', 'HEAD')).said).toBe('502 openapi-responses.content-type')
    expect((await ask('/user', { status: 503, headers: { 'content-type': 'application/problem+json' } }, 'responses', 'HEAD')).said).toBe('503 origin.answered')
  })
})

describe('what is not as described stays in', () => {
  const SECRET = 's3cr3t-4711'
  it.each<[string, string, Answer, string]>([
    ['a field too many', '/user', { body: user({ password: SECRET }) }, 'body'],
    ['a field too many, below', '/user', { body: user({ address: { city: 'x', geo: SECRET } }) }, 'body'],
    ['in a list of alternatives', '/feed', { body: `[{"kind":"user","user":${user({ password: SECRET })}}]` }, 'body'],
    ['beside the fields of an alternative', '/feed', { body: `[{"kind":"note","text":"x","secret":"${SECRET}"}]` }, 'body'],
    ['fields of the other alternative', '/feed', { body: `[{"kind":"note","text":"x","user":${user({ name: SECRET })}}]` }, 'body'],
    ['another type', '/user', { body: user({ id: SECRET }) }, 'body'],
    ['null', '/user', { body: user({ name: null, [SECRET]: 1 }) }, 'body'],
    ['a missing field', '/user', { body: `{"id":1,"${SECRET}":2}` }, 'body'],
    ['too long a text', '/user', { body: user({ name: SECRET.repeat(9) }) }, 'body'],
    ['another value altogether', '/user', { body: `"${SECRET}"` }, 'body'],
    ['a key twice, of which readers see one each', '/user', { body: `{"id":1,"name":"${SECRET}","name":"Ada"}` }, 'json'],
    ['a key twice by an escape', '/user', { body: `{"id":1,"name":"${SECRET}","\\u006eame":"Ada"}` }, 'json'],
    ['a key that reaches prototypes', '/user', { body: `{"id":1,"name":"Ada","__proto__":{"x":"${SECRET}"}}` }, 'json'],
    ['text behind the value', '/user', { body: `${ADA}${SECRET}` }, 'json'],
    ['no JSON', '/user', { body: `<b>${SECRET}` }, 'json'],
    ['no UTF-8', '/user', { body: Buffer.from(`{"id":1,"name":"${SECRET}\xff"}`, 'latin1') }, 'json'],
    ['a byte order mark', '/user', { body: `\xef\xbb\xbf${ADA}` }, 'json'],
    ['UTF-16', '/user', { body: Buffer.from(ADA, 'utf16le') }, 'json'],
    ['too deep', '/user', { body: '['.repeat(4000) + ']'.repeat(4000) }, 'json'],
    ['too large by its own word', '/user', { body: ADA + ' '.repeat(10_000) }, 'too-large'],
    ['too large by a byte, in pieces', '/user', { body: ADA + ' '.repeat(10_001 - ADA.length), pieces: 1000 }, 'too-large'],
    ['a page of an error, as what should be JSON', '/user', { headers: { 'content-type': 'text/html' }, body: SECRET }, 'content-type'],
    ['another JSON', '/user', { headers: { 'content-type': 'application/vnd.user+json' }, body: ADA }, 'content-type'],
    [
      'the type of an error with the status of none',
      '/user',
      { headers: { 'content-type': 'application/problem+json' }, body: '{"title":"x"}' },
      'content-type',
    ],
    ['no type', '/user', { headers: {}, body: ADA }, 'content-type'],
    ['two types', '/user', { headers: { 'content-type': 'application/json, text/html' }, body: ADA }, 'content-type'],
    ['another charset', '/user', { headers: { 'content-type': 'application/json; charset=utf-7' }, body: ADA }, 'content-type'],
    ['no type where any is described', '/any', { headers: {}, body: SECRET }, 'content-type'],
    ['JSON that is not as any type is', '/any', { body: user({ password: SECRET }) }, 'body'],
    ['a part of a document', '/file', { status: 206, headers: { ...JSON_TYPE, 'content-range': 'bytes 0-9/20' }, body: ADA.slice(0, 10) }, 'partial'],
    ['a part that claims to be the whole', '/user', { headers: { ...JSON_TYPE, 'content-range': 'bytes 0-9/20' }, body: ADA }, 'partial'],
    ['parts of documents', '/file', { status: 206, headers: { 'content-type': 'multipart/byteranges; boundary=x' }, body: '--x--' }, 'content-type'],
    ['no body where one is described', '/user', { body: '' }, 'body-missing'],
    ['no body, in pieces', '/user', { pieces: 1 }, 'body-missing'],
    ['a body where none is', '/nothing', { body: SECRET }, 'body-unexpected'],
    ['a body where none is, in pieces', '/nothing', { headers: {}, body: SECRET, pieces: 2 }, 'body-unexpected'],
    ['a body with a redirect', '/nothing', { status: 302, headers: { location: '/' }, body: SECRET }, 'body-unexpected'],
    ['events', '/events', { headers: { 'content-type': 'text/event-stream' }, body: `data: ${ADA}\n\n`, pieces: 5 }, 'stream'],
    ['an undescribed status', '/feed', { status: 201, body: '[]' }, 'status'],
    ['an undescribed redirect', '/feed', { status: 301, headers: { location: `https://evil.test/${SECRET}` } }, 'status'],
    ['an undescribed error', '/feed', { status: 400, body: SECRET }, 'status'],
    ['a part of what nobody describes in parts', '/feed', { status: 206, headers: { ...JSON_TYPE, 'content-range': 'bytes 0-1/2' }, body: '[]' }, 'status'],
    ['a redirect to nowhere', '/nothing', { status: 302 }, 'header'],
    ['an unknown coding', '/user', { headers: { ...JSON_TYPE, 'content-encoding': 'x-secret' }, body: ADA }, 'content-encoding'],
    [
      'a coding in letters that the platform does not know',
      '/user',
      { headers: { ...JSON_TYPE, 'content-encoding': 'GZIP' }, body: gzipSync(ADA) },
      'content-encoding',
    ],
    ['two codings', '/user', { headers: { ...JSON_TYPE, 'content-encoding': 'gzip, gzip' }, body: gzipSync(gzipSync(ADA)) }, 'content-encoding'],
    ['a coding that is not taken off', '/user', { headers: { ...JSON_TYPE, 'content-encoding': 'zstd' }, body: zstdCompressSync(ADA) }, 'content-encoding'],
  ])('%s', async (_name, path, answer, reason) => {
    const outcome = await ask(path, { ...answer, headers: { ...(answer.headers ?? JSON_TYPE), 'x-origin-says': SECRET } })
    expect(outcome.said).toBe(`502 openapi-responses.${reason}`)
    expect(outcome.response.headers['content-type']).toBe('application/problem+json')
    expect(Object.keys(JSON.parse(outcome.response.body)).sort()).toEqual(['requestId', 'status', 'title', 'type'])
    expect(outcome.response.raw).not.toContain('s3cr3t')
    expect(JSON.stringify(outcome.trace.map(({ detail }) => detail)).replaceAll(`/${SECRET}`, '')).not.toContain('s3cr3t')
  })

  it('the operator reads where and which rule', async () => {
    const outcome = await ask('/feed', { body: `[{"kind":"user","user":${user({ id: 'x' })}},{"kind":"note","text":"x"}]` })
    expect(outcome.said).toBe('502 openapi-responses.body')
    expect(JSON.stringify(detailOf(outcome))).toMatch(/"#\/0/)
    expect(outcome.trace.find(({ policy }) => policy === 'openapi-responses')).toMatchObject({ stage: 'respond', mode: 'enforce', outcome: 'deny' })
  })

  it('never more than twenty violations', async () => {
    const outcome = await ask('/feed', { body: `[${Array.from({ length: 200 }, () => '{"kind":"x"}').join(',')}]` })
    expect((detailOf(outcome) as unknown[]).length).toBeLessThanOrEqual(20)
  })

  it('an origin that breaks off in the middle', async () => {
    door.answer((_, response) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-length': '100' })
      response.write(ADA)
      setTimeout(() => response.destroy(), 50)
    })
    expect((await door.ask('GET /user', { Host: 'responses.example.com' })).said).toBe('502 openapi-responses.aborted')
  })
})

describe('a length that is not true', () => {
  const SECRET = '{"id":1,"name":"Ada","password":"s3cr3t"}'
  /** Answers with bytes as they are, and nothing behind them. */
  const sent = (path: string, head: string, body: string) => {
    door.answer((_, { socket }) => void socket?.end(`HTTP/1.1 ${head}\r\nConnection: close\r\n\r\n${body}`, 'latin1'))
    return door.ask(`GET ${path}`, { Host: 'responses.example.com' })
  }
  const piece = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`
  const both = (length: number, type: string) => `200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\nTransfer-Encoding: chunked`

  it.each<[string, string, string, string, string]>([
    ['none, where no body is described', '/nothing', both(0, 'text/plain'), piece(SECRET), '502 openapi-responses.body-unexpected'],
    ['none, where JSON is', '/user', both(0, 'application/json'), piece(SECRET), '502 openapi-responses.body-unexpected'],
    ['none, where a sequence may be empty', '/events', both(0, 'application/jsonl'), piece(`${SECRET}\n`), '502 openapi-responses.body-unexpected'],
    ['none, and none', '/nothing', both(0, 'text/plain'), '0\r\n\r\n', '200 origin.answered'],
    ['a short one before a long body', '/user', both(5, 'application/json'), piece(ADA + ' '.repeat(300_000)), '502 openapi-responses.too-large'],
    ['a short one before a described body', '/user', both(5, 'application/json'), piece(ADA), '200 origin.answered'],
    ['none, and a body behind it', '/nothing', '200 OK\r\nContent-Length: 0', SECRET, '200 origin.answered'],
    [
      '205 with a body',
      '/user',
      '205 Reset Content\r\nContent-Type: application/problem+json\r\nTransfer-Encoding: chunked',
      piece(SECRET),
      '205 origin.answered',
    ],
    ['no length', '/nothing', '200 OK', SECRET, '502 openapi-responses.body-unexpected'],
  ])('%s', async (_name, path, head, body, said) => {
    const outcome = await sent(path, head, body)
    expect(outcome.said).toBe(said)
    expect(outcome.response.raw).not.toContain('s3cr3t')
  })
})

describe('statuses that keep their number and nothing else', () => {
  it.each([
    [500, 'Internal Server Error', '/feed'],
    [503, 'Service Unavailable', '/feed'],
    [429, 'Too Many Requests', '/feed'],
    [412, 'Precondition Failed', '/feed'],
    [416, 'Range Not Satisfiable', '/feed'],
  ])('%i', async (status, title, path) => {
    const { said, response, decision } = await ask(path, { status, headers: { ...JSON_TYPE, 'x-stack': 'at s3cr3t', 'retry-after': '7' }, body: '"s3cr3t"' })
    expect(said).toBe(`${status} openapi-responses.status`)
    expect(JSON.parse(response.body)).toEqual({ type: 'about:blank', title, status, requestId: response.headers['x-request-id'] })
    expect(response.headers['retry-after']).toBe('7')
    expect(response.raw).not.toContain('s3cr3t')
    expect(decision).toMatchObject({ decision: status < 500 ? 'deny' : 'error', policy: 'openapi-responses' })
  })

  it('only those that are listed', async () => {
    expect((await ask('/feed', { status: 404 }, 'responses-loose')).said).toBe('404 openapi-responses.status')
    expect((await ask('/feed', { status: 500 }, 'responses-loose')).said).toBe('502 openapi-responses.status')
  })

  it.each(['s3cr3t', '7, s3cr3t', '-1', '7 s3cr3t'])('Retry-After: %s is none', async (value) => {
    const { response } = await ask('/feed', { status: 503, headers: { 'retry-after': value } })
    expect([response.status, response.headers['retry-after']]).toEqual([503, undefined])
  })
})

describe('headers that are described', () => {
  it.each<[string, Headers, string]>([
    ['right', { 'x-count': '7', 'x-tag': 'red' }, '200 origin.answered'],
    ['missing', {}, '502 openapi-responses.header'],
    ['empty', { 'x-count': '' }, '502 openapi-responses.header'],
    ['no number', { 'x-count': 'many' }, '502 openapi-responses.header'],
    ['a number that only some read', { 'x-count': '0x10' }, '502 openapi-responses.header'],
    ['too many', { 'x-count': '1001' }, '502 openapi-responses.header'],
    ['twice', { 'x-count': ['7', '8'] }, '502 openapi-responses.header'],
    ['optional and wrong', { 'x-count': '7', 'x-tag': 'green' }, '502 openapi-responses.header'],
    ['cookies, each for itself', { 'x-count': '7', 'set-cookie': ['theme=dark', 'theme=light'] }, '200 origin.answered'],
    ['a cookie among them', { 'x-count': '7', 'set-cookie': ['theme=dark', 'session=s3cr3t'] }, '502 openapi-responses.header'],
  ])('%s', async (_name, headers, said) => {
    const outcome = await ask('/headers', { headers })
    expect(outcome.said).toBe(said)
    expect(JSON.stringify(outcome.trace)).not.toContain('s3cr3t')
  })
})

describe('compressed answers', () => {
  const coded = (coding: string, body: Buffer, headers: Headers = {}) => ({ headers: { ...JSON_TYPE, 'content-encoding': coding, ...headers }, body })

  it.each<[string, Buffer]>([
    ['gzip', gzipSync(ADA)],
    ['br', brotliCompressSync(ADA)],
    ['identity', Buffer.from(ADA)],
  ])('%s is read, and the client reads the same', async (coding, body) => {
    const outcome = await ask('/user', coded(coding, body, { etag: '"1"', 'content-digest': 'sha-256=:x:' }))
    expect(outcome.said).toBe('200 origin.answered')
    expect(await decoded(outcome)).toBe(ADA)
    const isSame = coding === 'identity'
    expect([outcome.response.headers.etag, outcome.response.headers['content-digest']]).toEqual(isSame ? ['"1"', 'sha-256=:x:'] : ['W/"1"', undefined])
  })

  it.each<[string, Buffer, string]>([
    ['a field too many', gzipSync(user({ password: 's3cr3t' })), 'body'],
    ['a bomb', gzipSync(Buffer.alloc(50_000_000, 0x20)), 'too-large'],
    ['a bomb of a byte too many', gzipSync(ADA + ' '.repeat(10_001 - ADA.length)), 'too-large'],
  ])('%s', async (_name, body, reason) => expect((await ask('/user', coded('gzip', body))).said).toBe(`502 openapi-responses.${reason}`))

  it.each<[string, Buffer]>([
    ['gzip that is none', Buffer.from(ADA)],
    ['half of it', gzipSync(ADA).subarray(0, 15)],
  ])('%s', async (_name, body) => expect((await ask('/user', coded('gzip', body))).said).toMatch(/^502 openapi-responses\./))

  it('what is not read goes on as it came', async () => {
    const body = zstdCompressSync('any text')
    const outcome = await ask('/any', { headers: { 'content-type': 'text/plain', 'content-encoding': 'zstd', etag: '"1"' }, body })
    expect(outcome.said).toBe('200 origin.answered')
    expect([Buffer.from(outcome.response.body, 'latin1'), outcome.response.headers.etag]).toEqual([body, '"1"'])
  })
})

describe('strip', () => {
  const stripped = (path: string, body: string, headers: Headers = JSON_TYPE) => ask(path, { body, headers }, 'responses-stripped')

  it.each<[string, string, string, string]>([
    ['a field', '/user', user({ password: 's3cr3t' }), ADA],
    ['a field below', '/user', user({ address: { city: 'x', geo: 's3cr3t' } }), user({ address: { city: 'x' } })],
    [
      'fields of alternatives in a list',
      '/feed',
      `[{"kind":"user","user":${user({ p: 's3cr3t' })},"q":"s3cr3t"},{"kind":"note","text":"x"}]`,
      `[{"kind":"user","user":${ADA}},{"kind":"note","text":"x"}]`,
    ],
    ['a field of another alternative', '/feed', `[{"kind":"note","text":"x","user":"s3cr3t"}]`, '[{"kind":"note","text":"x"}]'],
  ])('%s is taken out, and what is left is as described', async (_name, path, body, expected) => {
    const outcome = await stripped(path, body, {
      ...JSON_TYPE,
      etag: '"1"',
      'content-md5': 'x',
      digest: 'x',
      'repr-digest': 'x',
      'content-digest': 'x',
      'accept-ranges': 'bytes',
      'x-other': '1',
    })
    expect(outcome.said).toBe('200 origin.answered')
    expect(outcome.response.body).toBe(expected)
    expect(outcome.response.headers).toMatchObject({ 'content-type': 'application/json', 'x-other': '1' })
    for (const name of ['etag', 'content-md5', 'digest', 'repr-digest', 'content-digest', 'accept-ranges'])
      expect(outcome.response.headers[name]).toBeUndefined()
    expect(outcome.decision?.reported).toBe('openapi-responses:openapi-responses.stripped')
    expect(JSON.stringify(outcome.trace)).not.toContain('s3cr3t')
    expect((await ask(path, { body: outcome.response.body })).said).toBe('200 origin.answered')
  })

  it('a compressed answer leaves uncompressed', async () => {
    const outcome = await ask(
      '/user',
      { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' }, body: gzipSync(user({ password: 's3cr3t' })) },
      'responses-stripped',
    )
    expect([outcome.response.body, outcome.response.headers['content-encoding']]).toEqual([ADA, undefined])
  })

  it('what is as described leaves byte for byte', async () => {
    const outcome = await stripped('/user', ` ${ADA} `, { ...JSON_TYPE, etag: '"1"' })
    expect([outcome.response.body, outcome.response.headers.etag, outcome.decision?.reported]).toEqual([` ${ADA} `, '"1"', ''])
  })

  it.each<[string, string, string]>([
    ['what is wrong without it, too', user({ id: 'x', password: 's3cr3t' }), '502 openapi-responses.body'],
    ['a number that could not be written again', '{"id":9007199254740993,"name":"Ada","password":"s3cr3t"}', '502 openapi-responses.strip-precision'],
    ['a key twice', '{"id":1,"name":"Ada","x":1,"x":2}', '502 openapi-responses.json'],
  ])('%s is refused', async (_name, body, said) => {
    const outcome = await stripped('/user', body)
    expect(outcome.said).toBe(said)
    expect(JSON.stringify(outcome.trace)).not.toContain('s3cr3t')
  })

  it('a large number that nobody touches passes', async () =>
    expect((await stripped('/user', '{"id":9007199254740993,"name":"Ada"}')).said).toBe('200 origin.answered'))
})

describe('report', () => {
  it.each<[string, string, Answer, string]>([
    ['a field too many', '/user', { body: user({ password: 'x' }) }, 'body'],
    ['in pieces', '/user', { body: user({ password: 'x' }), pieces: 7 }, 'body'],
    ['compressed', '/user', { headers: { ...JSON_TYPE, 'content-encoding': 'gzip', etag: '"1"' }, body: gzipSync(user({ password: 'x' })) }, 'body'],
    ['too large', '/user', { body: ADA + ' '.repeat(10_000) }, 'too-large'],
    ['another status', '/feed', { status: 500, body: '"stack"' }, 'status'],
    ['a header', '/headers', { headers: { 'x-count': 'x' } }, 'header'],
    ['another type', '/user', { headers: { 'content-type': 'text/html' }, body: 'x' }, 'content-type'],
  ])('%s changes nothing, and is recorded', async (_name, path, answer, reason) => {
    const outcome = await ask(path, answer, 'responses-reported')
    expect(outcome.said).toBe(`${answer.status ?? 200} origin.answered`)
    expect(outcome.decision).toMatchObject({ reported: `openapi-responses:openapi-responses.${reason}`, decision: 'allow', policy: '' })
    expect(outcome.trace.at(-1)).toMatchObject({ policy: 'openapi-responses', stage: 'respond', mode: 'report', outcome: 'deny' })
    const isCoded = answer.headers?.['content-encoding'] !== undefined
    expect(await decoded(outcome)).toBe(isCoded ? user({ password: 'x' }) : (answer.body ?? ''))
    expect(outcome.response.headers.etag).toBe(answer.headers?.etag)
  })

  it('what would be stripped', async () => {
    const outcome = await ask('/user', { body: user({ password: 'x' }) }, 'responses-strip-reported')
    expect([outcome.response.body, outcome.decision?.reported]).toEqual([user({ password: 'x' }), 'openapi-responses:openapi-responses.stripped'])
  })

  it('what is as described', async () => expect((await ask('/user', { body: ADA }, 'responses-reported')).decision?.reported).toBe(''))
})

describe('JSON texts one behind the other', () => {
  const lines = (body: string, more: Answer = {}) => ask('/events', { headers: { 'content-type': 'application/jsonl' }, body, ...more })
  const sequence = (...records: readonly string[]) =>
    ask('/events', { headers: { 'content-type': 'application/json-seq' }, body: records.map((record) => `\x1e${record}\n`).join('') })

  it.each([
    ['one', ADA],
    ['several', `${ADA}\n${ADA}\n`],
    ['none', ''],
  ])('%s leave byte for byte', async (_name, body) => {
    if (body === '') expect((await lines(body)).said).toBe('200 origin.answered')
    const outcome = await lines(body, { pieces: 7 })
    expect([outcome.said, outcome.response.body]).toEqual(['200 origin.answered', body])
  })

  it.each<[string, string, string]>([
    ['a field too many in one of them', `${ADA}\n${user({ password: 's3cr3t' })}\n`, 'body'],
    ['what is no record', `${ADA}\ns3cr3t\n`, 'json'],
    ['an empty line, which some readers take for an end', `${ADA}\n\n${ADA}\n`, 'json'],
    ['a key twice', `${ADA}\n{"id":1,"id":2,"name":"s3cr3t"}\n`, 'json'],
    ['more than is read', `${ADA}\n`.repeat(1000), 'too-large'],
  ])('%s', async (_name, body, reason) => {
    const outcome = await lines(body)
    expect(outcome.said).toBe(`502 openapi-responses.${reason}`)
    expect(JSON.stringify([outcome.response.raw, outcome.trace])).not.toContain('s3cr3t')
  })

  it('the operator reads which', async () => expect(JSON.stringify(detailOf(await lines(`${ADA}\n${user({ id: 'x' })}`)))).toContain('"#/1/id"'))

  it('all together', async () => {
    expect((await sequence(ADA, ADA)).said).toBe('200 origin.answered')
    expect((await sequence(ADA, ADA, ADA)).said).toBe('502 openapi-responses.body')
    expect((await sequence(ADA, '{}')).said).toBe('502 openapi-responses.body')
  })
})

describe('what may be let through', () => {
  it('events, as they come', async () => {
    const outcome = await ask('/events', { headers: { 'content-type': 'text/event-stream' }, body: 'data: 1\n\n', pieces: 3 }, 'responses-loose')
    expect([outcome.said, outcome.response.body]).toEqual(['200 origin.answered', 'data: 1\n\n'])
  })

  it.each([undefined, 1000])('large JSON of named types, and the operator reads of it (pieces: %s)', async (pieces) => {
    const body = user({ password: 'x'.repeat(60_000) })
    const outcome = await ask('/user', { body, ...(pieces !== undefined && { pieces }) }, 'responses-loose')
    expect([outcome.said, outcome.response.body === body]).toEqual(['200 origin.answered', true])
    expect(outcome.decision?.reported).toBe('openapi-responses:openapi-responses.unchecked')
  })

  it('and compressed', async () => {
    const body = user({ password: 'x'.repeat(60_000) })
    const outcome = await ask('/user', { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' }, body: gzipSync(body) }, 'responses-loose')
    expect([outcome.said, (await decoded(outcome)) === body]).toEqual(['200 origin.answered', true])
  })
})

/** Reads a body as a client does. */
async function decoded({ response: { headers, body } }: Outcome): Promise<string> {
  const bytes = Buffer.from(body, 'latin1')
  const { gunzipSync, brotliDecompressSync } = await import('node:zlib')
  const coding = headers['content-encoding']?.toLowerCase()
  return (coding === 'gzip' ? gunzipSync(bytes) : coding === 'br' ? brotliDecompressSync(bytes) : bytes).toString('latin1')
}
