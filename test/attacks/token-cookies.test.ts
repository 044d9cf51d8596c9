import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { values } from '../workerd/origin.ts'
import { rawText } from '../workerd/raw.ts'
import { bearer, type FrontDoor, forwarded, openFrontDoor, refused, tokenOfOne } from './front-door.ts'

const APP = 'https://app.example.com'
const HOST = { Host: 'tokens.example.com' }

let door: FrontDoor
let ada: string
let eve: string
beforeAll(async () => {
  door = await openFrontDoor()
  ;[ada, eve] = await Promise.all([tokenOfOne(door), tokenOfOne(door, { sub: 'eve' })])
})
afterAll(() => door.stop())
beforeEach(() => {
  door.origin.onUpgrade((request, socket) => {
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`)
  })
})

const ask = (line: string, cookie: string, headers: Record<string, string> = {}) =>
  door.ask(line, { ...HOST, ...(cookie !== '' && { Cookie: cookie }), ...headers })
const token = () => `__Host-token=${ada}`
/** Sends each of these as a `Cookie` field of its own. */
const fields = (...cookies: readonly string[]) =>
  door.send(rawText('GET', '/cookie', HOST).replace(/\r\n\r\n$/, `\r\n${cookies.map((cookie) => `Cookie: ${cookie}\r\n`).join('')}\r\n`))

it('the cookie that all others here are made from is good, and stays here', async () => {
  const got = forwarded(await ask('GET /cookie', `theme=dark; ${token()}; lang="en, de"`))
  expect(values(got, 'x-portcullis-subject')).toEqual(['ada'])
  expect(values(got, 'cookie')).toEqual(['theme=dark; lang="en, de"'])
  expect(JSON.stringify(got.fields)).not.toContain(ada)
})

describe('another site makes the browser ask (CSRF)', () => {
  it.each<[string, Record<string, string>]>([
    ['without a word of where it comes from', {}],
    ['a form', { Origin: 'https://evil.test', 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }],
    ['a sandboxed form', { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' }],
    ['a sandboxed form that calls itself ours', { Origin: 'null', 'Sec-Fetch-Site': 'same-origin' }],
    ['a sibling', { Origin: 'https://evil.example.com', 'Sec-Fetch-Site': 'same-site' }],
    ['a name that begins like ours', { Origin: 'https://app.example.com.evil.test' }],
    ['a name that ends like ours', { Origin: 'https://evil-app.example.com' }],
    ['plain http', { Origin: 'http://app.example.com' }],
    ['another port', { Origin: `${APP}:8443` }],
    ['two origins', { Origin: `${APP}, https://evil.test` }],
    ['a referrer alone', { Referer: `${APP}/` }],
    ['a custom header', { 'X-Requested-With': 'XMLHttpRequest' }],
    ['a method override', { 'X-HTTP-Method-Override': 'GET' }],
    ['typed by hand', { 'Sec-Fetch-Site': 'none', 'Sec-Fetch-Mode': 'navigate' }],
  ])('to change something: %s', async (_, headers) => {
    for (const line of ['POST /cookie', 'DELETE /cookie']) expect(await ask(line, token(), headers), line).toMatchObject(refused('403 jwt.csrf'))
  })

  it.each<[string, Record<string, string>]>([
    ['a script', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'script' }],
    ['an image', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' }],
    ['fetch', { Origin: 'https://evil.test', 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors' }],
    ['an object', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'object' }],
  ])('to read something: %s', async (_, headers) => {
    expect(await ask('GET /cookie', token(), headers)).toMatchObject(refused('403 jwt.csrf'))
  })

  it('what was remembered for its own page is judged again', async () => {
    expect((await ask('POST /cookie', token(), { Origin: APP })).said).toBe('200 origin.answered')
    expect(await ask('POST /cookie', token(), { Origin: 'https://evil.test' })).toMatchObject(refused('403 jwt.csrf'))
  })

  it('a refusal tells nothing of the token, good or bad', async () => {
    const [good, bad] = await Promise.all([ask('POST /cookie', token()), ask('POST /cookie', '__Host-token=a.b.c')])
    const told = ({ response }: typeof good) => ({ ...JSON.parse(response.body), requestId: '' })
    expect(told(good)).toEqual(told(bad))
  })

  it.each<[string, string, Record<string, string>]>([
    ['its own page', 'POST /cookie', { Origin: APP, 'Sec-Fetch-Site': 'cross-site' }],
    ['a page of this very host', 'POST /cookie', { 'Sec-Fetch-Site': 'same-origin' }],
    ['a link from elsewhere', 'GET /cookie', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }],
    ['a browser that says nothing reads', 'GET /cookie', {}],
  ])('%s may', async (_, line, headers) => {
    expect((await ask(line, token(), headers)).said).toBe('200 origin.answered')
  })
})

describe('another site opens a WebSocket with somebody’s cookie', () => {
  const handshake = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' }
  it.each<[string, string]>([
    ['https://evil.test', '403 transport.websocket-origin'],
    ['null', '403 transport.websocket-origin'],
    // May open a socket, but not with this cookie.
    ['https://prices.example.com', '403 jwt.csrf'],
    [APP, '101'],
  ])('%s: %s', async (origin, said) => {
    expect((await ask('GET /cookie/socket', token(), { ...handshake, Origin: origin })).said).toBe(said)
  })
})

describe('cookie tossing: somebody puts a cookie of theirs beside it', () => {
  it.each<[string, () => string]>([
    ['before', () => `__Host-token=${eve}; ${token()}`],
    ['behind', () => `${token()}; __Host-token=${eve}`],
    ['the same twice', () => `${token()}; ${token()}`],
    ['an empty one', () => `__Host-token=; ${token()}`],
    ['with spaces', () => `${token()};  __Host-token  =  ${eve}`],
    ['hidden by a comma', () => `a=1, __Host-token=${eve}`],
    ['hidden by a comma behind', () => `${token()}, __Host-token=${eve}`],
  ])('of the same name, %s: 400', async (_, cookie) => {
    expect(await ask('GET /cookie', cookie())).toMatchObject(refused('400 jwt.multiple'))
  })

  it('in a field of its own: 400, whichever comes first', async () => {
    expect(await fields(token(), `__Host-token=${eve}`)).toMatchObject(refused('400 jwt.multiple'))
    expect(await fields('theme=dark', `__Host-token=${eve}`)).toMatchObject(refused('400 jwt.multiple'))
    expect(await fields(`__Host-token=${eve}`, 'theme=dark')).toMatchObject(refused('400 jwt.multiple'))
  })

  it.each<[string, string]>([
    ['lower case', '__host-token'],
    ['upper case', '__HOST-TOKEN'],
    ['one _ less', '_Host-token'],
    ['percent-encoded', '%5F%5FHost-token'],
    ['a dot', '__Host.token'],
    ['an attribute', '$__Host-token'],
    ['a bracket behind', '__Host-token[]'],
    ['a space that is none (UTF-8)', '\xc2\xa0__Host-token'],
    ['another space (UTF-8)', '\xe2\x80\x80__Host-token'],
    ['more behind', '__Host-token2'],
    ['the other prefix', '__Secure-token'],
  ])('a lookalike, %s, is another cookie', async (_, name) => {
    expect(await ask('GET /cookie', `${name}=${eve}`)).toMatchObject(refused('401 jwt.missing'))
    const got = forwarded(await ask('GET /cookie', `${name}=${eve}; ${token()}`))
    expect(values(got, 'x-portcullis-subject')).toEqual(['ada'])
  })

  it.each<[string, () => string, string]>([
    ['quotation marks', () => `__Host-token="${ada}"`, '400 jwt.syntax'],
    ['quotation marks around others', () => `a="b; __Host-token=${ada}"`, '400 jwt.syntax'],
    ['a scheme', () => `__Host-token=Bearer ${ada}`, '400 jwt.syntax'],
    ['percent-encoding', () => `__Host-token=${ada.replaceAll('.', '%2E')}`, '400 jwt.syntax'],
    ['no value', () => '__Host-token=', '401 jwt.missing'],
    ['no =', () => '__Host-token', '401 jwt.missing'],
    ['no token', () => '__Host-token=abc', '401 authenticate.unclaimed'],
    ['a token of another audience', () => `__Host-token=${ada.slice(0, -4)}AAAA`, '401 jwt.signature'],
    ['__proto__', () => '__proto__=a.b.c; constructor=a.b.c', '401 jwt.missing'],
  ])('a value with %s', async (_, cookie, said) => {
    expect(await ask('GET /cookie', cookie())).toMatchObject(refused(said))
  })
})

describe('cookie bombs', () => {
  it('as many as the headers may hold cost nothing and hide nothing', async () => {
    const bomb = 'a=1; '.repeat(2500)
    const got = forwarded(await ask('GET /cookie', `${bomb}${token()}`))
    expect(values(got, 'x-portcullis-subject')).toEqual(['ada'])
    expect(values(got, 'cookie')[0] === bomb.slice(0, -2), 'byte for byte').toBe(true)
    expect(await ask('GET /cookie', `${bomb}${token()}; ${token()}`)).toMatchObject(refused('400 jwt.multiple'))
  })

  it('more are refused before anybody reads them', async () => {
    for (const cookie of [`${'a=1; '.repeat(5000)}${token()}`, `__Host-token=${'A'.repeat(20_000)}`]) {
      const outcome = await ask('GET /cookie', cookie)
      expect(outcome.received).toEqual([])
      expect(outcome.said).toMatch(/^4\d\d (?:transport\.|$)/)
    }
  })

  it('a token that is too long', async () => {
    expect(await ask('GET /cookie', `${token()}${'A'.repeat(9000)}`)).toMatchObject(refused('401 jwt.too-large'))
  })
})

describe('the cookie goes nowhere else', () => {
  it('nor is it taken from anywhere else', async () => {
    expect(await ask('GET /cookie', '', bearer(ada))).toMatchObject(refused('401 jwt.missing'))
    expect(await ask(`GET /cookie?__Host-token=${ada}`, '')).toMatchObject(refused('401 jwt.missing'))
    expect(await ask('GET /cookie', '', { '__Host-token': ada })).toMatchObject(refused('401 jwt.missing'))
    expect(await ask('GET /encrypted', token())).toMatchObject(refused('401 jwt.missing'))
  })

  it.each<[string, string, readonly string[]]>([
    ['GET /public', 'theme=dark', ['theme=dark']],
    ['GET /public', '', []],
    ['GET /cookie/forwarded', 'theme=dark', ['theme=dark', 'token']],
  ])('%s with %j beside it forwards %j', async (line, others, expected) => {
    const got = forwarded(await ask(line, [others, token()].filter((cookie) => cookie !== '').join('; ')))
    expect(
      values(got, 'cookie')
        .flatMap((cookie) => cookie.split('; '))
        .map((cookie) => (cookie === token() ? 'token' : cookie)),
    ).toEqual(expected)
  })

  it.each<[string, string, string]>([
    ['UTF-8', 'name=\xc3\xa9', 'name=\xc3\xa9'],
    // Only where the token is taken out of the same field: the platform gives no bytes to write it anew with.
    ['not UTF-8', 'name=\xe9', 'name=\xef\xbf\xbd'],
  ])('other cookies, in bytes that are %s', async (_, others, expected) => {
    expect(values(forwarded(await ask('GET /public', others)), 'cookie')).toEqual([others])
    expect(values(forwarded(await ask('GET /cookie', `${others}; ${token()}`)), 'cookie')).toEqual([expected])
  })

  it('who comes without is told of a scheme that no browser asks a password for', async () => {
    const { response } = await ask('GET /cookie', 'theme=dark')
    expect([response.status, response.headers['www-authenticate'], response.headers['set-cookie']]).toEqual([401, 'Cookie', undefined])
  })
})
