import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FrontDoor, forwarded, openFrontDoor, refused } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())

const HOST = { Host: 'urls.example.com' }
const JSON_TYPE = { ...HOST, 'Content-Type': 'application/json' }
/** Text as bytes: one character a byte. */
const utf8 = (text: string) => Buffer.from(text).toString('latin1')
const hook = (url: unknown, path = '/hooks') => door.ask(`POST ${path}`, JSON_TYPE, utf8(JSON.stringify({ url })))
const PASSED = '200 origin.answered'

describe('addresses that are not for clients to name', () => {
  it.each([
    ['metadata', 'http://169.254.169.254/latest/meta-data/', 'scheme'],
    ['metadata over https', 'https://169.254.169.254/', 'internal'],
    ['metadata by name', 'https://metadata.google.internal/', 'internal'],
    ['metadata in decimal', 'https://2852039166/', 'host-syntax'],
    ['metadata in hexadecimal', 'https://0xa9fea9fe/', 'host-syntax'],
    ['metadata in octal', 'https://0251.0376.0251.0376/', 'host-syntax'],
    ['metadata in an IPv6 address', 'https://[::ffff:a9fe:a9fe]/', 'internal'],
    ['metadata behind NAT64', 'https://[64:ff9b::a9fe:a9fe]/', 'internal'],
    ['metadata by 6to4', 'https://[2002:a9fe:a9fe::1]/', 'internal'],
    ['metadata over IPv6', 'https://[fd00:ec2::254]/', 'internal'],
    ['metadata with a zone', 'https://[fe80::a9fe:a9fe%25eth0]/', 'host-syntax'],
    ['this machine', 'https://localhost/', 'internal'],
    ['this machine, below itself', 'https://a.localhost/', 'internal'],
    ['this machine with a dot', 'https://localhost./', 'host-syntax'],
    ['this machine in short', 'https://127.1/', 'host-syntax'],
    ['this machine as zero', 'https://0/', 'host-syntax'],
    ['this machine in full-width digits', 'https://１２７.０.０.１/', 'syntax'],
    ['this machine with ideographic dots', 'https://127。0。0。1/', 'syntax'],
    ['this machine in circles', 'https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/', 'syntax'],
    ['this machine percent-encoded', 'https://%6cocalhost/', 'host-syntax'],
    ['a neighbour', 'https://10.0.0.5/', 'internal'],
    ['a neighbour by name', 'https://vault.corp/', 'internal'],
    ['a neighbour in the cluster', 'https://api.default.svc.cluster.local/', 'internal'],
    ['a database', 'redis://cache.example.com:6379/', 'scheme'],
    ['a file', 'file:///etc/passwd', 'syntax'],
    ['a port of something else', 'https://example.com:6379/', 'port'],
  ])('%s: %s', async (_, url, reason) => {
    const outcome = await hook(url)
    expect(outcome).toMatchObject(refused(`422 url-inputs.${reason}`))
    expect(outcome.response.body).not.toContain(url)
  })
})

describe('hosts that two parsers see differently', () => {
  it.each([
    ['https://a.partner.com@evil.com/', 'credentials'],
    ['https://a.partner.com:443@evil.com/', 'credentials'],
    ['https://evil.com\\@a.partner.com/', 'syntax'],
    ['https://evil.com\\.partner.com/', 'syntax'],
    ['https://evil.com#@a.partner.com/', 'syntax'],
    ['https://evil.com#.partner.com', 'syntax'],
    ['https://evil.com?.partner.com', 'syntax'],
    ['https://evil.com/.partner.com', 'host'],
    ['https://evil.com%2f.partner.com/', 'host-syntax'],
    ['https://evil.com%00.partner.com/', 'syntax'],
    ['https://evil.com\u2044.partner.com/', 'syntax'],
    ['https://evil.com\u3002partner.com/', 'syntax'],
    ['https://a.partner.com.evil.com/', 'host'],
    ['https://evilpartner.com/', 'host'],
    ['https://partner.com/', 'host'],
    ['https://a.pаrtner.com/', 'syntax'],
    ['https://a.xn--prtner-5nf.com/', 'host'],
    ['https:/a.partner.com/', 'syntax'],
    ['https:\\\\a.partner.com/', 'syntax'],
    ['//a.partner.com/', 'syntax'],
    ['HTTPS://a.partner.com/', 'syntax'],
    ['https://a.part\tner.com/', 'syntax'],
    ['https://a.partner.com/\r\nHost: evil.com', 'syntax'],
    ['https://a.partner.com/%0d%0aHost: evil.com', 'syntax'],
    ['\u00a0https://a.partner.com/', 'syntax'],
  ])('%j', async (url, reason) => {
    expect(await hook(url, '/partners')).toMatchObject(refused(`422 url-inputs.${reason}`))
  })

  it('an honest one goes on as it came', async () => {
    const outcome = await hook('https://Hooks.partner.com:443/a?b=%20', '/partners')
    expect([outcome.said, forwarded(outcome).body.toString()]).toEqual([PASSED, '{"url":"https://Hooks.partner.com:443/a?b=%20"}'])
  })
})

describe('other ways to say it', () => {
  const body = (text: string) => door.ask('POST /hooks', JSON_TYPE, text)
  it.each([
    ['the second of a list', () => body('{"hooks":[{"url":"https://example.com/"},{"url":"https://127.0.0.1/"}]}'), '422 url-inputs.internal'],
    ['a list in place of a URL', () => body('{"url":["https://127.0.0.1/"]}'), '422 url-inputs.type'],
    ['an object in place of a URL', () => body('{"url":{"href":"https://127.0.0.1/"}}'), '422 url-inputs.type'],
    ['a number: an address to some', () => body('{"url":2130706433}'), '422 url-inputs.type'],
    ['the field twice', () => body('{"url":"https://example.com/","url":"https://127.0.0.1/"}'), '400 validate.duplicate-key'],
    ['escapes', () => body(String.raw`{"url":"https:\/\/127.0.0.1\u002f"}`), '422 url-inputs.internal'],
    ['an escaped line end', () => body(String.raw`{"url":"https://exam\nple.com/"}`), '422 url-inputs.syntax'],
    ['a header', () => door.ask('POST /hooks', { ...JSON_TYPE, 'X-Callback': 'https://127.0.0.1/' }, '{}'), '400 url-inputs.internal'],
    ['two headers', () => door.ask('POST /hooks', { ...JSON_TYPE, 'X-Callback': 'https://example.com/, https://127.0.0.1/' }, '{}'), '400 url-inputs.syntax'],
    ['a way back to elsewhere', () => door.ask('GET /login?redirect=https://evil.com/', HOST), '400 url-inputs.host'],
    ['a way back without a scheme', () => door.ask('GET /login?redirect=//evil.com/', HOST), '400 url-inputs.syntax'],
    ['a way back to a script', () => door.ask('GET /login?redirect=javascript:alert(1)', HOST), '400 url-inputs.syntax'],
    ['two ways back', () => door.ask('GET /login?redirect=https://app.example.com/&redirect=https://evil.com/', HOST), '400 url-inputs.host'],
    [
      'two ways back, one encoded',
      () => door.ask('GET /login?redirect=https://app.example.com/&r%65direct=https%3a%2f%2fevil.com%2f', HOST),
      '400 url-inputs.host',
    ],
    ['a way back encoded twice', () => door.ask('GET /login?redirect=https%253a%252f%252fevil.com', HOST), '400 url-inputs.syntax'],
  ])('%s', async (_, attack, said) => {
    expect(await attack()).toMatchObject(refused(said))
  })

  it.each([
    ['none', () => body('{}')],
    ['null', () => body('{"url":null}')],
    ['a good way back', () => door.ask('GET /login?redirect=https://app.example.com/home', HOST)],
  ])('what is fine: %s', async (_, ask) => {
    expect((await ask()).said).toBe(PASSED)
  })
})
