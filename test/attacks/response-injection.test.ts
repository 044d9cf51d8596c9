import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { values } from '../workerd/origin.ts'
import { bearer, type FrontDoor, forwarded, openFrontDoor, refused, tokenOfOne } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())
afterEach(() => door.answer())

/** Makes the origin answer with these bytes, whatever they are. */
function answerRaw(bytes: string): void {
  door.answer((_, response) => void response.socket?.end(Buffer.from(bytes, 'latin1')))
}

describe('a claim ends no line and is no other claim', () => {
  it.each([
    ['ada\r\nX-Admin: 1', 'ada%0D%0AX-Admin%3A%201'],
    ['ada\nX-Admin: 1', 'ada%0AX-Admin%3A%201'],
    ['ada\r', 'ada%0D'],
    ['ada\0', 'ada%00'],
    ['ada\u2028x', 'ada%E2%80%A8x'],
    ['ada\u010ax', 'ada%C4%8Ax'],
    ['ada\u560d\u560ax', 'ada%E5%98%8D%E5%98%8Ax'],
    ['ада', '%D0%B0%D0%B4%D0%B0'],
    [' ada', '%20ada'],
    ['ada ', 'ada%20'],
    ['ada%20', 'ada%2520'],
    ['%61da', '%2561da'],
    ['ada%0d%0aX-Admin:1', 'ada%250d%250aX-Admin%3A1'],
    ['ada, admin', 'ada, admin'],
    ['ada"; admin="1', 'ada"; admin="1'],
    ['🙂', '%F0%9F%99%82'],
  ])('sub %j arrives as %j', async (sub, arrived) => {
    const got = forwarded(await door.ask('GET /v1/profile', bearer(await tokenOfOne(door, { sub }))))
    expect(values(got, 'x-portcullis-subject')).toEqual([arrived])
    expect(got.fields.map(([name]) => name.toLowerCase())).not.toContain('x-admin')
  })

  it.each([
    ['a\r\nX-Admin: 1', 'a%0D%0AX-Admin%3A%201'],
    ['a\tb', 'a%09b'],
    ['é', '%C3%A9'],
  ])('scope %j arrives as %j', async (scope, arrived) => {
    const got = forwarded(await door.ask('GET /v1/profile', bearer(await tokenOfOne(door, { scope: [scope] }))))
    // A list of one: blanks inside of it are split by nobody.
    const [sent = ''] = values(got, 'x-portcullis-scope')
    expect(decodeURIComponent(sent)).toBe(decodeURIComponent(arrived))
    expect(sent).toMatch(/^[\x20-\x7e]*$/)
    expect(got.fields.map(([name]) => name.toLowerCase())).not.toContain('x-admin')
  })

  it('two subjects never arrive as one', async () => {
    const arrived = new Map<string, string>()
    for (const sub of ['ada ', 'ada%20', 'ada%2520', 'ada', 'ada\t', 'ada%09', 'ä', '%C3%A4']) {
      const [sent = ''] = values(forwarded(await door.ask('GET /v1/profile', bearer(await tokenOfOne(door, { sub })))), 'x-portcullis-subject')
      expect(arrived.get(sent), `${JSON.stringify(sub)} as ${sent}`).toBeUndefined()
      arrived.set(sent, sub)
    }
  })
})

describe('what the caller sends does not come back', () => {
  const MARK = 'mark7'

  it.each<[string, string, Record<string, string>]>([
    ['a path', `GET /${MARK}%3Cscript%3E`, {}],
    ['a query', `GET /v1/search?q=a&${MARK}=%3Cscript%3E`, {}],
    ['a query value', `GET /v1/search?q=${MARK.repeat(100)}`, {}],
    ['a path parameter', `GET /v1/items/${MARK}`, {}],
    ['a header value', 'GET /v1/tenants', { 'X-Tenant': MARK }],
    ['a token', 'GET /v1/profile', { Authorization: `Bearer ${MARK}.${MARK}.${MARK}` }],
    ['a scheme', 'GET /v1/profile', { Authorization: `${MARK} a` }],
    ['an origin', 'GET /nowhere', { Origin: `https://${MARK}.test` }],
    ['a host', 'GET /', { Host: `${MARK}.test` }],
    ['a request id', 'GET /nowhere', { 'X-Request-Id': MARK }],
    ['a trace', 'GET /nowhere', { traceparent: MARK, tracestate: MARK }],
    ['an upgrade', 'GET /v1/docs', { Upgrade: MARK, Connection: 'Upgrade' }],
  ])('%s', async (_, line, headers) => {
    const { response, received } = await door.ask(line, headers)
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(received).toEqual([])
    // A violation names a parameter that the schema does not list: a name, never a value, as JSON.
    const raw = response.raw.replace(`query/${MARK}`, '')
    expect(raw).not.toContain(MARK)
    expect(raw).not.toMatch(/(?:<|%3c)script/i)
    expect(response.headers['content-type']).toBe('application/problem+json')
  })

  it('denials are not to be sniffed, framed or run', async () => {
    const { headers } = (await door.ask('GET /nowhere')).response
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': expect.stringMatching(/deny/i) })
    expect(headers['content-security-policy']).toContain("default-src 'none'")
  })

  it('TRACE echoes nothing', async () => {
    const { response } = await door.ask('TRACE /v1/docs', { Cookie: 'secret=mark7' })
    expect(response.raw).not.toContain('mark7')
  })
})

describe('what an origin says of itself, or in the gateway’s name, does not get out', () => {
  it('names of software, ids, limits', async () => {
    const fields = [
      'Server: nginx/1.2.3',
      'X-Powered-By: PHP/5',
      'X-AspNet-Version: 4',
      'X-Request-Id: forged',
      'RateLimit: "x";r=777777777777777;t=1',
      'RateLimit-Policy: "x";q=777777777777777',
    ]
    answerRaw(`HTTP/1.1 200 OK\r\n${fields.join('\r\n')}\r\nStrict-Transport-Security: max-age=0\r\nContent-Length: 2\r\n\r\n{}`)
    const { response, decision } = await door.ask('GET /v1/docs')
    expect(response.raw).not.toMatch(/nginx|PHP|AspNet|forged|777777777777777|max-age=0/)
    expect(response.headers['x-request-id']).toBe(decision?.requestId)
    expect(response.headers['strict-transport-security']).toBe('max-age=63072000; includeSubDomains')
  })

  it.each([
    ['bytes that are no HTTP', 'SSH-2.0-OpenSSH_9\r\n'],
    ['a header with NUL', 'HTTP/1.1 200 OK\r\nX-A: b\0c\r\nContent-Length: 0\r\n\r\n'],
    ['a header without a name', 'HTTP/1.1 200 OK\r\n: b\r\nContent-Length: 0\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}'],
    ['nothing', ''],
    ['half a head', 'HTTP/1.1 200 OK\r\nX-Secret: mark7'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n'],
  ])('%s is a bad gateway, and no more is said', async (_, bytes) => {
    answerRaw(bytes)
    const { said, response } = await door.ask('GET /v1/docs')
    expect(said).toMatch(/^502 origin\./)
    expect(response.raw).not.toMatch(/mark7|SSH|origin-api/)
  })

  it('a redirect is handed on and not followed', async () => {
    door.answer((_, response) => void response.writeHead(302, { location: 'https://origin-partners.test/own' }).end())
    const outcome = await door.ask('GET /v1/docs')
    expect(outcome.response.status).toBe(302)
    expect(forwarded(outcome).target).toBe('/base/v1/docs')
  })
})

it('a challenge names scopes that the configuration names, and nothing else', async () => {
  const outcome = await door.ask('GET /v1/admin/report', bearer(await tokenOfOne(door, { scope: 'mark7" , admin="1' })))
  expect(outcome).toMatchObject(refused('403 authorize.scope'))
  expect(outcome.response.headers['www-authenticate']).toBe('Bearer error="insufficient_scope", scope="admin"')
})
